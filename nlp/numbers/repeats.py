"""Digits told to be repeated: "dubbel vier", "drie keer nul", "twee maal de vijf", "drie nullen", "dos veces cero"."""

from dataclasses import replace

from nlp.numbers.atoms import Atom
from nlp.numbers.vocabulary import TIMES, vocabulary

_FEWEST, _MOST = "2", "6"  # a digit is repeated that many times
_LONGEST_UNIT = 2  # digits that are repeated together: "twee keer twintig"
_OF = "de"
_SIGNS = frozenset({*TIMES, "times", "plural"})


def is_told(atoms: list[Atom]) -> bool:
    """Whether one of `atoms` says that something is repeated."""
    before = ""
    for atom in atoms:
        if atom.kind in _SIGNS or atom.role == "plural" or (before == "word" and atom.raw == _OF):
            return True
        before = atom.kind
    return False


def has_one_as_article(atoms: list[Atom]) -> bool:
    """Whether a "one" after a count may be an article: "vier keer een 4"."""
    return any(atoms[at - 1].kind == "times" and _is_one(atoms, at) for at in range(1, len(atoms) - 1))


def repeated(atoms: list[Atom], *, one_is_article: bool = False) -> list[Atom]:
    """Write out what is told to be repeated; what cannot be written out stays as it is.

    Args:
        atoms: of a region.
        one_is_article: "vier keer een 4" is 4444 and not 1111 and a 4.
    """
    result: list[Atom] = []
    index = 0
    while index < len(atoms):
        taken, whole = _repeat(atoms, index, one_is_article=one_is_article)
        if whole is None:
            result.append(atoms[index])
            index += 1
        else:
            result.append(whole)
            index += taken
    return result


def _repeat(atoms: list[Atom], index: int, *, one_is_article: bool) -> tuple[int, Atom | None]:
    """How many atoms from `index` on tell one repeated digit, and the atom that they become."""
    first = atoms[index]
    at = index
    if _is_article(first):  # "de două ori zero"
        at += 1
    if at >= len(atoms):
        return 0, None
    count, taken = _count(atoms, at)
    if not count:
        return 0, None
    if taken < 0:  # "drie nullen": the count and the digit are all there is
        unit = atoms[at + 1]
        return at + 2 - index, _written(first, unit, count)
    at += taken
    if at + 1 < len(atoms) and _is_unit(atoms[at + 1]):
        at += _is_article(atoms[at]) or (one_is_article and _is_one(atoms, at))
    if at >= len(atoms) or not _is_unit(atoms[at]):
        return 0, None
    return at + 1 - index, _written(first, atoms[at], count)


def _count(atoms: list[Atom], at: int) -> tuple[int, int]:
    """How often something is repeated, and the atoms that say so; -1 atoms where the next is a digit in the plural."""
    atom = atoms[at]
    if atom.kind in TIMES:
        return TIMES[atom.kind], 1
    if atom.kind not in {"digit", "word"} or not (len(atom.digits) == 1 and _FEWEST <= atom.digits <= _MOST):
        return 0, 0
    if at + 1 >= len(atoms) or atoms[at + 1].gap > 2:
        return 0, 0
    if atoms[at + 1].kind == "times":
        return int(atom.digits), 2
    if atoms[at + 1].role == "plural" and atom.role != "plural":
        return int(atom.digits), -1
    following = atoms[at + 2] if at + 2 < len(atoms) else None  # "trei de zero"
    if atoms[at + 1].raw != _OF or following is None or atom.kind != "word" or not _is_unit(following):
        return 0, 0
    counts = at + 3 < len(atoms) and atoms[at + 3].kind == "times"  # "doi, de trei ori zero"
    return (0, 0) if counts else (int(atom.digits), 2)


def _is_article(atom: Atom) -> bool:
    return atom.raw in vocabulary().roles["article"]


def _is_one(atoms: list[Atom], at: int) -> bool:
    """Whether the atom is a "one" with a unit at once behind it that is not itself a count."""
    atom, following = atoms[at], atoms[at + 1]
    if atom.kind != "word" or atom.digits != "1" or following.gap > 1 or not _is_unit(following):
        return False
    return at + 2 >= len(atoms) or atoms[at + 2].kind != "times"


def _is_unit(atom: Atom) -> bool:
    known = atom.kind in {"digit", "word"} or (atom.kind == "lookalike" and len(atom.digits) == 1)
    return known and 1 <= len(atom.digits) <= _LONGEST_UNIT


def _written(first: Atom, unit: Atom, count: int) -> Atom:
    digits = unit.digits * count
    return replace(
        unit, digits=digits, apart=digits, start=first.start, role="row", gap=first.gap, newline=first.newline
    )
