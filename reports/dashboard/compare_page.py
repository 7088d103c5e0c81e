"""Municipalities compared: side by side over time for whichever a reader chooses, and all of them in the last whole week."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from markupsafe import Markup

from reports import charts, reasons, wording
from reports.dashboard.level_section import common_warnings, lines_of, said_once, without
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
    found = {area.area_code: snapshot.gapless("block", area.area_code) for area in areas}
    all_starts = [row.period_start_date for rows in found.values() for row in rows]
    count = (max(all_starts) - min(all_starts)).days // 28 + 1 if all_starts else 0
    starts = [min(all_starts) + timedelta(days=28 * number) for number in range(count)]
    made = []
    for area in areas:
        rows = {row.period_start_date: row for row in found[area.area_code]}
        lines = lines_of(snapshot, area.area_code, found[area.area_code])
        made.append(
            {
                "code": area.area_code,
                "name": snapshot.name(area.area_code),
                "population": area.population_count,
                "series": ";".join(_cell(rows.get(start)) for start in starts),
                "lines": [[line.day.isoformat(), line.sign, line.words, line.is_break] for line in lines],
            }
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
    small = [snapshot.name(area.area_code) for area, row in everyone if row.status_code == BELOW]
    if small:
        made.append(
            Section(
                "klein", "Gemeenten met minder dan 10 adverteerders (gezien of geschat)", (f"{wording.join(small)}.",)
            )
        )
    return made


def _region(snapshot: Snapshot, areas: Sequence[Area], where: str) -> list[Section]:
    """Put the municipalities of the region side by side for the last whole week."""
    found = [(area, row) for area in areas if (row := snapshot.last_week(area.area_code)) is not None]
    if not found:
        return [Section("regio", where, ("Er is nog geen hele week met cijfers.",))]
    week = wording.week(max(row.period_start_date for _, row in found))
    plain = [_mark(snapshot, row, None) for _, row in found]
    rates = [_mark(snapshot, row, area.population_count or PER) for area, row in found]
    source = source_line(snapshot)
    name = f"{where}: geschatte adverteerders, {week}"
    per = f"{where}: geschatte adverteerders per 10.000 inwoners, {week}"
    return [
        Section(
            "regio",
            name,
            ("De volgorde is die van het alfabet.",),
            charts.both("regio", lambda at, width: charts.rows(at, name, plain, width=width)),
            (_table(snapshot, areas, f"{where}, {week}"),),
            source,
        ),
        Section(
            "regio-per",
            per,
            (),
            charts.both("regio-per", lambda at, width: charts.rows(at, per, rates, width=width, write=_one)),
            (),
            source,
        ),
    ]


def _table(snapshot: Snapshot, areas: Sequence[Area], caption: str) -> Table:
    """List municipalities with their last whole week."""
    rows: list[tuple[str | Markup, ...]] = []
    found = [row for area in areas if (row := snapshot.last_week(area.area_code)) is not None]
    common = common_warnings(found)
    for area in areas:
        row = snapshot.last_week(area.area_code)
        if row is None:
            continue
        name: str | Markup = snapshot.name(area.area_code)
        if row.status_code == PUBLISHED:
            name = Markup('<a href="gemeenten/{}.html">{}</a>').format(area.area_code, name)
        rate = _rate(row, area.population_count) if area.population_count and row.status_code == PUBLISHED else ""
        rows.append((name, wording.figure(row), ends(row), rate, why(without(row, common))))
    columns = ("Gemeente", "Schatting", "Marge", "Per 10.000 inwoners (marge)", "Toelichting")
    return Table(f"{caption}{said_once(common)}", columns, tuple(rows), frozenset({1, 2, 3}))


def _mark(snapshot: Snapshot, row: Volume, population: int | None) -> charts.Mark:
    """Make a mark of a week's figure, per 10,000 inhabitants where their number is given."""
    factor = PER / population if population else 1.0

    def scaled(value: int | None) -> float | None:
        return None if value is None else value * factor

    words = ""
    if population:
        words = _rate(row, population) if row.status_code == PUBLISHED else ""
        words = "minder dan 10 adverteerders" if row.status_code == BELOW else words
    name = snapshot.name(row.area_code)
    return charts.Mark(
        name,
        name,
        row.status_code,
        scaled(row.advertiser_count),
        scaled(row.lower_count),
        scaled(row.upper_count) if row.status_code != BELOW else wording.SMALLEST * factor,
        reasons.reason(row.reason_code),
        words=words,
    )


def _rate(row: Volume, population: int) -> str:
    """Write a figure per 10,000 inhabitants with its ends; an end under ten advertisers stays a label."""
    factor = PER / population
    low = row.lower_count or 0
    least = f"minder dan {_one(wording.SMALLEST * factor)}" if low < wording.SMALLEST else _one(low * factor)
    return f"{_one((row.advertiser_count or 0) * factor)} ({least} tot {_one((row.upper_count or 0) * factor)})"


def _one(value: float) -> str:
    return wording.number(value, 1)


def _by_name(snapshot: Snapshot) -> list[Area]:
    found = (area for area in snapshot.areas.values() if area.level_code == "municipality")
    return sorted(found, key=lambda area: (snapshot.name(area.area_code).casefold(), area.area_code))


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
