"""An audit on record: is the ledger whole, are the figures what it says, do the attacks fail; and that it was asked.

Results go into the ledger like releases do: chained to what was before, never changed. What does not verify is entered too:
readers are the ones who should know. Only a broken chain is not added to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from warehouse import audit, db, ledger
from warehouse.audit.open_reading import changed_years
from warehouse.audit.results import AttackResult
from warehouse.protection.errors import LedgerBroken
from warehouse.protection.rules import RULESET_VERSION, digest_of
from warehouse.release import verify_figures

_PIECE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the ledger: its number of entries, and sentences about what does not verify.

    `head` is the digest of the last entry, None where the chain does not hold.
    """

    entries: int
    head: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found. `entry_digest` is None where nothing was entered: nothing was released, or the chain is broken."""

    verification: Verification
    results: tuple[AttackResult, ...]
    entry_digest: str | None

    @property
    def has_failed(self) -> bool:
        """Whether an attack succeeds, or something does not verify."""
        return bool(self.verification.problems) or any(result.outcome == "failed" for result in self.results)


def run(conn: db.Connection, evidence: audit.Evidence, today: date) -> Audit:
    """Verify the ledger, attack everything released, and enter the results.

    Attacks last for minutes, in which releases and custom tables are not made to wait: the entry names the last one that was
    there when the audit began. All up to it was attacked; what came since perhaps, and it is the next audit's.

    Args:
        conn: connection of the owner: no other role may read what the attacks look through and write the ledger.
        evidence: what the attacks may look through.
        today: day on which the audit runs.
    """
    checked = verified(conn)
    results = tuple(audit.run(conn, evidence))
    if checked.head is None:
        return Audit(checked, results, None)
    request = {
        "ran": today.isoformat(),
        "numbers": len(evidence.numbers),
        "texts": len(evidence.texts),
        "folders": len(evidence.folders),
        "trials": evidence.trials,
        "entries": checked.entries,
        "problems": list(checked.problems),
    }
    attacks = {result.code: result.as_json() for result in results}
    with db.transaction(conn):
        db.tuples(conn, "release_lock")
        entry = ledger.enter_audit(conn, seen=checked.head, attacks=attacks, request=request)
    return Audit(checked, results, entry)


def everything(conn: db.Connection) -> Iterator[bytes]:
    """Read every row of every table that is not PostgreSQL's own, as they are at one moment, in pieces of about a megabyte.

    Before the rows of a table comes its name.

    Args:
        conn: connection of a role that may read them all, outside a transaction.

    Raises:
        WarehouseError: the database refused, or row security would keep rows back.
    """
    with db.transaction(conn):
        db.execute(conn, "audit_moment")
        for schema, table in db.tuples(conn, "audit_everything"):
            held = bytearray(f"{schema}.{table}\n".encode())
            for line in db.copy_out(conn, schema, table):
                held += line
                if len(held) >= _PIECE:
                    yield bytes(held)
                    held.clear()
            yield bytes(held)


def verified(conn: db.Connection) -> Verification:
    """Compute the ledger's chain again, and the digests of all that it says was released."""
    try:
        report = ledger.verify_ledger(conn)
    except LedgerBroken as broken:
        return Verification(0, None, (str(broken),))
    days = [day for day, _ in db.tuples(conn, "audit_editions")]
    changed = [f"the figures of {day}" for day in days if not verify_figures(conn, day)]
    changed += [f"the custom table of {name}" for name in ledger.changed_tables(conn)]
    changed += [f"the open data that end on {day}" for day in changed_years(conn)]
    told = [f"{what} are not what the ledger says; compare them with a backup" for what in changed]
    told += [
        f"rows of {day} version {version} in release.{table} belong to no entry of the ledger: nobody released them"
        for table, day, version in db.tuples(conn, "audit_unentered")
    ]
    return Verification(report.entries, report.head, (*told, *_changed_rules(conn)))


def _changed_rules(conn: db.Connection) -> list[str]:
    """Find versions of the rules of protection that are not what their name, a digest, says."""
    told = []
    kept = db.tuples(conn, "audit_rules", {"current": RULESET_VERSION})
    for (version, is_used), rows in groupby(kept, key=lambda row: (row[0], row[1])):
        if not is_used:
            told.append("there are rules of protection (table rule) of a version that no release was made by")
        elif not _is_named(version, [(cube, rule, value) for *_, cube, rule, value in rows if rule is not None]):
            told.append(
                f"rules of version {version} in release.rule were changed or removed; compare them with a backup"
            )
    return told


def _is_named(version: str, rows: list[tuple[str, str, str]]) -> bool:
    try:
        return digest_of(rows) == version.partition("-")[2]  # the number before it is for people
    except ValueError:  # a value that is no JSON any more
        return False
