"""How listings repeat each other, as counts: Eurostat's five types of duplicates, and facilitated clusters.

Eurostat tells online advertisements apart as full, semantic, temporal and partial duplicates, and those that repeat
nothing. What each is here: `core.duplicate_day`. The types follow the challenge on deduplication of online job
advertisements of the Web Intelligence Hub (2023), read for listings of persons; words are compared by keyed sketches.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from warehouse import db

Kind = Literal["none", "full", "semantic", "temporal", "partial"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Listings present on a day by how they repeat an earlier one of their identity."""

    none: int
    full: int
    semantic: int
    temporal: int
    partial: int

    @property
    def listings(self) -> int:
        """Step one of the four-step count: advertisements."""
        return self.none + self.full + self.semantic + self.temporal + self.partial

    @property
    def distinct(self) -> int:
        """Step two: advertisements that say something of their own."""
        return self.none + self.partial

    @property
    def identities(self) -> int:
        """Step three: identities."""
        return self.none


def count(conn: db.Connection, day: date, epoch: str) -> Duplicates:
    """Count the listings of a linked day by type.

    Raises:
        WarehouseError: the database refused.
    """
    found = dict(db.tuples(conn, "link_duplicates", {"day": day, "epoch": epoch}))
    return Duplicates(**{kind: found.get(kind, 0) for kind in KINDS})


def keep(conn: db.Connection, day: date, epoch: str) -> None:
    """Keep the counts of a linked day in `core.duplicate_day`, for the four-step count.

    Raises:
        WarehouseError: the database refused.
    """
    counted = count(conn, day, epoch)
    counts = [getattr(counted, kind) for kind in KINDS]
    rows = {"day": day, "epoch": epoch, "kind_codes": list(KINDS), "listing_counts": counts}
    db.execute(conn, "link_duplicates_keep", rows)


def facilitated(conn: db.Connection, day: date, epoch: str) -> int:
    """Count the contacts under which one source shows texts of several people at once and somebody is seen on a day.

    Such a contact is a house's, an agency's or a switchboard's. It is known as a count only, which goes through the gate
    (PRIVACY P9) like any other; nothing lists them.

    Raises:
        WarehouseError: the database refused.
    """
    ((found,),) = db.tuples(conn, "link_facilitated", {"day": day, "epoch": epoch})
    return int(found)
