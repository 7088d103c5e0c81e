"""Release: the estimates of a day, protected, attacked, and only then public. One transaction, whole or not at all.

This is the only module that writes figures into the `release` schema; `warehouse.protection.gate.protect` is the only
way they get here. A released day is frozen: releasing it again changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from typing import Any, Final

from warehouse import areas as places
from warehouse import calendar, db, ledger
from warehouse.audit import battery
from warehouse.audit.reading import estimates_of, reader_columns, released, truth_behind, view_of
from warehouse.audit.results import AttackResult
from warehouse.audit.view import printed
from warehouse.errors import DatabaseFailed
from warehouse.protection.cells import (
    AlertFigure,
    AnyCell,
    Area,
    LanguageFigure,
    MovementFigure,
    ShareFigure,
    VolumeFigure,
)
from warehouse.protection.errors import AttackSucceeded, BadTableRequest, NothingToRelease, TableRefused
from warehouse.protection.gate import Estimates, Figures, QualityFigure, protect
from warehouse.protection.rows import Method, PolicyEffectFigure, PolicyEvent, StayFigure, StepFigure
from warehouse.protection.rules import RULESET_VERSION, rule_rows

__all__ = ["ReleaseResult", "Table", "release_areas", "release_day", "released", "tabulate", "verify_figures"]

# Withholding what an attack got through can bare another cell; this many rounds have never been needed.
_ROUNDS: Final = 12
_TYPES: Final[dict[str, str]] = {
    "_date": "date",
    "_count": "int4",
    "_share": "float8",
    "_value": "float8",
    "_codes": "text[]",
    "_number": "int4",
    "warnings": "text[]",
}
_LENGTH: Final = {"day": 1, "week": 7, "block": calendar.BLOCK_DAYS}


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """What a release did.

    `rows` counts rows by table; `statuses` volume rows by status. Both are those of this release, also when the day
    had been released before (`is_new` False).
    """

    day: date
    version: int
    is_new: bool
    entry_digest: str
    rows: Mapping[str, int]
    statuses: Mapping[str, int]
    attacks: tuple[AttackResult, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRow:
    """One cell of a custom table, as it was released."""

    period_code: str
    period_start_date: date
    area_code: str
    setting_code: str
    status_code: str
    reason_code: str
    advertiser_count: int | None
    lower_count: int | None
    upper_count: int | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A custom table: its column names and rows."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class _Edition:
    version_number: int
    figures_digest: str
    entry_digest: str


def release_areas() -> dict[str, Area]:
    """Give every area that figures may name, by code."""
    return {
        item.code: Area(item.code, item.name, item.level, item.parent, item.population, item.latitude, item.longitude)
        for item in places.all_areas()
    }


def release_day(conn: db.Connection, day: date, record_key: bytes, *, correct: bool = False) -> ReleaseResult:
    """Protect, attack and publish the estimates of one vintage, in one transaction.

    Args:
        conn: connection of role `releaser`.
        day: vintage; its estimates must be there.
        record_key: noise key, 32 bytes.
        correct: release a day again as a new version if its figures have changed; otherwise a released day is left.

    Returns:
        What was released, now or before.

    Raises:
        NothingToRelease: there are no estimates of that vintage.
        AttackSucceeded: an attack recovers something that no withholding could prevent; nothing was published.
        WarehouseError: the database refused; nothing was published.
    """
    with db.transaction(conn):
        db.tuples(conn, "release_lock")
        editions = db.rows(conn, "release_editions", _Edition, {"day": day})
        if editions and not correct:
            return _result(conn, day, editions[-1], is_new=False)
        estimates = estimates_of(conn, day)
        if not estimates.volumes:
            raise NothingToRelease(f"there are no estimates of {day} yet; run the estimates of that day first")
        known = release_areas()
        figures, attempt = _attacked(conn, estimates, known, record_key)
        digest = figures.digest()
        if editions and editions[-1].figures_digest == digest:
            return _result(conn, day, editions[-1], is_new=False)
        version = editions[-1].version_number + 1 if editions else 1
        _write(conn, day, version, figures, known)
        estimators = [str(name) for (name,) in db.tuples(conn, "release_est_versions", {"day": day})]
        entry = ledger.enter(
            conn,
            vintage=day,
            version=version,
            ruleset=RULESET_VERSION,
            estimator=", ".join(estimators),
            inputs=estimates.digest(),
            figures=digest,
            attacks={result.code: result.as_json() for result in attempt.results},
        )
        return _describe(day, _Edition(version, digest, entry), figures, is_new=True, attacks=attempt.results)


def verify_figures(conn: db.Connection, day: date) -> bool:
    """Tell whether the released rows of a day still have the digests that the ledger holds, every version."""
    editions = db.rows(conn, "release_editions", _Edition, {"day": day})
    return all(released(conn, day, edition.version_number).digest() == edition.figures_digest for edition in editions)


def tabulate(
    conn: db.Connection,
    by: Sequence[str],
    start: date,
    end: date,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> Table:
    """Give a custom table of released cells and enter it in the ledger.

    Args:
        conn: connection of role `analist`, `beleid` or `releaser`.
        by: one level of areas (municipality, corop, province, country) and, if wanted, setting, and one window (day,
            week, block). Without a window the longest fixed one that fits the days is taken.
        start: first day.
        end: last day, included.
        filters: `area`: codes, each with what lies in it; `setting`: home, club, escort.

    Returns:
        Rows in order of period, area and setting.

    Raises:
        BadTableRequest: a dimension or filter that does not exist.
        NothingToRelease: nothing has been released yet.
        TableRefused: the windows are not fixed ones, or the cells are finer than the rules allow.
        WarehouseError: the database refused.
    """
    window = _check_request(by, start, end, filters or {})
    chosen = filters or {}
    params: dict[str, Any] = {
        "by": [*by, *([window] if window not in by else [])],
        "start": start,
        "end": end,
        "areas": list(chosen["area"]) if "area" in chosen else None,
        "settings": list(chosen["setting"]) if "setting" in chosen else None,
    }
    try:
        rows = db.rows(conn, "release_tabulate", TableRow, params)
    except DatabaseFailed as error:
        if error.sqlstate != "P0002":
            raise
        raise NothingToRelease(
            "nothing has been released yet, so there is no table to make; release a day first"
        ) from None
    return Table(tuple(field.name for field in fields(TableRow)), tuple(rows))


def _check_request(by: Sequence[str], start: date, end: date, filters: Mapping[str, Sequence[str]]) -> str:
    levels = [name for name in by if name in ("municipality", "corop", "province", "country")]
    windows = [name for name in by if name in _LENGTH]
    unknown = [name for name in by if name not in (*levels, *windows, "setting")]
    if unknown or len(levels) != 1 or len(windows) > 1 or set(filters) - {"area", "setting"}:
        raise BadTableRequest(
            "a table is by one of municipality, corop, province, country, and if wanted setting and one of day, week, "
            "block; it can be filtered by area and setting"
        )
    days = (end - start).days + 1
    if days < 1:
        raise BadTableRequest("the first day lies after the last; give --from before --to")
    if filters.get("setting") and "setting" not in by:
        raise BadTableRequest("settings can be chosen in a table by setting only; put setting among its dimensions")
    starts_block = days % calendar.BLOCK_DAYS == 0 and calendar.block_start(start) == start
    starts_week = days % 7 == 0 and calendar.week_start(start) == start
    fitting = "block" if starts_block else "week" if starts_week else "day"
    window = windows[0] if windows else fitting
    if (window == "block" and not starts_block) or (window == "week" and not starts_week):
        first = calendar.block_start(start) if window == "block" else calendar.week_start(start)
        raise TableRefused(
            "windows are fixed, for two that overlap would tell a small cell: ask whole Monday weeks, or whole blocks of "
            f"four weeks; the {window} that holds {start} starts on {first}"
        )
    if window == "day" and "setting" in by:
        raise TableRefused("days carry totals only: ask settings for whole Monday weeks or blocks of four weeks")
    return window


def _attacked(
    conn: db.Connection, estimates: Estimates, known: Mapping[str, Area], record_key: bytes
) -> tuple[Figures, battery.Attempt]:
    """Protect and attack until nothing is recovered; withhold what an attack got through and try again."""
    figures = protect(estimates, known, record_key)
    parents = {code: area.parent_code for code, area in known.items() if area.level_code != "state"}
    view = view_of(conn, figures, parents)
    behind = truth_behind(conn, [row.cell for row in figures.volumes])
    columns = reader_columns(conn)
    sample = {code: area for code, area in known.items() if area.level_code in ("corop", "province", "country")}
    sampled = Estimates([row for row in estimates.volumes if row.area_code in sample])
    forced: frozenset[AnyCell] = frozenset()
    for _ in range(_ROUNDS):
        attempt = battery.before_release(
            view, estimates, columns, lambda: printed(protect(sampled, sample, record_key).volumes), behind
        )
        failed = [result for result in attempt.results if result.outcome == "failed"]
        if not failed:
            return figures, attempt
        if not attempt.withhold - forced:
            break
        forced |= attempt.withhold
        figures = protect(estimates, known, record_key, forced=forced)
        view = replace(
            view,
            new=figures.volumes,
            shares=figures.shares,
            movements=figures.movements,
            languages=figures.languages,
            beside=figures.beside,
        )
    raise AttackSucceeded(
        tuple(result.code for result in failed), tuple(cell for result in failed for cell in result.cells)
    )


def _write(conn: db.Connection, day: date, version: int, figures: Figures, known: Mapping[str, Area]) -> None:
    rows = [dict(zip((f.name for f in fields(Area)), astuple(area), strict=True)) for area in known.values()]
    db.execute(conn, "release_areas_put", {"areas": db.Json(rows)})
    cubes, rules, values = (list(column) for column in zip(*rule_rows(), strict=True))
    put = {"version": RULESET_VERSION, "cubes": cubes, "rules": rules, "values": values}
    db.execute(conn, "release_rules_put", put)
    for table, row_type, records in _tables(figures):
        names = [field.name for field in fields(row_type)]
        columns = {name: _sql_type(name) for name in (*names, "version_number", "vintage_date")}
        db.append(conn, f"release.{table}", columns, ((*_values(row, names), version, day) for row in records))


def _values(row: object, names: Sequence[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def _sql_type(name: str) -> str:
    return next((kind for ending, kind in _TYPES.items() if name.endswith(ending)), "text")


def _tables(figures: Figures) -> list[tuple[str, type[Any], Sequence[object]]]:
    return [
        ("volume", VolumeFigure, figures.volumes),
        ("setting_share", ShareFigure, figures.shares),
        ("movement", MovementFigure, figures.movements),
        ("language", LanguageFigure, figures.languages),
        ("quality_day", QualityFigure, figures.quality),
        ("alert", AlertFigure, figures.alerts),
        ("stay", StayFigure, figures.stays),
        ("count_step", StepFigure, figures.steps),
        ("policy_event", PolicyEvent, figures.events),
        ("policy_effect", PolicyEffectFigure, figures.effects),
        ("method", Method, figures.methods),
    ]


def _result(conn: db.Connection, day: date, edition: _Edition, *, is_new: bool) -> ReleaseResult:
    return _describe(day, edition, released(conn, day, edition.version_number), is_new=is_new, attacks=())


def _describe(
    day: date, edition: _Edition, figures: Figures, *, is_new: bool, attacks: tuple[AttackResult, ...]
) -> ReleaseResult:
    statuses: dict[str, int] = {}
    for row in figures.volumes:
        statuses[row.status_code] = statuses.get(row.status_code, 0) + 1
    return ReleaseResult(
        day=day,
        version=edition.version_number,
        is_new=is_new,
        entry_digest=edition.entry_digest,
        rows={table: len(records) for table, _, records in _tables(figures)},
        statuses=dict(sorted(statuses.items())),
        attacks=attacks,
    )
