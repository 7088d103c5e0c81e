"""What a stage left behind, for the day's report: how a source was seen, what was released, what became of the mail."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from advertentiemonitor import crawler
from advertentiemonitor.observing.runs import Edition, RunReport, SourceSeen
from advertentiemonitor.settings import Settings
from warehouse import db, sendings


class _Released(NamedTuple):
    version_number: int
    attacks: dict[str, dict[str, Any]]


def of(settings: Settings, stage: str, day: date, source: str | None) -> dict[str, Any]:
    """Give what `stage` adds to the report of `day`, by field; empty where it adds nothing.

    A stage asks with its own role: a worker of another trust domain has no other password.

    Raises:
        WarehouseError: the database refused.
    """
    match stage:
        case "collect" if source is not None:
            return _source(settings, source, day)
        case "release":
            return _edition(settings, day)
        case "publish" if settings.smtp_host:
            return _mails(settings, day)
    return {}


def merged(report: RunReport, found: Mapping[str, Any]) -> RunReport:
    """Give a report with what was found; a source stands beside the others."""
    sources = {"sources": {**report.sources, **found["sources"]}} if "sources" in found else {}
    return report.model_copy(update={**found, **sources})


def _source(settings: Settings, source: str, day: date) -> dict[str, Any]:
    path = crawler.crawl_log_path(settings.shared, source, day)
    if not path.exists():
        return {}
    log = crawler.read_crawl_log(path)
    return {"sources": {source: SourceSeen(state=log.state, reason=log.reason, completeness=log.completeness)}}


def _edition(settings: Settings, day: date) -> dict[str, Any]:
    from advertentiemonitor import databases

    with databases.warehouse_as(settings, "releaser") as conn:
        found = [_Released(*row) for row in db.tuples(conn, "run_edition", {"day": day})]
    if not found:
        return {}
    attacks = {code: str(result["outcome"]) for code, result in found[0].attacks.items()}
    return {"edition": Edition(version=found[0].version_number, attacks=attacks)}


def _mails(settings: Settings, day: date) -> dict[str, Any]:
    from advertentiemonitor import databases

    with databases.warehouse_as(settings, "mailer") as conn:
        known = [each for each in sendings.since(conn, day) if each.day_date == day]
    return {"mails": dict(Counter(each.state_code for each in known))}
