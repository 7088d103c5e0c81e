"""Parts of which dashboard pages are made: headings, sentences, charts and the tables under them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from reports import charts, wording
from reports.changes import told
from reports.digest_view import SHAPES, marks, place, share_marks
from reports.figures import BELOW, KINDS, PUBLISHED, Alert, Area, Movement, Share, Snapshot, Volume
from warehouse.areas import ENTRY, EXIT

PER = 10_000  # inhabitants
NARROW_MARKS = 28  # more cannot be told apart on a narrow screen
TABLE_ROWS = 53  # keeps a page under 250 KB; the files hold everything


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the columns in `numeric` stand to the right. The first cell of a row names it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Markup, ...], ...]
    numeric: frozenset[int] = frozenset()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page with its heading; `ident` is its anchor."""

    ident: str
    title: str
    sentences: tuple[str, ...] = ()
    chart: Markup | None = None
    tables: tuple[Table, ...] = ()
    source: str = ""


def why(row: Volume | Movement | Share) -> str:
    """Say why a figure is not there, or what to keep in mind with it."""
    if row.status_code == BELOW:
        return ""
    if row.status_code != PUBLISHED:
        return wording.reason(row.reason_code)
    return "; ".join(wording.warning(code) for code in ([] if isinstance(row, Share) else row.warnings))


def ends(row: Volume | Movement) -> str:
    """Write the interval of a row, nothing where there is no figure."""
    return wording.margin(row.lower_count, row.upper_count) if row.status_code == PUBLISHED else ""


def volume_table(caption: str, rows: Sequence[Volume], alerts: Mapping[date, Alert] | None = None) -> Table:
    """Make the table under a chart of volumes, newest first; with what is said of changes where the area is watched."""
    made = []
    for row in list(reversed(rows))[:TABLE_ROWS]:
        cells = [
            wording.period(row.period_code, row.period_start_date).capitalize(),
            wording.figure(row),
            ends(row),
            wording.bound(row.floor_count) if row.floor_count is not None else "",
        ]
        if alerts:
            cells.append(told(alerts.get(row.period_start_date)).title)
        made.append((*cells, why(row)))
    change = ("Vergeleken met de weken ervoor",) if alerts else ()
    if len(rows) > TABLE_ROWS:
        caption = f"{caption} (laatste {TABLE_ROWS}; alles staat bij Downloads)"
    return Table(
        caption,
        ("Periode", "Schatting", "Marge", "Ondergrens", *change, "Toelichting"),
        tuple(made),
        frozenset({1, 2, 3}),
    )


def volume_section(snapshot: Snapshot, period: str, code: str, ident: str) -> Section:
    """Show the level of an area in time."""
    rows = snapshot.series(period, code)
    name = snapshot.name(code)
    word = {"week": "per week", "day": "per dag, laatste 28 dagen", "block": "per vier weken"}[period]
    title = f"{name}, {word}"
    if not rows:
        return Section(ident, title, ("Er zijn nog geen cijfers.",))
    sentences: list[str] = []
    alerts = {
        row.period_start_date: row
        for row in snapshot.alerts
        if (row.period_code, row.area_code, row.series_code) == (period, code, "level")
    }
    if alerts:
        change = told(alerts.get(rows[-1].period_start_date))
        sentences.append(f"{change.title}. {change.sentence}")
    return Section(
        ident,
        title,
        tuple(sentences),
        charts.both(
            ident,
            lambda at, width: charts.series(
                at,
                title,
                marks(rows if width == charts.WIDE else rows[-NARROW_MARKS:]),
                width=width,
                unit="geschatte adverteerders",
            ),
        ),
        (volume_table(title, rows, alerts),),
        source_line(snapshot),
    )


