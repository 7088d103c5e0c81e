"""The whole audit on a real database."""

from datetime import date
from pathlib import Path
from typing import Any

from warehouse import audit, db
from warehouse.release import release_day

KEY = b"\x07" * 32
DAY = date(2026, 10, 12)
NUMBERS = tuple(f"+31620{number:06d}" for number in range(50))
ROW = """
    INSERT INTO est.volume VALUES (
        '2026-10-12', 'day', '2026-10-12', '{area}', 'all', '{{}}', {count}, 0.02, {count}, {point}, {count}, {upper},
        0.7, 3, 0.95, NULL, '{{}}', '{{}}', {number}, 't1', 1
    )
"""


def put(owner: db.Connection) -> None:
    for place, (area, count) in enumerate({"GM0153": 80, "CR12": 140, "PV-Overijssel": 180, "NL": 600}.items()):
        db.script(owner, ROW.format(area=area, count=count, point=1.5 * count, upper=2 * count, number=place + 1))


def outcomes(results: list[audit.AttackResult]) -> dict[str, str]:
    return {result.code: result.outcome for result in results}


def test_nothing_released_is_not_run(database: Any) -> None:
    with database.connect("releaser") as conn:
        results = audit.run(conn, audit.Evidence(trials=0))
    assert [result.code for result in results] == [f"A{number}" for number in range(1, 11)]
    assert {result.outcome for result in results} == {"not_run"}


def test_all_attacks_on_a_release(database: Any, tmp_path: Path) -> None:
    with database.connect() as owner:
        put(owner)
        db.script(owner, "INSERT INTO core.source VALUES ('one', 'alfa')")
        for epoch, digit in (("E0001", "1"), ("E0002", "2")):
            db.script(
                owner,
                "INSERT INTO core.listing (source_code, epoch_code, listing_key) "
                f"VALUES ('one', '{epoch}', decode(repeat('{digit}', 64), 'hex'))",
            )
    (tmp_path / "log").write_text("nothing to see")
    with database.connect("releaser") as conn:
        release_day(conn, DAY, KEY)
        without_core = audit.run(conn, audit.Evidence(trials=0))
        assert outcomes(without_core)["A5"] == "not_run"
    with database.connect() as owner:
        results = audit.run(owner, audit.Evidence([tmp_path], NUMBERS, ("Roos van de Zoutmarkt",), trials=40))
        found = outcomes(results)
        found.pop("A7")  # a coin's throw at this number of worlds; its measures are tested apart
        assert set(found.values()) == {"passed"}, results
        # Plant a number in a file, and a key that two epochs share: both are found, and neither is named.
        (tmp_path / "log").write_text(f"call {NUMBERS[3]}")
        db.script(owner, "UPDATE core.listing SET listing_key = decode(repeat('3', 64), 'hex')")
        planted = {result.code: result for result in audit.run(owner, audit.Evidence([tmp_path], NUMBERS, trials=0))}
        assert planted["A6"].outcome == planted["A5"].outcome == "failed"
        assert planted["A6"].cells == ("log: number in plain",)
        assert planted["A5"].cells == ("listing E0001 joins listing E0002",)


def test_a_number_in_a_table_is_found(database: Any, tmp_path: Path) -> None:
    with database.connect() as owner:
        put(owner)
        db.script(owner, f"CREATE TABLE est.slip (note text); INSERT INTO est.slip VALUES ('bel {NUMBERS[5]}')")
        release_day(owner, DAY, KEY)
        results = {result.code: result for result in audit.run(owner, audit.Evidence([tmp_path], NUMBERS, trials=0))}
        assert results["A6"].cells == ("table est.slip: number in plain",)
