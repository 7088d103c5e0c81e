"""Objections (PRIVACY P8): a number is heard once, in memory, and from then on everything under it is dropped."""

import phonenumbers

from warehouse import db, epochs
from warehouse.errors import NotANumber
from warehouse.keys import KeyProvider


def add(conn: db.Connection, number: str, keys: KeyProvider, epoch: str, region: str = "NL") -> int:
    """Enter an objection: erase what is known under the number, and drop it at every load from now on.

    The number becomes a pseudonym for each epoch whose key is there: the one before in a bridge week, and those of two
    years to come (`calendar.EPOCHS_AHEAD`); it is kept in no other form.

    Args:
        conn: as role reader.
        number: as somebody writes it; without a country code it is read as a number of `region`.
        keys: the installation's keys.
        epoch: the current epoch.
        region: ISO 3166-1 alpha-2 code.

    Returns:
        The number of objections in force in `epoch`: all that may be shown. Whether this number was known is not told.

    Raises:
        NotANumber: it is not a valid telephone number.
        MissingKey: there is no key for `epoch`.
        WrongKey: the database knows another.
        WarehouseError: the database refused.
    """
    e164 = _canonical(number, region)
    with db.transaction(conn):
        db.execute(conn, "epoch_lock")  # after loads that did not know of it yet, and not in the middle of a turn
        for code in sorted({epoch, *keys.epochs()}):
            contact = epochs.checked(conn, keys, code).telephone(e164)
            db.execute(conn, "objection_add", {"epoch": code, "contact": contact})
        return count(conn, epoch)


def count(conn: db.Connection, epoch: str) -> int:
    """Count the objections in force in an epoch."""
    return int(db.tuples(conn, "objection_count", {"epoch": epoch})[0][0])


def _canonical(number: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise NotANumber
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
