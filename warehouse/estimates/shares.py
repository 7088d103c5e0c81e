"""Shares of settings and of languages of advertisement text among identities, corrected for how the reading errs.

What was read is a mixture of what is true, each true label with its own distribution
of readings (Tenenbein 1972). Those distributions are known from labelled texts
(`warehouse/data/confusion.toml`), and not exactly: they are drawn too. Identities that told nothing are shared out by
the model: partly labels that the reading did not find, partly texts that say nothing, which are taken to be as the others.

Corrected for reading only: a share is one of identities seen, and of one text an identity, which errs more often than an
identity that is read from several.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from warehouse.errors import WrongUse
from warehouse.estimates.errors import TooFewSeen

FloatArray = npt.NDArray[np.float64]

SETTINGS = ("home", "club", "escort")  # what shares are told of; `other` is no meeting in person
UNTOLD = {"setting": "unknown", "language": "und"}
OTHER = "other"
MINIMUM_DENOMINATOR = 20  # identities (PRIVACY P9)
MINIMUM_DAYS = 28
DRAWS = 1000
PRIOR_TEXTS = 2.0  # weight of what labels have in common in the distribution of readings of each, in texts
STEPS, CLOSE = 400, 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """How texts were read whose label is known: `counts` (T, R) of true labels by readings.

    The first T readings are the true labels in the same order. The last true label is `untold`: texts that do not tell.
    """

    true: tuple[str, ...]
    read: tuple[str, ...]
    counts: FloatArray

    @property
    def prior(self) -> FloatArray:
        """Give what labels have in common, shape (T, R): as often right as all are, and wrong as all are, by reading."""
        told = self.counts[:-1]
        right = np.eye(*self.counts.shape)
        wrong = (told * (1 - right[:-1])).sum(axis=0)
        error = (wrong.sum() + 0.5) / (told.sum() + 1)
        elsewhere = (wrong + 0.5 / len(wrong)) * (1 - right)
        return np.asarray((1 - error) * right + error * elsewhere / elsewhere.sum(axis=1, keepdims=True))

    def rows(self) -> FloatArray:
        """Give the expected distribution of readings of each true label, shape (T, R)."""
        weight = self.counts + PRIOR_TEXTS * self.prior
        return np.asarray(weight / weight.sum(axis=1, keepdims=True))

    def draw(self, rng: np.random.Generator, draws: int) -> FloatArray:
        """Draw distributions of readings, shape (D, T, R): Dirichlet, label by label."""
        weight = rng.standard_gamma(self.counts + PRIOR_TEXTS * self.prior, (draws, *self.counts.shape))
        return np.asarray(weight / weight.sum(axis=2, keepdims=True))

    def folded(self, seen: Mapping[str, int]) -> FloatArray:
        """Count identities by reading, shape (R,); a language that has no column counts as `other`.

        Raises:
            WrongUse: a setting has no column.
        """
        known = {name: n for n, name in enumerate(self.read)}
        is_open = self.true[-1] == UNTOLD["language"]
        if not is_open and not seen.keys() <= known.keys():
            raise WrongUse("A label was read that the confusion counts do not know: count it anew with evaluate.py.")
        result = np.zeros(len(self.read))
        for name, count in seen.items():
            result[known[name if name in known else OTHER]] += count
        return result


@dataclass(frozen=True, slots=True)
class Share:
    """A corrected share in [0, 1] with its 95 % interval, to six places."""

    label: str
    point: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares that add up to 1, and how many identities they are of by the model, without texts that say nothing."""

    shares: tuple[Share, ...]
    denominator: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where confusion counts come from: the version of the reading, and the day on which they were counted."""

    pipeline_version: str
    counted_date: date


@cache
def _file() -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    return tomllib.loads(files("warehouse").joinpath("data/confusion.toml").read_text(encoding="utf-8"))


def source() -> Source:
    """Tell which reading the confusion counts are of."""
    told = _file()["reading"]
    return Source(str(told["pipeline_version"]), date.fromisoformat(str(told["counted_date"])))


def confusion(signal: str) -> Confusion:
    """Read the confusion counts of `setting` or `language`."""
    untold = UNTOLD[signal]
    rows = _file()[signal]["counts"]
    return of_counts({name: row for name, row in rows.items() if name != untold}, rows.get(untold), untold)


def of_counts(told: Mapping[str, Mapping[str, int]], silent: Mapping[str, int] | None, untold: str) -> Confusion:
    """Arrange confusion counts.

    Args:
        told: readings by true label.
        silent: readings of texts that do not tell; None: there are no such texts labelled, and then they are read as such.
        untold: the name of not telling.
    """
    true = (*sorted(told), untold)
    read = (*true, *sorted({name for row in told.values() for name in row} - set(true)))
    counts = np.array(
        [[float(row.get(name, 0)) for name in read] for row in (*(told[t] for t in true[:-1]), silent or {})]
    )
    if not silent:
        counts[-1, len(true) - 1] = 1e6  # whatever the labels do not explain of it
    return Confusion(true, read, counts)


def corrected(
    seen: Mapping[str, int],
    of: Confusion,
    *,
    area_code: str,
    days: int,
    rng: np.random.Generator,
    among: Sequence[str] | None = None,
    draws: int = DRAWS,
) -> Shares:
    """Correct the shares of labels among identities for how they are read.

    Args:
        seen: identities by label as read, those that told nothing included.
        of: confusion counts.
        area_code: COROP region (CR), province (PV) or NL: never a municipality.
        days: of the period; four weeks at least.
        rng: generator of the draws.
        among: labels that add up to 1; all that tell something if left out.
        draws: number of draws.

    Raises:
        TooFewSeen: the shares would be of fewer than 20 identities.
        WrongUse: a finer area or a shorter period.
    """
    if area_code.startswith("GM") or days < MINIMUM_DAYS:
        raise WrongUse("Shares are made of regions and four weeks or more. Take a larger area or a longer period.")
    counts = of.folded(seen)
    labels = of.true[:-1]
    of_these = [labels.index(name) for name in among or labels]
    total = counts.sum()
    expected = _shares(counts[None] / max(total, 1), of.rows()[None])[0] if total else np.zeros(len(of.true))
    denominator = total * expected[of_these].sum()  # without those who are shared out: they told nothing
    if denominator < MINIMUM_DENOMINATOR:
        raise TooFewSeen(int(denominator), MINIMUM_DENOMINATOR)
    point = expected[of_these] / expected[of_these].sum()
    ends = np.quantile(_draws(counts, of, of_these, rng, draws), (0.025, 0.975), axis=1)
    return Shares(
        tuple(
            Share(labels[n], *(round(float(value), 6) for value in (p, min(low, p), max(high, p))))
            for n, p, low, high in zip(of_these, point, *ends, strict=True)
        ),
        float(denominator),
    )


def _draws(counts: FloatArray, of: Confusion, of_these: list[int], rng: np.random.Generator, draws: int) -> FloatArray:
    """Draw the share of each label, shape (L, D).

    What is read is drawn as gammas with the counts as their shapes. Each label's own draw has half an identity more of it:
    Jeffreys' prior for this label against all others, so that the interval of one hardly seen holds what it should and
    a dozen of them do not pull down the one that nearly all have.
    """
    rows = of.draw(rng, draws)
    gammas = rng.standard_gamma(counts, (draws, len(counts)))
    half = rng.standard_gamma(0.5, draws)
    base = _shares(gammas / gammas.sum(axis=1, keepdims=True), rows)
    result = np.empty((len(of_these), draws))
    for place, label in enumerate(of_these):
        more = gammas + half[:, None] * rows[:, label]
        own = _shares(more / more.sum(axis=1, keepdims=True), rows, base)
        result[place] = own[:, label] / np.maximum(own[:, of_these].sum(axis=1), 1e-300)
    return result


def _shares(read: FloatArray, rows: FloatArray, start: FloatArray | None = None) -> FloatArray:
    """Solve read = shares x rows for shares on the simplex by maximum likelihood: EM, all draws at once.

    Args:
        read: distribution of readings, shape (D, R).
        rows: of each true label, shape (D, T, R).
        start: shares to start from, shape (D, T).

    Returns:
        Shape (D, T).
    """
    labels = rows.shape[1]
    even = np.full(rows.shape[:2], 1 / labels)
    shares = even if start is None else 0.99 * start + 0.01 * even
    for _ in range(STEPS):
        mixed = np.matmul(shares[:, None, :], rows)[:, 0]
        ratio = np.divide(read, mixed, out=np.zeros_like(read), where=mixed > 0)
        after = shares * np.matmul(rows, ratio[:, :, None])[:, :, 0]
        moved = np.abs(after - shares).max()
        shares = after
        if moved < CLOSE:
            break
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
