"""The quality report of a release under the headings of the European Statistical System, from what was released.

Headings: ESS standard for quality reports (ESQRS 2.0, of the ESS handbook for quality and metadata reports, 2020). Every
figure is of the release itself; what was measured once stands apart, with its command and month (`quality_benchmarks`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from markupsafe import Markup

from reports import pages, reasons, wording
from reports.banner import banner
from reports.figures import PUBLISHED, Snapshot
from reports.loading import load_dashboard
from reports.outbox import write_atomically
from reports.quality import benchmarks, calibration, cells, coherence, proof, sources, time
from reports.sections import Section, Table, ends, source_line
from warehouse import db

STYLES = ("tokens", "base", "charts", "dashboard")
HEADINGS: tuple[tuple[str, str, str], ...] = (
    ("contact", "Contact", "contact"),
    ("inhoud-cijfers", "Wat de cijfers zijn", "statistical presentation"),
    ("verwerking", "Hoe de cijfers worden gemaakt", "statistical processing"),
    ("kwaliteitszorg", "Kwaliteitszorg", "quality management"),
    ("relevantie", "Relevantie", "relevance"),
    ("nauwkeurigheid", "Nauwkeurigheid en betrouwbaarheid", "accuracy and reliability"),
    ("actualiteit", "Actualiteit en stiptheid", "timeliness and punctuality"),
    ("samenhang-vergelijkbaarheid", "Samenhang en vergelijkbaarheid", "coherence and comparability"),
    ("toegankelijkheid", "Toegankelijkheid en duidelijkheid", "accessibility and clarity"),
    ("kosten", "Kosten en belasting", "cost and burden"),
    ("vertrouwelijkheid", "Vertrouwelijkheid", "confidentiality"),
    ("opmerkingen", "Opmerkingen", "comment"),
)


def build(conn: db.Connection, out: Path, *, day: date | None = None, contact: str = "", notice: str = "") -> Path:
    """Write the quality report of a release (the last when `day` is None) to the file `out` and give its path.

    Raises:
        NothingReleased: there is no release (on that day).
        ReportNotWritten: the file cannot be written.
    """
    return write_atomically(out, render(load_dashboard(conn, day), contact=contact, notice=notice))


def render(snapshot: Snapshot, *, contact: str = "", notice: str = "") -> bytes:
    """Make the quality report as one page. The same snapshot always gives the same bytes."""
    made = pages.page(
        "report",
        pages.style(*STYLES),
        title=f"Kwaliteitsrapport {wording.day_plain(snapshot.day)}",
        lead=(
            "Hoe goed zijn de cijfers van deze uitgave? De getallen in dit rapport komen uit de uitgave zelf. De indeling is "
            "die van het Europees Statistisch Systeem."
        ),
        sections=chapters(snapshot, contact),
        contact=contact,
        notice=notice,
        edition=source_line(snapshot).removeprefix("Bron: "),
    )
    return made.encode()


def sections(snapshot: Snapshot) -> list[Section]:
    """Make the dashboard's page on quality: completeness, revisions, calibration, attacks, ledger."""
    told = banner(snapshot)
    return [
        Section("vandaag", told.title, told.lines),
        sources.sources_section(snapshot),
        time.revisions(snapshot),
        calibration.calibration(snapshot),
        proof.attacks_section(snapshot),
        proof.ledger_section(snapshot.editions),
    ]


