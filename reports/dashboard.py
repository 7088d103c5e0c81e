"""The dashboard for policy staff: a folder of static pages in Dutch that works from a file share and needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup

from reports import charts, downloads, flows, pages, quality, site, wording
from reports.digest_view import view
from reports.figures import PUBLISHED, Area, Column, Movement, Snapshot
from reports.loading import load_columns, load_dashboard
from reports.sections import (
    Section,
    Table,
    compare_sections,
    compare_table,
    ends,
    kind_section,
    move_marks,
    share_section,
    source_line,
    volume_section,
    why,
)
from warehouse import db
from warehouse.areas import ENTRY, EXIT

STYLES = ("tokens", "base", "charts", "dashboard")
PAGES: tuple[tuple[str, str], ...] = (
    ("index", "Nu"),
    ("ontwikkeling", "Ontwikkeling"),
    ("soorten", "Soorten werk"),
    ("beweging", "Beweging"),
    ("vergelijken", "Vergelijken"),
    ("kwaliteit", "Kwaliteit"),
    ("methode", "Methode"),
    ("downloads", "Downloads"),
    ("toegankelijkheid", "Toegankelijkheid"),
)


@dataclass(frozen=True, slots=True)
class _Site:
    """What every page needs."""

    snapshot: Snapshot
    css: str
    contact: str
    notice: str

    def page(self, template: str, slug: str, title: str, *, up: str = "", **values: object) -> bytes:
        """Make a page; `up` is the way back to the folder of the first page."""
        return pages.page(
            template,
            self.css,
            slug=slug,
            title=title,
            nav=PAGES,
            up=up,
            edition=source_line(self.snapshot).removeprefix("Bron: "),
            day=wording.day_long(self.snapshot.day),
            region=f"{self.snapshot.name(self.snapshot.focus)} en {self.snapshot.name(self.snapshot.region)}",
            contact=self.contact,
            notice=self.notice,
            **values,
        ).encode()

    def sections(self, slug: str, title: str, lead: str, sections: Sequence[Section], *, up: str = "") -> bytes:
        """Make a page of sections."""
        return self.page("sections", slug, title, up=up, lead=lead, sections=sections)


def build(
    conn: db.Connection,
    out: Path,
    *,
    day: date | None = None,
    contact: str = "beheer@gemeente.example",
    notice: str = "",
    theme: str = "",
) -> list[Path]:
    """Write the dashboard as known on `day` (the last release when None); give its files, `index.html` first.

    Args:
        conn: a connection that may read `release`.
        out: folder; files of an earlier dashboard that are no longer made are removed, nothing else is.
        day: local day of a release.
        contact: whom to ask, shown on every page.
        notice: a line above every page, e.g. that these are figures of a synthetic market.
        theme: style rules of a municipality's own, put after ours.

    Raises:
        NothingReleased: there is no release (on that day).
        WrongTheme: the style rules would leave the page.
        ReportNotWritten: the folder cannot be written.
    """
    snapshot = load_dashboard(conn, day)
    made = site.write(out, render(snapshot, load_columns(conn), contact=contact, notice=notice, theme=theme))
    return sorted(made, key=lambda path: path != out / "index.html")


def render(
    snapshot: Snapshot,
    dictionary: Sequence[Column] = (),
    *,
    contact: str,
    notice: str = "",
    theme: str = "",
) -> dict[str, bytes]:
    """Make all files of the dashboard, by name. The same snapshot always gives the same bytes."""
    css = pages.style(*STYLES) + (f"\n{pages.checked_theme(theme)}" if theme else "")
    made = _Site(snapshot, css, contact, notice)
    files = downloads.make(snapshot)
    content = {
        "index.html": made.page("now", "index", "Nu", view=view(snapshot), caveats=wording.CAVEATS),
        "ontwikkeling.html": _trend(made),
        "soorten.html": _kinds(made),
        "beweging.html": _movement(made),
        "vergelijken.html": _compare(made),
        "kwaliteit.html": made.sections(
            "kwaliteit",
            "Kwaliteit",
            "Hoe goed konden we kijken, en zijn de cijfers goed beschermd?",
            quality.sections(snapshot),
        ),
        "methode.html": made.page("method", "methode", "Methode", estimand=wording.ESTIMAND),
        "toegankelijkheid.html": made.page("accessibility", "toegankelijkheid", "Toegankelijkheid"),
        "downloads.html": made.page("downloads", "downloads", "Downloads", files=files, dictionary=dictionary),
        **{f"downloads/{item.name}": item.content for item in files},
        "downloads/datapackage.json": downloads.package(snapshot, files, dictionary),
    }
    for area in snapshot.areas.values():
        last = snapshot.last_week(area.area_code)
        if area.level_code == "municipality" and last is not None and last.status_code == PUBLISHED:
            content[f"gemeenten/{area.area_code}.html"] = _municipality(made, area)
    return content


def _trend(made: _Site) -> bytes:
    snapshot = made.snapshot
    codes = (snapshot.focus, snapshot.region, "NL")
    sections = [volume_section(snapshot, "week", code, f"week-{number}") for number, code in enumerate(codes)]
    sections += [volume_section(snapshot, "day", code, f"dag-{number}") for number, code in enumerate(codes[:2])]
    lead = (
        "De streep is de marge van 95%, de stip de schatting. Gearceerd betekent: geen cijfer. "
        "Een verandering melden we pas als die groter is dan wat toeval meestal geeft."
    )
    return made.sections("ontwikkeling", "Ontwikkeling", lead, sections)


def _kinds(made: _Site) -> bytes:
    snapshot = made.snapshot
    codes = (snapshot.focus, snapshot.region, "NL")
    sections = [share_section(snapshot, code, f"aandeel-{number}") for number, code in enumerate(codes)]
    sections += [kind_section(snapshot, code, f"soort-{number}") for number, code in enumerate(codes[:2])]
    lead = (
        "Welk deel van de adverteerders werkt thuis, in een club of als escort? We tellen alleen adverteerders van wie "
        "de soort bekend is. De aandelen gaan over vier weken."
    )
    return made.sections("soorten", "Soorten werk", lead, sections)


def _movement(made: _Site) -> bytes:
    snapshot = made.snapshot
    lead = (
        "Hoeveel adverteerders verschuiven in vier weken van het ene gebied naar het andere? Het zijn schattingen: we "
        "rekenen mee dat we niet alles zien. Kleine aantallen voegen we samen tot een groter gebied."
    )
    blocks = sorted({row.block_start_date for row in snapshot.movements})
    if not blocks:
        later = Section("later", "Nog geen cijfers", ("De eerste periode van vier weken is nog niet om.",))
        return made.sections("beweging", "Beweging", lead, [later])
    told = snapshot.moves(blocks[-1])
    last = flows.between_places(told)
    period = wording.block(blocks[-1])
    names = {code: snapshot.name(code) for code in flows.PLACES}
    picture = flows.diagram("stromen", f"Beweging, {period}", last, names, snapshot.focus)
    sections = [
        Section(
            "stromen",
            f"Tussen gebieden, {period}",
            (
                "Hoe breder de pijl, hoe meer adverteerders. Een stippellijn: het aantal is te klein of niet bekend.",
                "Een plus achter het getal: een klein deel tonen we niet en telt niet mee.",
            ),
            Markup('<div class="wide">{}</div>').format(picture),
            (),
            source_line(snapshot),
        )
    ]
    for code, ident, found in ((snapshot.focus, "focus", told), (f"{snapshot.region}X", "regio", last)):
        name = snapshot.name(code)
        for arriving, word in ((True, f"Naar {name}, vanuit"), (False, f"Uit {name}, naar")):
            rows = [r for r in found if (r.destination_code if arriving else r.origin_code) == code]
            drawn = move_marks(snapshot, rows, arriving=arriving)
            if drawn:
                sections.append(_move_section(f"{ident}-{'naar' if arriving else 'uit'}", f"{word} …", drawn, snapshot))
    earlier = [row for block in reversed(blocks[:-1]) for row in flows.between_places(snapshot.moves(block))]
    tables = [_move_table(snapshot, f"Alle beweging, {period}", told)]
    if earlier:
        tables.append(_move_table(snapshot, "Eerdere perioden, in het groot (alles staat bij Downloads)", earlier))
    sections.append(Section("tabel", "Alle beweging", (), None, tuple(tables)))
    return made.sections("beweging", "Beweging", lead, sections)


def _move_section(ident: str, title: str, drawn: list[charts.Mark], snapshot: Snapshot) -> Section:
    chart = charts.both(ident, lambda at, width: charts.rows(at, title, drawn, width=width))
    return Section(ident, title, (), chart, (), source_line(snapshot))


def _move_table(snapshot: Snapshot, caption: str, moves: Sequence[Movement]) -> Table:
    columns = ("Periode", "Van", "Naar", "Schatting", "Marge", "Toelichting")
    rows = tuple(_move_row(snapshot, row) for row in moves)
    return Table(caption, columns, rows, frozenset({3, 4}), is_open=True)


def _move_row(snapshot: Snapshot, row: Movement) -> tuple[str, ...]:
    told = {ENTRY: "nieuw / van elders", EXIT: "gestopt / naar elders"}
    within = "binnen " if row.origin_code == row.destination_code else ""
    return (
        wording.block(row.block_start_date),
        told.get(row.origin_code, snapshot.name(row.origin_code)),
        within + told.get(row.destination_code, snapshot.name(row.destination_code)),
        wording.figure(row),
        ends(row),
        why(row),
    )


def _compare(made: _Site) -> bytes:
    snapshot = made.snapshot
    region = snapshot.name(snapshot.region)
    sections = compare_sections(snapshot, snapshot.members(snapshot.region), "regio", region)
    everyone = sorted(
        (a for a in snapshot.areas.values() if a.level_code == "municipality"), key=lambda a: a.area_name.casefold()
    )
    last = {a.area_code: row for a in everyone if (row := snapshot.last_week(a.area_code)) is not None}
    with_figure = [a for a in everyone if a.area_code in last and last[a.area_code].status_code == PUBLISHED]
    hidden = [
        a
        for a in everyone
        if a.area_code in last and last[a.area_code].status_code not in (PUBLISHED, "below_threshold")
    ]
    small = [
        a.area_name for a in everyone if a.area_code in last and last[a.area_code].status_code == "below_threshold"
    ]
    sections.append(
        Section(
            "alle",
            "Alle gemeenten met een cijfer",
            ("Kies een gemeente om de ontwikkeling te zien.",),
            None,
            (compare_table(snapshot, with_figure, "Gemeenten met een cijfer, laatste hele week"),),
        )
    )
    if hidden:
        table = compare_table(snapshot, hidden, "Gemeenten zonder cijfer, met de reden")
        sections.append(Section("geen-cijfer", "Gemeenten zonder cijfer", (), None, (table,)))
    if small:
        names = f"{wording.join(small)}."
        sections.append(Section("klein", "Gemeenten met minder dan 10 adverteerders", (names,)))
    lead = (
        "Vergelijk gemeenten alleen met hun marge erbij. Als twee marges overlappen, is het verschil niet aantoonbaar. "
        "Het aantal per 10.000 inwoners is het beschermde aantal gedeeld door het aantal inwoners."
    )
    return made.sections("vergelijken", "Vergelijken", lead, sections)


def _municipality(made: _Site, area: Area) -> bytes:
    snapshot = made.snapshot
    code = area.area_code
    sections = [volume_section(snapshot, "week", code, "week"), volume_section(snapshot, "block", code, "blok")]
    if snapshot.last_block() is not None:
        sections.append(share_section(snapshot, code, "aandeel"))
    people = f"{wording.number(area.population_count)} inwoners" if area.population_count else "inwoners onbekend"
    parent = snapshot.name(area.parent_code) if area.parent_code else ""
    lead = f"{area.area_name} ligt in {parent} en heeft {people}." if parent else f"{area.area_name}: {people}."
    return made.sections("gemeente", area.area_name, lead, sections, up="../")
