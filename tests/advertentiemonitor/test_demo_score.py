"""Scoring of a demo: released moves beside the truth by the same definition."""

from datetime import date, timedelta

import pytest

from advertentiemonitor.demo.score import score
from simulation.settings import WorldSettings
from simulation.world import generate
from warehouse import db
from warehouse.areas import COARSE_STATES, ENTRY, EXIT, MOVEMENT_STATES
from warehouse.release import release_areas

FIRST = date(2026, 10, 12)
LAST = FIRST + timedelta(days=27)
RELEASED = [
    ("GM0164", "GM0153"), ("NLX", "GM0153"), ("CR12X", "GM0164"), ("GM0153", "NLX"), ("CR12X", "CR12X"),
    ("ALLX", "CR12X"), ("NLR", "DE"), (ENTRY, "GM0153"), (ENTRY, "NLX"), ("NLR", EXIT),
]  # fmt: skip
MOVES = """
INSERT INTO release.movement
SELECT %(block)s, o, d, version, %(day)s, CASE WHEN shown THEN 'published' ELSE 'withheld' END,
    CASE WHEN shown THEN '' ELSE 'rolled_up' END, CASE WHEN shown THEN 20 END, CASE WHEN shown THEN 0 END,
    CASE WHEN shown THEN 500 END, '{}'
FROM jsonb_to_recordset(%(rows)s) AS r (o text, d text, version int, shown bool)
"""


@pytest.fixture
def scores(conn: db.Connection) -> dict[str, int]:
    world = generate(WorldSettings(seed=4, first_day=FIRST, days=28, scale=0.5))
    names = {code: area.area_name for code, area in release_areas().items()}
    for code, area in release_areas().items():
        conn.execute(
            b"INSERT INTO release.area (area_code, area_name, level_code) VALUES (%s, %s, %s)",
            (code, area.area_name, area.level_code),
        )
    rows = [{"o": o, "d": d, "version": 2, "shown": True} for o, d in RELEASED]
    rows += [
        {"o": "OVX", "d": "GM0153", "version": 2, "shown": False},
        {"o": "DE", "d": "NLX", "version": 1, "shown": True},
    ]
    conn.execute(MOVES.encode(), {"block": FIRST, "day": LAST, "rows": db.Json(rows)})
    found = {one.area: one.truth for one in score(conn, world, FIRST, LAST)}
    moves = {(a, b): world.truth.weekly_moves(a, b, FIRST, LAST) for a in COARSE_STATES for b in COARSE_STATES}
    moves |= {
        (a, b): world.truth.weekly_moves(a, b, FIRST, LAST)
        for a in (ENTRY, *MOVEMENT_STATES)
        for b in (*MOVEMENT_STATES, EXIT)
    }
    return (
        {f"{a} -> {b}": found.pop(f"{names[a]} -> {names[b]}") for a, b in RELEASED}
        | {"else": len(found)}
        | {f"true {a} -> {b}": count for (a, b), count in moves.items()}
    )


def test_moves_are_scored_by_week_as_they_are_rolled_up(scores: dict[str, int]) -> None:
    """Rows of an older version and rolled-up ones are not scored; wide rows have the moves of their parts."""

    def true(*pairs: tuple[str, str]) -> int:
        return sum(scores[f"true {a} -> {b}"] for a, b in pairs)

    twente, rest = ("GM0164", "GM0141", "CR12R"), ("OVX", "PV-Gelderland", "PVX")
    assert scores["else"] == 0
    assert scores["GM0164 -> GM0153"] == true(("GM0164", "GM0153"))
    assert scores["NLX -> GM0153"] == true(("NLX", "GM0153")) == true(*((a, "GM0153") for a in rest)) > 0
    assert scores["CR12X -> GM0164"] == true(("GM0141", "GM0164"), ("CR12R", "GM0164"))
    assert scores["CR12X -> CR12X"] == true(*((a, b) for a in twente for b in twente if a != b)) > 0
    assert scores["ALLX -> CR12X"] == true(*((a, "CR12X") for a in ("GM0153", "NLX", "DE")))
    assert scores["NLR -> DE"] == true(*((a, "DE") for a in ("GM0153", "CR12X", "NLX")))
    assert scores["NEW -> GM0153"] == true((ENTRY, "GM0153")) > 0
    assert scores["NEW -> NLX"] == true(*((ENTRY, b) for b in rest))
    assert scores["NLR -> EXIT"] == true(*((a, EXIT) for a in ("GM0153", *twente, *rest))) > 0
