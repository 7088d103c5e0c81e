"""The bridge week: what a page of today was under the key of the epoch before (PRIVACY P7, ADR 0011)."""

from collections.abc import Iterable, Mapping

from warehouse import db
from warehouse.records import FactRow


def recognise(conn: db.Connection, epoch: str, listings: Mapping[bytes, bytes], rows: Iterable[FactRow]) -> int:
    """Give carried listings that are seen again their own pseudonym, and carry what was known of contacts.

    Numbers that tie nobody go on doing so, and objections go on being heard, under the new key.

    Args:
        conn: as role reader, in the transaction of the load.
        epoch: the present epoch.
        listings: pseudonym of each listing seen, and what it was under the key before.
        rows: what was read, with `former_contact_keys`.

    Returns:
        Carried listings recognised.

    Raises:
        WarehouseError: the database refused.
    """
    new = sorted(listings)
    keys = {"new_keys": new, "former_keys": [listings[key] for key in new]}
    recognised = int(db.tuples(conn, "bridge_listings", keys)[0][0])
    pairs = dict(pair for row in rows for pair in zip(row.contact_keys, row.former_contact_keys, strict=True))
    new = sorted(pairs)
    contacts = {"epoch": epoch, "new_keys": new, "former_keys": [pairs[key] for key in new]}
    db.execute(conn, "bridge_shared", contacts)
    db.execute(conn, "bridge_contacts", contacts)
    for (contact,) in db.tuples(conn, "bridge_excluded", contacts):
        db.execute(conn, "objection_add", {"epoch": epoch, "contact": contact})
    return recognised
