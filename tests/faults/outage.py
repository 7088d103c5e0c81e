"""A source that is down for three days: its days are missing and not zero, all else goes on, and then it is back."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from invariants import State, left_behind, state_of
from networks import closed_port
from rig import WHOLE, Rig
from trials import Day, Row, measured

from simulation.serve import HOST

DAYS = 3
STEADY = 0.98  # of a source's line: draws move it by less
# Of the country's: some thirty advertisers, of whom one that is new shows on this source only, and another may be
# linked otherwise without it. A quarter of the sightings are gone.
NEARLY = 0.9
TABLES = ("core.crawl", "core.sighting", "est.source_day", "est.volume", "release.quality_day", "release.volume")
Told = list[dict[str, Any]]


def three_days(day: Day) -> Iterator[Row]:
    """Live four days, and live them again with a source down in the first three."""
    rig = day.rig
    source = min(path.name for path in (rig.folder / "read" / "spool").iterdir())
    with measured("source down for three days", "four days") as row:
        row.tried = 1
        usual, told = _lived(rig, {})
        lacking, told_lacking = _lived(rig, {source: f"http://{HOST}:{closed_port()}"})
        row.failures += told + told_lacking + left_behind(rig)
        row.failures += _amiss(rig, source, _tables(usual), _tables(lacking))
    yield row


def _lived(rig: Rig, elsewhere: dict[str, str]) -> tuple[State, list[str]]:
    """Live the days from the rig's on; give all that is there then, and which step did not end well."""
    rig.take("start")
    told = []
    with rig.server():
        for number in range(DAYS + 1):
            today = rig.day + timedelta(number)
            rig.market.set_day(today)
            for step in WHOLE:
                lost = elsewhere if step == "collect" and number < DAYS else {}
                ended = rig.run(step, {"market_today": today.isoformat()}, day=today.isoformat(), elsewhere=lost)
                told += [f"{today}, {step}: {ended}"] if ended.errors or ended.signal else []
            if not list((rig.state / "digest").glob(f"dagbericht-{today}-*.pdf")):
                told.append(f"{today} was not told")
        found = state_of(rig)
    rig.market.set_day(rig.day)
    return found, told


def _tables(state: State) -> dict[str, Told]:
    return {name: [json.loads(row) for row in state.rows[name]] for name in TABLES}


def _amiss(rig: Rig, source: str, usual: dict[str, Told], lacking: dict[str, Told]) -> list[str]:
    """Name what the outage did that it should not, or did not do that it should."""
    days = [(rig.day + timedelta(number)).isoformat() for number in range(DAYS + 1)]
    down, back = days[:DAYS], days[DAYS]

    seen, found = _sightings(usual, source), _sightings(lacking, source)
    holds = {
        "all of the others is as it was": _sightings(lacking, source, others=True)
        == _sightings(usual, source, others=True),
        # A listing that went while its source was down has no pseudonym in the new epoch, but one that stands in for it.
        "its other days are as they were, those have none": Counter(day for day, _ in found)
        == Counter(day for day, _ in seen if day not in down),
        "each day was told as missing": _quality(lacking, source) | dict.fromkeys(down, 0) | {back: 1}
        == _quality(lacking, source),
        "as many figures were released": _released(lacking) == _released(usual),
    }
    for day in down:
        holds |= {f"{day}: {what}": held for what, held in _told(rig, source, day, usual, lacking).items()}
    counts = [
        _estimates(tables, "est.source_day", back, source_code=source)["seen_count"] for tables in (usual, lacking)
    ]
    holds["back, it is seen whole"] = counts[0] == counts[1] > 0
    return [f"not so: {what}" for what, held in holds.items() if not held]


def _told(rig: Rig, source: str, day: str, usual: dict[str, Told], lacking: dict[str, Told]) -> dict[str, bool]:
    """Tell what holds of a day on which the source was down: a line has more doubt, and is not lower for it."""
    last = _estimates(usual, "est.source_day", (rig.day - timedelta(1)).isoformat(), source_code=source)
    own, right = (_estimates(each, "est.source_day", day, source_code=source) for each in (lacking, usual))
    nation = {"area_code": "NL", "setting_code": "all", "period_code": "day"}
    all_of, all_right = (_estimates(each, "est.volume", day, **nation) for each in (lacking, usual))
    return {
        "its interval is wider": own["upper_count"] - own["lower_count"] > right["upper_count"] - right["lower_count"],
        "its interval holds what was there": own["lower_count"] <= right["seen_count"] <= own["upper_count"],
        "its line is not lower than before": own["seen_count"] == 0
        and own["point_count"] >= STEADY * last["point_count"],
        "the country has a figure": all_of["refusal_code"] is None and all_of["completeness_share"] < 1,
        "more of the country is guessed": all_of["models"]["uncertain"] > all_right["models"]["uncertain"],
        "the country's line does not fall": all_of["point_count"] >= NEARLY * all_right["point_count"],
        "the country's interval holds what would be told": all_of["lower_count"]
        <= all_right["point_count"]
        <= all_of["upper_count"],
    }


def _sightings(tables: dict[str, Told], source: str, *, others: bool = False) -> set[tuple[str, str]]:
    """Give day and listing of every sighting on the source, or on the others."""
    rows = [(row["day_date"], row["listing_id"]) for row in tables["core.sighting"]]
    return {(day, listing) for day, listing in rows if (listing.split()[1] != source) == others}


def _estimates(tables: dict[str, Told], table: str, day: str, **chosen: str) -> dict[str, Any]:
    """Give the one estimate of a day as it was made on it."""
    start = "period_start_date" if table == "est.volume" else "day_date"
    asked = {"vintage_date": day, start: day, **chosen}
    (found,) = (row for row in tables[table] if asked.items() <= row.items())
    return found


def _quality(tables: dict[str, Told], source: str) -> dict[str, float]:
    return {
        row["day_date"]: row["completeness_share"]
        for row in tables["release.quality_day"]
        if row["source_code"] == source and row["vintage_date"] == row["day_date"]
    }


def _released(tables: dict[str, Told]) -> Counter[str]:
    return Counter(row["vintage_date"] for row in tables["release.volume"])
