"""Nothing that is somebody's comes through the log, in whatever field it is handed to it."""

import json
import logging
import random
import re
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advertentiemonitor import tasks
from advertentiemonitor.errors import CrawlFailed
from advertentiemonitor.observing import logs, vocabulary
from advertentiemonitor.observing.redaction import KINDS, REDACTED, looks_personal, redact
from advertentiemonitor.settings import Settings
from simulation import texts
from simulation.numbers import BLOCKS, obfuscated, plain

WORDS = texts.phrases("nl").digit_words


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A number of the simulated market, in one of all the ways in which it writes them."""
    e164 = draw(st.sampled_from(sorted(BLOCKS.values(), key=lambda b: b.country))).number(draw(st.integers(0, 9_999)))
    rng = random.Random(draw(st.integers(0, 2**32)))
    form = draw(st.sampled_from((lambda: e164, lambda: plain(e164, rng), lambda: obfuscated(e164, WORDS, rng))))
    return form()


NAMES = st.from_regex(r"[a-z]{3,12}", fullmatch=True)
MAILS = st.builds("{}.{}@gemeente.example".format, NAMES, NAMES)
LINKS = st.builds(
    "{}://{}.example/advertentie/{}".format, st.sampled_from(("http", "https")), NAMES, st.integers(1, 10**6)
)
POSTCODES = st.builds(
    "{}{}{}".format, st.integers(1000, 9999), st.sampled_from(("", " ")), st.from_regex(r"[A-Z]{2}", fullmatch=True)
)
SECRETS = st.one_of(numbers(), MAILS, LINKS, POSTCODES)
DIGITS = st.integers(0, 9_999).map(lambda index: int(BLOCKS["NL"].number(index)[1:]))
VALUES = st.one_of(
    SECRETS,
    st.builds("bel {} of schrijf {}".format, SECRETS, SECRETS),
    st.lists(SECRETS, max_size=2),
    st.dictionaries(NAMES, SECRETS, max_size=2),
    SECRETS.map(ValueError),
    SECRETS.map(str.encode),
)


def digits_in(text: str) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state=tmp_path_factory.mktemp("state"))


def line_of(settings: Settings, event: Any, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Log an event; give its line, and what the line says without the time that we put on it."""
    path = logs.path(settings)
    path.unlink(missing_ok=True)
    logs.logger(settings).info(event, **fields)
    line = path.read_text(encoding="utf-8")
    told = json.loads(line)
    assert datetime.fromisoformat(told.pop("time")).tzinfo is UTC
    return line, told


FIELDS = st.dictionaries(st.one_of(st.sampled_from(sorted(set(KINDS) - {"event"})), NAMES), VALUES, max_size=6)


@given(event=st.one_of(st.sampled_from(sorted(vocabulary.EVENTS)), SECRETS), fields=FIELDS)
def test_nothing_of_anybodys_is_in_the_line(settings: Settings, event: str, fields: dict[str, Any]) -> None:
    _, told = line_of(settings, event, fields)
    names = {"event", "level", "error"}
    assert set(told) <= names
    assert told["event"] in {*vocabulary.EVENTS, REDACTED}
    assert told["level"] == "info"
    assert told.get("error") in {None, "ValueError"}


@given(
    number=DIGITS,
    key=st.sampled_from(sorted(set(KINDS) - {"event"})),
    scale=st.sampled_from((1, 1e-1, 1e-3, 1e-6, 1e-9)),
)
def test_a_number_is_no_count_and_no_time(settings: Settings, number: int, key: str, scale: float) -> None:
    """As an int or a float it is one as well. What is left of it is shorter than a number to call."""
    line, told = line_of(settings, "stage done", {key: number if scale == 1 else number * scale})
    assert str(number)[2:] not in digits_in(line.replace(told.get("time", ""), ""))
    assert len(digits_in(str(told.get(key, "")))) <= 7


@given(SECRETS)
def test_what_looks_personal_is_seen_without_any_list(secret: str) -> None:
    """But for a number in words only, which no list of ours holds."""
    assert looks_personal(secret) or not any(character.isdigit() for character in unicodedata.normalize("NFKC", secret))


def test_a_source_with_a_number_for_a_name_is_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The second look: an operator of a register could name a source so, and then it is on the list."""
    (tmp_path / "nl_0620009900.yml").write_text("{}")
    (tmp_path / "nl_plein.yml").write_text("{}")
    monkeypatch.setenv("ADVERTENTIEMONITOR_SOURCES", str(tmp_path))
    assert redact(None, "info", {"event": "stage done", "source": "nl_0620009900"}) == {"event": "stage done"}
    assert redact(None, "info", {"event": "stage done", "source": "nl_plein"})["source"] == "nl_plein"


def test_what_may_be_told_is_told(settings: Settings) -> None:
    """Without this a log that says nothing would pass the others."""
    given = {"stage": "collect", "day": date(2026, 11, 8), "source": "nl_prikbord", "count": 1200, "seconds": 12.345}
    _, told = line_of(settings, "stage failed", {**given, "error": CrawlFailed("nl_prikbord", "killed")})
    assert told == {
        **given, "event": "stage failed", "level": "info", "day": "2026-11-08", "seconds": 12.3, "error": "CrawlFailed",
    }  # fmt: skip


@pytest.mark.parametrize("stage", [*tasks.CHAIN, *tasks.ON_THEIR_OWN])
def test_every_stage_and_source_has_a_name_that_may_be_told(stage: str) -> None:
    assert redact(None, "info", {"event": "library", "stage": stage})["stage"] == stage
    for source in vocabulary.sources():
        assert redact(None, "info", {"event": "library", "source": source})["source"] == source


@pytest.mark.parametrize("day", ["2026-11-08", datetime(2026, 11, 8, 6, 20, tzinfo=UTC), date(6200, 9, 9), 20261108])
def test_only_a_day_is_a_day(day: object) -> None:
    assert "day" not in redact(None, "info", {"event": "library", "day": day})


def test_an_error_of_a_library_has_no_name() -> None:
    """A library may make the name of a class from what it read."""
    made = type("Anna", (Exception,), {"__module__": "somewhere"})
    assert vocabulary.name_of(made("x")) == vocabulary.FOREIGN
    assert vocabulary.name_of("CrawlFailed") is None


def test_airflow_gets_the_same_line(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logs.OURS):
        line, _ = line_of(settings, "stage done", {"stage": "read", "text": "bel 0620009900"})
    assert [record.getMessage() for record in caplog.records] == [line.rstrip()]
