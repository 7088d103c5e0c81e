"""Words that stand for digits, and words that say what a number is, in eleven languages, folded."""

from dataclasses import dataclass
from functools import lru_cache

from nlp.folding import fold_word
from nlp.wordlists import DATA, languages_with, table

_CACHE_LIMIT = 200_000
_GLUE_SHORTEST, _GLUE_LONGEST = 6, 80


@dataclass(frozen=True, slots=True)
class NumberWord:
    """What a folded word may stand for; `digits` may be empty for a role word. `languages` is a bit set."""

    digits: str
    role: str
    languages: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All number words, and the words around numbers, of all languages together."""

    values: dict[str, NumberWord]
    roles: dict[str, frozenset[str]]
    unit: frozenset[str]
    contact: frozenset[str]


# A word may have a value and a role ("en" joins in Dutch); the roles that matter are kept apart from the values.
_VALUE_ROLES = frozenset({"digit", "pair", "tens"})


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Read the data files once.

    Raises:
        DataFileBroken: a file does not have its columns.
    """
    values: dict[str, NumberWord] = {}
    roles: dict[str, set[str]] = {}
    for index, code in enumerate(languages_with("number_words.csv")):
        for word, value, role in table(DATA / code / "number_words.csv", ("word", "value", "role")):
            folded = fold_word(word)
            if role not in _VALUE_ROLES:
                roles.setdefault(role, set()).add(folded)
                continue
            known = values.get(folded)
            if known is None:
                values[folded] = NumberWord(value, role, 1 << index)
            elif known.digits == value:
                values[folded] = NumberWord(value, known.role, known.languages | 1 << index)
    around: dict[str, set[str]] = {}
    for code in languages_with("number_context.csv"):
        for word, role in table(DATA / code / "number_context.csv", ("word", "role")):
            around.setdefault(role, set()).add(fold_word(word))
    return Vocabulary(
        values,
        {role: frozenset(members) for role, members in roles.items()},
        frozenset(around["unit"]),
        frozenset(around["contact"]),
    )


_glued: dict[str, NumberWord | None] = {}


def value_of(folded: str) -> NumberWord | None:
    """The digits a folded word stands for: a number word, or several of one language written as one ("nulzestwee")."""
    known = vocabulary().values.get(folded)
    if known is not None or len(folded) < _GLUE_SHORTEST:
        return known
    if folded not in _glued:
        if len(_glued) > _CACHE_LIMIT:
            _glued.clear()
        _glued[folded] = _split(folded)
    return _glued[folded]


def _split(folded: str) -> NumberWord | None:
    """Cut a word into number words of one language, longest first; None where it does not come out even."""
    if len(folded) > _GLUE_LONGEST or not folded.isalpha():
        return None
    values = vocabulary().values
    # best[i] = (digits, languages) of the part before i; reached left to right, so linear in the length.
    best: list[tuple[str, int] | None] = [("", -1)] + [None] * len(folded)
    for start in range(len(folded)):
        reached = best[start]
        if reached is None:
            continue
        for end in range(start + 2, min(len(folded), start + 20) + 1):
            word = values.get(folded[start:end])
            if word is None or not (shared := reached[1] & word.languages):
                continue
            there = best[end]
            if there is None or len(reached[0]) + len(word.digits) <= len(there[0]):
                best[end] = (reached[0] + word.digits, shared)
    whole = best[-1]
    return NumberWord(whole[0], "pair", whole[1]) if whole else None
