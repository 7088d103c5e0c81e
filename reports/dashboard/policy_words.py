"""What is said of an event of policy and of its effect, in plain Dutch. Nothing here says that one came from the other."""

from typing import Final

from babel.dates import format_date

from reports import reasons, wording
from reports.dashboard.effect_chart import SAME, between, than
from reports.figures import PUBLISHED, Snapshot
from warehouse.protection.rows import PolicyEffectFigure, PolicyEvent

DIRECTIONS: Final[dict[str, str]] = {
    "tightened": "strenger",
    "relaxed": "ruimer",
    "other": "geen van beide, of niet bekend",
}
EFFECTS: Final[dict[str, str]] = {
    "no_demonstrable_effect": "geen aantoonbaar effect",
    "lower": "aantoonbaar lager",
    "higher": "aantoonbaar hoger",
}
VERDICTS: Final[dict[str, str]] = {
    "decline": "afname, niet alleen verplaatsing",
    "growth": "groei, niet alleen verplaatsing",
    "displacement": "verplaatsing",
    "both": "verplaatsing en iets anders",
    "cannot_tell": "niet te zeggen of er verplaatsing was",
}
_VERDICT_SENTENCES: Final[dict[str, str]] = {
    "decline": (
        "Er waren minder adverteerders. Dat zij allemaal naar {near} gingen, is niet aannemelijk. "
        "Dat een deel dat deed, is niet aangetoond."
    ),
    "growth": (
        "Er waren meer adverteerders. Dat zij allemaal uit {near} kwamen, is niet aannemelijk. "
        "Dat een deel daarvandaan kwam, is niet aangetoond."
    ),
    "displacement": (
        "Er was verplaatsing: dat niemand van of naar {near} ging, is niet aannemelijk. "
        "Of er in totaal meer of minder adverteerders waren, is niet te zeggen."
    ),
    "both": "Er was verplaatsing van of naar {near}, maar dat is niet alles: een deel kwam er echt bij of ging echt weg.",
    "cannot_tell": "Of adverteerders van of naar buurgemeenten gingen, is niet te zeggen.",
}
EVERYBODY: Final = "Alle adverteerders"
_KINDS: Final[dict[str, str]] = {"home": "Thuis", "club": "Club", "escort": "Escort"}
_NOT_COUNTED: Final = "Duitsland en kleine gemeenten zonder eigen cijfer tellen niet mee."


def when(event: PolicyEvent) -> str:
    """Write the date of an event, as far as it is known."""
    if event.event_date is None:
        return "datum onbekend"
    if event.precision_code == "year":
        return str(event.event_date.year)
    if event.precision_code == "month":
        return format_date(event.event_date, "MMMM y", locale=wording.LOCALE)
    return wording.day_plain(event.event_date)


def outcome(row: PolicyEffectFigure, area: str) -> str:
    """Name what an effect is of, in an area with this name.

    Of a kind of work that is a region, which a chart has to say too; of all advertisers it is the municipality of the event.
    """
    return f"{_KINDS.get(row.outcome_code, EVERYBODY)}, {area}"


def effect(row: PolicyEffectFigure) -> str:
    """Say in two or three words what was found."""
    if row.status_code != PUBLISHED:
        return wording.status(row.status_code)
    return EFFECTS.get(row.effect_code, wording.status(""))


def verdict(row: PolicyEffectFigure) -> str:
    """Say in a few words whether it was displacement; nothing of an effect that is not shown, or of a kind of work."""
    return VERDICTS.get(row.verdict_code, "") if row.status_code == PUBLISHED else ""


def margin(row: PolicyEffectFigure) -> str:
    """Write the interval of the ratio."""
    if row.lower_ratio_value is None or row.upper_ratio_value is None:
        return ""
    return between(row.lower_ratio_value, row.upper_ratio_value)


def detectable(row: PolicyEffectFigure) -> str:
    """Say the smallest effects that could have been found."""
    ends = [than(end) for end in (row.detectable_fall_value, row.detectable_rise_value) if end is not None]
    return " of ".join(ends)


