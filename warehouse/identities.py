"""Linking: which listings are one advertiser's, as far as pseudonyms can tell (STATISTICS 2C).

The identities of day D are a function of what had been read and seen up to D within the key epoch, and of nothing else:
not of running numbers, of the order of loading, or of how often a day is linked. Listings are tied by a contact, by a
near-identical text, or because they were one identity in the epoch before. Some contacts and texts say nothing of whose
a listing is (`warehouse.personas`, `warehouse.clusters`). Each day is made from the day before by looking at what is
around the listings with something new; days that were loaded and not linked, or loaded further since, come first.
"""

from collections import Counter
from datetime import date

from warehouse import calendar, db, duplicates, evidence
from warehouse.clusters import cluster
from warehouse.evidence import Moment

_RECORD_BITS = 63


def link_day(conn: db.Connection, day: date, epoch: str) -> int:
    """Make the identities of a day; linking a day again changes nothing.

    Days before it that were loaded but not linked yet are linked first; days that were linked before something of theirs
    or of an earlier day was loaded are linked again, later days included.

    Args:
        conn: as role reader.
        day: use what had been read up to this day.
        epoch: code of the key epoch that holds the day.

    Returns:
        Listings that have another identity than the day before, new ones included.

    Raises:
        WarehouseError: the database refused; nothing changed.
    """
    start = calendar.epoch_start(epoch)
    count = 0
    with db.transaction(conn):
        db.execute(conn, "link_lock", {"epoch": epoch})
        db.tuples(conn, "link_by_index", {"seqscan": "off"})
        before = date.min
        for each, loads, linked in db.tuples(conn, "link_days", {"epoch": epoch, "day": day, "start": start}):
            if each == day or loads != linked:
                at = Moment(epoch, start, each, before)
                db.execute(conn, "link_done", at.parameters(loads=loads))
                moved = _link(conn, at)
                duplicates.keep(conn, each, epoch)
                count = moved if each == day else count
            before = each
        db.tuples(conn, "link_by_index", {"seqscan": "on"})
    return count


def _link(conn: db.Connection, at: Moment) -> int:
    """Link one day; give the listings that have another identity than the day before."""
    touched = evidence.ids(conn, "link_read", at.parameters()) | evidence.keep_ties(conn, at)
    touched |= evidence.namers(conn, evidence.keep_shared_contacts(conn, at), at.day)
    affected = _around(conn, touched, at)
    order = {
        listing: (first, bytes(key))
        for listing, first, key in db.tuples(conn, "link_firsts", at.parameters(ids=sorted(affected)))
    }
    current = _current(conn, affected, at)
    clusters = cluster(affected, evidence.gather(conn, affected, order, at), current, at.before)
    return _assign(conn, at, clusters, order, current)


def _around(conn: db.Connection, touched: set[int], at: Moment) -> set[int]:
    """Give all whose identity may be another than the day before: who is tied to these, and who is one with those."""
    contacts = {contact for each in evidence.named(conn, touched, at).values() for contact in each}
    contacts -= evidence.shared(conn, contacts, at)
    around = touched | evidence.namers(conn, contacts, at.day)
    around |= set(evidence.neighbours(conn, touched, at.day)) | set(evidence.carried(conn, touched, at.day))
    identities = sorted(set(_current(conn, around, at).values()))
    return around | evidence.ids(conn, "link_members", at.parameters(identity_ids=identities))


def _current(conn: db.Connection, listings: set[int], at: Moment) -> dict[int, int]:
    return dict(db.tuples(conn, "link_current", at.parameters(ids=sorted(listings))))


def _assign(
    conn: db.Connection,
    at: Moment,
    clusters: list[list[int]],
    order: dict[int, tuple[date, bytes]],
    current: dict[int, int],
) -> int:
    """Write who belongs to whom from this day on, where that differs from the day before.

    An identity is known by its first listing (first day read, then pseudonym): it keeps its record number while others
    join, and the older one's number stays when two merge.
    """
    number_of: dict[int, int] = {}
    for members in clusters:
        _, key = min(order[member] for member in members)
        number = int.from_bytes(key[:8], "big") >> (64 - _RECORD_BITS)
        number_of.update(dict.fromkeys(members, number))
    numbers = at.parameters(record_numbers=sorted(set(number_of.values())))
    db.execute(conn, "link_identities", numbers)
    identity_of = dict(db.tuples(conn, "link_identity_ids", numbers))
    now = {listing: identity_of[number] for listing, number in number_of.items()}
    moved = sorted(listing for listing, identity in now.items() if current.get(listing) != identity)
    rows = at.parameters(listing_ids=moved, identity_ids=[now[listing] for listing in moved])
    db.execute(conn, "link_unassign", rows)
    db.execute(conn, "link_assign", rows)
    _log(conn, at, current, now)
    return len(moved)


def _log(conn: db.Connection, at: Moment, current: dict[int, int], now: dict[int, int]) -> None:
    """Keep which identities merged or split on the day: running numbers and counts only."""
    size = Counter(current.values())
    went = Counter((former, now[listing]) for listing, former in current.items() if now[listing] != former)
    flows = sorted(went.items())
    db.execute(conn, "link_change_drop", at.parameters())
    rows = at.parameters(
        former_ids=[former for (former, _), _ in flows],
        identity_ids=[identity for (_, identity), _ in flows],
        kind_codes=["merge" if count == size[former] else "split" for (former, _), count in flows],
        listing_counts=[count for _, count in flows],
    )
    db.execute(conn, "link_change_keep", rows)
