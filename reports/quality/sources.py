"""How well the sources could be seen: every source by day, drawn and as a table."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from reports import charts, reasons, wording
from reports.figures import DAYS_SHOWN, Quality, Snapshot
from reports.sections import Section, Table, source_line

NARROW_DAYS = 10
TROUBLES_SHOWN = 100  # with many sources the page would become too large


def sources_section(snapshot: Snapshot) -> Section:
    """Show each source on each of the last days."""
    days = [snapshot.day - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    first = min((row.day_date for row in snapshot.quality), default=snapshot.day)
    days = [day for day in days if day >= first]
    found = {(row.source_code, row.day_date): row for row in snapshot.quality}
    codes = sorted({row.source_code for row in snapshot.quality})
    title = "Volledigheid: hoe goed waren de bronnen te zien?"
    if not codes:
        return Section("bronnen", title, ("Er is nog geen enkele bron bekeken.",))

    def line(code: str, shown: Sequence[date]) -> tuple[str, list[tuple[str, str, str]]]:
        return wording.source(code), [_box(found.get((code, day)), day) for day in shown]

    def draw(ident: str, width: float) -> Markup:
        shown = days if width >= charts.WIDE else days[-NARROW_DAYS:]
        labels = [wording.day_short(day) for day in shown]
        return charts.grid(ident, "Bronnen per dag", [line(code, shown) for code in codes], labels, width=width)

    groups = len({row.source_group_code for row in snapshot.quality})
    seen = Counter(row.state_code for row in snapshot.quality)
    counted = wording.join([f"{reasons.crawl_state(code)} {number}" for code, number in sorted(seen.items())])
    mean = sum(row.completeness_share for row in snapshot.quality) / len(snapshot.quality)
    legend = "; ".join(f"{sign} {reasons.STATES[code]}" for code, sign in reasons.STATE_MARKS.items())
    return Section(
        "bronnen",
        title,
        (
            (
                f"{wording.counted(len(codes), 'bron', 'bronnen')} in {wording.counted(groups, 'groep', 'groepen')}. "
                "Bronnen van één eigenaar tellen als één groep."
            ),
            f"Dagen per bron: {counted}. Gemiddeld zagen we {wording.percent(mean)} van wat er te zien was.",
            f"Tekens: {legend}.",
        ),
        charts.both("bronnen", draw),
        (_by_source(snapshot.quality), _troubles(snapshot.quality)),
        source_line(snapshot),
    )


def _by_source(quality: Sequence[Quality]) -> Table:
    rows = []
    for code in sorted({row.source_code for row in quality}):
        here = [row for row in quality if row.source_code == code]
        fine = sum(row.state_code == "ok" for row in here)
        mean = sum(row.completeness_share for row in here) / len(here)
        rows.append((wording.source(code), str(len(here)), str(fine), str(len(here) - fine), wording.percent(mean)))
    columns = ("Bron", "Dagen", "Goed bekeken", "Niet goed bekeken", "Gemiddelde volledigheid")
    return Table("Per bron", columns, tuple(rows), frozenset({1, 2, 3, 4}), is_open=True)


def _troubles(quality: Sequence[Quality]) -> Table:
    """List the days on which something was wrong, the last first; the chart has all days."""
    found = sorted((row for row in quality if row.state_code != "ok"), key=lambda row: (row.day_date, row.source_code))
    rows = tuple(
        (
            wording.day_plain(row.day_date),
            wording.source(row.source_code),
            reasons.crawl_state(row.state_code),
            wording.percent(row.completeness_share),
            reasons.crawl_reason(row.reason_code),
        )
        for row in found[: -TROUBLES_SHOWN - 1 : -1]
    ) or (("Geen", "", "", "", ""),)
    columns = ("Dag", "Bron", "Toestand", "Volledigheid", "Reden")
    last = f" (de laatste {TROUBLES_SHOWN} van {len(found)})" if len(found) > TROUBLES_SHOWN else ""
    return Table(f"Dagen waarop een bron niet goed was te bekijken{last}", columns, rows, frozenset({3}))


def _box(row: Quality | None, day: date) -> tuple[str, str, str]:
    state = row.state_code if row is not None else "missing"
    share = f", {wording.percent(row.completeness_share)}" if row is not None else ""
    reason = f", {reasons.crawl_reason(row.reason_code)}" if row is not None and row.reason_code else ""
    known = state if state in reasons.STATES else "failed"
    return known, reasons.STATE_MARKS[known], f"{wording.day_plain(day)}: {reasons.crawl_state(state)}{share}{reason}"
