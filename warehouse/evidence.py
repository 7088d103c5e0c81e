"""What ties listings, and what does not, as of a day: read from `core`, and found anew for what came in on the day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from warehouse import db
from warehouse.clusters import MOST_CONTACTS_OF_AN_IDENTITY, Evidence, beside_text
from warehouse.personas import Namer, Reason, shared_reason
from warehouse.sketches import SKETCH_BYTES
from warehouse.ties import near_pairs

_TEXT = np.dtype([("listing", ">i4"), ("day", ">i4"), ("key", ">u8"), ("sketch", "<u2", (SKETCH_BYTES // 2,))])


@dataclass(frozen=True, slots=True)
class Moment:
    """A day that is being linked: its epoch, the epoch's first day, and the day linked before it (or `date.min`).

    What listings named up to the day is asked once and remembered in `named`.
    """

    epoch: str
    start: date
    day: date
    before: date
    named: dict[int, dict[bytes, date]] = field(default_factory=dict, repr=False)

    def parameters(self, **more: object) -> dict[str, object]:
        """Give what every query about the day asks for."""
        return {"epoch": self.epoch, "start": self.start, "day": self.day, "before": self.before, **more}


def ids(conn: db.Connection, query: str, params: Mapping[str, object]) -> set[int]:
    """Run a query that gives listings."""
    return {listing for (listing,) in db.tuples(conn, query, params)}


def keep_ties(conn: db.Connection, at: Moment) -> set[int]:
    """Find and keep the pairs of near-identical texts of which one is new on the day; give the listings in them.

    All sketches of the epoch are looked through: an index of their bands would be asked about as long for a national day
    and takes seven times the room of the sketches (docs/linking.md).
    """
    pairs: set[tuple[int, int]] = set()
    ((texts,),) = db.tuples(conn, "link_texts", at.parameters())
    if texts is not None:
        rows = np.frombuffer(texts, dtype=_TEXT)
        rows = rows[np.lexsort((rows["key"], rows["day"]))]  # an order that no running number decides
        first, second = near_pairs(rows["sketch"], rows["day"] > (at.before - at.start).days)
        ends = zip(rows["listing"][first].tolist(), rows["listing"][second].tolist(), strict=True)
        pairs = {(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]}
    db.execute(conn, "link_tie_stage")
    db.copy_in(conn, "staged_tie", {"first_id": "int4", "second_id": "int4"}, sorted(pairs))
    db.execute(conn, "link_tie_drop", at.parameters())
    db.execute(conn, "link_tie_keep", at.parameters())
    db.execute(conn, "link_tie_unstage")
    return {end for pair in db.tuples(conn, "link_tie_new", at.parameters()) for end in pair}


def keep_shared_contacts(conn: db.Connection, at: Moment) -> list[bytes]:
    """Find and keep the contacts that are seen to be shared on the day; give them.

    A contact is judged on the days on which a listing that ever named it appears or is read.
    """
    appeared = ids(conn, "link_appeared", at.parameters())
    contacts = {contact for each in named(conn, appeared, at).values() for contact in each}
    contacts -= shared_before(conn, contacts, at).keys()
    reasons = _reasons(conn, contacts, at)
    found = at.parameters(contact_keys=sorted(reasons), reason_codes=[reasons[key] for key in sorted(reasons)])
    db.execute(conn, "link_shared_drop", found)
    db.execute(conn, "link_shared_keep", found)
    return sorted(reasons)


def _reasons(conn: db.Connection, contacts: set[bytes], at: Moment) -> dict[bytes, Reason]:
    namers: dict[bytes, list[int]] = defaultdict(list)
    for contact, listing in db.tuples(conn, "link_named", at.parameters(contact_keys=sorted(contacts))):
        namers[contact].append(listing)
    namers = {contact: listings for contact, listings in namers.items() if len(listings) > 1}
    everybody = {listing for listings in namers.values() for listing in listings}
    near = neighbours(conn, everybody, at.day)
    names_of = named(conn, everybody | set(near), at)
    beside = beside_text(everybody, names_of, near)
    live = {
        listing: (source, place, set(contacts))
        for listing, source, place, contacts in db.tuples(conn, "link_live", at.parameters(ids=sorted(everybody)))
    }
    reasons: dict[bytes, Reason] = {}
    for contact, listings in namers.items():
        told = []
        for listing in listings:
            if len(names_of[listing]) > MOST_CONTACTS_OF_AN_IDENTITY:
                continue  # tied to nobody itself; as a witness, two lists of everybody's numbers would part everybody
            source, place, names = live.get(listing, (None, None, set()))
            is_live = contact in names
            told.append(
                Namer(listing, source if is_live else None, place if is_live else None, beside[listing] - {contact})
            )
        reason = shared_reason(told, near)
        if reason is not None:
            reasons[contact] = reason
    return reasons


def shared(conn: db.Connection, contacts: Iterable[bytes], at: Moment) -> set[bytes]:
    """Give those of the contacts that are known to be shared as of the day."""
    return set(_since(conn, contacts, at))


def shared_before(conn: db.Connection, contacts: Iterable[bytes], at: Moment) -> dict[bytes, date]:
    """Give those of the contacts that were known to be shared before the day, with the day since when."""
    return {contact: since for contact, since in _since(conn, contacts, at).items() if since < at.day}


def _since(conn: db.Connection, contacts: Iterable[bytes], at: Moment) -> dict[bytes, date]:
    return dict(db.tuples(conn, "link_shared", at.parameters(contact_keys=sorted(contacts))))


def named(conn: db.Connection, listings: Iterable[int], at: Moment) -> dict[int, dict[bytes, date]]:
    """Give the contacts that each listing ever named up to the day, with the first day."""
    wanted = set(listings)
    asked = wanted - at.named.keys()
    if asked:
        at.named.update((listing, {}) for listing in asked)
        for listing, contact, since in db.tuples(conn, "link_contacts", at.parameters(ids=sorted(asked))):
            at.named[listing][contact] = since
    return {listing: at.named[listing] for listing in wanted}


def namers(conn: db.Connection, contacts: Iterable[bytes], day: date) -> set[int]:
    """Give the listings that ever named one of these contacts up to a day."""
    found = db.tuples(conn, "link_named", {"contact_keys": sorted(contacts), "day": day})
    return {listing for _, listing in found}


def neighbours(conn: db.Connection, listings: Iterable[int], day: date) -> dict[int, dict[int, date]]:
    """Give for each listing, and for each neighbour found, those with a near-identical text, with the day since when."""
    found: dict[int, dict[int, date]] = defaultdict(dict)
    for first, second, since in db.tuples(conn, "link_ties", {"ids": sorted(listings), "day": day}):
        found[first][second] = since
        found[second][first] = since
    return found


def carried(conn: db.Connection, listings: Iterable[int], day: date) -> dict[int, int]:
    """Give those that were one identity with any of these in the epoch before, these included, with their group."""
    return dict(db.tuples(conn, "link_carried", {"ids": sorted(listings), "day": day}))


def gather(conn: db.Connection, listings: set[int], order: Mapping[int, tuple[date, bytes]], at: Moment) -> Evidence:
    """Read all that ties or parts these listings as of the day."""
    near = neighbours(conn, listings, at.day)
    contacts = named(conn, listings | set(near), at)
    return Evidence(
        named=contacts,
        near=near,
        carried=carried(conn, listings, at.day),
        shared=shared(conn, {contact for each in contacts.values() for contact in each}, at),
        order=order,
    )
