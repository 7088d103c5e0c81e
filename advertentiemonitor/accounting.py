"""What the accountability pack needs and no reader may see: register, keys, receipts, objections, what is kept, the ledger."""

from datetime import date
from typing import Final

from advertentiemonitor import databases, keyring, sending, stages
from advertentiemonitor.airflow import cleaning as airflow_cleaning
from advertentiemonitor.settings import Settings
from reports.accountability.facts import EntryFact, KeptFact, KeyFact, LedgerFact, ReceiptFact, SourceFact, SystemFacts
from spiders import register
from spiders.entries import SourceEntry
from warehouse import db, ledger, objections, retention
from warehouse.protection.errors import LedgerBroken

LEDGER_ENTRIES: Final = 50


def system_facts(settings: Settings) -> SystemFacts:
    """Gather the facts from the running system."""
    today = settings.today(synthetic=True)
    with databases.warehouse_as(settings, "owner") as conn:
        receipts = tuple(db.rows(conn, "receipts_by_kind", ReceiptFact))
        in_force = objections.count(conn, stages.epoch_calendar(settings).code(today))
        kept = retention.left(conn, settings.root, settings.backup_folder, settings.shared)
        entered = _ledger(conn)
        elsewhere = (sending.kept(settings), airflow_cleaning.kept(settings))
    return SystemFacts(
        on=today,
        sources=tuple(_source(entry) for _, entry in sorted(register.load().items())),
        keys=tuple(
            KeyFact(key.key, key.epoch or "", key.state if key.state in keyring.FINE else "wrong", key.until)
            for key in keyring.status(settings)
            if key.state not in keyring.AHEAD
            and (key.state != "destroyed" or key.until)  # no spares: nothing was kept under them
        ),
        receipts=receipts,
        kept=tuple(KeptFact(line.kind, line.left, line.oldest, line.next_date) for line in (*kept, *elsewhere)),
        objections=in_force,
        ledger=entered,
    )


def _ledger(conn: db.Connection) -> LedgerFact:
    """Verify the chain, and give its last entries in its own order (by day where it does not hold)."""
    entries = db.rows(conn, "release_ledger", ledger.LedgerEntry)
    try:
        ledger.verify_ledger(conn)
    except LedgerBroken:
        ordered = sorted(entries, key=lambda entry: (entry.vintage, entry.version_number))
        return LedgerFact(is_whole=False, entries=len(entries), last=_told(ordered))
    following = {entry.previous_digest: entry for entry in entries}
    ordered, at = [], ledger.FIRST
    while at in following:
        ordered.append(following[at])
        at = following[at].entry_digest
    return LedgerFact(is_whole=True, entries=len(entries), last=_told(ordered))


def _told(entries: list[ledger.LedgerEntry]) -> tuple[EntryFact, ...]:
    """Leave out what was asked in custom tables and what attacks found."""
    return tuple(
        EntryFact(e.vintage, e.kind_code, e.version_number, e.figures_digest, e.previous_digest, e.entry_digest)
        for e in entries[-LEDGER_ENTRIES:]
    )


def _source(entry: SourceEntry) -> SourceFact:
    review: date | None = entry.review_on
    return SourceFact(
        name=entry.name,
        owner=entry.owner or "",
        group=entry.group,
        legal_ground=entry.legal_ground or "",
        dpia=entry.dpia_reference or "",
        review_date=review,
        is_enabled=entry.enabled,
    )
