"""Reading a snapshot of what was known on a day from the `release` schema, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reports.errors import NothingReleased
from reports.figures import (
    BLOCKS_SHOWN,
    DASHBOARD_WEEKS,
    DAYS_SHOWN,
    DIGEST_WEEKS,
    KINDS,
    Alert,
    Area,
    Audit,
    Column,
    Edition,
    Language,
    Movement,
    Quality,
    Revision,
    Share,
    Snapshot,
    Volume,
)
from warehouse import db
from warehouse.areas import FOCUS, REGION
from warehouse.calendar import block_start, week_start
from warehouse.protection.rows import Method, PolicyEffectFigure, PolicyEvent, StayFigure, StepFigure


@dataclass(frozen=True, slots=True)
class _Day:
    day: date


def last_day(conn: db.Connection) -> date:
    """Give the day of the last release.

    Raises:
        NothingReleased: there is none.
    """
    found = db.rows(conn, "report_last_day", _Day)
    if not found:
        raise NothingReleased(None)
    return found[0].day


def load_digest(conn: db.Connection, day: date, *, focus: str = FOCUS, region: str = REGION) -> Snapshot:
    """Load what the digest of a day needs: the focus municipality and its region, nothing smaller, no languages.

    Raises:
        NothingReleased: that day has no release.
    """
    return _load(conn, day, weeks=DIGEST_WEEKS, everywhere=False, focus=focus, region=region)


def load_dashboard(
    conn: db.Connection, day: date | None = None, *, focus: str = FOCUS, region: str = REGION
) -> Snapshot:
    """Load what the dashboard needs, as known on `day` (the last release when None).

    Raises:
        NothingReleased: there is no release (on that day).
    """
    return _load(conn, day or last_day(conn), weeks=DASHBOARD_WEEKS, everywhere=True, focus=focus, region=region)


def load_outreach(conn: db.Connection, day: date, *, focus: str = FOCUS, region: str = REGION) -> Snapshot:
    """Load what the digest for outreach needs: that of `load_digest`, and the languages of the region, four-week blocks.

    Raises:
        NothingReleased: that day has no release.
    """
    start = block_start(day) - timedelta(weeks=4 * (BLOCKS_SHOWN - 1))
    asked = {"start": start, "day": day, "areas": [region]}
    languages = db.rows(conn, "report_languages", Language, asked)
    return replace(load_digest(conn, day, focus=focus, region=region), languages=languages)


def load_columns(conn: db.Connection) -> list[Column]:
    """Load the data dictionary of the release schema."""
    return db.rows(conn, "report_columns", Column)


def _load(conn: db.Connection, day: date, *, weeks: int, everywhere: bool, focus: str, region: str) -> Snapshot:
    editions = db.rows(conn, "report_editions", Edition, {"day": day})
    if not editions or editions[-1].vintage_date != day:
        raise NothingReleased(day)
    near = [focus, region, "NL"]

    def volumes(period: str, start: date, settings: Iterable[str], areas: list[str] | None) -> list[Volume]:
        asked = {"period": period, "start": start, "day": day, "settings": list(settings), "areas": areas}
        return db.rows(conn, "report_volumes", Volume, asked)

    first_day = day - timedelta(days=DAYS_SHOWN - 1)
    first_week = week_start(day) - timedelta(weeks=weeks - 1)
    first_block = block_start(day) - timedelta(weeks=4 * (BLOCKS_SHOWN - 1))
    everything = [
        *volumes("day", first_day, ("all",), near),
        *volumes("week", first_week, ("all",), None if everywhere else near),
    ]
    if everywhere:
        everything += volumes("week", first_week, KINDS, near)
        everything += volumes("block", first_block, ("all", *KINDS), None)
    since = {"start": first_block, "day": day}
    return Snapshot(
        day=day,
        editions=editions,
        areas={row.area_code: row for row in db.rows(conn, "report_areas", Area)},
        volumes=everything,
        shares=db.rows(conn, "report_shares", Share, {**since, "areas": None if everywhere else near}),
        movements=db.rows(conn, "report_movements", Movement, since),
        quality=db.rows(conn, "report_quality", Quality, {"start": first_day, "day": day}),
        alerts=db.rows(conn, "report_alerts", Alert, {"start": min(first_week, first_block), "day": day}),
        stays=db.rows(conn, "report_stays", StayFigure, {"day": day}),
        steps=db.rows(conn, "report_steps", StepFigure, {"start": first_block, "day": day}),
        events=db.rows(conn, "report_policy_events", PolicyEvent, {"day": day}),
        effects=db.rows(conn, "report_policy_effects", PolicyEffectFigure, {"day": day}),
        methods=db.rows(conn, "report_methods", Method, {"day": day}),
        audit=next(iter(db.rows(conn, "report_audit", Audit, {"day": day})), None),
        revisions=db.rows(conn, "report_revisions", Revision, {"day": day}) if everywhere else (),
        focus=focus,
        region=region,
    )
