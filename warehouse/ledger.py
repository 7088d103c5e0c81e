"""The ledger of releases: append-only, each entry chained to the one before, computed again by whoever doubts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from warehouse import db
from warehouse.protection.errors import LedgerBroken

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row of release.edition as text; `attacks` and `request` as PostgreSQL writes jsonb."""

    vintage: str
    version_number: int
    kind_code: str
    ruleset_version: str
    estimator_version: str
    inputs_digest: str
    figures_digest: str
    previous_digest: str
    entry_digest: str
    attacks: str
    request: str

    def digest(self) -> str:
        """Compute the entry's digest from its content and the entry before."""
        parts = (
            self.previous_digest,
            self.vintage,
            str(self.version_number),
            self.kind_code,
            self.ruleset_version,
            self.estimator_version,
            self.inputs_digest,
            self.figures_digest,
            self.attacks,
            self.request,
        )
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """A ledger that verifies: how many entries it has, and the digest of the last one."""

    entries: int
    head: str


def enter(
    conn: db.Connection,
    *,
    vintage: date,
    version: int,
    ruleset: str,
    estimator: str,
    inputs: str,
    figures: str,
    attacks: Mapping[str, object],
) -> str:
    """Enter a daily release and give the digest of the entry. Part of the caller's transaction."""
    params = {
        "vintage": vintage,
        "version": version,
        "kind": "daily",
        "ruleset": ruleset,
        "estimator": estimator,
        "inputs": inputs,
        "figures": figures,
        "attacks": db.Json(dict(attacks)),
        "request": db.Json({}),
    }
    return str(db.tuples(conn, "release_enter", params)[0][0])


def enter_open(
    conn: db.Connection,
    *,
    vintage: date,
    ruleset: str,
    estimator: str,
    inputs: str,
    figures: str,
    attacks: Mapping[str, object],
    request: Mapping[str, object],
) -> str:
    """Enter a year's open data, with the privacy budget that it took; there is one version. As `enter` in all else."""
    params = {
        "vintage": vintage,
        "version": 1,
        "kind": "open",
        "ruleset": ruleset,
        "estimator": estimator,
        "inputs": inputs,
        "figures": figures,
        "attacks": db.Json(dict(attacks)),
        "request": db.Json(dict(request)),
    }
    return str(db.tuples(conn, "release_enter", params)[0][0])


def enter_audit(
    conn: db.Connection, *, seen: str, attacks: Mapping[str, object], request: Mapping[str, object]
) -> str | None:
    """Enter the results of an audit, about the last released day; give the entry's digest. The caller's transaction.

    Its inputs are all that was in the ledger up to `seen`, its figures all that was released by then.

    Args:
        conn: connection of the owner.
        seen: digest of the last entry when the audit began.
        attacks: results by attack, as the ledger keeps them.
        request: what the audit had to go by (counts, and the day on which it ran) and what did not verify; never a path or a
            value.

    Returns:
        None, and nothing is entered, when nothing was released yet.
    """
    params = {"seen": seen, "attacks": db.Json(dict(attacks)), "request": db.Json(dict(request))}
    entered = db.tuples(conn, "ledger_enter_audit", params)
    return str(entered[0][0]) if entered else None


def changed_tables(conn: db.Connection) -> list[str]:
    """Find custom tables (by day and number) that the frozen rows no longer give as the ledger says they were."""
    return [f"{day} number {number}" for day, number in db.tuples(conn, "ledger_custom_changed")]


def verify_ledger(conn: db.Connection) -> LedgerReport:
    """Compute the whole chain again.

    Raises:
        LedgerBroken: an entry was changed, removed or put in between.
    """
    entries = db.rows(conn, "release_ledger", LedgerEntry)
    following = {entry.previous_digest: entry for entry in entries}
    if len(following) != len(entries):
        raise LedgerBroken("two entries of the ledger follow the same one; compare release.edition with a backup")
    at, seen = FIRST, 0
    while (entry := following.get(at)) is not None and seen < len(entries):
        if entry.digest() != entry.entry_digest:
            raise LedgerBroken(
                f"the ledger entry of {entry.vintage} ({entry.kind_code}, version {entry.version_number}) was changed "
                "after it was made; compare release.edition with a backup"
            )
        at, seen = entry.entry_digest, seen + 1
    if seen != len(entries):
        raise LedgerBroken(
            f"the chain of the ledger breaks after {seen} of {len(entries)} entries; compare release.edition with a backup"
        )
    return LedgerReport(seen, at)
