"""The register: complete or refused."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from loopback_site import board_entry

from spiders import classes, permission, register
from spiders.crawl import _seconds_allowed
from spiders.entries import Decision, Night
from spiders.errors import RegisterInvalid, UnknownSource

TODAY = date(2026, 11, 23)


def live(**changes):
    fields = {
        "kind": "live",
        "base_url": "https://site.example",
        "delay_seconds": 10,
        "legal_ground": "AVG 9(2)(j), UAVG 24",
        "dpia_reference": "DPIA 2026-1",
        "fg_advice": "advice of 1 September 2026",
        "robots": Decision(allowed=True, decided_on=TODAY, because="robots.txt allows the listing pages"),
        "text_and_data_mining": Decision(allowed=True, decided_on=TODAY, because="no reservation was found"),
        "review_on": date(2027, 1, 1),
        "night": Night(start=time(23), end=time(6)),
    }
    return board_entry(**fields | changes)


def test_a_complete_entry_may_run():
    assert permission.reasons_against(live(), TODAY) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enabled": False}, "enabled: "),
        ({"owner": ""}, "owner: missing"),
        ({"scope": ""}, "scope: missing"),
        ({"legal_ground": None}, "legal_ground: missing"),
        ({"dpia_reference": ""}, "dpia_reference: missing"),
        ({"fg_advice": None}, "fg_advice: missing"),
        ({"robots": None}, "robots: no dated decision"),
        ({"text_and_data_mining": None}, "text_and_data_mining: no dated decision"),
        (
            {"text_and_data_mining": {"allowed": False, "decided_on": TODAY, "because": "a reservation was found"}},
            "text_and_data_mining: decided against",
        ),
        (
            {"robots": {"allowed": True, "decided_on": date(2027, 1, 1), "because": "dated wrongly on purpose"}},
            "robots: the decision is dated in the future",
        ),
        ({"review_on": None}, "review_on: missing"),
        ({"review_on": date(2026, 11, 22)}, "review_on: was due"),
        ({"night": None}, "night: no window"),
        ({"night": {"start": "08:00", "end": "20:00"}}, "night: these are no night hours"),
        ({"night": {"start": "05:00", "end": "05:00"}}, "night: these are no night hours"),
        ({"delay_seconds": 9}, "delay_seconds: under 10 s"),
    ],
)
def test_each_gap_is_named(change, reason):
    reasons = permission.reasons_against(live(**change), TODAY)
    assert len(reasons) == 1
    assert reasons[0].startswith(reason)


def test_the_synthetic_label_is_worth_nothing_elsewhere():
    assert permission.reasons_against(board_entry(base_url="https://site.example"), TODAY)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: [", "no YAML at line 1"),
        ("- a", "entry"),
        ("name: xx_board\nsecret: geheim", "secret"),
        ("name: '../x'", "name"),
    ],
)
def test_a_file_that_does_not_fit_is_named_without_its_values(tmp_path, text, problem):
    path = tmp_path / "xx_board.yml"
    path.write_text(text)
    with pytest.raises(RegisterInvalid) as caught:
        register.read_entry(path)
    assert list(register.problems(tmp_path)) == ["xx_board"]
    assert register.load(tmp_path) == {}
    assert problem in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("line", register.contract_path("nl_prikbord").read_text(encoding="utf-8").splitlines())
def test_no_value_of_a_contract_is_repeated(line):
    whole = register.contract_path("nl_prikbord").read_text(encoding="utf-8")
    changed = whole.replace(line, f"{line.partition(':')[0]}: kanarie-0612039900")
    told = ""
    try:
        register.parse("nl_prikbord", changed)
    except RegisterInvalid as error:
        told = str(error)
    assert "0612039900" not in told


def test_a_name_that_differs_from_its_file_is_refused(tmp_path):
    path = tmp_path / "xx_other.yml"
    path.write_text(board_entry().model_dump_json())
    with pytest.raises(RegisterInvalid, match="name of the file"):
        register.read_entry(path)


@pytest.mark.parametrize("name", ["nl_bestaat_niet", "../../etc", ""])
def test_an_unknown_source_is_named(name):
    with pytest.raises(UnknownSource) as caught:
        register.entry_of(name)
    assert caught.value.exit_code == 2
    with pytest.raises(UnknownSource):
        classes.spider_class(name)


def test_only_the_synthetic_market_is_enabled():
    for entry in register.load().values():
        assert not entry.enabled or (entry.kind == "synthetic" and entry.is_loopback)
        assert entry.kind == "synthetic" or permission.reasons_against(entry, TODAY)


@pytest.mark.parametrize(("moment", "inside"), [("23:00", True), ("02:00", True), ("06:00", False), ("12:00", False)])
def test_the_night_passes_midnight(moment, inside):
    assert Night(start=time(23), end=time(6)).holds(time.fromisoformat(moment)) is inside


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-26T23:30", 6.5),
        ("2026-11-26T00:00", 6),
        ("2026-11-26T05:59", 1 / 60),
        ("2026-11-26T06:00", 0),
        ("2026-11-26T12:00", 0),
        ("2026-10-24T23:00", 8),  # the clock goes back
        ("2026-03-28T23:00", 6),  # and forward
    ],
)
def test_a_night_ends_when_it_ends(now, hours):
    night = Night(start=time(23), end=time(6))
    assert night.seconds_left(datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM)) == pytest.approx(hours * 3600)


def test_a_live_crawl_ends_with_its_night_and_a_made_up_one_with_its_limit():
    late = datetime(2026, 11, 26, 5, 30, tzinfo=AMSTERDAM)
    assert _seconds_allowed(live(hours_cap=5), late) == 1800
    assert _seconds_allowed(live(hours_cap=0.25), late) == 900
    assert _seconds_allowed(board_entry(hours_cap=5), late) == 5 * 3600
