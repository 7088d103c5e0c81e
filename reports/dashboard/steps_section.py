"""From advertisements to advertisers in four steps: how thousands of advertisements become hundreds of advertisers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from reports import charts, reasons, wording
from reports.figures import PUBLISHED, Snapshot
from reports.sections import Section, Table, source_line
from warehouse.areas import COUNTRY
from warehouse.protection.rows import StepFigure

WEEKS_SHOWN: Final = 26
STEPS: Final[dict[str, str]] = {
    "advertisements": "Advertenties",
    "distinct": "Zonder dubbele",
    "identities": "Gezien",
    "advertisers": "Geschat",
}
_FULL: Final[dict[str, str]] = {
    "advertisements": "Alle advertenties op de bronnen",
    "distinct": "Advertenties die van elkaar verschillen",
    "identities": "Adverteerders die we zagen",
    "advertisers": "Adverteerders naar schatting, ook wie we niet zagen",
}
_SENTENCES: Final = (
    (
        "Dezelfde advertentie staat vaak op meer plekken. Eén adverteerder heeft vaak meer advertenties. En niet elke "
        "adverteerder is te zien op de dag dat we kijken. Daarom tellen we in vier stappen."
    ),
    (
        "Het laatste getal is het cijfer van de week dat ook op de andere pagina's staat. Is dat er niet, dan tonen we ook de "
        "andere stappen niet."
    ),
)


def steps_sections(snapshot: Snapshot) -> list[Section]:
    """Tell of the region and of the country: the last week with figures drawn, half a year in the table."""
    made = [_section(snapshot, code, f"stappen-{number}") for number, code in enumerate((snapshot.region, COUNTRY))]
    told = [section for section in made if section is not None]
    return [replace(section, sentences=() if index else _SENTENCES) for index, section in enumerate(told)]


def _section(snapshot: Snapshot, code: str, ident: str) -> Section | None:
    rows = {(row.week_start_date, row.step_code): row for row in snapshot.steps if row.area_code == code}
    weeks = sorted({week for week, _ in rows}, reverse=True)[:WEEKS_SHOWN]
    if not weeks:
        return None
    last = [row for step in STEPS if (row := rows.get((weeks[0], step))) is not None]
    title = f"Van advertenties naar adverteerders: {snapshot.name(code)}, {wording.week(weeks[0])}"
    drawn = [
        charts.Mark(
            STEPS[row.step_code],
            _FULL[row.step_code],
            row.status_code,
            row.step_count,
            row.lower_count,
            row.upper_count,
            reasons.reason(row.reason_code),
        )
        for row in last
    ]
    tables = (_steps_table(last, title), _weeks_table(rows, weeks, snapshot.name(code)))
    chart = charts.both(ident, lambda at, width: charts.rows(at, title, drawn, width=width))
    return Section(ident, title, (), chart, tables, source_line(snapshot))


def _steps_table(rows: Sequence[StepFigure], caption: str) -> Table:
    columns = ("Stap", "Aantal", "Marge", "Afgerond op", "Op elke 100 van de stap ervoor (marge)", "Toelichting")
    return Table(caption, columns, tuple(_step(row) for row in rows), frozenset({1, 2, 3, 4}), is_open=True)


def _step(row: StepFigure) -> tuple[str, ...]:
    if row.status_code != PUBLISHED or row.step_count is None:
        return _FULL[row.step_code], wording.status(row.status_code), "", "", "", reasons.reason(row.reason_code)
    per = ""
    if row.deflator_value is not None:
        low, high = row.lower_deflator_value, row.upper_deflator_value
        margin = "onbekend" if low is None or high is None else f"{_hundred(low)} tot {_hundred(high)}"
        per = f"{_hundred(row.deflator_value)} ({margin})"
    return (
        _FULL[row.step_code],
        wording.number(row.step_count),
        wording.margin(row.lower_count, row.upper_count),
        wording.number(row.rounding_count) if row.rounding_count else "",
        per,
        "",
    )


def _hundred(share: float) -> str:
    return wording.number(round(100 * share))


def _weeks_table(rows: dict[tuple[date, str], StepFigure], weeks: Sequence[date], name: str) -> Table:
    made = []
    for week in weeks:
        found = [rows.get((week, step)) for step in STEPS]
        told = dict.fromkeys(reasons.reason(row.reason_code) for row in found if row is not None and row.reason_code)
        made.append((wording.week(week).capitalize(), *(_cell(row) for row in found), "; ".join(told)))
    caption = f"{name}: de vier stappen per week, met de marge tussen haakjes (oudere weken staan bij Downloads)"
    return Table(caption, ("Week", *STEPS.values(), "Toelichting"), tuple(made), frozenset({1, 2, 3, 4}))


def _cell(row: StepFigure | None) -> str:
    if row is None:
        return ""
    if row.status_code != PUBLISHED or row.step_count is None:
        return wording.status(row.status_code)
    return f"{wording.number(row.step_count)} ({wording.margin(row.lower_count, row.upper_count)})"
