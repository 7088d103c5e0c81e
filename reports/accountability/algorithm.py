"""The entry for the Dutch register of algorithms: fields and limits of its publication standard, version 1.0.

Source: schema v1_0 of github.com/MinBZK/Algoritmeregister. A value that only the organisation knows is null in the file (an
invented one could be published by accident) and "nog in te vullen" on the page. `lars` is given out by the register itself.
"""

import json
from dataclasses import dataclass

from reports.accountability.facts import TO_FILL_IN, SystemFacts
from reports.sections import Section, Table

VERSION = "1.0"
Value = str | list[dict[str, str]] | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the standard: its name and title there, the most characters it may have, and our value."""

    name: str
    title: str
    most: int | None
    value: Value
    hint: str = ""


def fields(facts: SystemFacts, contact: str) -> tuple[Field, ...]:
    """Fill in the fields, in the order of the standard."""
    return (
        Field("name", "Naam", 100, "Adverteerders schatten met Advertentiemonitor"),
        Field(
            "description_short",
            "Korte omschrijving",
            350,
            "Dit algoritme schat uit openbare advertenties hoeveel adverteerders van sekswerk er in een gemeente zijn. Bij elk "
            "cijfer staat een marge. Het algoritme zegt niets over één persoon of adres.",
        ),
        Field("organization", "Organisatie", 100, facts.organisation or None),
        Field("category", "Thema", None, None, "ten hoogste drie; voorstel: Zorg en gezondheid"),
        Field("status", "Status", None, None, "In ontwikkeling, In gebruik of Buiten gebruik"),
        Field("begin_date", "Begindatum", 7, None, "bijvoorbeeld 2026-11"),
        Field("end_date", "Einddatum", 7, None, "leeg zolang het in gebruik is"),
        Field("contact_email", "Contactgegevens", 500, contact or None),
        Field("website", "Link naar publiekspagina", 500, None),
        Field("publication_category", "Publicatiecategorie", None, None, "voorstel: Impactvolle algoritmes"),
        Field("url", "Link naar bronregistratie", 500, None),
        Field(
            "goal",
            "Doel en impact",
            2500,
            "Het doel is weten hoeveel adverteerders er zijn, of dat verandert, en hoe vaak zij van gebied wisselen. "
            "Gemeenten gebruiken de cijfers voor beleid. Het algoritme neemt geen besluit. Burgers en bedrijven merken er "
            "alleen iets van als een gemeente haar beleid verandert.",
        ),
        Field(
            "proportionality",
            "Afwegingen",
            2500,
            "Zonder cijfers is beleid blind. Een lijst van mensen zou hen schaden. Daarom is het programma zo gemaakt dat zo'n "
            "lijst niet kan. Het leest alleen plaats, taal van de tekst, soort werk en een pseudoniem van het nummer. Nadelen "
            "blijven: het gaat om gevoelige gegevens, en de cijfers hebben een ruime marge. Andere manieren zijn tellen met de "
            "hand, een enquête of niets doen.",
        ),
        Field(
            "human_intervention",
            "Menselijke tussenkomst",
            2500,
            "Mensen lezen de cijfers met de marge. Er volgt niets vanzelf. Elke week controleert het programma zichzelf. Mensen "
            "kunnen een steekproef controleren, en dan worden de cijfers daarop aangepast.",
        ),
        Field(
            "risks",
            "Risicobeheer",
            2500,
            "Risico: iemand is in een cijfer te herkennen. Daarom zijn kleine cijfers een woord, krijgt elk cijfer ruis en "
            "wordt elke uitgave eerst zelf aangevallen. Lukt een aanval, dan gaat de uitgave niet door. Risico: een cijfer "
            "wordt verkeerd gelezen. Daarom staat overal de marge. Risico: sleutels lekken. Daarom worden ze na 14 weken "
            "vernietigd. Risico: een groep krijgt een stempel. Daarom zijn er geen scores en geen ranglijsten.",
        ),
        Field(
            "lawful_basis",
            "Wettelijke basis",
            2500,
            "Statistiek: AVG artikel 9 lid 2 onder j en artikel 89, en UAVG artikel 24. De organisatie noemt zelf de taak "
            "waarvoor zij de statistiek maakt.",
        ),
        Field(
            "lawful_basis_grouping",
            "Verwijzingen wettelijke basis",
            None,
            [
                {
                    "title": "Algemene verordening gegevensbescherming",
                    "link": "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
                },
                {"title": "Uitvoeringswet AVG", "link": "https://wetten.overheid.nl/BWBR0040940"},
            ],
        ),
        Field("process_index_url", "Link naar verwerkingsregister", 500, None),
        Field("impacttoetsen_grouping", "Impacttoetsen", None, None, "naam en link van de DPIA, eventueel een IAMA"),
        Field("impacttoetsen", "Toelichting op impacttoetsen", 2500, None, "alleen als een toets niet is gedaan"),
        Field(
            "source_data",
            "Gegevens",
            2500,
            "Openbare advertentiepagina's van bronnen die in het register van bronnen staan. Daaruit: gemeente, taal van de "
            "advertentietekst, soort werk en pseudoniemen van telefoonnummer, advertentienummer en tekst. Geen naam, foto, "
            "adres, leeftijd of afkomst. Ook: inwoners en ligging van gemeenten.",
        ),
        Field("source_data_grouping", "Verwijzingen gegevensbronnen", None, None),
        Field(
            "methods_and_models",
            "Technische werking",
            5000,
            "Invoer: welke advertenties op welke dag te zien waren, met hoe volledig er is gekeken. Werking: advertenties die "
            "bij elkaar horen, tellen één keer. Uit de overlap tussen groepen bronnen schat het programma wie niet is gezien "
            "(vangst-hervangst, een gemiddelde van log-lineaire modellen). Beweging volgt uit een model van plaatsen per week. "
            "Uitvoer: aantallen met een marge van 95%, beschermd met ruis en afgerond op 5. Het algoritme is niet zelflerend. "
            "Met dezelfde invoer komt er hetzelfde uit.",
        ),
        Field("provider", "Leverancier", 200, None, "bij eigen ontwikkeling: Intern ontwikkeld"),
        Field("publiccode", "Link naar broncode", 500, None),
        Field("lang", "Taal", None, "nld"),
        Field("standard_version", "Versie publicatiestandaard", None, VERSION),
        Field("source_id", "Bron-ID", 100, "advertentiemonitor"),
        Field("tags", "Zoektermen", 2500, "statistiek, schatting, sekswerk, advertenties, gemeente, privacy"),
    )


def as_json(made: tuple[Field, ...]) -> bytes:
    """Write the entry for a program, under the names of the standard."""
    held = {field.name: field.value for field in made}
    return (json.dumps(held, ensure_ascii=False, indent=2) + "\n").encode()


def section(made: tuple[Field, ...]) -> Section:
    """Show the entry, with the name of each field in the standard."""
    rows = tuple((field.title, field.name, _shown(field)) for field in made)
    return Section(
        "algoritmeregister",
        "Tekst voor het Algoritmeregister",
        (
            (
                f"De velden zijn die van de publicatiestandaard, versie {VERSION}. Dezelfde tekst staat in algoritmeregister.json. "
                "Wat alleen de organisatie weet, is in dat bestand leeg."
            ),
        ),
        None,
        (Table("Velden van het Algoritmeregister", ("Veld", "Naam in de standaard", "Inhoud"), rows, is_open=True),),
    )


def _shown(field: Field) -> str:
    if field.value is None:
        return f"{TO_FILL_IN} ({field.hint})" if field.hint else TO_FILL_IN
    if isinstance(field.value, str):
        return field.value
    return "; ".join(f"{item['title']}: {item['link']}" for item in field.value)
