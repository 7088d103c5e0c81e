"""Loading: what one crawl of one source on one day saw, exactly once.

All of it is one transaction with its receipt: killed anywhere, nothing is there, and the same call again loads it; after
the receipt, the same call again does nothing. Rows go by binary COPY into temporary tables and from there by MERGE.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from warehouse import bridge, db
from warehouse.errors import EpochMoved, LoadedDifferently, LoadedElsewhere, WrongUse
from warehouse.records import CrawlLog, FactRow

_ROW_COLUMNS = {
    "listing_key": "bytea",
    "contact_keys": "bytea[]",
    "content_key": "bytea",
    "sketch": "bytea",
    "area_codes": "text[]",
    "area_probabilities": "float4[]",
    "language_code": "text",
    "language_probability": "float4",
    "setting_code": "text",
    "setting_probability": "float4",
    "pipeline_version": "text",
}


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did. Counts are of distinct listings; all 0 where the day had been loaded before.

    Attributes:
        sightings: listings entered as present on the day.
        new_listings: of those, never seen before in this epoch.
        versions: readings entered, because they differ from the one before.
        excluded: readings dropped because somebody objected.
        already_loaded: the same file had been loaded before; nothing changed.
    """

    sightings: int
    new_listings: int
    versions: int
    excluded: int
    already_loaded: bool


def subject(source: str, day: date) -> str:
    """Name a load in receipts."""
    return f"{source}/{day.isoformat()}"


def is_loaded(conn: db.Connection, source: str, day: date) -> bool:
    """Tell whether this day of this source has been loaded."""
    return bool(db.tuples(conn, "load_receipt", {"subject": subject(source, day)}))


def load_day(
    conn: db.Connection,
    *,
    source: str,
    day: date,
    crawl_log: CrawlLog,
    rows: Iterable[FactRow],
    present: Iterable[bytes] | Mapping[bytes, bytes],
    epoch: str,
    spool_digest: bytes,
) -> LoadResult:
    """Load one crawl.

    Args:
        conn: as role reader.
        source: name of the source.
        day: local day of the crawl.
        crawl_log: what the crawl could see; of the same source and day.
        rows: one for each listing whose page was read; of two with one key the last counts. Read only if the day has
            not been loaded before.
        present: pseudonyms of all listings seen that day, read or not; doubles count once. In a bridge week, each with
            what it was under the key of the epoch before.
        epoch: code of the key epoch under which the pseudonyms were made.
        spool_digest: SHA-256 of the spool file.

    Raises:
        LoadedDifferently: this day of this source was loaded from another file.
        LoadedElsewhere: this file was loaded as another day or source.
        EpochMoved: since the pseudonyms were made, the day went to another epoch or this one was closed.
        WarehouseError: the database refused; nothing was loaded.
    """
    if (crawl_log.source, crawl_log.day) != (source, day):
        raise WrongUse("The crawl log is of another source or day. Give the log that lies beside the spool file.")
    name = subject(source, day)
    with db.transaction(conn):
        db.execute(conn, "load_lock", {"subject": name})
        receipts = db.tuples(conn, "load_receipt", {"subject": name})
        if receipts:
            if receipts[0][0] != spool_digest:
                raise LoadedDifferently(source, day)
            return LoadResult(0, 0, 0, 0, already_loaded=True)
        if db.tuples(conn, "load_elsewhere", {"digest": spool_digest}):
            raise LoadedElsewhere(source, day)
        read = list(rows)
        db.execute(conn, "epoch_hold")
        if moved := db.tuples(conn, "load_moved", {"epoch": epoch, "day": day}):
            raise EpochMoved(epoch, day, moved[0][0])
        if isinstance(present, Mapping):
            bridge.recognise(conn, epoch, present, read)
        result = _load(conn, day, crawl_log, read, set(present), epoch)
        receipt = {"subject": name, "digest": spool_digest, "day": day, "count": result.sightings}
        db.execute(conn, "load_receive", receipt)
    return result


def _load(
    conn: db.Connection, day: date, log: CrawlLog, rows: Iterable[FactRow], present: set[bytes], epoch: str
) -> LoadResult:
    where = {"source": log.source, "epoch": epoch, "day": day}
    refused = {key for (key,) in db.tuples(conn, "load_excluded", {"epoch": epoch})}
    kept: dict[bytes, FactRow] = {}
    excluded: set[bytes] = set()
    for row in rows:
        if refused and not refused.isdisjoint(row.contact_keys):
            excluded.add(row.listing_key)
        else:
            kept[row.listing_key] = row
    for key in excluded:
        kept.pop(key, None)
    if excluded:
        # It may have been entered earlier, before its page named the number.
        db.execute(conn, "load_erase", {"source": log.source, "epoch": epoch, "listing_keys": sorted(excluded)})
    present = (present | kept.keys()) - excluded

    db.execute(conn, "load_month", {"day": day})
    db.execute(conn, "load_source", {"source": log.source, "source_group": log.source_group})
    db.execute(conn, "load_crawl", _log_fields(log))
    for name, shape in log.fields.items():
        at = {"source": log.source, "day": log.day, "field": name}
        db.execute(conn, "load_crawl_field", at | dataclasses.asdict(shape))
    db.execute(conn, "load_stage")
    db.execute(conn, "load_stage_rows")
    db.copy_in(conn, "staged_present", {"listing_key": "bytea"}, ((key,) for key in sorted(present)))
    db.copy_in(conn, "staged_row", _ROW_COLUMNS, (_record(kept[key]) for key in sorted(kept)))
    new_listings = db.execute(conn, "load_listings", where)
    versions = db.execute(conn, "load_versions", where)
    sightings = db.execute(conn, "load_sightings", where)
    db.execute(conn, "load_unstage")
    return LoadResult(sightings, new_listings, versions, len(excluded), already_loaded=False)


def _record(row: FactRow) -> tuple[object, ...]:
    return (
        row.listing_key,
        sorted(set(row.contact_keys)),
        row.content_key,
        row.sketch,
        list(row.area_codes),
        list(row.area_probabilities),
        row.language_code,
        row.language_probability,
        row.setting_code,
        row.setting_probability,
        row.pipeline_version,
    )


def _log_fields(log: CrawlLog) -> dict[str, object]:
    fields = {field.name: getattr(log, field.name) for field in dataclasses.fields(log) if field.name != "fields"}
    return fields | {"index_pages_missing": " ".join(log.index_pages_missing)}
