"""Key epochs in the warehouse: which days are kept under which key, and the bridge from one key to the next (ADR 0011).

On the first day under a new key, the last four weeks of the epoch before are moved under it, so that no estimate notices:
listings, sightings and facts get pseudonyms of the new epoch. For one week `core.bridge` still tells which listing was
which; then it is destroyed with the old key, and with all that ties the old epoch's rows to each other: who was one
identity with whom would be told from the pattern. What is left of it are listings with days and facts.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from warehouse import clock, db, identities
from warehouse.calendar import BLOCK_DAYS, BRIDGE_DAYS, Epochs, epoch_code, epoch_end, epoch_start
from warehouse.errors import EpochPassed, KeyDestroyed, KeyInUse, MissingKey, WrongKey
from warehouse.keys import KeyProvider, PseudonymKeys

CARRIED_DAYS = BLOCK_DAYS - 1
"""Before an epoch's first day: an estimate of that day looks back on a whole block."""

_MOVED = ("core.sighting", "core.listing", "core.listing_version")


class EpochRow(NamedTuple):
    """A row of `core.epoch`."""

    code: str
    start: date
    first: date
    former: str | None
    closed: date | None

    @property
    def bridge_end(self) -> date:
        """First day on which there is no bridge any more."""
        return self.start + timedelta(days=BRIDGE_DAYS)


@dataclass(frozen=True, slots=True)
class Epoch:
    """The epoch under which a day is kept. `former` are the keys of the one before, in the bridge week only."""

    code: str
    start: date
    first: date
    keys: PseudonymKeys
    former: PseudonymKeys | None


def known(conn: db.Connection) -> list[EpochRow]:
    """Give the epochs that hold or held rows, oldest first."""
    return [EpochRow(*row) for row in db.tuples(conn, "epoch_list")]


def last_read(conn: db.Connection) -> date:
    """Give the last day of which a crawl was loaded; the first of all days where none was."""
    found: date | None = db.tuples(conn, "epoch_last_read")[0][0]
    return found or date.min


def bridged(conn: db.Connection) -> int:
    """Count the listings that the bridge of this week knows; 0 outside one."""
    return int(db.tuples(conn, "epoch_bridged")[0][0])


def holding(rows: list[EpochRow], day: date) -> EpochRow:
    """Give the newest epoch that keeps rows of a day, from its `first` on; the calendar's where none was opened."""
    for row in reversed(rows):
        if row.first <= day <= epoch_end(row.code):
            return row
    code = epoch_code(day)
    return EpochRow(code, epoch_start(code), epoch_start(code), None, None)


def comparable_from(rows: list[EpochRow], row: EpochRow) -> date:
    """Give the first day from which an epoch's rows are whole.

    Where a key was lost nothing could be carried over, and it takes a week before every page has been read again.
    """
    is_break = row.former is None and any(each.start < row.start for each in rows)
    return row.bridge_end if is_break else row.first


def open_for(conn: db.Connection, provider: KeyProvider, calendar: Epochs, day: date) -> Epoch:
    """Give the epoch under which a day is kept, with its keys; on its first day it is opened and carries over.

    Args:
        conn: as role reader, outside a transaction.
        provider: the installation's keys.
        calendar: when epochs start.
        day: the day whose rows are written.

    Raises:
        MissingKey: the key is not there; rows under another one would count everybody twice. Or, at the turn of an epoch, the
            key of the one before is not there, and nobody has said that it is lost.
        WrongKey: it is not the one that the epoch's rows were made with.
        KeyDestroyed: the epoch is over.
        EpochPassed: the day lies before every epoch that was opened, or the calendar has forgotten an early start.
        ClockAhead: a new epoch would start long after the last day that is known.
        WarehouseError: the database refused; nothing changed.
    """
    is_new = False
    with db.transaction(conn):
        db.execute(conn, "epoch_lock")
        rows = known(conn)
        row = holding(rows, day)
        # A day of before the start of the epoch that holds it was carried over: what comes late goes there too.
        if row not in rows or (row.start <= day and row.code != calendar.code(day)):
            row = _open(conn, provider, calendar, calendar.code(day), rows, day)
            is_new = True
        if row.closed is not None:
            raise KeyDestroyed(row.code)
        keys = checked(conn, provider, row.code)
        former = _former_keys(conn, provider, row, rows, day)
    if is_new and row.former is not None and not db.in_transaction(conn):
        # No statistics know the new epoch yet: a national first day would be planned for one listing, and take minutes.
        db.vacuum(conn, *_MOVED)
    return Epoch(row.code, row.start, row.first, keys, former)


