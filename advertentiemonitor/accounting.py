"""What the accountability pack needs and no reader may see: register, keys, receipts, objections."""

from datetime import date

from advertentiemonitor import keyring, stages
from advertentiemonitor.settings import Settings
from reports.accountability import KeyFact, ReceiptFact, SourceFact, SystemFacts
from spiders import register
from spiders.entries import SourceEntry
from warehouse import db, objections


def system_facts(settings: Settings) -> SystemFacts:
    """Gather the facts from the running system."""
    with stages.warehouse_as(settings, "owner") as conn:
        receipts = tuple(db.rows(conn, "receipts_by_kind", ReceiptFact))
        in_force = objections.count(conn, stages.epoch_calendar(settings).code(settings.today(synthetic=True)))
    return SystemFacts(
        sources=tuple(_source(entry) for _, entry in sorted(register.load().items())),
        keys=tuple(
            KeyFact(key.key, key.epoch or "", key.state if key.state in keyring.FINE else "wrong", key.until)
            for key in keyring.status(settings)
            if key.state not in keyring.AHEAD
            and (key.state != "destroyed" or key.until)  # no spares: nothing was kept under them
        ),
        receipts=receipts,
        objections=in_force,
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
