"""Linking: which listings are one advertiser's, as far as pseudonyms can tell (STATISTICS 2C).

The identities of day D are a function of what had been read up to D within the key epoch, and of nothing else: not of
running numbers, of the order of loading, or of how often a day is linked. Listings are tied by a contact or by a
near-identical text. A contact stops tying when more than a few different texts stood under it on one source on one day
(a club, an agency, a switchboard), a text when it stands under more contacts than one advertiser has. Both only ever
grow true, so a day is made from the day before by looking at what is around the listings with something new.
"""

from collections import defaultdict
from datetime import date

import numpy as np

from warehouse import db
from warehouse.clusters import cluster
from warehouse.sketches import matrix
from warehouse.ties import near_pairs

# Different texts under one contact, on one source at once. On the synthetic market, seeds 1-5 (November 2026), 2 finds
# .83-.91 of the pairs of one advertiser, 3 finds .90-.96 and 4 finds .92-.97; precision is .96-.98 each time, most false
# pairs being fakes. 3 is kept: a real switchboard has few texts at once too.
MOST_TEXTS_OF_A_CONTACT = 3
_RECORD_BITS = 63


def link_day(conn: db.Connection, day: date, epoch: str) -> int:
    """Make the identities of a day; linking a day again changes nothing.

    Days that were linked already and lie after a day that changes (something was loaded late) are linked again too.

    Args:
        conn: as role reader.
        day: use what had been read up to this day.
        epoch: code of the key epoch that holds the day.

    Returns:
        Listings that have another identity than the day before, new ones included.

    Raises:
        WarehouseError: the database refused; nothing changed.
    """
    with db.transaction(conn):
        db.execute(conn, "link_lock", {"epoch": epoch})
        linked = [each for (each,) in db.tuples(conn, "link_days", {"epoch": epoch})]
        count, has_changed = _link(conn, day, epoch, linked)
        db.execute(conn, "link_done", {"epoch": epoch, "day": day})
        if has_changed:
            for later in linked:
                if later > day:
                    _link(conn, later, epoch, sorted({*linked, day}))
    return count


def _link(conn: db.Connection, day: date, epoch: str, linked: list[date]) -> tuple[int, bool]:
    """Link one day; give the listings assigned and whether anything is other than it was."""
    where = {"epoch": epoch, "day": day}
    before = max((each for each in linked if each < day), default=date.min)
    fresh = _ids(conn, "link_read", where | {"after": before}) | _ids(conn, "link_unlinked", where)
    has_changed = _keep_shared_contacts(conn, where, before) + _keep_ties(conn, where, before, fresh) > 0

    since = dict(db.tuples(conn, "link_shared_list", where))
    newly_shared = [key for key, from_date in since.items() if from_date > before]
    touched = fresh | _ids(conn, "link_named", {"contact_keys": newly_shared, "day": day})
    touched |= {end for pair in db.tuples(conn, "link_tie_new", where) for end in pair}

    around = touched | _named_with(conn, touched, day) | set(_neighbours(conn, touched, day))
    identities = {identity for _, identity in db.tuples(conn, "link_current", {"ids": sorted(around), "day": day})}
    affected = around | _ids(conn, "link_members", {"identity_ids": sorted(identities), "day": day})

    neighbours = _neighbours(conn, affected, day)
    contacts = _contacts(conn, affected | set(neighbours), day)
    clusters = cluster(affected, contacts, neighbours, since.keys())
    assigned, has_moved = _assign(conn, where, affected, clusters)
    return assigned, has_changed or has_moved


def _keep_shared_contacts(conn: db.Connection, where: dict[str, object], before: date) -> int:
    """Remember the contacts that are seen to be shared since the day linked before; give the number of changes."""
    limits = {"after": before, "limit": MOST_TEXTS_OF_A_CONTACT}
    found = [key for (key,) in db.tuples(conn, "link_shared", where | limits)]
    dropped = db.execute(conn, "link_shared_drop", where | {"contact_keys": found})
    return dropped + db.execute(conn, "link_shared_keep", where | {"contact_keys": found})


def _keep_ties(conn: db.Connection, where: dict[str, object], before: date, fresh: set[int]) -> int:
    """Remember the pairs of near-identical texts of which one is new on this day; give the number of changes."""
    texts = db.tuples(conn, "link_texts", where) if fresh else []
    pairs: set[tuple[int, int]] = set()
    if texts:
        ids = np.array([listing for listing, _, _ in texts], dtype=np.int64)
        is_new = np.array([read > before or listing in fresh for listing, read, _ in texts], dtype=np.bool_)
        first, second = near_pairs(matrix([sketch for _, _, sketch in texts]), is_new)
        ends = zip(ids[first].tolist(), ids[second].tolist(), strict=True)
        pairs = {(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]}
    db.execute(conn, "link_tie_stage")
    db.copy_in(conn, "staged_tie", {"first_id": "int4", "second_id": "int4"}, sorted(pairs))
    changes = db.execute(conn, "link_tie_drop", where) + db.execute(conn, "link_tie_keep", where)
    db.execute(conn, "link_tie_unstage")
    return changes


def _assign(
    conn: db.Connection, where: dict[str, object], affected: set[int], clusters: list[list[int]]
) -> tuple[int, bool]:
    """Write who belongs to whom from this day on, where that differs from the day before.

    An identity is known by its first listing (first day read, then pseudonym): it keeps its record number while others
    join, and the older one's number stays when two merge.
    """
    ids = sorted(affected)
    firsts = {
        listing: (first, key, source)
        for listing, first, key, source in db.tuples(conn, "link_firsts", {"ids": ids, "day": where["day"]})
    }
    number_of: dict[int, int] = {}
    for members in clusters:
        _, key, _ = min(firsts[member] for member in members)
        number = int.from_bytes(key[:8], "big") >> (64 - _RECORD_BITS)
        number_of.update(dict.fromkeys(members, number))
    numbers = where | {"record_numbers": sorted(set(number_of.values()))}
    db.execute(conn, "link_identities", numbers)
    identity_of = dict(db.tuples(conn, "link_identity_ids", numbers))
    current = dict(db.tuples(conn, "link_current", {"ids": ids, "day": where["day"]}))
    moved = [listing for listing in ids if current.get(listing) != identity_of[number_of[listing]]]
    rows = where | {"listing_ids": moved, "identity_ids": [identity_of[number_of[listing]] for listing in moved]}
    dropped = db.execute(conn, "link_unassign", rows)
    return len(moved), dropped + db.execute(conn, "link_assign", rows) > 0


def _ids(conn: db.Connection, query: str, params: dict[str, object]) -> set[int]:
    return {listing for (listing,) in db.tuples(conn, query, params)}


def _contacts(conn: db.Connection, listings: set[int], day: date) -> dict[int, set[bytes]]:
    found: dict[int, set[bytes]] = defaultdict(set)
    for listing, key in db.tuples(conn, "link_contacts", {"ids": sorted(listings), "day": day}):
        found[listing].add(key)
    return found


def _named_with(conn: db.Connection, listings: set[int], day: date) -> set[int]:
    """Give the listings that ever named a contact of these."""
    keys = sorted(set().union(*_contacts(conn, listings, day).values()))
    return _ids(conn, "link_named", {"contact_keys": keys, "day": day})


def _neighbours(conn: db.Connection, listings: set[int], day: date) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for first, second in db.tuples(conn, "link_ties", {"ids": sorted(listings), "day": day}):
        found[first].add(second)
        found[second].add(first)
    return found
