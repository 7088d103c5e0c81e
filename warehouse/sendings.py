"""The ledger of sending (`post.sending`): each digest goes to each recipient once, also when a sender is killed.

A row is `begun`, and committed as such, before the mail server hears of the mail, and `sent` after it has said yes. A
row that stays `begun` is in doubt: it may have arrived, so nothing but a person makes it due again (ADR 0019).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Literal

from warehouse import db
from warehouse.retention import Line

State = Literal["due", "begun", "sent", "refused"]

# Longer than any sender waits for all the answers to one mail: 10 minutes for the last (RFC 5321, 4.5.3.2.6), 5 before.
PATIENCE = timedelta(minutes=20)
KEPT_DAYS = 13 * 7


@dataclass(frozen=True, slots=True)
class Key:
    """What tells a sending from all others; `recipient_digest` is `digest_of` the recipient."""

    day_date: date
    kind_code: str
    version_number: int
    recipient_digest: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """How far one digest's mail to one recipient has come."""

    day_date: date
    kind_code: str
    version_number: int
    recipient_digest: bytes
    state_code: State
    is_doubtful: bool

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return Key(self.day_date, self.kind_code, self.version_number, self.recipient_digest)


def digest_of(name: str, address: str) -> bytes:
    """Give the digest that stands for a recipient of the mail `name`; letters' case makes no other recipient.

    With the name in it, rows of two mails to one recipient have nothing in common.

    >>> digest_of("dagbericht-2026-11-08-v1", "A@gemeente.example").hex()[:8]
    'b677a24c'
    """
    return hashlib.sha256(f"{name}\0{address.casefold()}".encode()).digest()


def enrol(conn: db.Connection, key: Key) -> None:
    """Write down that a mail is due, unless it is known already.

    Raises:
        WarehouseError: the database refused.
    """
    db.execute(conn, "sending_enrol", asdict(key))


def begin(conn: db.Connection, key: Key) -> bool:
    """Claim a mail that is due; False when it is not, or when another process was first.

    Raises:
        WarehouseError: the database refused.
    """
    return db.execute(conn, "sending_begin", asdict(key)) == 1


def settle(conn: db.Connection, key: Key, state: State, reply: int | None) -> None:
    """Write down what became of a mail that was begun, with the server's answer (200 to 599).

    Raises:
        WarehouseError: the database refused.
    """
    db.execute(conn, "sending_settle", {**asdict(key), "state": state, "reply": reply})


def since(conn: db.Connection, day: date) -> list[Sending]:
    """Give the sendings of digests of `day` and later.

    Raises:
        WarehouseError: the database refused.
    """
    return db.rows(conn, "sending_list", Sending, {"since": day, "patience": PATIENCE})


def decide(conn: db.Connection, day: date, former: Sequence[State], state: State) -> int:
    """Give the mails of a day another state because a person says so; give how many. What is under way stays.

    Raises:
        WarehouseError: the database refused.
    """
    asked = {"day": day, "former": list(former), "state": state, "patience": PATIENCE}
    return db.execute(conn, "sending_decide", asked)


def purge(conn: db.Connection, today: date) -> Line:
    """Forget what is older than the term; give retention's line about it.

    Raises:
        WarehouseError: the database refused.
    """
    gone = db.execute(conn, "sending_purge", {"before": today - timedelta(days=KEPT_DAYS)})
    return replace(left(conn), gone=gone)


def left(conn: db.Connection) -> Line:
    """Give retention's line about what is known; nothing is forgotten.

    Raises:
        WarehouseError: the database refused.
    """
    ((count, oldest),) = db.tuples(conn, "sending_left")
    goes = oldest + timedelta(days=KEPT_DAYS + 1) if oldest else None
    return Line("mail sent", 0, int(count), oldest, f"{KEPT_DAYS // 7} weeks", goes)
