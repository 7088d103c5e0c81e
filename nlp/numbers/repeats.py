"""Digits told to be repeated: "dubbel vier", "drie keer nul", "twee maal de vijf", "drie nullen", "dos veces cero"."""

from dataclasses import replace

from nlp.numbers.atoms import Atom
from nlp.numbers.vocabulary import TIMES, vocabulary

_FEWEST, _MOST = "2", "6"  # a digit is repeated that many times
_LONGEST_UNIT = 2  # digits that are repeated together: "twee keer twintig"
_SIGNS = frozenset({*TIMES, "times", "plural"})


def is_told(atoms: list[Atom]) -> bool:
    """Whether one of `atoms` says that something is repeated."""
    return any(atom.kind in _SIGNS or atom.role == "plural" for atom in atoms)


def repeated(atoms: list[Atom]) -> list[Atom]:
    """Write out what is told to be repeated; what cannot be written out stays as it is."""
    result: list[Atom] = []
    index = 0
    while index < len(atoms):
        taken, whole = _repeat(atoms, index)
        if whole is None:
            result.append(atoms[index])
            index += 1
        else:
            result.append(whole)
            index += taken
    return result


def _repeat(atoms: list[Atom], index: int) -> tuple[int, Atom | None]:
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
    if at + 1 < len(atoms) and _is_article(atoms[at]) and _is_unit(atoms[at + 1]):
        at += 1
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
    return (int(atom.digits), -1) if atoms[at + 1].role == "plural" and atom.role != "plural" else (0, 0)


def _is_article(atom: Atom) -> bool:
    return atom.raw in vocabulary().roles["article"]


def _is_unit(atom: Atom) -> bool:
    known = atom.kind in {"digit", "word"} or (atom.kind == "lookalike" and len(atom.digits) == 1)
    return known and 1 <= len(atom.digits) <= _LONGEST_UNIT


def _written(first: Atom, unit: Atom, count: int) -> Atom:
    digits = unit.digits * count
    return replace(
        unit, digits=digits, apart=digits, start=first.start, role="row", gap=first.gap, newline=first.newline
    )
