"""Parts of which dashboard pages are made: headings, sentences, charts and the tables under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from reports import charts, reasons, trends, wording
from reports.digest.view import SHAPES, place, share_marks
from reports.figures import BELOW, KINDS, PUBLISHED, Movement, Share, Snapshot, Volume
from warehouse.areas import ENTRY, EXIT


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the columns in `numeric` stand to the right. The first cell of a row names it.

    `starts` are the first days of the rows' periods, where a reader may choose among them.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Markup, ...], ...]
    numeric: frozenset[int] = frozenset()
    is_open: bool = False
    starts: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page with its heading; `ident` is its anchor. `notes` explain the chart and stand under it.

    `dated_notes` go with the period that starts on their day, the sentences with the one that starts on `start`: whoever
    chooses other periods does not see them.
    """

    ident: str
    title: str
    sentences: tuple[str, ...] = ()
    chart: Markup | None = None
    tables: tuple[Table, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()
    dated_notes: tuple[tuple[date, str], ...] = ()
    start: date | None = None


def why(row: Volume | Movement | Share) -> str:
    """Say why a figure is not there, or what to keep in mind with it."""
    if row.status_code == BELOW:
        return ""
    if row.status_code != PUBLISHED:
        return reasons.reason(row.reason_code)
    return "; ".join(reasons.warning(code) for code in ([] if isinstance(row, Share) else row.warnings))


def ends(row: Volume | Movement) -> str:
    """Write the interval of a row, nothing where there is no figure."""
    return wording.margin(row.lower_count, row.upper_count) if row.status_code == PUBLISHED else ""


def share_section(snapshot: Snapshot, code: str, ident: str) -> Section:
    """Show the shares of home, club and escort in an area: the last block drawn, all blocks in the table."""
    name = snapshot.name(code)
    blocks = sorted({row.block_start_date for row in snapshot.shares if row.area_code == code})
    if not blocks:
        return Section(ident, name, ("Er zijn nog geen cijfers: de eerste vier weken zijn nog niet om.",))
    title = f"{name}: aandeel thuis, club en escort, {wording.block(blocks[-1])}"
    drawn = share_marks(snapshot.shares_of(code, blocks[-1]))
    rows: list[tuple[str | Markup, ...]] = []
    starts = []
    for block in reversed(blocks):
        shares = snapshot.shares_of(code, block)
        for kind in KINDS:
            if (row := shares.get(kind)) is not None:
                shown = row.status_code == PUBLISHED
                margin = wording.share_margin(row.lower_share, row.upper_share) if shown else ""
                rows.append((wording.block(block), wording.SETTINGS[kind], wording.share(row), margin, why(row)))
                starts.append(block)
    columns = ("Periode", "Soort", "Aandeel", "Marge", "Toelichting")
    return Section(
        ident,
        title,
        (),
        charts.both(
            ident, lambda at, width: charts.rows(at, title, drawn, width=width, top=1.0, write=wording.percent)
        ),
        (Table(f"{name}: aandeel per soort", columns, tuple(rows), frozenset({2, 3}), starts=tuple(starts)),),
        source_line(snapshot),
    )


def share_trend_section(snapshot: Snapshot, code: str, kind: str, ident: str) -> Section | None:
    """Show the share of one kind in an area over all blocks of four weeks; None where there are fewer than two."""
    rows = sorted(
        (row for row in snapshot.shares if (row.area_code, row.setting_code) == (code, kind)),
        key=lambda row: row.block_start_date,
    )
    if len(rows) < 2:
        return None
    title = f"{snapshot.name(code)}, {wording.SETTINGS[kind]}: aandeel per vier weken"
    drawn = [
        charts.Mark(
            wording.month(row.block_start_date),
            wording.block(row.block_start_date).capitalize(),
            row.status_code,
            row.advertiser_share,
            row.lower_share,
            row.upper_share,
            reasons.reason(row.reason_code),
            SHAPES[kind],
            row.block_start_date,
        )
        for row in rows
    ]
    chart = charts.both(
        ident,
        lambda at, width: trends.series(at, title, drawn, width=width, height=190, top=1.0, write=wording.percent),
    )
    sentence = "De cijfers staan als tabel onder de laatste vier weken."
    return Section(ident, title, (sentence,), chart, (), source_line(snapshot))


def kind_section(snapshot: Snapshot, code: str, ident: str) -> Section:
    """Show how many advertisers of each kind there were in the last whole week."""
    name = snapshot.name(code)
    last = snapshot.last_week(code)
    rows = [snapshot.volume("week", last.period_start_date, code, kind) for kind in KINDS] if last else []
    found = [row for row in rows if row is not None]
    if last is None or not found:
        return Section(ident, name, ("Er zijn nog geen cijfers.",))
    title = f"{name}: aantal adverteerders per soort werk, {wording.week(last.period_start_date)}"
    drawn = [
        charts.Mark(
            wording.SETTINGS[row.setting_code].capitalize(),
            wording.SETTINGS[row.setting_code].capitalize(),
            row.status_code,
            row.advertiser_count,
            row.lower_count,
            row.upper_count,
            reasons.reason(row.reason_code),
            SHAPES[row.setting_code],
        )
        for row in found
    ]
    table = Table(
        title,
        ("Soort", "Schatting", "Marge", "Toelichting"),
        tuple((wording.SETTINGS[row.setting_code], wording.figure(row), ends(row), why(row)) for row in found),
        frozenset({1, 2}),
    )
    chart = charts.both(ident, lambda at, width: charts.rows(at, title, drawn, width=width))
    return Section(ident, title, (), chart, (table,), source_line(snapshot))


def move_marks(snapshot: Snapshot, rows: Sequence[Movement], *, arriving: bool) -> list[charts.Mark]:
    """Make marks of moves; those that a wider area stands for are left out."""
    short = {ENTRY: "nieuw / van elders", EXIT: "gestopt / naar elders", "ALLX": "overal elders"}
    made = []
    for row in rows:
        if row.reason_code == "rolled_up":
            continue
        code = row.origin_code if arriving else row.destination_code
        made.append(
            charts.Mark(
                short.get(code, snapshot.name(code)),
                place(snapshot, code),
                row.status_code,
                row.move_count,
                row.lower_count,
                row.upper_count,
                reasons.reason(row.reason_code),
            )
        )
    return made


def source_line(snapshot: Snapshot) -> str:
    """Say where a chart comes from, for whoever copies it."""
    edition = snapshot.edition
    return f"Bron: Advertentiemonitor, uitgave van {wording.day_plain(edition.vintage_date)}, versie {edition.version_number}."
