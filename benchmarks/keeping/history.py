"""Many days of a made-up market written straight into `core`, as that many loads would have left them: 10 million
sightings in less than a minute.
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

import numpy as np
import numpy.typing as npt
from national import SOURCES, Market, day_of, mix

from warehouse import calendar, db, loading
from warehouse.records import FactRow

Ints = npt.NDArray[np.int64]

VERSION_COLUMNS = {
    "listing_id": "int4",
    "read_date": "date",
    "area_codes": "text[]",
    "area_probabilities": "float4[]",
    "language_code": "text",
    "language_probability": "float4",
    "setting_code": "text",
    "setting_probability": "float4",
    "contact_keys": "bytea[]",
    "content_key": "bytea",
    "sketch": "bytea",
    "pipeline_version": "text",
}
_COPY_HEAD, _COPY_TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Filled:
    """What `fill` wrote: sightings, and for each listing in order of `listing_id` (from 1 on) its epoch and advertiser."""

    sightings: int
    versions: int
    epoch: Ints = field(repr=False)
    who: Ints = field(repr=False)


def fill(conn: db.Connection, market: Market, days: int) -> Filled:
    """Write the first `days` days of a market into an empty `core`, as loading them one by one would have; not linked.

    Args:
        conn: as owner, to a migrated database without rows.
        market: of at least so many days.
        days: number of days.
    """
    number = np.zeros(len(market.who), dtype=np.int64)
    epochs: list[Ints] = []
    whose: list[Ints] = []
    count = sightings = versions = 0
    with db.transaction(conn):
        for name in SOURCES:
            db.execute(conn, "load_source", {"source": name, "source_group": f"group of {name}"})
        for epoch, span in groupby(range(days), lambda day: day // calendar.EPOCH_DAYS):
            number[:] = 0
            code = f"E{epoch:04d}"
            start = calendar.epoch_start(code)
            db.execute(conn, "epoch_add", {"epoch": code, "start": start, "first": start, "former": None})
            for day in span:
                db.execute(conn, "load_month", {"day": day_of(day)})
                ad, new, read = market.seen(day)
                for source in range(len(SOURCES)):
                    mine = market.source[ad] == source
                    here, said = ad[mine], ad[mine & new]
                    keys = market.listing_keys(fresh := here[number[here] == 0], day)
                    fresh = fresh[np.argsort(np.array(keys, dtype="S32"))] if len(fresh) else fresh
                    number[fresh] = np.arange(count + 1, count + 1 + len(fresh))
                    count += len(fresh)
                    epochs.append(np.full(len(fresh), epoch))
                    whose.append(market.who[fresh])
                    _copy_listings(conn, number[fresh], SOURCES[source], code, sorted(keys))
                    _copy_sightings(conn, day_of(day), np.sort(number[here]))
                    ids = number[said].tolist()
                    facts = zip(ids, market.facts(said, day), strict=True)
                    record = sorted((_version(listing, day_of(day), row) for listing, row in facts), key=lambda r: r[0])
                    versions += db.copy_in(conn, "core.listing_version", VERSION_COLUMNS, record)
                    sightings += len(here)
                    log = market.log(source, day, len(here), int((mine & read).sum()))
                    db.execute(conn, "load_crawl", loading._log_fields(log))  # noqa: SLF001 - the loader's own
                    receipt = {"subject": loading.subject(log.source, log.day), "digest": b"", "day": log.day}
                    db.execute(conn, "load_receive", receipt | {"count": len(here)})
        db.script(conn, f"ALTER TABLE core.listing ALTER listing_id RESTART WITH {count + 1}")
    db.script(conn, "VACUUM (ANALYZE) core.listing, core.listing_version, core.sighting")
    return Filled(sightings, versions, np.concatenate(epochs), np.concatenate(whose))


def _version(listing: int, day: date, row: FactRow) -> tuple[object, ...]:
    return (listing, day, *(_plain(getattr(row, name)) for name in list(VERSION_COLUMNS)[2:]))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _copy(conn: db.Connection, statement: str, table: npt.NDArray[np.void]) -> None:
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_COPY_HEAD + table.tobytes() + _COPY_TAIL)


def _copy_sightings(conn: db.Connection, day: date, listings: Ints) -> None:
    table = np.zeros(len(listings), dtype=[("n", ">i2"), ("a", ">i4"), ("day", ">i4"), ("b", ">i4"), ("id", ">i4")])
    table["n"], table["a"], table["b"] = 2, 4, 4
    table["day"], table["id"] = (day - date(2000, 1, 1)).days, listings
    _copy(conn, "COPY core.sighting (day_date, listing_id) FROM STDIN (FORMAT BINARY)", table)


def _copy_listings(conn: db.Connection, ids: Ints, source: str, epoch: str, keys: list[bytes]) -> None:
    shape = [("n", ">i2"), ("a", ">i4"), ("id", ">i4"), ("b", ">i4"), ("source", f"S{len(source)}")]
    shape += [("c", ">i4"), ("epoch", f"S{len(epoch)}"), ("d", ">i4"), ("key", "V32")]
    table = np.zeros(len(ids), dtype=shape)
    table["n"], table["a"], table["b"], table["c"], table["d"] = 4, 4, len(source), len(epoch), 32
    table["id"], table["source"], table["epoch"] = ids, source.encode(), epoch.encode()
    table["key"] = np.frombuffer(b"".join(keys), dtype="V32")
    _copy(
        conn, "COPY core.listing (listing_id, source_code, epoch_code, listing_key) FROM STDIN (FORMAT BINARY)", table
    )


def link_truly(conn: db.Connection, filled: Filled, epochs: int | None = None) -> None:
    """Give each listing the identity of its advertiser, in place of linking: for measuring what comes after it.

    Args:
        conn: as owner.
        filled: what was filled.
        epochs: of the first so many epochs only.
    """
    chosen = filled.epoch < (filled.epoch.max() + 1 if epochs is None else epochs)
    epoch, who = filled.epoch[chosen], filled.who[chosen]
    _, firsts, identity = np.unique(epoch * (who.max(initial=0) + 1) + who, return_index=True, return_inverse=True)
    of = epoch[firsts].tolist()
    numbers = (mix(np.arange(len(firsts))) >> np.uint64(1)).tolist()
    with db.transaction(conn):
        columns = {"identity_id": "int4", "epoch_code": "text", "record_number": "int8"}
        made = ((n + 1, f"E{of[n]:04d}", number) for n, number in enumerate(numbers))
        db.copy_in(conn, "core.identity", columns, made)
        columns = {"listing_id": "int4", "from_date": "date", "identity_id": "int4"}
        tied = zip((np.flatnonzero(chosen) + 1).tolist(), identity.tolist(), strict=True)
        start = [calendar.epoch_start(f"E{each:04d}") for each in of]
        db.copy_in(conn, "core.identity_member", columns, ((listing, start[to], to + 1) for listing, to in tied))
        db.script(conn, f"ALTER TABLE core.identity ALTER identity_id RESTART WITH {len(firsts) + 1}")
    db.script(conn, "VACUUM (ANALYZE) core.identity, core.identity_member")
