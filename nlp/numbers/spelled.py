"""Number words with their letters apart: "n.u.l z.e.s", "N U L Z E S", "t-w-e-e"."""

from collections.abc import Sequence

from nlp.lexicon import LETTER, OPENING, SEED
from nlp.numbers.atoms import Atom
from nlp.numbers.regions import Mark
from nlp.numbers.vocabulary import value_of

_FEWEST_LETTERS = 8  # letters in a row, each apart: a word or two of them are an abbreviation
_WIDEST_STEP = 4  # characters from one letter to the next


def with_spelled(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The marks, with long rows of single letters made seeds."""
    # A row of eight holds one of every eighth mark.
    if not any([mark[2] & LETTER for mark in marks[_FEWEST_LETTERS - 1 :: _FEWEST_LETTERS]]):  # noqa: C419 (faster)
        return marks
    result: list[Mark] = []
    row: list[Mark] = []
    for mark in marks:
        if row and (not mark[2] & LETTER or mark[0] - row[-1][1] > _WIDEST_STEP):
            result += _promoted(row)
            row = []
        if mark[2] & LETTER:
            row.append(mark)
        else:
            result.append(mark)
    return result + _promoted(row)


def _promoted(row: list[Mark]) -> list[Mark]:
    if len(row) < _FEWEST_LETTERS:
        return row
    return [(start, end, bits | SEED | OPENING) for start, end, bits in row]


def joined(atoms: list[Atom]) -> list[Atom]:
    """Atoms, with rows of single letters that spell number words made one word each."""
    result: list[Atom] = []
    row: list[Atom] = []
    for atom in atoms:
        single = len(atom.raw) == 1 and atom.raw.isalpha()
        if row and not (single and atom.gap <= _WIDEST_STEP):
            result += _word(row)
            row = []
        if single:
            row.append(atom)
        else:
            result.append(atom)
    return result + _word(row)


def _word(row: list[Atom]) -> list[Atom]:
    value = value_of("".join(atom.raw for atom in row)) if len(row) >= 3 else None
    if value is None:
        return row
    first = row[0]
    return [
        Atom(
            "word", value.digits, first.start, row[-1].end, value.languages, value.role, first.gap, first.newline,
            "", value.apart,
        )
    ]  # fmt: skip
