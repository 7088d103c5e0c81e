"""Municipalities compared: side by side over time for whichever a reader chooses, and all of them in the last whole week."""

import json
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from reports import charts, wording
from reports.figures import BELOW, PUBLISHED, UNRELIABLE, WITHHELD, Area, Snapshot, Volume
from reports.sections import Section, Table, ends, source_line, why

LEAD: Final = (
    "Vergelijk gemeenten alleen met hun marge erbij. Als twee marges overlappen, is het verschil niet aantoonbaar. "
    "Het aantal per 10.000 inwoners is het beschermde aantal gedeeld door het aantal inwoners."
)
PER: Final = 10_000  # inhabitants
FIRST: Final = ("GM0153", "GM0402")  # Enschede and Hilversum, which the council compares it with
_STATUS_SIGNS: Final = {BELOW: "k", WITHHELD: "a", UNRELIABLE: "o"}
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def first_pair(snapshot: Snapshot) -> str:
    """Give the codes of the municipalities that the comparison opens with."""
    return " ".join(code for code in FIRST if _has_block(snapshot, code))


def data(snapshot: Snapshot) -> Markup:
    """Give the protected figures of four weeks of all municipalities with any, for static/compare.js, as JSON.

    A figure is `value,lower,upper` in fives in base 36, or one letter where it is not shown; figures are parted by `;`.
    That keeps the page under its limit with 342 municipalities and two years.
    """
    areas = [area for area in _by_name(snapshot) if area.population_count and _has_block(snapshot, area.area_code)]
    starts = sorted({row.period_start_date for area in areas for row in snapshot.series("block", area.area_code)})
    made = []
    for area in areas:
        rows = {row.period_start_date: row for row in snapshot.series("block", area.area_code)}
        series = ";".join(_cell(rows.get(start)) for start in starts)
        made.append(
            {"code": area.area_code, "name": area.area_name, "population": area.population_count, "series": series}
        )
    content = {
        "starts": [start.isoformat() for start in starts],
        "labels": [wording.month(start) for start in starts],
        "names": [wording.block(start).capitalize() for start in starts],
        "areas": made,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # Within a script element only `<` could end it or begin another.
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON, with the one letter that HTML would read


def sections(snapshot: Snapshot) -> list[Section]:
    """Make the parts of the page that need no script."""
    everyone = [(area, row) for area in _by_name(snapshot) if (row := snapshot.last_week(area.area_code)) is not None]
    region = snapshot.name(snapshot.region)
    made = _region(snapshot, snapshot.members(snapshot.region), region)
    shown = [area for area, row in everyone if row.status_code == PUBLISHED]
    made.append(
        Section(
            "alle",
            "Alle gemeenten met een cijfer",
            ("Kies een gemeente om de ontwikkeling te zien.",),
            None,
            (_table(snapshot, shown, "Gemeenten met een cijfer, laatste hele week"),),
        )
    )
    hidden = [area for area, row in everyone if row.status_code not in (PUBLISHED, BELOW)]
    if hidden:
        table = _table(snapshot, hidden, "Gemeenten zonder cijfer, met de reden")
        made.append(Section("geen-cijfer", "Gemeenten zonder cijfer", (), None, (table,)))
    small = [area.area_name for area, row in everyone if row.status_code == BELOW]
    if small:
        made.append(Section("klein", "Gemeenten met minder dan 10 adverteerders", (f"{wording.join(small)}.",)))
    return made


def _region(snapshot: Snapshot, areas: Sequence[Area], where: str) -> list[Section]:
    """Put the municipalities of the region side by side for the last whole week."""
    found = [(area, row) for area in areas if (row := snapshot.last_week(area.area_code)) is not None]
    if not found:
        return [Section("regio", where, ("Er is nog geen hele week met cijfers.",))]
    week = wording.week(max(row.period_start_date for _, row in found))
    plain = [_mark(area, row, 1.0) for area, row in found]
    rates = [_mark(area, row, PER / (area.population_count or PER)) for area, row in found]
    source = source_line(snapshot)
    name, per = f"{where}: aantal", f"{where}: per 10.000 inwoners"
    return [
        Section(
            "regio",
            f"{name}, {week}",
            ("De volgorde is die van het alfabet.",),
            charts.both("regio", lambda at, width: charts.rows(at, name, plain, width=width)),
            (_table(snapshot, areas, f"{where}, {week}"),),
            source,
        ),
        Section(
            "regio-per",
            f"{per}, {week}",
            (),
            charts.both("regio-per", lambda at, width: charts.rows(at, per, rates, width=width, write=_one)),
            (),
            source,
        ),
    ]


def _table(snapshot: Snapshot, areas: Sequence[Area], caption: str) -> Table:
    """List municipalities with their last whole week."""
    rows: list[tuple[str | Markup, ...]] = []
    for area in areas:
        row = snapshot.last_week(area.area_code)
        if row is None:
            continue
        name: str | Markup = area.area_name
        if row.status_code == PUBLISHED:
            name = Markup('<a href="gemeenten/{}.html">{}</a>').format(area.area_code, area.area_name)
        rate = ""
        if row.advertiser_count is not None and area.population_count:
            low, mid, high = (
                _one((count or 0) / area.population_count * PER)
                for count in (row.lower_count, row.advertiser_count, row.upper_count)
            )
            rate = f"{mid} ({low} tot {high})"
        rows.append((name, wording.figure(row), ends(row), rate, why(row)))
    columns = ("Gemeente", "Schatting", "Marge", "Per 10.000 inwoners (marge)", "Toelichting")
    return Table(caption, columns, tuple(rows), frozenset({1, 2, 3}))


def _mark(area: Area, row: Volume, factor: float) -> charts.Mark:
    def scaled(value: int | None) -> float | None:
        return None if value is None else value * factor

    return charts.Mark(
        area.area_name,
        area.area_name,
        row.status_code,
        scaled(row.advertiser_count),
        scaled(row.lower_count),
        scaled(row.upper_count) if row.status_code != BELOW else wording.SMALLEST * factor,
        wording.reason(row.reason_code),
    )


def _one(value: float) -> str:
    return wording.number(value, 1)


def _by_name(snapshot: Snapshot) -> list[Area]:
    found = (area for area in snapshot.areas.values() if area.level_code == "municipality")
    return sorted(found, key=lambda area: (area.area_name.casefold(), area.area_code))


def _has_block(snapshot: Snapshot, code: str) -> bool:
    return any(row.status_code == PUBLISHED for row in snapshot.series("block", code))


def _cell(row: Volume | None) -> str:
    if row is None:
        return ""
    if row.status_code != PUBLISHED or row.advertiser_count is None:
        return _STATUS_SIGNS.get(row.status_code, "o")
    low = row.advertiser_count if row.lower_count is None else row.lower_count
    high = row.advertiser_count if row.upper_count is None else row.upper_count
    return ",".join(_base36(count // 5) for count in (row.advertiser_count, low, high))


def _base36(value: int) -> str:
    """Write a number as JavaScript's parseInt(text, 36) reads it.

    >>> _base36(0), _base36(35), _base36(1295)
    ('0', 'z', 'zz')
    """
    digits = _DIGITS[value % 36]
    return digits if value < 36 else _base36(value // 36) + digits
