"""An audit on record: is the ledger whole, are the figures what it says, do the attacks fail; and that it was asked.

Results go into the ledger like releases do: chained to what was before, never changed.
"""

from dataclasses import dataclass
from datetime import date

from warehouse import audit, db, ledger
from warehouse.audit.open_reading import changed_years
from warehouse.audit.results import AttackResult
from warehouse.protection.errors import LedgerBroken
from warehouse.release import verify_figures


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the ledger: its number of entries, and sentences about what does not verify."""

    entries: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found. `entry_digest` is None where nothing was entered: nothing was released, or the ledger is broken."""

    verification: Verification
    results: tuple[AttackResult, ...]
    entry_digest: str | None

    @property
    def has_failed(self) -> bool:
        """Whether an attack succeeds, or something does not verify."""
        return bool(self.verification.problems) or any(result.outcome == "failed" for result in self.results)


def run(conn: db.Connection, evidence: audit.Evidence, today: date) -> Audit:
    """Verify the ledger, attack everything released, and enter the results.

    Args:
        conn: connection of the owner: no other role may read what the attacks look through and write the ledger.
        evidence: what the attacks may look through.
        today: day on which the audit runs.
    """
    checked = verified(conn)
    results = tuple(audit.run(conn, evidence))
    if checked.problems or not checked.entries:
        return Audit(checked, results, None)
    request = {
        "ran": today.isoformat(),
        "numbers": len(evidence.numbers),
        "texts": len(evidence.texts),
        "folders": len(evidence.folders),
        "trials": evidence.trials,
        "entries": checked.entries,
    }
    with db.transaction(conn):
        db.tuples(conn, "release_lock")
        entry = ledger.enter_audit(conn, attacks={result.code: result.as_json() for result in results}, request=request)
    return Audit(checked, results, entry)


def verified(conn: db.Connection) -> Verification:
    """Compute the ledger's chain again, and the digests of all that it says was released."""
    try:
        entries = ledger.verify_ledger(conn).entries
    except LedgerBroken as broken:
        return Verification(0, (str(broken),))
    days = [day for day, _ in db.tuples(conn, "audit_editions")]
    changed = [f"the figures of {day}" for day in days if not verify_figures(conn, day)]
    changed += [f"the custom table of {name}" for name in ledger.changed_tables(conn)]
    changed += [f"the open data that end on {day}" for day in changed_years(conn)]
    told = tuple(f"{what} are not what the ledger says; compare them with a backup" for what in changed)
    return Verification(entries, told)
