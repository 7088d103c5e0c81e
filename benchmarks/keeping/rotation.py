"""Rotation drill: one market, twice, once with a key that is rotated in it and once without; and an attack on the rows left.

Run: .venv/bin/python -P benchmarks/keeping/rotation.py [--seed 1] [--scale 1.0] [--early]

Eight weeks of the synthetic market are read, linked and estimated under one key, and again with an epoch's end in the
middle (by the calendar, or by `keys rotate` with --early). The market is the same but for its dates. Printed: how far the
two differ in what is counted and estimated, day by day, and how well rows of the destroyed epoch can be laid beside those
of the next by all that is in them, against chance.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from advertentiemonitor import keyring, stages
from advertentiemonitor.crawler import crawl_log_path, write_crawl_log
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from simulation.collected import collect
from simulation.settings import SITE_NAMES
from simulation.world import WorldSettings, generate
from warehouse import db
from warehouse.calendar import BLOCK_DAYS
from warehouse.server import Server

TURN = date(2026, 4, 6)  # first day of E0001, a week into a block of four
END = date(2026, 4, 27)
THROWN_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
AREAS = ("GM0153", "CR12", "NL")


@dataclass(frozen=True)
class Run:
    """What one run left in `est`, by day index instead of date."""

    volume: dict[tuple[int, str, int, str, str], tuple[dict[str, int], float | None, float | None, float | None]]
    movement: dict[tuple[str, str], tuple[int, float | None, float | None, float | None]]
    relinked: dict[str, float]


def worlds(seed: int, scale: float, blocks: int = 2) -> tuple[WorldSettings, WorldSettings]:
    """Give a market of whole blocks of four weeks in which no epoch ends, and the same one with a turn in its last block."""
    days = BLOCK_DAYS * blocks
    turned = END - timedelta(days=days)
    plain = WorldSettings(
        seed=seed, scale=scale, first_day=turned - timedelta(days=days), days=days, outage_rate=0.0, partial_rate=0.0
    )
    return plain, replace(plain, first_day=turned)


def turn_of(settings: WorldSettings) -> int:
    """Give the number of the day on which an epoch ends in the market that has such a day."""
    return settings.days - (END - TURN).days


def run(
    folder: Path, world_settings: WorldSettings, *, early: bool = False, days: tuple[int, ...] | None = None
) -> Run:
    """Run the market through reading and estimation; destroy the old key when it is due."""
    world = generate(world_settings)
    first = world_settings.first_day
    settings = Settings(state=folder, market_today=first)
    with Server(settings.root, options=THROWN_AWAY) as server:
        initialise(settings, f"drill {world_settings.seed}".encode())
        truth: dict[bytes, str] = {}
        names: dict[int, str] = {}
        for index, day in enumerate(world.days):
            now = settings.model_copy(update={"market_today": day})
            if early and index == turn_of(world_settings):
                keyring.rotate(now)
            calendar = stages.epoch_calendar(now)
            start = calendar.start(calendar.code(day))
            for log in collect(world, day, settings.root, stages.keys(now).spool(), start):
                write_crawl_log(crawl_log_path(settings.root, log.source, day), log)
            for code in {calendar.code(day), calendar.code(max(day - timedelta(days=7), first))}:
                if code not in stages.keys(now).destroyed():
                    keys = stages.keys(now).pseudonyms(code)
                    truth |= {
                        keys.listing(source, listing): f"{source}/{listing}"
                        for source in SITE_NAMES
                        for listing in (ad.listing_id for ad in world.site(source).listings(day))
                    }
            stages.read(now, day)
            if days is None or index in days:
                stages.estimate(now, day)
            with db.connect(server.dsn("owner")) as conn:  # before pseudonyms go with their key
                listed = conn.execute("SELECT listing_id, listing_key FROM core.listing").fetchall()
            names |= {listing: truth[key] for listing, key in listed if key in truth}
            stages.rotate_keys(now, day)
        with db.connect(server.dsn("owner")) as conn:
            return _left(conn, first, names)


def _left(conn: db.Connection, first: date, names: dict[int, str]) -> Run:
    volume = {
        ((day - first).days, period, (start - first).days, area, setting): (overlap, point, lower, upper)
        for day, period, start, area, setting, overlap, point, lower, upper in conn.execute(
            "SELECT vintage_date, period_code, period_start_date, area_code, setting_code, overlap, point_count, "
            "lower_count, upper_count FROM est.volume"
        )
    }
    movement = {
        (origin, destination): (count, point, lower, upper)
        for origin, destination, count, point, lower, upper in conn.execute(
            "SELECT origin_code, destination_code, identity_count, point_count, lower_count, upper_count "
            "FROM est.movement WHERE vintage_date = (SELECT max(vintage_date) FROM est.movement)"
        )
    }
    epochs = [code for (code,) in conn.execute("SELECT epoch_code FROM core.epoch ORDER BY start_date")]
    return Run(volume, movement, relink(conn, *epochs[-2:], names) if len(epochs) > 1 else {})


def relink(conn: db.Connection, former: str, epoch: str, names: dict[int, str]) -> dict[str, float]:
    """Attack: lay rows of a destroyed epoch beside those of the next, without keys, by all that is in them.

    Some listings of the last day kept under the old key go on under the new one. The attacker pairs rows that say the same
    (source, places, language, setting: what nobody can hide from whoever sees the rows), within these by rank in each order
    that the rows have: running number, place in the file, first day seen, first day read, probabilities of what was read, size
    of the identity; and by what the whole identity says. Chance pairs them within the same facts at random, with as many tries.
    """
    last_old = conn.execute(
        "SELECT max(day_date) FROM core.sighting JOIN core.listing USING (listing_id) WHERE epoch_code = %s", [former]
    ).fetchone()[0]
    if last_old is None:  # all of it was carried over
        return {}
    old = _rows_of(conn, former, last_old)
    new = _rows_of(conn, epoch, last_old + timedelta(days=1))
    name_of = {row["id"]: names.get(row["id"]) for row in (*old, *new)}
    cells: dict[tuple, tuple[list, list]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((old, new)):
        for row in rows:
            cells[row["facts"]][side].append(row)
    rng = np.random.default_rng(1)

    def found(order: Callable[[dict], object]) -> int:
        hits = 0
        for ours, theirs in cells.values():
            a, b = sorted(ours, key=order), sorted(theirs, key=order)
            if a and b:
                places = np.linspace(0, len(b) - 1, len(a)).round().astype(int) if len(a) > 1 else [0]
                pairs = ((name_of[x["id"]], name_of[b[place]["id"]]) for x, place in zip(a, places, strict=True))
                hits += sum(one is not None and one == other for one, other in pairs)
        return hits

    orders = {name: found(lambda row, name=name: (row[name], row["key"])) for name in ORDERS}
    chance = [max(found(lambda _row: rng.random()) for _ in ORDERS) for _ in range(100)]
    total = len({name_of[row["id"]] for row in old} & {name_of[row["id"]] for row in new} - {None})
    return {
        "relinking: listings that go on": total,
        **{f"relinking: found by {name}, %": 100 * hits / max(total, 1) for name, hits in orders.items()},
        "relinking: by chance, %": 100 * float(np.mean(chance)) / max(total, 1),
        "relinking: by chance, 97.5 % of tries below, %": 100 * float(np.quantile(chance, 0.975)) / max(total, 1),
    }


ORDERS = ("id", "ctid", "first", "read", "probabilities", "size", "identity")


def _rows_of(conn: db.Connection, epoch: str, day: date) -> list[dict[str, Any]]:
    found = conn.execute(
        """
        WITH live AS (
            SELECT l.listing_id, l.listing_key, s.ctid, l.source_code, v.area_codes, v.language_code, v.setting_code,
                m.identity_id, v.area_probabilities || v.language_probability || v.setting_probability AS probabilities
            FROM core.sighting AS s JOIN core.listing AS l USING (listing_id)
            JOIN LATERAL (
                SELECT * FROM core.listing_version AS v WHERE v.listing_id = l.listing_id AND v.read_date <= s.day_date
                ORDER BY v.read_date DESC LIMIT 1
            ) AS v ON true
            LEFT JOIN LATERAL (
                SELECT m.identity_id FROM core.identity_member AS m WHERE m.listing_id = l.listing_id
                ORDER BY m.from_date DESC LIMIT 1
            ) AS m ON true
            WHERE s.day_date = %s AND l.epoch_code = %s
        )
        SELECT listing_id, listing_key, ctid::text, source_code, area_codes, language_code, setting_code,
            (SELECT min(x.day_date) FROM core.sighting AS x WHERE x.listing_id = live.listing_id),
            (SELECT min(x.read_date) FROM core.listing_version AS x WHERE x.listing_id = live.listing_id),
            count(*) OVER identity,
            array_agg(source_code || area_codes::text || setting_code) OVER identity, probabilities
        FROM live
        WINDOW identity AS (PARTITION BY coalesce(identity_id, -listing_id))
        """,
        [day, epoch],
    ).fetchall()
    return [
        {
            "id": listing, "key": key, "ctid": tuple(map(int, ctid.strip("()").split(","))),
            "facts": (source, tuple(areas), language, setting),
            "first": seen, "read": read, "size": size, "identity": sorted(said),
            "probabilities": probabilities,
        }
        for listing, key, ctid, source, areas, language, setting, seen, read, size, said, probabilities in found
    ]  # fmt: skip


def compare(plain: Run, turned: Run, turn: int) -> dict[str, float]:
    """Tell how far a run with a rotation is from the same market without one, before, in and after the bridge week."""
    figures: dict[str, float] = {}
    for name, low, high in (("before", 0, turn - 1), ("bridge", turn, turn + 6), ("after", turn + 7, 999)):
        keys = [key for key in plain.volume if low <= key[0] <= high and key[3] in AREAS and key[4] == "all"]
        counted = [
            (sum(plain.volume[key][0].values()), sum(turned.volume[key][0].values()))
            for key in keys
            if key in turned.volume
        ]
        figures[f"{name}: rows missing"] = len(keys) - len(counted)
        figures[f"{name}: counts that differ"] = sum(a != b for a, b in counted)
        figures[f"{name}: bias of counts, %"] = 100 * (
            sum(b for _, b in counted) / max(sum(a for a, _ in counted), 1) - 1
        )
        points = [(plain.volume[key][1], turned.volume[key][1]) for key in keys if key in turned.volume]
        both = [(a, b) for a, b in points if a and b]
        figures[f"{name}: figures lost"] = sum(bool(a) and not b for a, b in points)
        figures[f"{name}: bias of estimates, %"] = 100 * float(np.mean([b / a - 1 for a, b in both])) if both else 0.0
    seen = [(plain.movement[pair][0], turned.movement.get(pair, (0,))[0]) for pair in plain.movement]
    figures["movement: observed changes, plain"] = sum(a for a, _ in seen)
    figures["movement: observed changes, rotated"] = sum(b for _, b in seen)
    both = [
        (plain.movement[pair], turned.movement[pair])
        for pair in plain.movement
        if pair in turned.movement and plain.movement[pair][1] and turned.movement[pair][1]
    ]
    figures["movement: flows in both"] = len(both)
    figures["movement: flows lost"] = sum(
        plain.movement[pair][1] is not None and (pair not in turned.movement or turned.movement[pair][1] is None)
        for pair in plain.movement
    )
    figures["movement: bias of estimates, %"] = (
        100 * (sum(b[1] for _, b in both) / sum(a[1] for a, _ in both) - 1) if both else 0.0
    )
    return figures | turned.relinked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--early", action="store_true", help="the key is rotated early instead of by the calendar")
    options = parser.parse_args()
    plain, turned = worlds(options.seed, options.scale)
    with tempfile.TemporaryDirectory(prefix="admon-drill-") as folder:
        Path(folder).chmod(0o711)
        runs = []
        for name, settings in (("plain", plain), ("turned", plain if options.early else turned)):
            state = Path(folder) / name
            runs.append(run(state, settings, early=options.early and name == "turned"))
            Server(state).destroy()
    for name, figure in compare(*runs, turn_of(plain)).items():
        print(f"{name:45} {figure:10.2f}")


if __name__ == "__main__":
    main()