def share_section(snapshot: Snapshot, code: str, ident: str) -> Section:
    """Show the shares of home, club and escort in an area: the last block drawn, all blocks in the table."""
    name = snapshot.name(code)
    blocks = sorted({row.block_start_date for row in snapshot.shares if row.area_code == code})
    if not blocks:
        return Section(ident, name, ("Er zijn nog geen cijfers: de eerste vier weken zijn nog niet om.",))
    title = f"{name}, {wording.block(blocks[-1])}"
    drawn = share_marks(snapshot.shares_of(code, blocks[-1]))
    rows: list[tuple[str | Markup, ...]] = []
    for block in reversed(blocks):
        shares = snapshot.shares_of(code, block)
        for kind in KINDS:
            if (row := shares.get(kind)) is not None:
                shown = row.status_code == PUBLISHED
                margin = wording.share_margin(row.lower_share, row.upper_share) if shown else ""
                rows.append((wording.block(block), wording.SETTINGS[kind], wording.share(row), margin, why(row)))
    columns = ("Periode", "Soort", "Aandeel", "Marge", "Toelichting")
    return Section(
        ident,
        title,
        (),
        charts.both(
            ident, lambda at, width: charts.rows(at, title, drawn, width=width, top=1.0, write=wording.percent)
        ),
        (Table(f"{name}: aandeel per soort", columns, tuple(rows), frozenset({2, 3})),),
        source_line(snapshot),
    )


def kind_section(snapshot: Snapshot, code: str, ident: str) -> Section:
    """Show how many advertisers of each kind there were in the last whole week."""
    name = snapshot.name(code)
    last = snapshot.last_week(code)
    rows = [snapshot.volume("week", last.period_start_date, code, kind) for kind in KINDS] if last else []
    found = [row for row in rows if row is not None]
    if last is None or not found:
        return Section(ident, name, ("Er zijn nog geen cijfers.",))
    title = f"{name}, {wording.week(last.period_start_date)}"
    drawn = [
        charts.Mark(
            wording.SETTINGS[row.setting_code].capitalize(),
            wording.SETTINGS[row.setting_code].capitalize(),
            row.status_code,
            row.advertiser_count,
            row.lower_count,
            row.upper_count,
            wording.reason(row.reason_code),
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
                wording.reason(row.reason_code),
            )
        )
    return made


def compare_sections(snapshot: Snapshot, areas: Sequence[Area], ident: str, where: str) -> list[Section]:
    """Put municipalities side by side for the last whole week: in advertisers, and per 10,000 inhabitants."""
    found = [(area, row) for area in areas if (row := snapshot.last_week(area.area_code)) is not None]
    if not found:
        return [Section(ident, where, ("Er is nog geen hele week met cijfers.",))]
    week = wording.week(max(row.period_start_date for _, row in found))
    plain = [_area_mark(area, row, 1.0) for area, row in found]
    rates = [_area_mark(area, row, PER / (area.population_count or PER)) for area, row in found]
    source = source_line(snapshot)

    def one(value: float) -> str:
        return wording.number(value, 1)

    return [
        Section(
            ident,
            f"{where}: aantal, {week}",
            ("De volgorde is die van het alfabet.",),
            charts.both(ident, lambda at, width: charts.rows(at, f"{where}: aantal", plain, width=width)),
            (compare_table(snapshot, areas, f"{where}, {week}"),),
            source,
        ),
        Section(
            f"{ident}-per",
            f"{where}: per 10.000 inwoners, {week}",
            (),
            charts.both(
                f"{ident}-per",
                lambda at, width: charts.rows(at, f"{where}: per 10.000 inwoners", rates, width=width, write=one),
            ),
            (),
            source,
        ),
    ]


def compare_table(snapshot: Snapshot, areas: Sequence[Area], caption: str) -> Table:
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
                wording.number((count or 0) / area.population_count * PER, 1)
                for count in (row.lower_count, row.advertiser_count, row.upper_count)
            )
            rate = f"{mid} ({low} tot {high})"
        rows.append((name, wording.figure(row), ends(row), rate, why(row)))
    columns = ("Gemeente", "Schatting", "Marge", "Per 10.000 inwoners (marge)", "Toelichting")
    return Table(caption, columns, tuple(rows), frozenset({1, 2, 3}))


def _area_mark(area: Area, row: Volume, factor: float) -> charts.Mark:
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


def source_line(snapshot: Snapshot) -> str:
    """Say where a chart comes from, for whoever copies it."""
    edition = snapshot.edition
    return f"Bron: Advertentiemonitor, uitgave van {wording.day_plain(edition.vintage_date)}, versie {edition.version_number}."
