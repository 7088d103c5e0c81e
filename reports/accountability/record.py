"""The processing record of AVG article 30(1), letter by letter, and the facts for a DPIA under the headings of the Dutch model."""

from collections.abc import Sequence

from reports import wording
from reports.accountability.facts import TO_FILL_IN, SourceFact, SystemFacts
from reports.figures import Snapshot
from reports.sections import Section, Table

_COLUMNS = ("Onderdeel", "Inhoud")


def record(snapshot: Snapshot, facts: SystemFacts, contact: str) -> Section:
    """Make the record: what AVG article 30, paragraph 1, asks under a to g."""
    sources = "niet meegegeven" if facts.sources is None else names(facts.sources)
    rows = (
        ("a. Verwerkingsverantwoordelijke", facts.organisation or TO_FILL_IN),
        ("a. Contact", contact or TO_FILL_IN),
        ("a. Gezamenlijke verantwoordelijken", TO_FILL_IN),
        ("a. Vertegenwoordiger buiten de EU", "Niet nodig voor een overheid in Nederland."),
        ("a. Functionaris gegevensbescherming", TO_FILL_IN),
        (
            "b. Doel",
            (
                "Statistiek voor beleid: schatten hoeveel adverteerders van sekswerk er zijn, en hoe dat verandert. Nooit een "
                "besluit over één persoon."
            ),
        ),
        (
            "b. Grondslag (niet verplicht in dit register)",
            "Statistisch doel: AVG artikel 9 lid 2 onder j en artikel 89, UAVG artikel 24. De organisatie toetst dit zelf.",
        ),
        ("c. Betrokkenen", "Mensen die openbaar adverteren."),
        (
            "c. Persoonsgegevens",
            (
                "Gemeente, taal van de advertentietekst, soort werk, dagen waarop een advertentie te zien was. En pseudoniemen "
                "van telefoonnummer, advertentienummer en tekst."
            ),
        ),
        (
            "c. Ontvangers van het dagbericht",
            (
                "Mailadressen van medewerkers die het dagbericht krijgen. Ze staan in de instellingen en in outbox/*.eml. In de "
                "lijst van verzonden mail staat per dagbericht en ontvanger alleen een controlegetal van het adres."
            ),
        ),
        ("c. Bijzondere gegevens", "Ja, over seksueel leven: het bestand gaat alleen over deze groep."),
        ("c. Wat niet wordt bewaard", "Tekst, naam, foto, adres, nummer, leeftijd, afkomst, prijs."),
        ("c. Bronnen", sources),
        (
            "d. Ontvangers",
            "Analisten, handhaving en hulpverlening, en beleid. Zij zien alleen beschermde cijfers.",
        ),
        ("d. Verwerkers", TO_FILL_IN),
        ("e. Doorgifte buiten de EU", "Het systeem geeft niets door. Waar de computer staat, vult de organisatie in."),
        (
            "f. Termijnen",
            (
                "Versleutelde pagina's 72 uur. Rijen 23 weken in tabellen, 26 weken in elke kopie. Sleutels van pseudoniemen 14 "
                "weken. Reservekopieën 14 dagen. Beschermde cijfers blijven. De lijst van verzonden mail 13 weken. Mail in outbox/*.eml, met "
                "adressen van ontvangers, heeft geen termijn. Zie Bewaren."
            ),
        ),
        (
            "g. Beveiliging",
            (
                "Versleutelde opslag. Sleutels buiten de database. Een rol per taak. Lezers zien alleen uitgegeven cijfers. Geen "
                "tekst of nummer in logboeken. Elke uitgave eerst zelf aangevallen."
            ),
        ),
        ("Laatste uitgave", f"{wording.day_long(snapshot.day)}, versie {snapshot.edition.version_number}"),
    )
    return Section(
        "register",
        "Register van verwerkingen (AVG artikel 30 lid 1)",
        ("De letters zijn die van de wet.",),
        None,
        (Table("Register van verwerkingen", _COLUMNS, rows, is_open=True),),
    )


def dpia(facts: SystemFacts) -> Section:
    """Give the facts that a DPIA needs, under the seventeen points of the Dutch government's model."""
    objections = "niet meegegeven" if facts.objections is None else wording.number(facts.objections)
    rows = (
        ("1. Voorstel", "Statistiek over adverteerders van sekswerk uit openbare advertenties."),
        ("2. Persoonsgegevens", "Zie het register onder c. Ook pseudoniemen blijven persoonsgegevens."),
        ("3. Verwerkingen", "Bekijken, lezen, koppelen, schatten, beschermen, uitgeven, vernietigen."),
        ("4. Doelen", "Alleen statistiek. Opsporen, handhaven op een persoon en ranglijsten kunnen niet."),
        ("5. Partijen", TO_FILL_IN),
        (
            "6. Belangen",
            f"Beleid wil weten wat er speelt. Adverteerders willen niet gevonden worden. Verder {TO_FILL_IN}.",
        ),
        ("7. Plaatsen", f"Eén installatie. De plaats is {TO_FILL_IN}."),
        (
            "8. Techniek",
            (
                "Pseudoniemen met HMAC-SHA-256, met een sleutel per periode van 13 weken, gemaakt in het geheugen. Geen "
                "zelflerend besluit en geen profiel van één persoon."
            ),
        ),
        ("9. Regels en beleid", f"AVG, UAVG en regels van de sites. Lokaal beleid is {TO_FILL_IN}."),
        ("10. Bewaren", "Zie Bewaren: termijnen naast wat er echt ligt."),
        ("11. Rechtsgrond", f"Zie het register onder b. De toets is {TO_FILL_IN}."),
        (
            "12. Bijzondere gegevens",
            (
                "AVG artikel 9. Alleen statistiek kan een uitzondering zijn. Die vervalt als een uitkomst voor één persoon "
                "gebruikt wordt."
            ),
        ),
        ("13. Doel en hergebruik", "Lezers krijgen alleen beschermde cijfers, dus ander gebruik van rijen kan niet."),
        (
            "14. Noodzaak en maat",
            (
                "Er wordt niet meer gelezen dan plaats, taal van de tekst, soort werk en een pseudoniem. De organisatie weegt of "
                "het doel dit waard is."
            ),
        ),
        (
            "15. Rechten van betrokkenen",
            (
                f"Bezwaar kan zonder legitimatie. Het nummer wordt direct een pseudoniem en alles eronder vervalt. Bezwaren die "
                f"nu gelden: {objections}."
            ),
        ),
        (
            "16. Risico's",
            (
                "Wie de sleutels én de database heeft, kan een bekend nummer opzoeken. Wie iemands hele week kent, kan een beetje "
                "zien of zij meetelt (zie Bescherming). Plaatsen met weinig mensen kunnen een stempel krijgen."
            ),
        ),
        (
            "17. Maatregelen",
            (
                "Grens van 10, ruis, afronden op 5, een grootboek, aanvallen vóór elke uitgave, vernietigen met bewijs. Houd het "
                "beheer van sleutels en database bij verschillende mensen."
            ),
        ),
    )
    return Section(
        "dpia",
        "Feiten voor de DPIA",
        (
            (
                "De punten zijn die van het model van de Rijksdienst. Deze feiten vervangen geen DPIA en geen advies van de "
                "functionaris gegevensbescherming."
            ),
        ),
        None,
        (Table("Feiten voor de DPIA", _COLUMNS, rows, is_open=True),),
    )


def names(sources: Sequence[SourceFact]) -> str:
    """Name the sources that are on."""
    enabled = [item.name for item in sources if item.is_enabled]
    return wording.join(enabled) if enabled else "geen bron staat aan"
