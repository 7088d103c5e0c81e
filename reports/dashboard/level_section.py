"""The level of an area in time: chart, what changed in the rules or the sources, and the table under it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from string import ascii_uppercase
from typing import Final

from markupsafe import Markup

from reports import charts, reasons, trends, wording
from reports.changes import told
from reports.dashboard import policy_words
from reports.digest.areas import marks
from reports.figures import PUBLISHED, Alert, Snapshot, Volume
from reports.sections import Section, Table, ends, source_line, why

SAID_ONCE: Final = 8  # figures that are not there; from then on one reason for all of them is said once
NARROW_MARKS: Final = 28  # more cannot be told apart on a narrow screen
_WORDS: Final = {"week": "per week", "day": "per dag, laatste 28 dagen", "block": "per vier weken"}


def level_section(snapshot: Snapshot, period: str, code: str, ident: str) -> Section:
    """Show the level of an area in time.

    Args:
        snapshot: what is known.
        period: week, block or day; of the first two a reader can choose a part.
        code: the area.
        ident: anchor of the section.
    """
    rows = snapshot.gapless(period, code)
    title = f"{snapshot.name(code)}, {_WORDS[period]}"
    if not rows:
        return Section(ident, title, ("Er zijn nog geen cijfers.",))
    alerts = {
        row.period_start_date: row
        for row in snapshot.alerts
        if (row.period_code, row.area_code, row.series_code) == (period, code, "level")
    }
    sentences: list[str] = []
    if alerts:
        change = told(alerts.get(rows[-1].period_start_date))
        sentences.append(f"{change.title}. {change.sentence}")
    drawn = marks(rows)
    if period != "day":
        drawn = [replace(mark, start=row.period_start_date) for mark, row in zip(drawn, rows, strict=True)]
    lines = lines_of(snapshot, code, rows) if period != "day" else []
    top = charts.top_of(drawn)
    told_title = f"{snapshot.name(code)}: geschatte adverteerders {_WORDS[period]}"

    def draw(at: str, width: float) -> Markup:
        part = drawn if width == charts.WIDE else drawn[-NARROW_MARKS:]
        return trends.series(at, told_title, part, width=width, unit="geschatte adverteerders", lines=lines, top=top)

    return Section(
        ident,
        title,
        tuple(sentences),
        charts.both(ident, draw),
        (level_table(title, rows, alerts),),
        source_line(snapshot),
        dated_notes=tuple((line.day, f"{line.sign}: {line.words}") for line in lines),
        start=rows[-1].period_start_date if period != "day" else None,
    )


def lines_of(snapshot: Snapshot, code: str, rows: Sequence[Volume]) -> list[trends.Line]:
    """Say where rules changed, and where a comparison across breaks: other sources, or a list from outside.

    Each line stands at the first day of its period; what happened in one period shares a line.
    """
    first = rows[0].period_start_date
    end = rows[-1].period_start_date + timedelta(days=28 if rows[-1].period_code == "block" else 7)
    found = [(day, words, False) for day, words in _events(snapshot, code) if first <= day < end]
    seen = [row for row in rows if row.source_group_count > 0 and row.status_code == PUBLISHED]
    for before, after in pairwise(seen):
        start = after.period_start_date
        if before.source_group_count != after.source_group_count:
            words = (
                f"vanaf {wording.day_plain(start)} waren er {after.source_group_count} groepen bronnen "
                f"in plaats van {before.source_group_count}. Vergelijk niet over deze lijn heen."
            )
            found.append((start, words, True))
        elif ("external_list" in before.warnings) != ("external_list" in after.warnings):
            telling = (
                "telt een lijst van buiten mee" if "external_list" in after.warnings else "telt die lijst niet meer mee"
            )
            found.append(
                (start, f"vanaf {wording.day_plain(start)} {telling}. Vergelijk niet over deze lijn heen.", True)
            )
    starts = [row.period_start_date for row in rows]
    made: dict[date, trends.Line] = {}
    for number, (day, words, is_break) in enumerate(sorted(found)):
        start, sign = max(each for each in starts if each <= day), _sign(number)
        there = made.get(start)
        made[start] = (
            trends.Line(start, sign, words, is_break)
            if there is None
            else trends.Line(
                start, f"{there.sign}, {sign}", f"{there.words} {sign}: {words}", there.is_break or is_break
            )
        )
    return list(made.values())


def common_warnings(rows: Sequence[Volume]) -> list[str]:
    """Give the warnings that every figure of a table has."""
    shown = [row for row in rows if row.status_code == PUBLISHED]
    return [code for code in (shown[0].warnings if shown else []) if all(code in row.warnings for row in shown)]


def without(row: Volume, common: Sequence[str]) -> Volume:
    """Leave out warnings that are said once for the whole table."""
    return replace(row, warnings=[code for code in row.warnings if code not in common])


def said_once(common: Sequence[str]) -> str:
    """Say the warnings of every figure, after a caption."""
    return "".join(f". Voor elk cijfer geldt: {reasons.warning(code)}" for code in common)


def _sign(number: int) -> str:
    """Number events as a spreadsheet does its columns.

    >>> _sign(0), _sign(25), _sign(26)
    ('A', 'Z', 'AA')
    """
    letter = ascii_uppercase[number % 26]
    return letter if number < 26 else _sign(number // 26 - 1) + letter


def _events(snapshot: Snapshot, code: str) -> list[tuple[date, str]]:
    """Give the events of a municipality whose day or month is known, each with its date as well as that is known."""
    return [
        (event.event_date, f"{policy_words.when(event)}, {event.event_name}.")
        for event in snapshot.events
        if event.area_code == code and event.event_date is not None and event.precision_code in ("day", "month")
    ]


def level_table(caption: str, rows: Sequence[Volume], alerts: Mapping[date, Alert]) -> Table:
    """Make the table under a chart of volumes, newest first; with what is said of changes where the area is watched.

    A warning that goes for every figure, or one reason for all that are not there, is said once, in the caption.
    """
    shown = [row for row in rows if row.status_code == PUBLISHED]
    whys = {why(row) for row in rows if row.status_code != PUBLISHED} - {""}
    only = next(iter(whys)) if len(whys) == 1 and len(rows) - len(shown) > SAID_ONCE else ""
    common = common_warnings(rows)
    made = []
    for row in reversed(rows):
        cells = [
            wording.period(row.period_code, row.period_start_date).capitalize(),
            wording.figure(row),
            ends(row),
            wording.bound(row.floor_count) if row.floor_count is not None else "",
        ]
        if alerts:
            cells.append(told(alerts.get(row.period_start_date)).title)
        reason = why(without(row, common))
        made.append((*cells, "" if reason == only else reason))
    change = ("Vergeleken met de weken ervoor",) if alerts else ()
    said = said_once(common)
    said += f". Waar geen cijfer staat: {only}" if only else ""
    return Table(
        f"{caption}{said}",
        ("Periode", "Schatting", "Marge", "Ondergrens", *change, "Toelichting"),
        tuple(made),
        frozenset({1, 2, 3}),
        starts=tuple(row.period_start_date for row in reversed(rows)) if rows[0].period_code != "day" else (),
    )
