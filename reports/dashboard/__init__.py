"""The dashboard for policy staff: a folder of static pages in Dutch that works from a file share.

Everything can be read without the script, which lets a reader choose a period or municipalities and take charts along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reports import pages, quality, wording
from reports.dashboard import compare_page, movement_page, policy_page, site
from reports.dashboard.level_section import level_section
from reports.dashboard.steps_section import steps_sections
from reports.digest.view import view
from reports.figures import KINDS, PUBLISHED, Area, Column, Snapshot
from reports.files import downloads
from reports.loading import load_columns, load_dashboard
from reports.sections import (
    Section,
    kind_section,
    share_section,
    share_trend_section,
    source_line,
)
from warehouse import db
from warehouse.areas import COUNTRY

STYLES = ("tokens", "base", "charts", "dashboard", "chooser")
SCRIPTS = ("view", "chooser", "charts")  # of pages with charts; the others have none
COMPARE_SCRIPTS = ("view", "compare", "chooser", "charts")
PAGES: tuple[tuple[str, str], ...] = (
    ("index", "Nu"),
    ("ontwikkeling", "Ontwikkeling"),
    ("soorten", "Soorten werk"),
    ("beweging", "Beweging"),
    ("vergelijken", "Vergelijken"),
    ("beleid", "Beleid"),
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

    def page(
        self, template: str, slug: str, title: str, *, up: str = "", scripts: Sequence[str] = (), **values: object
    ) -> bytes:
        """Make a page; `up` is the way back to the folder of the first page."""
        return pages.page(
            template,
            self.css,
            pages.script(*scripts),
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

    def sections(
        self, slug: str, title: str, lead: str, sections: Sequence[Section], *, up: str = "", can_choose: bool = False
    ) -> bytes:
        """Make a page of sections; with `can_choose` a reader can choose another municipality, and a period."""
        choices = (
            [(area.area_code, self.snapshot.name(area.area_code)) for area in self.municipalities] if can_choose else []
        )
        values = {"lead": lead, "sections": sections, "choices": choices, "has_period": can_choose}
        return self.page("sections", slug, title, up=up, scripts=SCRIPTS, **values)

    @property
    def municipalities(self) -> list[Area]:
        """Those with a figure for the last whole week, which have a page of their own, by name."""
        rows = ((area, self.snapshot.last_week(area.area_code)) for area in self.snapshot.areas.values())
        found = [
            area
            for area, row in rows
            if area.level_code == "municipality" and row is not None and row.status_code == PUBLISHED
        ]
        return sorted(found, key=lambda area: (self.snapshot.name(area.area_code).casefold(), area.area_code))


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
    files = downloads.make(snapshot, dictionary, notice=notice)
    content = {
        "index.html": made.page("now", "index", "Nu", scripts=SCRIPTS, view=view(snapshot), caveats=wording.CAVEATS),
        "ontwikkeling.html": _trend(made),
        "soorten.html": _kinds(made),
        "beweging.html": made.sections("beweging", "Beweging", movement_page.LEAD, movement_page.sections(snapshot)),
        "vergelijken.html": _compare(made),
        "kwaliteit.html": made.sections(
            "kwaliteit",
            "Kwaliteit",
            "Hoe goed konden we kijken, en zijn de cijfers goed beschermd?",
            quality.sections(snapshot),
        ),
        "beleid.html": made.sections("beleid", "Beleid", policy_page.LEAD, policy_page.sections(snapshot)),
        "methode.html": made.page(
            "method",
            "methode",
            "Methode",
            scripts=SCRIPTS,
            estimand=wording.ESTIMAND,
            sections=steps_sections(snapshot),
        ),
        "toegankelijkheid.html": made.page("accessibility", "toegankelijkheid", "Toegankelijkheid"),
        "downloads.html": made.page("downloads", "downloads", "Downloads", files=files, dictionary=dictionary),
        **{f"downloads/{item.name}": item.content for item in files},
        "downloads/datapackage.json": downloads.package(snapshot, files, notice=notice),
    }
    pages_of = {f"gemeenten/{area.area_code}.html": _municipality(made, area) for area in made.municipalities}
    return content | pages_of


def _trend(made: _Site) -> bytes:
    snapshot = made.snapshot
    codes = (snapshot.focus, snapshot.region)
    sections = [level_section(snapshot, "week", code, f"week-{number}") for number, code in enumerate(codes)]
    sections.append(level_section(snapshot, "block", COUNTRY, "land"))
    sections += [level_section(snapshot, "day", code, f"dag-{number}") for number, code in enumerate(codes)]
    lead = (
        "De streep is de marge van 95%, de stip de schatting. Gearceerd betekent: geen cijfer. "
        "Een verandering melden we pas als die groter is dan wat toeval meestal geeft."
    )
    return made.sections("ontwikkeling", "Ontwikkeling", lead, sections, can_choose=True)


def _kinds(made: _Site) -> bytes:
    snapshot = made.snapshot
    codes = (snapshot.focus, snapshot.region, "NL")
    sections = []
    for number, code in enumerate(codes):
        sections.append(share_section(snapshot, code, f"aandeel-{number}"))
        trend = [share_trend_section(snapshot, code, kind, f"{kind}-{number}") for kind in KINDS if code != COUNTRY]
        sections += [section for section in trend if section is not None]
    sections += [kind_section(snapshot, code, f"soort-{number}") for number, code in enumerate(codes[:2])]
    lead = (
        "Welk deel van de adverteerders werkt thuis, in een club of als escort? We tellen alleen adverteerders van wie "
        "de soort bekend is. De aandelen gaan over vier weken."
    )
    return made.sections("soorten", "Soorten werk", lead, sections, can_choose=True)


def _compare(made: _Site) -> bytes:
    snapshot = made.snapshot
    return made.page(
        "compare",
        "vergelijken",
        "Vergelijken",
        scripts=COMPARE_SCRIPTS,
        lead=compare_page.LEAD,
        sections=compare_page.sections(snapshot),
        has_period=True,
        choices=(),
        first=compare_page.first_pair(snapshot),
        data=compare_page.data(snapshot),
        source=source_line(snapshot),
    )


def _municipality(made: _Site, area: Area) -> bytes:
    snapshot = made.snapshot
    code = area.area_code
    sections = [level_section(snapshot, "week", code, "week"), level_section(snapshot, "block", code, "blok")]
    if snapshot.last_block() is not None:
        sections.append(share_section(snapshot, code, "aandeel"))
    people = f"{wording.number(area.population_count)} inwoners" if area.population_count else "inwoners onbekend"
    parent = snapshot.name(area.parent_code) if area.parent_code else ""
    lead = f"{area.area_name} ligt in {parent} en heeft {people}." if parent else f"{area.area_name}: {people}."
    return made.sections("gemeente", area.area_name, lead, sections, up="../", can_choose=True)
