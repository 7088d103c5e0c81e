"""What the accountability pack needs and no reader may see: register, keys, receipts, objections."""

from datetime import date

from advertentiemonitor import stages
from advertentiemonitor.diagnosis import keys_present
from advertentiemonitor.settings import Settings
from reports.accountability import KeyFact, ReceiptFact, SourceFact, SystemFacts
from spiders import register
from spiders.register import SourceEntry
from warehouse import db, objections
from warehouse.calendar import epoch_code


def system_facts(settings: Settings) -> SystemFacts:
    """Gather the facts from the running system."""
    with stages.warehouse_as(settings, "owner") as conn:
        receipts = tuple(db.rows(conn, "receipts_by_kind", ReceiptFact))
        in_force = objections.count(conn, epoch_code(settings.today(synthetic=True)))
    return SystemFacts(
        sources=tuple(_source(entry) for _, entry in sorted(register.load().items())),
        keys=tuple(
            KeyFact(key.domain, key.epoch or "", "present" if key.state == "present" else "unsafe")
            for key in keys_present(settings)
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
