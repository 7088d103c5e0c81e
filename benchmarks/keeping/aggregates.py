"""What an estimate counts, ours against DuckDB, on the same rows in the same run.

    .venv/bin/python -P benchmarks/keeping/aggregates.py [--millions 10] [--rounds 7]

Counted over the last four weeks: identities per municipality and day; identities per area of all levels, setting and set
of source groups for the last day, week and block; identities that went from state to state of movement between
consecutive weeks. Ours starts at the rows in PostgreSQL, DuckDB at the same rows in a file of its own, sorted and
compressed as it likes, with all cores. First all counts must be equal; ends with 1 where they are not, with 2 where
DuckDB is not installed.
"""

import argparse
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import history  # noqa: E402
import national  # noqa: E402
import numpy as np  # noqa: E402

from warehouse import areas, calendar, db, window  # noqa: E402
from warehouse.estimates import counting  # noqa: E402
from warehouse.estimates import frame as frames  # noqa: E402
from warehouse.records import SETTINGS  # noqa: E402

WEEKS, DAYS = 4, 28
PERIODS = {"day": 1, "week": 7, "block": DAYS}
Counts = Counter[tuple[Any, ...]]

ROWS = {
    "listing": "SELECT listing_id, source_group_code, epoch_code FROM core.listing JOIN core.source USING (source_code)",
    "version": "SELECT listing_id, read_date - %(origin)s::date, coalesce(area_codes[1], ''), setting_code, "
    "setting_probability FROM core.listing_version",
    "member": "SELECT listing_id, from_date - %(origin)s::date, identity_id FROM core.identity_member",
}
COLUMNS = {
    "listing": ("listing", "source_group", "epoch"),
    "version": ("listing", "day", "area", "setting", "probability"),
    "member": ("listing", "day", "identity"),
    "sighting": ("day", "listing"),
    "above": ("area", "level", "code"),
    "setting": ("setting", "place"),
    "state": ("area", "place"),
}
SEEN = """
CREATE OR REPLACE TEMP TABLE seen AS
WITH owned AS (SELECT listing, arg_max(identity, day) AS identity FROM member WHERE day <= $last GROUP BY listing)
SELECT s.day, s.listing, o.identity, v.area, v.setting, v.probability,
    1 << g.place::INTEGER AS bit
FROM sighting AS s
JOIN listing AS l ON l.listing = s.listing AND l.epoch = $epoch
JOIN (SELECT source_group, row_number() OVER (ORDER BY source_group) - 1 AS place FROM (SELECT DISTINCT source_group FROM listing))
    AS g ON g.source_group = l.source_group
JOIN owned AS o ON o.listing = s.listing
ASOF JOIN version AS v ON v.listing = s.listing AND v.day <= s.day
WHERE s.day BETWEEN $last - 27 AND $last
"""
DAILY = """
SELECT 'daily', day - ($last - 27), area, count(DISTINCT identity) FROM seen WHERE area LIKE 'GM%' GROUP BY ALL
"""
WEEKLY = """
SELECT 'weekly', (day - ($last - 27)) // 7, place, count(DISTINCT identity) FROM seen JOIN state USING (area) GROUP BY ALL
"""
CELLS = """
WITH present AS (SELECT * FROM seen WHERE day > $last - $days),
latest AS (SELECT listing, any_value(identity) AS identity, arg_max(setting, day) AS setting,
    arg_max(probability, day)::DOUBLE AS probability FROM present GROUP BY listing),
weighed AS (SELECT identity, setting, round(sum(probability * CASE setting WHEN 'unknown' THEN 1e-9 ELSE 1 END), 12) AS weight
    FROM latest GROUP BY ALL),
chosen AS (SELECT identity, arg_max(setting, (weight, -place)) AS setting FROM weighed JOIN setting USING (setting) GROUP BY ALL),
held AS (SELECT identity, a.code, bit_or(bit) AS pattern FROM (SELECT DISTINCT identity, area, bit FROM present) AS p
    JOIN above AS a USING (area) GROUP BY ALL)
SELECT $period, code, kind, pattern, count(*)
FROM (SELECT code, pattern, unnest(['all', setting]) AS kind FROM held JOIN chosen USING (identity))
WHERE kind IN ('all', 'home', 'club', 'escort') GROUP BY ALL
"""


def state_of(code: str) -> int:
    """Number the state of movement that a place belongs to, 0 for none."""
    state = areas.state_of(code)
    return areas.MOVEMENT_STATES.index(state) + 1 if state in areas.MOVEMENT_STATES else 0


class Ours:
    """Counts from the rows in PostgreSQL, with what estimation reads and counts with."""

    def __init__(self, conn: db.Connection, last: int) -> None:
        self.conn, self.day = conn, national.day_of(last)

    def count(self) -> list[Any]:
        """Read and count; give arrays."""
        epoch = calendar.epoch_code(self.day)
        frame = window.read(self.conn, self.day - timedelta(days=DAYS - 1), self.day, linked=self.day, epoch=epoch)
        where = frames.places(frame.area_codes, areas.area_parents)
        cells = [counting.cells(frame, frame.seen[:, -span:], DAYS - span, where).counts for span in PERIODS.values()]
        _, place, seen = frames.days_seen(frame, where.above[:, 0])
        daily = np.zeros((len(where.codes), DAYS), dtype=np.int64)
        np.add.at(daily, place, seen)
        masks, _ = frames.weekly_places(frame, np.array([state_of(code) for code in frame.area_codes]), WEEKS)
        return [where, cells, daily, masks]

    @staticmethod
    def told(found: list[Any]) -> Counts:
        """Write what was counted as DuckDB does."""
        where, cells, daily, masks = found
        told: Counts = Counter()
        for area, day in zip(*np.nonzero(daily), strict=True):
            told["daily", int(day), where.codes[area]] = int(daily[area, day])
        for period, counts in zip(PERIODS, cells, strict=True):
            for area, kind, pattern in zip(*np.nonzero(counts), strict=True):
                key = (period, where.codes[area], counting.CELL_SETTINGS[kind], int(pattern))
                told[key] = int(counts[area, kind, pattern])
        for state in range(1, len(areas.MOVEMENT_STATES) + 1):
            for week, count in enumerate((masks >> (state - 1) & 1).sum(axis=0).tolist()):
                if count:
                    told["weekly", week, state] = count
        return told


