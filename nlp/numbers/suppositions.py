"""The readings of a row of atoms worth trying: as it stands, summed, with look-alikes as digits, with letters dropped."""

from collections.abc import Iterable
from dataclasses import replace

from nlp.numbers.atoms import LONGEST_GAP, SYMBOL, Atom
from nlp.numbers.regions import FEWEST_DIGITS

_NOISE_LETTERS = 4  # longer words between digits are text
_MOST_SKIPPED = 3  # words in a row


def suppositions(atoms: list[Atom]) -> Iterable[list[list[Atom]]]:
    """The readings worth trying, plainest first, each a list of runs of joined atoms."""
    kinds = {atom.kind for atom in atoms}
    words = "word" in kinds
    yield _runs(_merged(atoms) if words else atoms, lookalike=False, noise=False)
    if words:
        yield _runs(_doubled(atoms), lookalike=False, noise=False)
    if "lookalike" in kinds or words:
        yield _runs(atoms, lookalike=True, noise=False)
    if kinds & {"lookalike", "noise", "word", "filler"}:
        yield _runs(atoms, lookalike=False, noise=True)


def _doubled(atoms: list[Atom]) -> list[Atom]:
    """Apply "double" and "triple" to the single digit that follows."""
    result: list[Atom] = []
    times = 1
    for atom in atoms:
        if atom.kind in {"double", "triple"}:
            times = 2 if atom.kind == "double" else 3
            result.append(atom)
            continue
        if times > 1 and atom.kind in {"digit", "word"} and len(atom.digits) == 1:
            told = result.pop()
            atom = replace(  # noqa: PLW2901 (the doubled digit takes the place of both)
                atom, digits=atom.digits * times, start=told.start, role="pair", gap=told.gap, newline=told.newline
            )
        times = 1
        result.append(atom)
    return result


def _merged(atoms: list[Atom]) -> list[Atom]:
    """Add units to tens ("thirty four", "treinta y cuatro", "vier en dertig", "soixante dix")."""
    result: list[Atom] = []
    for atom in _doubled(atoms):
        joined = _sum(result, atom)
        if joined is None:
            result.append(atom)
        else:
            taken, whole = joined
            del result[-taken:]
            result.append(whole)
    return result


def _sum(before: list[Atom], atom: Atom) -> tuple[int, Atom] | None:
    """The atom made of `atom` and the one or two before it, with how many it replaces; None where they do not add up."""
    if atom.kind != "word" or not before or atom.gap > 2:
        return None
    linked = len(before) > 1 and before[-1].role == "join"
    first = before[-2] if linked else before[-1]
    if first.kind != "word" or not (shared := first.languages & atom.languages):
        return None
    taken = 2 if linked else 1
    one, two = int(first.digits), int(atom.digits)
    value = _total(first, one, atom, two, linked=linked)
    if value is None:
        return None
    role = "tens" if value == 80 and two == 20 else "pair"
    return taken, Atom("word", str(value), first.start, atom.end, shared, role, first.gap, first.newline, raw=first.raw)


def _total(first: Atom, one: int, atom: Atom, two: int, *, linked: bool) -> int | None:
    """What two number words mean together; None where they stand side by side."""
    if atom.role == "digit" and two > 0:
        if first.role == "tens" or (one == 10 and first.raw == "dix" and two >= 7):
            return one + two
    elif atom.role == "pair" and 10 <= two <= 19:
        if first.role == "tens" and one in {60, 80} and atom.raw[:1] in "doqts":
            return one + two  # soixante-douze, quatre-vingt-douze
    elif atom.role == "tens":
        if one == 4 and two == 20 and first.raw.startswith("quatre"):
            return 80
        if linked and first.role == "digit" and one > 0:
            return one + two  # vier en dertig, vier und dreissig
    return None


class _Runs:
    """Collects atoms that may be read on; a run that holds too few digits is dropped."""

    def __init__(self) -> None:
        self.runs: list[list[Atom]] = []
        self.run: list[Atom] = []
        self.gap, self.newline, self.skipped, self.count = 0, False, 0, 0

    def read(self, atom: Atom) -> None:
        """Add an atom; one too far from the last begins a new run."""
        if self.run and (self.gap > LONGEST_GAP or self.skipped > _MOST_SKIPPED):
            self.end(keep_gap=True)
        if self.gap != atom.gap or self.newline != atom.newline or self.skipped:
            atom = replace(atom, gap=self.gap, newline=self.newline)
        self.run.append(atom)
        self.count += len(atom.digits)
        self.gap, self.newline, self.skipped = 0, False, 0

    def skip(self, atom: Atom) -> None:
        """Pass over an atom that may stand between digits."""
        self.skipped += atom.raw != SYMBOL
        self.gap += 1

    def end(self, *, keep_gap: bool = False) -> None:
        """Close the run."""
        if self.count >= FEWEST_DIGITS:
            self.runs.append(self.run)
        self.run, self.count = [], 0
        if not keep_gap:
            self.gap, self.newline, self.skipped = 0, False, 0


def _runs(atoms: list[Atom], *, lookalike: bool, noise: bool) -> list[list[Atom]]:
    """Split into runs of atoms that may be read on and hold digits enough; skipped atoms leave a gap in a run."""
    reads = {"digit", "plus"} | ({"lookalike"} if lookalike else set()) | (set() if noise else {"word"})
    runs = _Runs()
    for atom in atoms:
        runs.gap += atom.gap
        runs.newline = runs.newline or atom.newline
        if atom.kind in reads:
            runs.read(atom)
        elif _is_skipped(atom, noise=noise):
            runs.skip(atom)
        else:
            runs.end()
    runs.end()
    return [_noisy(run) for run in runs.runs] if noise else runs.runs


def _is_skipped(atom: Atom, *, noise: bool) -> bool:
    """Whether an atom may stand between digits without ending the run."""
    if noise and atom.kind in {"noise", "lookalike", "word", "filler"}:
        return len(atom.raw) <= _NOISE_LETTERS or atom.raw == SYMBOL
    return atom.kind == "filler" or (atom.kind == "lookalike" and (atom.raw == SYMBOL or atom.role != ""))


def _noisy(run: list[Atom]) -> list[Atom]:
    """A run read through noise starts with 06 or a plus: anything looser would read prices and hours as numbers."""
    for index, atom in enumerate(run):
        following = run[index + 1].digits[:1] if index + 1 < len(run) else ""
        if atom.kind == "plus" or atom.digits.startswith(("06", "00", "01")) or atom.digits + following == "06":
            return run[max(0, index - 1) :]  # what stands before it may still forbid it
    return []