def people(count: int | None, lower: int | None, upper: int | None) -> str:
    """Say a change in advertisers with its interval; under ten it is no number. Nothing where there is no interval.

    >>> people(-25, -40, -10)
    '25 adverteerders minder (marge 40 minder tot 10 minder)'
    >>> people(None, -10, 15)
    'minder dan 10 adverteerders verschil (marge 10 minder tot 15 meer)'
    """
    if lower is None or upper is None:
        return ""
    point = "minder dan 10 adverteerders verschil" if count is None else _more(count, " adverteerders")
    return f"{point} (marge {_more(lower)} tot {_more(upper)})"


def _more(count: int, what: str = "") -> str:
    return f"{wording.number(abs(count))}{what} {'minder' if count < 0 else 'meer'}" if count else SAME


def sentences(snapshot: Snapshot, row: PolicyEffectFigure) -> list[str]:
    """Say the effect on all advertisers of a municipality, in full sentences."""
    until = f"We gebruikten cijfers tot en met {wording.day_plain(row.until_date)}."
    if row.status_code != PUBLISHED or row.ratio_value is None:
        return [f"Er is geen cijfer over het effect: {reasons.reason(row.reason_code)}."]
    name = snapshot.name(row.area_code)
    said = margin(row)
    found = f"Het aantal adverteerders in {name} lag {said} dan zonder deze verandering verwacht. {until}"
    if said in ("", SAME):
        found = f"Het aantal adverteerders in {name} was gelijk aan wat we zonder deze verandering verwachtten. {until}"
    told = [f"{effect(row).capitalize()}. {found}"]
    if row.effect_code == "no_demonstrable_effect":
        told.append(
            "Dat betekent niet dat er geen effect was. Het verschil is te klein om van toeval te onderscheiden."
        )
    elif change := people(row.change_count, row.lower_change_count, row.upper_change_count):
        told.append(f"Naar schatting: {change}.")
    if found_at_least := detectable(row):
        told.append(
            f"Het kleinste effect dat we hier konden vinden: {found_at_least}. Een kleiner effect vinden we meestal niet."
        )
    if row.effect_code in ("lower", "higher"):
        told += _displacement(snapshot, row)
    return [*told, *_checks(row)]


def _displacement(snapshot: Snapshot, row: PolicyEffectFigure) -> list[str]:
    names = wording.join([snapshot.name(code) for code in row.neighbour_codes])
    near = f"de buurgemeenten met een eigen cijfer ({names})" if names else "de buurgemeenten"
    told = [_VERDICT_SENTENCES.get(row.verdict_code, _VERDICT_SENTENCES["cannot_tell"]).format_map({"near": near})]
    ends = (row.neighbour_change_count, row.lower_neighbour_change_count, row.upper_neighbour_change_count)
    if change := people(*ends):
        told.append(f"De buurgemeenten samen: {change}. {_NOT_COUNTED}")
    if row.displaced_value is not None:
        told.append(_displaced(row.displaced_value))
    return told


def _displaced(share: float) -> str:
    """Say which part of the change the neighbours mirror; it is a quotient of two estimates, and can be any number."""
    if share <= 0:
        return "De buurgemeenten veranderden niet de andere kant op."
    return f"De buurgemeenten veranderden de andere kant op, met {wording.percent(share)} van de verandering hier."


def _checks(row: PolicyEffectFigure) -> list[str]:
    told = (
        f"We vergeleken met {wording.counted(row.comparator_count, 'gemeente', 'gemeenten')}, over "
        f"{wording.counted(row.before_count, 'week', 'weken')} ervoor en "
        f"{wording.counted(row.after_count, 'week', 'weken')} erna."
    )
    if row.placebo_count:
        told += f" {placebos(row).capitalize()} even ver af."
    return [told]


def placebos(row: PolicyEffectFigure) -> str:
    """Say how many tries without any change of policy were as far out."""
    if not row.placebo_count:
        return ""
    tries = wording.counted(row.placebo_count, "proef", "proeven")
    differed = "week" if row.beyond_count == 1 else "weken"
    return f"van {tries} zonder nieuw beleid {differed} er {wording.number(row.beyond_count)}"
