"""The readings of a row of atoms worth trying: as it stands, summed, with look-alikes as digits, with letters dropped."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from nlp.lexicon import ballot
from nlp.numbers import misspelt
from nlp.numbers.atoms import ANY_LANGUAGE, LONGEST_GAP, SYMBOL, Atom
from nlp.numbers.regions import FEWEST_DIGITS
from nlp.numbers.repeats import has_one_as_article, is_told, repeated
from nlp.numbers.sums import scaled, summed, thousands_summed
from nlp.numbers.vocabulary import vocabulary

_NOISE_LETTERS = 2  # longer words between digits are text, or an ornament where they come back
_ORNAMENT_LETTERS = 10
_FEWEST_ORNAMENTS = 3
_MOST_ORNAMENTS = 2  # different ones
_MOST_SKIPPED = 3  # words in a row
_UNREAD = frozenset({"noise", "lookalike", "word", "filler", "times", "double", "triple"})

_LARGE = frozenset({"hundred", "thousand"})

Run = list[Atom]


def suppositions(atoms: list[Atom]) -> Iterable[list[Run]]:
    """The readings worth trying, plainest first, each a list of runs of joined atoms."""
    kinds = {atom.kind for atom in atoms}
    words = "word" in kinds
    told = repeated(atoms) if is_told(atoms) else atoms
    if told is not atoms and has_one_as_article(atoms):
        yield from _spoken(repeated(atoms, one_is_article=True))
    if not words:
        yield _runs(told, lookalike=False)
        if told is not atoms:
            yield _runs(atoms, lookalike=False)
    else:
        yield from _spoken(told)
    if "lookalike" in kinds or words:
        yield _runs(told, lookalike=True)
        if words and "lookalike" in kinds:
            yield _runs(summed(told), lookalike=True)
    if (words or "noise" in kinds) and (read := misspelt.corrected(atoms)) is not None:
        yield from _spoken(repeated(read))
    if kinds & _UNREAD:
        yield _runs(atoms, lookalike=False, noise=True)
        bare = _ornaments_dropped(told)
        if bare:
            yield [run for run in _runs(summed(bare), lookalike=False) if _opens_mobile(run)]


def _spoken(told: list[Atom]) -> Iterable[list[Run]]:
    """Number words added up, side by side, added up to thousands, and in several languages at once."""
    words = [atom for atom in told if atom.kind == "word"]
    first = summed(told)
    yield _runs(first, lookalike=False)
    if len(first) != len(told) or any(atom.apart != atom.digits for atom in words):
        large = any(atom.role in _LARGE for atom in words)
        if large:
            yield _runs(summed(told, hundreds=False), lookalike=False)
        ends = {atom.end for atom in first}
        yield _runs([_inside(atom) if atom.end not in ends else atom for atom in scaled(told)], lookalike=False)
        if large:
            yield _runs(thousands_summed(told), lookalike=False)
    shared = ANY_LANGUAGE
    for atom in words:
        shared &= atom.languages
    if not shared:
        mixed = [replace(atom, languages=ANY_LANGUAGE) if atom.kind == "word" else atom for atom in told]
        yield _runs(summed(mixed, languages=False), lookalike=False)
        yield _runs(scaled(mixed), lookalike=False)


def _inside(atom: Atom) -> Atom:
    """The atom as part of a number word, at which a telephone number does not end."""
    return replace(atom, inside=True)


class _Runs:
    """Collects atoms that may be read on; a run that holds too few digits is dropped."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.run: Run = []
        self.gap, self.newline, self.skipped, self.count = 0, False, 0, 0
        self.noisy = False

    def read(self, atom: Atom) -> None:
        """Add an atom; one too far from the last begins a new run."""
        if self.run and (self.gap > LONGEST_GAP or self.skipped > _MOST_SKIPPED):
            self.end(keep_gap=True)
        if self.gap != atom.gap or self.newline != atom.newline or self.skipped:
            atom = replace(atom, gap=self.gap, newline=self.newline, noisy=self.noisy)
        self.run.append(atom)
        self.count += len(atom.digits)
        self.gap, self.newline, self.skipped, self.noisy = 0, False, 0, False

    def skip(self, atom: Atom) -> None:
        """Pass over an atom that may stand between digits."""
        if atom.raw != SYMBOL:
            self.skipped += 1
            self.noisy = self.noisy or atom.kind != "filler"
        self.gap += 1

    def end(self, *, keep_gap: bool = False) -> None:
        """Close the run."""
        if self.count >= FEWEST_DIGITS:
            self.runs.append(self.run)
        self.run, self.count = [], 0
        if not keep_gap:
            self.gap, self.newline, self.skipped, self.noisy = 0, False, 0, False


_READ = frozenset({"digit", "plus"})


def _runs(atoms: list[Atom], *, lookalike: bool, noise: bool = False) -> list[Run]:
    """Split into runs of atoms that may be read on and hold digits enough; skipped atoms leave a gap in a run."""
    reads = _READ | ({"lookalike"} if lookalike else set()) | (set() if noise else {"word"})
    runs = _Runs()
    for atom in atoms:
        runs.gap += atom.gap
        runs.newline = runs.newline or atom.newline
        if atom.kind in reads:
            runs.read(atom)
        elif _is_noise(atom) if noise else _is_filler(atom):
            runs.skip(atom)
        else:
            runs.end()
    runs.end()
    return [_noisy(run) for run in runs.runs] if noise else runs.runs


def _is_filler(atom: Atom) -> bool:
    """Whether an atom may stand between digits without ending the run."""
    return atom.kind == "filler" or (atom.kind == "lookalike" and (atom.raw == SYMBOL or atom.role != ""))


def _is_noise(atom: Atom) -> bool:
    """Whether an atom may be a letter or two put between digits to hide them."""
    if atom.kind not in _UNREAD:
        return False
    raw = atom.raw
    return len(raw) == 1 or raw == SYMBOL or (len(raw) <= _NOISE_LETTERS and not _is_text(raw))


def _is_text(raw: str) -> bool:
    """Whether a word does a job in a sentence, or measures something."""
    known = vocabulary()
    return raw in ballot().rows or raw in known.unit or raw in known.contact


def _ornaments_dropped(atoms: list[Atom]) -> list[Atom]:
    """Atoms without the one or two words that come back between the digits: "06 roos 20 roos 00 roos"."""
    count = Counter(atom.raw for atom in atoms if atom.kind in {"noise", "lookalike"} and atom.raw != SYMBOL)
    ornaments = {
        raw for raw, times in count.most_common(_MOST_ORNAMENTS) if times >= 2 and len(raw) <= _ORNAMENT_LETTERS
    }
    ornaments = {raw for raw in ornaments if raw not in ballot().rows and raw not in vocabulary().unit}
    if sum(count[raw] for raw in ornaments) < _FEWEST_ORNAMENTS:
        return []
    return [
        replace(atom, kind="filler") if atom.kind in {"noise", "lookalike"} and atom.raw in ornaments else atom
        for atom in atoms
    ]


def _opens_mobile(run: Run) -> bool:
    digits = "".join(atom.digits for atom in run[:4])
    return run[0].kind == "plus" or digits.startswith(("06", "00", "01"))


def _noisy(run: Run) -> Run:
    """A run read through noise starts with 06 or a plus: anything looser would read prices and hours as numbers."""
    for index, atom in enumerate(run):
        following = run[index + 1].digits[:1] if index + 1 < len(run) else ""
        if atom.kind == "plus" or atom.digits.startswith(("06", "00", "01")) or atom.digits + following == "06":
            return run[max(0, index - 1) :]  # what stands before it may still forbid it
    return []
