"""Whose numbering plan wrote a number with a trunk zero: the Dutch, or one that the language and the writing point to."""

from dataclasses import dataclass

from nlp.numbers.atoms import ANY_LANGUAGE, Atom
from nlp.numbers.numbering import Number, national, romanian, swiss
from nlp.numbers.vocabulary import spoken_codes

_FEWEST_PAIRS = 3
_ROMANIAN_GROUPS, _SWISS_GROUPS = [4, 3, 3], [3, 3, 2, 2]
_BELGIAN_WORDS = ("belg", "gsm", "sms", "mobiel")
_COUNTRY_REACH = 40  # characters on both sides in which Belgium may be named


@dataclass(frozen=True, slots=True)
class Where:
    """The text that holds a number, its language, and the countries of the places it names."""

    text: str
    language: str | None
    countries: frozenset[str]


def home_number(digits: str, atoms: list[Atom], where: Where) -> Number | None:
    """The number that digits with a trunk zero stand for, by the plan that the text and the writing point to."""
    groups = [len(atom.digits) for atom in atoms]
    first = groups[0]
    if groups == _ROMANIAN_GROUPS and where.language != "nl" and (number := romanian(digits)):
        return number
    if _looks_swiss(atoms, groups, where) and (number := swiss(digits)):
        return number
    french = where.language == "fr" and digits[1] in "67" and _looks_french(groups, where)
    belgian = not french and digits[1] == "4" and _looks_belgian(atoms, groups, where)
    number = national(digits, where.language, belgian=belgian, french=french, first_group=first)
    spoken = spoken_language(atoms) if number is None else None
    return national(digits, spoken, first_group=first) if spoken else number


def spoken_language(atoms: list[Atom]) -> str | None:
    """The language of number words, where they are of one alone."""
    shared = ANY_LANGUAGE
    for atom in atoms:
        shared &= atom.languages
    return spoken_codes()[shared.bit_length() - 1] if shared > 0 and shared & (shared - 1) == 0 else None


def _in_pairs(groups: list[int]) -> bool:
    """Whether ten digits stand in five pairs; "zero six" is one too."""
    pairs: list[int] = []
    alone = False
    for count in groups:
        if count == 1 and alone:
            pairs[-1] = 2
        else:
            pairs.append(count)
        alone = count == 1 and not alone
    return pairs == [2] * 5 and groups.count(2) >= _FEWEST_PAIRS


def _looks_french(groups: list[int], where: Where) -> bool:
    """The French write a number in five pairs; a French text from the Netherlands gives a Dutch number."""
    countries = where.countries
    return "NL" not in countries and (_in_pairs(groups) or "FR" in countries)


def _looks_swiss(atoms: list[Atom], groups: list[int], where: Where) -> bool:
    """Whether a German text writes a mobile in the Swiss way, or spells it out."""
    if where.language not in {"de", None}:
        return False
    spoken = any(atom.kind == "word" for atom in atoms) and spoken_language(atoms) == "de"
    return spoken or (where.language == "de" and groups == _SWISS_GROUPS)


def _looks_belgian(atoms: list[Atom], groups: list[int], where: Where) -> bool:
    """04xx/12.34.56 and 04xx 12 34 56 are how Belgians write a mobile; so do words near it, and a French text.

    Who spells a number out, or calls it a GSM, gives a mobile: the Dutch numbers with these digits are none.
    """
    between = where.text[atoms[0].end : atoms[0].end + 1]
    near = where.text[max(0, atoms[0].start - _COUNTRY_REACH) : atoms[-1].end + _COUNTRY_REACH].lower()
    if any(word in near for word in _BELGIAN_WORDS) or any(atom.kind == "word" for atom in atoms):
        return True
    return where.language == "fr" or (groups == [4, 2, 2, 2] and between in "/ .")