def checked(conn: db.Connection, provider: KeyProvider, code: str) -> PseudonymKeys:
    """Give the keys of an epoch that the database has seen to be the right ones; the first time, they are noted.

    Raises:
        MissingKey, KeyDestroyed, WrongKey: see there.
    """
    keys = provider.pseudonyms(code)
    check(conn, f"pseudonym-{code}", keys.check)
    return keys


def is_noted(conn: db.Connection, code: str) -> bool:
    """Tell whether the database has seen a key of this epoch: then no other is made for it."""
    return bool(db.tuples(conn, "key_check_list", {"name": f"pseudonym-{code}"}))


def verified(conn: db.Connection, provider: KeyProvider, code: str) -> PseudonymKeys:
    """Give the keys of an epoch, refused where the database has seen others; nothing is noted.

    Raises:
        MissingKey, KeyDestroyed, WrongKey: see there.
    """
    keys = provider.pseudonyms(code)
    if db.tuples(conn, "key_check_list", {"name": f"pseudonym-{code}"}) not in ([], [(keys.check,)]):
        raise WrongKey(f"pseudonym-{code}")
    return keys


def check(conn: db.Connection, name: str, check_key: bytes) -> None:
    """Refuse a key that is not the one of this name that was used before.

    Args:
        conn: as role reader or releaser.
        name: of the key: `record` or `pseudonym-E0003`.
        check_key: `warehouse.keys.check_of` of the key.

    Raises:
        WrongKey: another one was used before.
    """
    db.execute(conn, "key_check_add", {"name": name, "check": check_key})
    if db.tuples(conn, "key_check_list", {"name": name}) != [(check_key,)]:
        raise WrongKey(name)


def _open(
    conn: db.Connection, provider: KeyProvider, calendar: Epochs, code: str, rows: list[EpochRow], day: date
) -> EpochRow:
    if rows and calendar.start(code) <= rows[-1].start:
        raise EpochPassed(code, rows[-1].code, rows[-1].start)
    clock.check_ahead(conn, day)
    if not is_noted(conn, code):  # an objection may have noted it: then a key that is gone is a loss
        provider.ensure_epoch(code)
    keys = checked(conn, provider, code)
    start = calendar.start(code)
    before = [row for row in rows if row.start < start]
    row = EpochRow(code, start, start, None, None)
    former = before[-1] if before else None
    former_keys = _keys_if_right(conn, provider, former) if former and day < row.bridge_end else None
    is_said_lost = code in calendar.early  # `keys rotate` saw it, and told of the break
    if former and former.closed is None and not former_keys and day < row.bridge_end and not is_said_lost:
        # It may be back tomorrow, and what is not carried over now never will be.
        provider.pseudonyms(former.code)
    if former and former_keys:
        first = max(start - timedelta(days=CARRIED_DAYS), former.first)
        row = row._replace(first=first, former=former.code)
    fields = {"epoch": row.code, "start": row.start, "first": row.first, "former": row.former}
    db.execute(conn, "epoch_add", fields)
    if former and former_keys:
        # Killed between loading and linking, it is not known yet who is one with whom.
        identities.link_day(conn, start - timedelta(days=1), former.code)
        _carry(conn, former_keys, keys, fields)
    return row