class Peer:
    """The same counts by DuckDB, from the same rows."""

    def __init__(self, conn: db.Connection, file: Path, days: int) -> None:
        import duckdb

        self.version, self.last = duckdb.__version__, days - 1
        self.duck = duckdb.connect(str(file))
        seen = db.arrays(conn, "est_seen", {"first": calendar.ORIGIN, "days": days})
        tables = {
            name: list(zip(*conn.execute(query, {"origin": calendar.ORIGIN}).fetchall(), strict=True))
            for name, query in ROWS.items()
        }
        tables["above"] = list(zip(*self._above({*tables["version"][2]}), strict=True))
        tables["setting"] = [SETTINGS, range(len(SETTINGS))]
        tables["state"] = list(
            zip(*((code, state_of(code)) for code in {*tables["version"][2]} if state_of(code)), strict=True)
        )
        tables["sighting"] = [
            np.repeat([day for day, _ in seen], [len(ids) for _, ids in seen]),
            np.concatenate([ids for _, ids in seen]),
        ]
        for name, columns in tables.items():
            rows = {column: self._array(values) for column, values in zip(COLUMNS[name], columns, strict=True)}  # noqa: F841 - by name
            self.duck.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
        self.duck.execute("CHECKPOINT")

    @staticmethod
    def _array(values: Iterable[Any]) -> np.ndarray[Any, Any]:
        made = np.array(values)
        return made.astype(object) if made.dtype.kind == "U" else made

    @staticmethod
    def _above(codes: set[str]) -> list[tuple[str, int, str]]:
        inside = [code for code in codes if code.startswith("GM")]
        return [(code, level, name) for code in inside for level, name in enumerate((code, *areas.area_parents(code)))]

    def count(self) -> list[tuple[Any, ...]]:
        """Count; give rows."""
        last = {"last": self.last}
        self.duck.execute(SEEN, last | {"epoch": calendar.epoch_code(national.day_of(self.last))})
        found = self.duck.execute(DAILY, last).fetchall() + self.duck.execute(WEEKLY, last).fetchall()
        for period, days in PERIODS.items():
            found += self.duck.execute(CELLS, last | {"period": period, "days": days}).fetchall()
        return found

    @staticmethod
    def told(found: list[tuple[Any, ...]]) -> Counts:
        """Give the counts by what they are of."""
        return Counter({tuple(row[:-1]): row[-1] for row in found})


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--millions", type=float, default=10.0, help="sightings in all")
    parser.add_argument("--live", type=int, default=25_000, help="advertisements a day")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    days = max(round(asked.millions * 1e6 / asked.live), DAYS)
    days += max(DAYS - 1 - (days - 1) % calendar.EPOCH_DAYS, 0)  # the four weeks lie in one epoch
    market = national.Market(live=asked.live, days=days)
    spent: dict[str, list[float]] = {"ours": [], "duckdb": []}
    with bench.warehouse() as server, tempfile.TemporaryDirectory() as folder:
        with db.connect(server.dsn("owner")) as owner:
            filled = history.fill(owner, market, days)
            history.link_truly(owner, filled)
            try:
                peer = Peer(owner, Path(folder) / "peer.duckdb", days)
            except ModuleNotFoundError:
                print("aggregates: DuckDB is not installed here; nothing was compared")
                return 2
        with db.connect(server.dsn("estimator")) as conn:
            ours = Ours(conn, days - 1)
            mine, theirs = ours.told(ours.count()), peer.told(peer.count())
            if mine != theirs:
                wrong = sum(mine[key] != theirs[key] for key in {*mine, *theirs})
                print(f"aggregates: {wrong} of {len(mine)} counts differ; no speed is told")
                return 1
            order = random.Random(1)
            for _ in range(asked.rounds):
                for name in order.sample(sorted(spent), 2):
                    spent[name].append(bench.timed(ours.count if name == "ours" else peer.count))
    print(
        f"{filled.sightings:,} sightings there, 28 days of them counted; {len(mine):,} counts, all equal; {asked.rounds} rounds"
    )
    for name, seconds in (
        ("ours, from PostgreSQL", spent["ours"]),
        (f"DuckDB {peer.version}, all cores", spent["duckdb"]),
    ):
        print(f"{name:<46} {statistics.median(seconds):>10.3f} s")
    slower = [a / b for a, b in zip(spent["ours"], spent["duckdb"], strict=True)]
    print(
        bench.bar(
            "ours / DuckDB, median of rounds",
            statistics.median(slower),
            1.5,
            f"x [{min(slower):.2f}, {max(slower):.2f}]",
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
