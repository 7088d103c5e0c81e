"""The page on policy: what changed in the rules of municipalities, and what happened to the number of advertisers then."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from reports import charts, reasons, wording
from reports.dashboard import policy_words
from reports.dashboard.effect_chart import Effect, against_one, than
from reports.figures import PUBLISHED, Snapshot
from reports.sections import Section, Table, source_line
from warehouse.areas import COUNTRY
from warehouse.protection.rows import PolicyEffectFigure, PolicyEvent

LEAD: Final = (
    "Wat gebeurde er met het aantal adverteerders toen een gemeente haar regels veranderde? We vergelijken met gemeenten "
    "waar niets veranderde. Meestal is de uitkomst: geen aantoonbaar effect. Dat is iets anders dan: geen effect."
)
EVENTS_SHOWN: Final = 12  # the newest, told in full; more would make the page too large
OUTCOMES: Final = ("all", "home", "club", "escort")
_AXIS_NOTE: Final = (
    "De rechte lijn betekent: geen verschil met wat we verwachtten. De balk is de marge van 95%. Raakt de balk de lijn, dan "
    "is er geen aantoonbaar effect. Het grijze vlak: een effect dat zo klein is, vinden we meestal niet."
)
_HOW: Final[tuple[str, ...]] = (
    (
        "Geen aantoonbaar effect is de gewone uitkomst. Het betekent: het verschil is niet groter dan wat toeval geeft. Het "
        "beleid kan toch iets hebben gedaan."
    ),
    "Het cijfer zegt wat er in die tijd veranderde, niet waardoor. Sloot er in die tijd een club, dan zit dat ook in het cijfer.",
    "We tellen adverteerders. Wie minder adverteert, of op een andere plek, maar wel doorwerkt, lijkt hier weg.",
    (
        "Stopt bijna iedereen, dan is er daarna geen cijfer meer en kunnen we geen effect berekenen. Juist het sterkste effect is "
        "dan niet te meten. Kijk of er na de datum ‘minder dan 10’ staat."
    ),
    (
        "Thuis, club en escort meten we alleen in de hele regio: op elke 100 adverteerders van een andere soort. Een effect in één "
        "gemeente is daar maar voor een deel te zien."
    ),
)
_DRAWN: Final = "Aantal adverteerders na nieuw beleid: verschil met wat we verwachtten"
_Effects = Mapping[str, Mapping[str, PolicyEffectFigure]]


def sections(snapshot: Snapshot) -> list[Section]:
    """Make the page: all events with what was found, then each event that an effect is told of, then how to read it."""
    how = Section("lezen", "Hoe lees je dit?", _HOW)
    events = in_order(snapshot.events)
    if not events:
        return [
            Section("overzicht", "Nog geen gebeurtenissen", ("Er is nog geen verandering van beleid ingevoerd.",)),
            how,
        ]
    found = _newest(snapshot.effects)
    told = [event for event in events if event.event_code in found][-EVENTS_SHOWN:]
    single = [
        _event(snapshot, event, found[event.event_code], f"beleid-{number}") for number, event in enumerate(told, 1)
    ]
    return [_overview(snapshot, events, found), how, *single]


def in_order(events: Sequence[PolicyEvent]) -> list[PolicyEvent]:
    """Give events by date, those without a date last; a vaguer date comes before the days that it may be."""
    return sorted(events, key=lambda event: (event.event_date or date.max, event.event_code))


def _newest(effects: Sequence[PolicyEffectFigure]) -> _Effects:
    found: dict[str, dict[str, PolicyEffectFigure]] = {}
    for row in sorted(effects, key=lambda row: row.until_date):
        found.setdefault(row.event_code, {})[row.outcome_code] = row
    return found


def _overview(snapshot: Snapshot, events: Sequence[PolicyEvent], found: _Effects) -> Section:
    rows = [(event, found.get(event.event_code, {}).get("all")) for event in events]
    drawn = [
        _drawn(
            row,
            f"{snapshot.name(event.area_code)}, {_short(event)}",
            f"{snapshot.name(event.area_code)}, {policy_words.when(event)}",
        )
        for event, row in rows
        if row is not None
    ]
    title = "Alle veranderingen van beleid die wij kennen"
    table = tuple(
        (
            policy_words.when(event).capitalize(),
            snapshot.name(event.area_code),
            event.event_name,
            policy_words.DIRECTIONS.get(event.direction_code, policy_words.DIRECTIONS["other"]),
            _found(event, row),
            _margin_or_reason(row),
            event.source_name,
        )
        for event, row in rows
    )
    sentences = ["De volgorde is die van de datum."]
    if any(event.event_date is None for event in events):
        sentences.append(
            "Van sommige gebeurtenissen kennen we de datum niet. Die staan onderaan: daarvan kunnen we geen effect berekenen."
        )
    if len(found) > EVENTS_SHOWN:
        sentences.append(f"Over de nieuwste {EVENTS_SHOWN} met een effect staat hieronder meer.")
    columns = ("Datum", "Gemeente", "Wat er veranderde", "Strenger of ruimer", "Effect", "Marge of reden", "Bron")
    until = max((row.until_date for _, row in rows if row is not None), default=None)
    drawn_title = f"{_DRAWN}, {snapshot.name(COUNTRY)}" + (f", cijfers t/m {wording.day_plain(until)}" if until else "")
    chart = (
        charts.both("overzicht", lambda at, width: against_one(at, drawn_title, drawn, width=width)) if drawn else None
    )
    return Section(
        "overzicht",
        title,
        tuple(sentences),
        chart,
        (Table(title, columns, table, is_open=True),),
        source_line(snapshot) if drawn else "",
        (_AXIS_NOTE,) if drawn else (),
    )


def _short(event: PolicyEvent) -> str:
    return str(event.event_date.year) if event.event_date is not None else "onbekend"


def _found(event: PolicyEvent, row: PolicyEffectFigure | None) -> str:
    if row is not None:
        return policy_words.effect(row)
    return "nog niet berekend" if event.event_date is not None else "niet te berekenen zonder datum"


def _margin_or_reason(row: PolicyEffectFigure | None) -> str:
    if row is None:
        return ""
    return policy_words.margin(row) if row.status_code == PUBLISHED else reasons.reason(row.reason_code)


def _drawn(row: PolicyEffectFigure, label: str, name: str) -> Effect:
    return Effect(
        label,
        name,
        row.status_code,
        row.ratio_value,
        row.lower_ratio_value,
        row.upper_ratio_value,
        row.detectable_fall_value,
        row.detectable_rise_value,
        reasons.reason(row.reason_code),
    )


def _event(snapshot: Snapshot, event: PolicyEvent, found: Mapping[str, PolicyEffectFigure], ident: str) -> Section:
    rows = [found[code] for code in OUTCOMES if code in found]
    title = f"{snapshot.name(event.area_code)}, {policy_words.when(event)}: {event.event_name}"
    direction = policy_words.DIRECTIONS.get(event.direction_code, policy_words.DIRECTIONS["other"])
    sentences = [f"Strenger of ruimer: {direction}. Bron: {event.source_name}."]
    if "all" in found:
        sentences += policy_words.sentences(snapshot, found["all"])
    names = {row.outcome_code: policy_words.outcome(row, snapshot.name(row.area_code)) for row in rows}
    drawn = [
        _drawn(
            row,
            policy_words.EVERYBODY if row.outcome_code == "all" else names[row.outcome_code],
            names[row.outcome_code],
        )
        for row in rows
    ]
    until = wording.day_plain(max(row.until_date for row in rows))
    drawn_title = f"{title}. {_DRAWN}, cijfers t/m {until}"
    columns = (
        "Wat",
        "Effect",
        "Verschil",
        "Marge",
        "Adverteerders",
        "Verplaatsing",
        "Kleinste effect dat te vinden was",
        "Proeven",
        "Vergeleken met",
        "Toelichting",
    )
    table = tuple(_row(row, names[row.outcome_code]) for row in rows)
    return Section(
        ident,
        title,
        tuple(sentences),
        charts.both(ident, lambda at, width: against_one(at, drawn_title, drawn, width=width)),
        (Table(f"Cijfers bij: {title}", columns, table),),
        source_line(snapshot),
        (_AXIS_NOTE,),
    )


def _row(row: PolicyEffectFigure, name: str) -> tuple[str, ...]:
    is_shown = row.status_code == PUBLISHED and row.ratio_value is not None
    placebos = policy_words.placebos(row)
    return (
        name,
        policy_words.effect(row),
        than(row.ratio_value) if is_shown and row.ratio_value is not None else "",
        policy_words.margin(row) if is_shown else "",
        policy_words.people(row.change_count, row.lower_change_count, row.upper_change_count),
        policy_words.verdict(row),
        policy_words.detectable(row),
        f"{placebos} even ver af" if placebos else "",
        wording.counted(row.comparator_count, "gebied", "gebieden") if row.comparator_count else "",
        "" if is_shown else reasons.reason(row.reason_code),
    )
