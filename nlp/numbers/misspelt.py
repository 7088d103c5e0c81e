"""Number words with a slip in them, "zess", "negn", "twntg", or that sound like one; believed only between numbers."""

import re
from collections.abc import Iterator
from functools import lru_cache

from nlp.lexicon import ballot
from nlp.numbers.atoms import Atom
from nlp.numbers.vocabulary import VALUE_ROLES, NumberWord, vocabulary

_SHORTEST = 3
_LONGEST = 18
_SOUND = str.maketrans("zvkqyjъ", "sfcciiа")  # letters that are taken for one another
_MOST_SLIPS = 4  # of the words of one number
_VOWELS = re.compile("[aeiou]")
_FEWEST_CONSONANTS = 3
_SPELLABLE = VALUE_ROLES - {"plural"}


def corrected(atoms: list[Atom]) -> list[Atom] | None:
    """Atoms with misspelt number words read; None where there are none, or too many to be slips."""
    result: list[Atom] = []
    slips = words = 0
    for atom in atoms:
        words += atom.kind in {"word", "digit"}
        meant = _meant(atom.raw) if _may_be_slip(atom) else None
        if meant is None:
            result.append(atom)
            continue
        slips += 1
        result.append(
            Atom(
                "word", meant.digits, atom.start, atom.end, meant.languages, meant.role, atom.gap, atom.newline,
                atom.raw, meant.apart,
            )
        )  # fmt: skip
    return result if 0 < slips <= min(_MOST_SLIPS, words) else None


def digits_of_slips(atoms: list[Atom]) -> int:
    """How many digits the misspelt number words among `atoms` stand for."""
    meant = [_meant(atom.raw) for atom in atoms if _may_be_slip(atom)]
    return sum(len(value.digits) for value in meant if value is not None)


def _may_be_slip(atom: Atom) -> bool:
    if atom.raw in vocabulary().sounds:
        return atom.kind in {"noise", "lookalike", "filler"}
    if atom.kind not in {"noise", "lookalike"} or atom.role or atom.raw in ballot().rows:
        return False
    return _SHORTEST <= len(atom.raw) <= _LONGEST


def _deletions(word: str) -> Iterator[str]:
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


@lru_cache(maxsize=1)
def _index() -> dict[str, set[str]]:
    """Number words by what is left of them when one letter is gone."""
    index: dict[str, set[str]] = {}
    for word, known in vocabulary().values.items():
        if len(word) < _SHORTEST or known.role not in _SPELLABLE or not word.isalpha():
            continue
        for left in (word, word.translate(_SOUND), *_deletions(word)):
            index.setdefault(left, set()).add(word)
    return index


@lru_cache(maxsize=1)
def _skeletons() -> dict[str, set[str]]:
    """Number words by their consonants: "twntg", "zvn"."""
    skeletons: dict[str, set[str]] = {}
    for word, known in vocabulary().values.items():
        if known.role in _SPELLABLE and word.isalpha() and len(bones := _consonants(word)) >= _FEWEST_CONSONANTS:
            skeletons.setdefault(bones, set()).add(word)
    return skeletons


def _consonants(word: str) -> str:
    return _VOWELS.sub("", word.translate(_SOUND))


@lru_cache(maxsize=8192)
def _meant(word: str) -> NumberWord | None:
    """The number word that `word` is one slip away from; None where there is none, or two that differ."""
    index, values = _index(), vocabulary().values
    if word in vocabulary().sounds:
        return vocabulary().sounds[word]
    near = {other for left in (word, word.translate(_SOUND), *_deletions(word)) for other in index.get(left, ())}
    meant = {other: values[other] for other in near if _is_slip(word, other)}
    heard = {other: value for other, value in meant.items() if other.translate(_SOUND) == word.translate(_SOUND)}
    meant = heard or meant
    if not meant:
        meant = {other: values[other] for other in _skeletons().get(_consonants(word), ()) if other[0] == word[0]}
    if not meant or len({value.digits for value in meant.values()}) > 1:
        return None
    languages = 0
    for value in meant.values():
        languages |= value.languages
    some = next(iter(meant.values()))
    return NumberWord(some.digits, some.role, languages, some.digits)


def _is_slip(written: str, meant: str) -> bool:
    """One letter too many, too few, changed or swapped with its neighbour; the first stays, or sounds the same."""
    if written.translate(_SOUND) == meant.translate(_SOUND):
        return True
    if written[0].translate(_SOUND) != meant[0].translate(_SOUND):
        return False
    if abs(len(written) - len(meant)) > 1 or max(len(written), len(meant)) <= _SHORTEST:
        return False
    if len(written) != len(meant):
        longer, shorter = (written, meant) if len(written) > len(meant) else (meant, written)
        return shorter in _deletions(longer)
    differing = [i for i, (a, b) in enumerate(zip(written, meant, strict=True)) if a != b]
    if len(differing) == 2:  # two letters swapped
        i, j = differing
        return j == i + 1 and written[i] == meant[j] and written[j] == meant[i]
    return len(differing) == 1