def chapters(snapshot: Snapshot, contact: str = "") -> list[Section]:
    """Make the chapters in the order of `HEADINGS`, each with the parts that belong to it."""
    parts: dict[str, tuple[Sequence[str], Sequence[Table], Sequence[Section]]] = {
        "contact": (_contact(contact), (), ()),
        "inhoud-cijfers": (_PRESENTATION, (), ()),
        "verwerking": (_PROCESSING, _made(snapshot), (sources.sources_section(snapshot),)),
        "kwaliteitszorg": (_MANAGEMENT, (), (calibration.calibration(snapshot), benchmarks.section())),
        "relevantie": (_relevance(snapshot), (), ()),
        "nauwkeurigheid": _accuracy(snapshot),
        "actualiteit": (time.timeliness(snapshot), (), (time.revisions(snapshot),)),
        "samenhang-vergelijkbaarheid": (
            ("Eerst: passen de cijfers bij elkaar? Daarna: zijn ze door de tijd en tussen plaatsen te vergelijken?",),
            (),
            (coherence.section(snapshot), time.comparability(snapshot)),
        ),
        "toegankelijkheid": (_ACCESS, (), ()),
        "kosten": (_COST, (), ()),
        "vertrouwelijkheid": (
            _CONFIDENTIALITY,
            (),
            (proof.attacks_section(snapshot), proof.ledger_section(snapshot.editions)),
        ),
        "opmerkingen": (_COMMENT, (), ()),
    }
    made = []
    for number, (ident, title, english) in enumerate(HEADINGS, start=1):
        sentences, tables, below = parts[ident]
        named = Markup('{}. {} <small lang="en">({})</small>').format(number, title, english)
        made.append(Section(ident, named, tuple(sentences), None, tuple(table for table in tables if table.rows)))
        made += [replace(part, title=f"{number}.{place} {part.title}") for place, part in enumerate(below, start=1)]
    return made


def _contact(contact: str) -> tuple[str, ...]:
    asked = f"Vragen over deze cijfers: {contact}." if contact else "Er is geen contactadres ingesteld."
    return (asked, "De organisatie die de cijfers uitgeeft, is verantwoordelijk voor dit rapport.")


def _made(snapshot: Snapshot) -> tuple[Table, ...]:
    table = calibration.made(snapshot)
    if table.rows:
        return (table,)
    missing = (("Hoe de cijfers zijn gemaakt", "niet vastgelegd bij deze uitgave"),)
    return (Table(table.caption, table.columns, missing, is_open=True),)


def _relevance(snapshot: Snapshot) -> tuple[str, ...]:
    held = {
        "aandelen per soort": snapshot.shares,
        "beweging": snapshot.movements,
        "verblijf": snapshot.stays,
        "de telling van advertentie naar adverteerder": snapshot.steps,
        "effecten van beleid": snapshot.effects,
        "meldingen": snapshot.alerts,
    }
    missing = [name for name, rows in held.items() if not rows]
    return (
        (
            "De cijfers zijn voor analisten, voor handhaving en hulpverlening, en voor beleid. Beleid wil weten hoeveel er is, of "
            "dat verschuift, en wat nieuwe regels deden."
        ),
        "Of gebruikers tevreden zijn, is niet gemeten.",
        f"In deze uitgave ontbreken nog: {wording.join(missing)}."
        if missing
        else "Alle soorten cijfers staan in deze uitgave.",
        "Over wie nergens online adverteert, zeggen de cijfers niets. Ze zeggen ook niets over vergunningen, dwang of overlast.",
    )


def _accuracy(snapshot: Snapshot) -> tuple[Sequence[str], Sequence[Table], Sequence[Section]]:
    told = [
        (
            "Elke schatting heeft een marge van 95%. Dekking is het deel van de adverteerders dat we naar schatting echt hebben "
            "gezien. De halve breedte is de halve marge, als deel van de schatting."
        ),
        "Ligt het begin van een marge onder de 10, dan rekenen we in deze tabellen met 0. Kleine cijfers lijken zo onzekerder.",
        (
            "De marge kent drie dingen niet: bronnen die steeds dezelfde adverteerders missen, mensen die op geen bron kunnen "
            "staan, en fouten die alle bronnen samen maken."
        ),
    ]
    tables = [
        _areas(snapshot),
        cells.widths(snapshot),
        cells.statuses(snapshot),
        cells.coverage(snapshot),
        cells.warnings(snapshot),
        cells.steps(snapshot),
    ]
    if not snapshot.volumes:
        told.append(
            "In deze uitgave staat nog geen enkel aantal. Er valt dus nog niets te zeggen over de nauwkeurigheid."
        )
    return told, tables, ()


