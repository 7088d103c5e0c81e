"""Number words with their letters apart: "n.u.l z.e.s", "N U L Z E S", "t-w-e-e"."""

from collections.abc import Sequence

from nlp.folding import fold_word
from nlp.lexicon import LETTER, OPENING, SEED
from nlp.numbers.atoms import SYMBOL, Atom
from nlp.numbers.regions import Mark
from nlp.numbers.vocabulary import value_of, vocabulary

_FEWEST_LETTERS = 8  # letters in a row, each apart: a word or two of them are an abbreviation
_FEWEST_OF_WORDS = 6  # where they spell number words
_SHORTEST_PART = 2
_HYPHENS = "-\u2010\u2011\u2013"
_WIDEST_STEP = 4  # characters from one letter to the next


def with_spelled(text: str, marks: Sequence[Mark]) -> Sequence[Mark]:
    """The marks, with long rows of single letters made seeds."""
    # A row of six holds one of every sixth mark, and a letter on either side of it or two on one.
    for nth, mark in enumerate(marks[_FEWEST_OF_WORDS - 1 :: _FEWEST_OF_WORDS], 1):
        if mark[2] & LETTER and _in_row(marks, _FEWEST_OF_WORDS * nth - 1):
            break
    else:
        return marks
    result: list[Mark] = []
    row: list[Mark] = []
    for mark in marks:
        if row and (not mark[2] & LETTER or mark[0] - row[-1][1] > _WIDEST_STEP):
            result += _promoted(text, row)
            row = []
        if mark[2] & LETTER:
            row.append(mark)
        else:
            result.append(mark)
    return result + _promoted(text, row)


def _in_row(marks: Sequence[Mark], at: int) -> bool:
    """Whether the letter at `at` is one of three in a row."""
    before, after = marks[at - 1][2] & LETTER, at + 1 < len(marks) and marks[at + 1][2] & LETTER
    if before and after:
        return True
    if before:
        return marks[at - 2][2] & LETTER != 0
    return bool(after) and at + 2 < len(marks) and marks[at + 2][2] & LETTER != 0


def _promoted(text: str, row: list[Mark]) -> list[Mark]:
    if len(row) < _FEWEST_OF_WORDS:
        return row
    if len(row) < _FEWEST_LETTERS and value_of(fold_word("".join(text[start:end] for start, end, _ in row))) is None:
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


def compounded(text: str, atoms: list[Atom]) -> list[Atom]:
    """Atoms, with the two parts of one number word made one: "acht-tien", "twin tig"."""
    values = vocabulary().values
    cuts: list[int] = []  # where a second part stands
    before = ""
    for at, atom in enumerate(atoms):
        raw = atom.raw
        if before and raw and atom.gap == 1 and before + raw in values and _is_cut(text, atoms[at - 1], atom):
            cuts.append(at)
            before = ""
        else:
            before = raw
    for at in reversed(cuts):
        first, second = atoms[at - 1], atoms[at]
        whole = first.raw + second.raw
        value = values[whole]
        atoms[at - 1 : at + 1] = [
            Atom(
                "word", value.digits, first.start, second.end, value.languages, value.role, first.gap, first.newline,
                whole, value.apart,
            )
        ]  # fmt: skip
    return atoms


def _is_cut(text: str, first: Atom, second: Atom) -> bool:
    """Whether two atoms are parts of one word; two number words with a space between stay two: "zes tien"."""
    if vocabulary().values[first.raw + second.raw].role == "plural":  # "vier-en-twintig"
        return False
    if len(first.raw) < _SHORTEST_PART or len(second.raw) < _SHORTEST_PART or SYMBOL in {first.raw, second.raw}:
        return False
    return text[second.start - 1] in _HYPHENS or not (_is_known(first) and _is_known(second))


def _is_known(atom: Atom) -> bool:
    return atom.kind == "word" or atom.role != ""
