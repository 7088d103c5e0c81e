"""The accountability pack: processing record (AVG art. 30), DPIA facts, algorithm register text, receipts, ledger.

What a reader's role cannot see (register of sources, keys, receipts) is handed over by the front door as `SystemFacts`;
what was not handed over is said to be missing, never made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reports import pages, quality, wording
from reports.figures import Snapshot
from reports.loading import load_dashboard
from reports.outbox import write_atomically
from reports.sections import Section, Table, source_line
from warehouse import db

TO_FILL_IN = "nog in te vullen door de organisatie"


@dataclass(frozen=True, slots=True)
class SourceFact:
    """An entry of the register of sources."""

    name: str
    owner: str
    group: str
    legal_ground: str
    dpia: str
    review_date: date | None
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A key: what it is for, its epoch, its state, and the day on which it is to be, or was, destroyed. Never its value."""

    domain: str
    epoch: str
    state: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ReceiptFact:
    """Receipts of one kind (load, purge, retention, key): how many, over which days, how many rows."""

    kind: str
    receipts: int
    first_day: date
    last_day: date
    rows: int


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Facts of the running system that are not in `release`; None where they were not handed over."""

    organisation: str = ""
    sources: tuple[SourceFact, ...] | None = None
    keys: tuple[KeyFact, ...] | None = None
    receipts: tuple[ReceiptFact, ...] | None = None
    objections: int | None = None


NO_FACTS = SystemFacts()

_KEY_STATES = {
    "present": "aanwezig",
    "in use": "in gebruik",
    "bridge": "vorige sleutel, nog een week nodig",
    "destroyed": "vernietigd",
    "wrong": "niet in orde",
}
_DOMAINS = {"spool": "opslag van pagina's", "pseudonym": "pseudoniemen", "record": "ruis op cijfers"}
_RECEIPTS = {
    "load": "dag van een bron geladen",
    "purge": "versleuteld bestand vernietigd",
    "retention": "bewaartermijnen toegepast",
    "key": "sleutel vernietigd",
}


def build(
    conn: db.Connection,
    out: Path,
    *,
    facts: SystemFacts = NO_FACTS,
    day: date | None = None,
    contact: str = "",
    notice: str = "",
) -> Path:
    """Write the accountability pack of a release (the last when `day` is None) to the file `out` and give its path.

    Raises:
        NothingReleased: there is no release (on that day).
        ReportNotWritten: the file cannot be written.
    """
    return write_atomically(out, render(load_dashboard(conn, day), facts, contact=contact, notice=notice))


def render(snapshot: Snapshot, facts: SystemFacts, *, contact: str = "", notice: str = "") -> bytes:
    """Make the accountability pack as one page."""
    made = pages.page(
        "report",
        pages.style(*quality.STYLES),
        title=f"Verantwoording {wording.day_plain(snapshot.day)}",
        lead=(
            "Wat dit systeem verwerkt, waarom, hoe lang en hoe het is beschermd. De feiten komen uit het systeem zelf. "
            "Wat alleen de organisatie weet, staat er als ‘nog in te vullen’."
        ),
        sections=[
            _record(snapshot, facts, contact),
            _dpia(),
            _algorithm(snapshot, facts),
            _sources(facts),
            _keys(facts),
            _receipts(facts),
            *quality.sections(snapshot)[2:],
        ],
        contact=contact,
        notice=notice,
        edition=source_line(snapshot).removeprefix("Bron: "),
    )
    return made.encode()


def _facts(ident: str, title: str, rows: Sequence[tuple[str, str]], *sentences: str) -> Section:
    return Section(ident, title, sentences, None, (Table(title, ("Onderdeel", "Inhoud"), tuple(rows), is_open=True),))


def _record(snapshot: Snapshot, facts: SystemFacts, contact: str) -> Section:
    sources = "niet meegegeven" if facts.sources is None else _names(facts.sources)
    return _facts(
        "register",
        "Register van verwerkingen (AVG artikel 30)",
        (
            ("Verwerkingsverantwoordelijke", facts.organisation or TO_FILL_IN),
            ("Contact", contact or TO_FILL_IN),
            ("Functionaris gegevensbescherming", TO_FILL_IN),
            ("Doel", "Statistiek: schatten hoeveel adverteerders van sekswerk er zijn, en hoe dat verandert."),
            ("Grondslag", ("Statistisch doel: AVG artikel 9 lid 2 onder j en artikel 89, UAVG artikel 24. "
                          "De organisatie toetst dit zelf in haar DPIA.")),
            ("Betrokkenen", "Mensen die openbaar adverteren."),
            ("Gegevens", ("Gemeente, taal van de advertentietekst, soort werk en pseudoniemen van telefoonnummer, "
                         "advertentienummer en tekst. Geen tekst, naam, foto, adres of nummer.")),
            ("Bronnen", sources),
            ("Ontvangers", "Analisten, handhaving en hulpverlening, en beleid: alleen beschermde cijfers."),
            ("Doorgifte buiten de EU", "Het systeem geeft niets door."),
            ("Bewaartermijn", ("Versleutelde pagina's ten hoogste 72 uur; rijen ten hoogste 26 weken; sleutels van "
                              "pseudoniemen 14 weken; beschermde cijfers blijven.")),
            ("Beveiliging", "Versleutelde opslag, sleutels buiten de database, een rol per taak, geen tekst in logboeken."),
            ("Laatste uitgave", f"{wording.day_long(snapshot.day)}, versie {snapshot.edition.version_number}"),
        ),
    )  # fmt: skip


def _dpia() -> Section:
    return _facts(
        "dpia",
        "Feiten voor de DPIA",
        (
            ("Bijzondere gegevens", "Ja: een bestand met alleen sekswerkers zegt iets over seksueel leven (AVG artikel 9)."),
            ("Pseudoniemen", ("HMAC-SHA-256 met een sleutel per periode van 13 weken, gemaakt in het geheugen. "
                             "Voor wie de sleutel heeft, blijven het persoonsgegevens.")),
            ("Koppelen over de tijd", ("Kan binnen een periode van 13 weken. De laatste vier weken gaan mee naar de volgende "
                                      "periode. Een week later zijn de oude sleutel en de koppeling vernietigd.")),
            ("Besluiten over personen", "Kunnen niet: niemand krijgt een rij, lijst, score of nummer te zien."),
            ("Kleinste uitkomst", "Een gemeente, ten minste 10 adverteerders in de cel én in de rest, afgerond op 5."),
            ("Bezwaar", "Kan zonder legitimatie: het nummer wordt direct een pseudoniem en alles eronder vervalt."),
            ("Grootste restrisico", ("Wie zowel de sleutels als de database heeft, kan een bekend nummer opzoeken. "
                                    "Houd beheer van beide gescheiden.")),
        ),
        "Deze feiten vervangen geen DPIA en geen advies van de functionaris gegevensbescherming.",
    )  # fmt: skip


def _algorithm(snapshot: Snapshot, facts: SystemFacts) -> Section:
    return _facts(
        "algoritmeregister",
        "Tekst voor het Algoritmeregister",
        (
            ("Naam", "Advertentiemonitor"),
            ("Organisatie", facts.organisation or TO_FILL_IN),
            ("Korte omschrijving", ("Schat uit openbare advertenties hoeveel adverteerders van sekswerk er zijn per "
                                   "gemeente, met een marge.")),
            ("Status", TO_FILL_IN),
            ("Doel en impact", "Cijfers voor beleid. Het algoritme neemt geen besluit en heeft geen gevolg voor één persoon."),
            ("Afwegingen", ("Zonder cijfers is beleid blind. Een opsporingslijst zou mensen schaden; daarom kan die niet "
                           "worden gemaakt.")),
            ("Menselijke tussenkomst", "Mensen lezen de cijfers en de marge. Er volgt niets vanzelf."),
            ("Risicobeheer", "Voor elke uitgave wordt geprobeerd de bescherming te breken. Lukt dat, dan vervalt de uitgave."),
            ("Wettelijke basis", "Zie het register van verwerkingen; de organisatie vult haar taak aan."),
            ("DPIA", TO_FILL_IN),
            ("Gegevens", "Openbare advertentiepagina's van de bronnen hieronder."),
            ("Methode", ("Vangst-hervangst over groepen bronnen (log-lineaire modellen, gemiddeld), met toeval van "
                        "vaste herkomst; beweging met een model van toestanden per week.")),
            ("Versie", f"Schatter {snapshot.edition.estimator_version}, regels {snapshot.edition.ruleset_version}"),
        ),
    )  # fmt: skip


def _sources(facts: SystemFacts) -> Section:
    title = "Register van bronnen"
    if facts.sources is None:
        return Section("bronregister", title, ("Het register van bronnen is niet meegegeven.",))
    rows = tuple(
        (
            item.name,
            item.owner,
            item.group,
            item.legal_ground,
            item.dpia,
            wording.day_plain(item.review_date) if item.review_date else "",
            "aan" if item.is_enabled else "uit",
        )
        for item in facts.sources
    )
    columns = ("Bron", "Eigenaar", "Groep", "Grondslag", "DPIA", "Opnieuw bekijken", "Staat")
    return Section("bronregister", title, (), None, (Table(title, columns, rows, is_open=True),))


def _keys(facts: SystemFacts) -> Section:
    title = "Sleutels"
    if facts.keys is None:
        return Section("sleutels", title, ("De stand van de sleutels is niet meegegeven.",))
    rows = tuple(
        (
            _DOMAINS.get(item.domain, item.domain),
            item.epoch or "geen",
            _KEY_STATES.get(item.state, item.state),
            wording.day_plain(item.until) if item.until else "",
        )
        for item in facts.keys
    )
    columns = ("Sleutel", "Periode", "Toestand", "Dag van vernietigen")
    return Section(
        "sleutels", title, ("Waarden staan hier nooit.",), None, (Table(title, columns, rows, is_open=True),)
    )


def _receipts(facts: SystemFacts) -> Section:
    title = "Bewijzen van laden en vernietigen"
    told = (
        ("Het aantal bezwaren is niet meegegeven.",)
        if facts.objections is None
        else (f"Bezwaren die gelden: {wording.number(facts.objections)}.",)
    )
    if facts.receipts is None:
        return Section("bewijzen", title, (*told, "De bewijzen zijn niet meegegeven."))
    rows = tuple(
        (
            _RECEIPTS.get(item.kind, item.kind),
            wording.number(item.receipts),
            wording.span(item.first_day, item.last_day),
            wording.number(item.rows),
        )
        for item in facts.receipts
    )
    columns = ("Soort", "Bewijzen", "Dagen", "Rijen")
    return Section("bewijzen", title, told, None, (Table(title, columns, rows, frozenset({1, 3}), is_open=True),))


def _names(sources: Sequence[SourceFact]) -> str:
    enabled = [item.name for item in sources if item.is_enabled]
    return wording.join(enabled) if enabled else "geen bron staat aan"
