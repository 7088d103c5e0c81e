"""How likely a name is a place where it stands, by the kind of name and what one sees of it."""

from dataclasses import dataclass

from nlp.gazetteer import Entry

SMALL, LARGE = 5_000, 20_000  # inhabitants; names of small places are believed in fewer spellings
SHORT_NAME = 3  # letters; "Ede", "Oss", "Urk" in lower case are believed only after a preposition
_PLACED = frozenset({"in", "near", "around", "label", "between"})


@dataclass(frozen=True, slots=True)
class Sight:
    """What one sees of a name without knowing it.

    `surrounded`: introduced, followed by a province, or a hashtag. `located`: what follows is said of a place, as "bij"
    and another name. `set_off`: a stop follows. `continued`: a word follows that says nothing of places.
    """

    capital: bool
    shouted: bool
    opening: bool
    alone: bool
    listed: bool
    introduced: str
    surrounded: bool
    qualified: bool
    located: bool
    set_off: bool
    continued: bool


def belief(entry: Entry, length: int, sight: Sight, *, foreign: bool) -> float | None:
    """How likely the name of `length` characters is a place here; None where too little speaks for it."""
    if entry.ordinary in {"strong", "name"}:
        return _belief_in_word(sight)
    if entry.kind == "abroad":
        return _belief_abroad(sight)
    seen = sight.capital or sight.surrounded or sight.located
    if entry.ordinary == "weak":
        return _belief_in_half_word(sight, foreign=foreign) if seen or sight.listed else None
    if length <= SHORT_NAME:
        return (0.9 if sight.surrounded or not sight.shouted else 0.7) if seen else None
    if entry.kind == "district":
        return 0.9 if seen else None
    if not seen and entry.largest < SMALL:
        return None if foreign else 0.55  # "warten" is a village in Friesland and a German verb
    return 0.95


def _belief_abroad(sight: Sight) -> float | None:
    """A town far away, or a country: more often where one is from or dreams of than where one is."""
    if not sight.capital:
        return None
    if sight.introduced in {"in", "label", "around"} or sight.alone:
        return 0.8
    return (0.6 if sight.opening else 0.4) if sight.listed else None


def _belief_in_half_word(sight: Sight, *, foreign: bool) -> float | None:
    """A name that is a rare word, or one of another language."""
    if sight.surrounded or sight.located:
        return 0.9
    if sight.opening and not sight.alone:
        if foreign and not (sight.set_off or sight.listed):  # "Goes without saying"
            return None
        if sight.continued and not sight.listed:  # "Kampen met stress?"
            return 0.4
        return 0.8 if sight.set_off and sight.capital else 0.6
    return 0.85 if sight.capital else 0.6


def _belief_in_word(sight: Sight) -> float | None:
    """The same for a name that is a common word: only a capital where none is due, and a sign of place, count."""
    placed = sight.introduced in _PLACED or sight.qualified or sight.located
    if not sight.capital or not (placed or sight.alone or sight.listed):
        return None
    if sight.shouted and sight.introduced not in {"in", "label"} and not (sight.qualified or sight.located):
        return None
    if placed:
        return 0.85
    return 0.5 if sight.opening else 0.6