def _carry(conn: db.Connection, former: PseudonymKeys, keys: PseudonymKeys, fields: dict[str, object]) -> None:
    """Move the last weeks of the epoch before under the new key.

    A listing's new pseudonym is not known before its site shows it again: until then, one drawn from both keys stands
    for it, which is replaced when it is loaded.
    """
    window = db.tuples(conn, "epoch_window", fields)
    ids = [listing for listing, _, _ in window]
    sizes = Counter(number for _, _, number in window if number is not None)
    readings = db.tuples(conn, "epoch_readings", fields | {"listings": ids})
    moved = {
        "former_ids": ids,
        "new_keys": [keys.carried(former.carried(key)) for _, key, _ in window],
        "groups": [_group(former, number) if sizes[number] > 1 else None for _, _, number in window],
        "read_ids": [listing for listing, _, _ in readings],
        "read_days": [read for _, read, _ in readings],
        "new_contents": [keys.carried(former.carried(content)) for _, _, content in readings],
    }
    db.execute(conn, "epoch_carry", fields | moved)


def _group(former: PseudonymKeys, record_number: int) -> int:
    return int.from_bytes(former.carried(record_number.to_bytes(8, "big"))[:8], "big", signed=True)


def _former_keys(
    conn: db.Connection, provider: KeyProvider, row: EpochRow, rows: list[EpochRow], day: date
) -> PseudonymKeys | None:
    if row.former is None or day >= row.bridge_end:
        return None
    former = next((each for each in rows if each.code == row.former), None)
    return _keys_if_right(conn, provider, former) if former else None


def _keys_if_right(conn: db.Connection, provider: KeyProvider, row: EpochRow) -> PseudonymKeys | None:
    """Give the keys of the epoch before, or None where they are gone: that is a break, and no reason to stop."""
    if row.closed is not None:
        return None
    try:
        return checked(conn, provider, row.code)
    except (MissingKey, KeyDestroyed):
        return None


def due(rows: list[EpochRow], today: date) -> list[str]:
    """Give the epochs whose bridge week is over and whose key is due to be destroyed, oldest first."""
    return [row.code for row, following in pairwise(rows) if row.closed is None and following.bridge_end <= today]


def unused(rows: list[EpochRow], codes: Iterable[str], today: date) -> list[str]:
    """Give those of the epochs with a key that never held a row and cannot any more: spares of weeks that have passed."""
    known_codes = {row.code for row in rows}
    if not rows or today < rows[-1].bridge_end:
        return []
    return sorted(code for code in codes if code not in known_codes and epoch_end(code) < rows[-1].start)


def destroy(conn: db.Connection, provider: KeyProvider, code: str, today: date) -> int:
    """Destroy the key of an epoch, and the bridge from it, with a receipt; doing it again changes nothing.

    The key goes first: killed in between, the epoch is refused, and the next run empties the bridge.

    Args:
        conn: as role reader, outside a transaction.
        provider: the installation's keys.
        code: of an epoch that another has followed, or of one that was never used and has passed.
        today: the current local day.

    Returns:
        Listings that had been bridged.

    Raises:
        KeyInUse: no later epoch holds rows yet.
        WarehouseError: the database refused, or the key cannot be destroyed.
    """
    rows = known(conn)
    codes = [row.code for row in rows]
    if code > max(codes, default=""):
        raise KeyInUse(code, "was made ahead, for what comes", "Leave it: objections are noted under it already.")
    if code not in codes[:-1] and code not in unused(rows, [code], today):
        raise KeyInUse(code, "is in use, or no rows were ever kept under it", "Start another epoch with `keys rotate`.")
    with contextlib.suppress(MissingKey):  # one that was lost: what is known of it is closed all the same
        provider.destroy(code)
    with db.transaction(conn):
        db.execute(conn, "epoch_lock")  # what is being loaded under it comes first, and is closed too
        bridged = int(db.tuples(conn, "epoch_close", {"epoch": code, "day": today})[0][0])
    # What was moved or deleted must not lie on in the pages.
    db.vacuum(conn, *_MOVED, "core.identity", "core.identity_member")
    return bridged
