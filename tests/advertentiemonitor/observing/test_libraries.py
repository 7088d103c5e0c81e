"""What a library says through `logging` never comes out in its words."""

import json
import logging
import sys
import threading
import warnings
from pathlib import Path

import pytest

from advertentiemonitor.observing import logs
from advertentiemonitor.observing.libraries import KEPT_OUT, quieted
from advertentiemonitor.settings import Settings

SAID = "cannot parse: bel 0620009900, schrijf a@gemeente.example"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path))
    return Settings()


def say_all() -> None:
    for name in ("scrapy.core", "psycopg.pool", "unheard.of"):
        logging.getLogger(name).error("%s", SAID, exc_info=ValueError(SAID), stack_info=True)
        logging.getLogger(name).info(SAID)


def test_it_is_one_line_that_names_the_library(settings: Settings) -> None:
    with quieted():
        say_all()
    told = [json.loads(line) for line in logs.path(settings).read_text().splitlines()]
    assert [(each["event"], each["logger"]) for each in told] == [
        ("library", "scrapy"), ("library", "psycopg"), ("library", "foreign"),
    ]  # fmt: skip
    assert "0620009900" not in logs.path(settings).read_text()


def test_others_that_listen_hear_that_something_was_said(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with quieted():
        say_all()
        logging.getLogger("advertentiemonitor.x").warning("ours")
        logging.getLogger("airflow.x").warning("of Airflow")
    assert [record.getMessage() for record in caplog.records] == [KEPT_OUT] * 3 + ["ours", "of Airflow"]
    assert "0620009900" not in caplog.text
    logging.getLogger("scrapy").warning("loud again")
    assert caplog.records[-1].getMessage() == "loud again"


def test_nothing_is_printed_where_nobody_listens(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python prints what nobody takes, from a warning on."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    say_all()
    assert SAID in capsys.readouterr().err
    with quieted():
        say_all()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(SAID, stacklevel=1)
    assert capsys.readouterr() == ("", "")


def test_an_error_that_nobody_can_catch_is_told_by_its_name(
    settings: Settings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    class Left:
        def __del__(self) -> None:
            raise ValueError(SAID)

    def fail() -> None:
        raise KeyError(SAID)

    hooks = sys.unraisablehook, threading.excepthook
    with quieted():
        Left()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert [record.getMessage().split()[-1] for record in caplog.records] == ["ValueError", "KeyError"]
    assert "0620009900" not in caplog.text + logs.path(settings).read_text() + "".join(capsys.readouterr())
    assert (sys.unraisablehook, threading.excepthook) == hooks


def test_a_library_that_says_too_much_does_not_fill_the_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 1_000)
    with quieted():
        for _ in range(100):
            logging.getLogger("scrapy").warning(SAID)
    logs.logger(settings).info("stage done")
    told = logs.path(settings).read_text().splitlines()
    assert sum(map(len, told)) < 1_500
    assert json.loads(told[-1])["event"] == "stage done"


def test_where_no_installation_is_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path / "mistyped"))
    with quieted():
        say_all()
    assert list(tmp_path.iterdir()) == []