def _areas(snapshot: Snapshot) -> Table:
    rows = []
    for code in (snapshot.focus, snapshot.region, "NL"):
        last = snapshot.last_week(code)
        if last is not None:
            width = cells.half_width(last)
            rows.append(
                (
                    snapshot.name(code),
                    wording.figure(last),
                    ends(last) if last.status_code == PUBLISHED else reasons.reason(last.reason_code),
                    f"± {wording.percent(width)}" if width is not None else "",
                    wording.percent(last.coverage_share) if last.coverage_share is not None else "",
                    str(last.source_group_count),
                    wording.percent(last.completeness_share),
                )
            )
    columns = ("Gebied", "Schatting", "Marge of reden", "Halve breedte", "Dekking", "Groepen bronnen", "Volledigheid")
    return Table("Laatste hele week", columns, tuple(rows), frozenset(range(1, 7)), is_open=True)


_PRESENTATION = (
    f"De cijfers schatten het aantal {wording.ESTIMAND}. Dat doen we per gemeente, regio, provincie en voor Nederland.",
    "Er zijn cijfers per dag, per week en per vier weken. De kleinste plaats is een gemeente.",
    (
        "Soorten werk zijn thuis, club en escort. Cijfers over taal gaan over de taal van de advertentietekst. Ze zijn er alleen "
        "voor regio's, per vier weken, en staan niet in dit rapport."
    ),
    "Met sommige cijfers gaat het om beweging: hoeveel verplaatsingen er zijn van het ene gebied naar het andere.",
)
_PROCESSING = (
    (
        "Elke nacht bekijken we openbare pagina's met advertenties. We lezen alleen de gemeente, de taal van de tekst, de soort "
        "werk en of een nummer eerder is gezien."
    ),
    (
        "Advertenties die bij elkaar horen, tellen één keer. Uit de overlap tussen bronnen schatten we wie we niet zagen. Daarvoor "
        "gebruiken we veel modellen tegelijk."
    ),
    (
        "Daarna gaat elk cijfer door één poort. Die zorgt voor bescherming en afronding. Met dezelfde gegevens en hetzelfde "
        "startgetal komen er precies dezelfde cijfers uit."
    ),
)
_MANAGEMENT = (
    (
        "De kwaliteit wordt op vier manieren bewaakt: elke nacht per bron, elke week op de eigen gegevens, met controles door "
        "mensen, en met proeven op verzonnen markten."
    ),
)
_ACCESS = (
    (
        "De cijfers staan in het dagbericht, op het dashboard, in bestanden voor een rekenblad en in de database voor analisten. "
        "Bij elke grafiek hoort een tabel."
    ),
    (
        "Alles is in gewoon Nederlands. Elke kolom van de database is beschreven. De methode en de beperkingen staan op het "
        "dashboard."
    ),
)
_COST = (
    (
        "Niemand hoeft iets in te vullen: er is geen vragenlijst en geen aanlevering. De belasting voor burgers en bedrijven is "
        "dus nul."
    ),
    (
        "Sites worden alleen 's nachts bekeken, met pauzes, en alleen als de site dat toestaat. Wat de statistiek kost, is niet "
        "gemeten."
    ),
)
_CONFIDENTIALITY = (
    (
        "Cijfers gaan nooit over één persoon of adres. Zien of schatten we minder dan 10 adverteerders, dan staat er een woord en "
        "geen getal. Voor één dag is de grens 20."
    ),
    (
        "Elk cijfer krijgt een kleine toevallige afwijking en wordt afgerond op 5. Een cijfer dat een ander cijfer zou verraden, "
        "wordt afgeschermd."
    ),
)
_COMMENT = (
    "Alle cijfers in dit rapport zijn beschermd, net als de cijfers zelf. Ze zijn daardoor niet tot op één precies.",
    "Zijn een datum, een getal of een tabel niet bekend, dan staat dat er. Er is niets ingevuld op de gok.",
)
