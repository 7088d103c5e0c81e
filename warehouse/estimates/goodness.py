"""Do capture histories fit the model? Tests by components, each with a cause that it tells of.

One state (Cormack-Jolly-Seber), for those seen on an occasion:

* 3.SR: are those seen for the first time seen again as often as the others? If not: passers-by.
* 3.SM: when they are seen again, is it at the same time?
* 2.CT: of those seen before and after it, are those seen on the occasion itself seen as often on the next one? If not,
  being seen changes the chance to be seen again.
* 2.CL: and when they are not, is it at the same time later on?

Several states (Jolly-Movement, of which Arnason-Schwarz is a case), for those seen on an occasion in a state:

* 3G.SR: as 3.SR.
* WBWA, "where before, where after": does the state next seen depend on the state seen before? If so, movement has a memory.
* 3G.SM: what is left of the dependence of after on before: whether and when seen again.

The states' counterparts of 2.CT and 2.CL (M.ITEC, M.LTEC) test a mixture of multinomials and are not here, so that the
overall test of several states is silent about detection that depends on having been seen.

Components are independent when the model holds; they are summed. The variance inflation factor (c-hat) is the overall
statistic by its degrees of freedom. Tables are pooled as `contingency` tells; those without anything to compare count
for nothing. Where counts are small the exact test is cautious, so that fewer than one in twenty are rejected. R2ucare breaks
ties in pooling by the order of states and dates and this does not: 3G.SM of 21,435 Canada geese is 298.6 here, 302.8 there,
both with 119 degrees of freedom; 3G.SR and WBWA are the same.

Source: Burnham, Anderson, White, Brownie & Pollock (1987), American Fisheries Society Monograph 5; Lebreton, Burnham,
Clobert & Anderson (1992), Ecological Monographs 62; Pradel, Hines, Lebreton & Nichols (1997), Biometrics 53; Pradel,
Wintrebert & Gimenez (2003), Biometrics 59; Pradel, Gimenez & Lebreton (2005), Animal Biodiversity and Conservation 28.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from warehouse.estimates.contingency import independence, pool, pool_ordered
from warehouse.estimates.tables import Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Test:
    """Chi-square, degrees of freedom (0: there was nothing to compare) and p value (then 1) of one component or a sum."""

    name: str
    statistic: float
    df: int
    p: float

    @property
    def inflation(self) -> float:
        """Give c-hat: near 1 where the model fits, over 1 where it does not; not a number without degrees of freedom."""
        return self.statistic / self.df if self.df else float("nan")


def tests(histories: Histories) -> tuple[Test, ...]:
    """Test each component.

    Args:
        histories: of T occasions; counts are whole numbers, 0 allowed.

    Returns:
        3.SR, 3.SM, 2.CT and 2.CL where only one state was seen, else 3G.SR, 3G.SM and WBWA.
    """
    around = _Around.of(histories)
    if histories.state_count <= 1:
        return (
            _summed("3.SR", (independence(table) for table in _seen_again(around))),
            _summed("3.SM", (independence(pool_ordered(table)) for table in _when_again(around))),
            _summed("2.CT", (independence(table) for table in _at_once(around))),
            _summed("2.CL", (independence(pool_ordered(table)) for table in _later(around))),
        )
    return (
        _summed("3G.SR", (independence(table) for table in _seen_again(around))),
        _summed("3G.SM", (independence(pool(table)) for table in _rest(around))),
        _where(around),
    )


def memory(histories: Histories) -> Test:
    """Test whether where somebody goes depends on where she came from (WBWA alone)."""
    return _where(_Around.of(histories))


def overall(components: Iterable[Test]) -> Test:
    """Sum components to the test of the whole model; its `inflation` is c-hat."""
    return _summed("overall", ((each.statistic, each.df) for each in components))


def _summed(name: str, parts: Iterable[tuple[float, int]]) -> Test:
    statistics, degrees = zip(*([(0.0, 0), *parts]), strict=True)
    statistic, df = float(sum(statistics)), int(sum(degrees))
    return Test(name, statistic, df, float(chi2.sf(statistic, df)) if df else 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """Sightings with what came before and after: one row for each of n sightings.

    `occasion` 0..T-1, `state` 1..K, `before` the state last seen (0: never), `after` the state next seen (0: never) and
    `next` its occasion (T: never), `weight` the count; each of shape (n,).
    """

    occasion: IntArray
    state: IntArray
    before: IntArray
    after: IntArray
    next: IntArray
    weight: FloatArray
    occasions: int
    states: int

    @classmethod
    def of(cls, histories: Histories) -> "_Around":
        """Look at each sighting; histories of which there is none are left out."""
        kept = histories.counts > 0
        seen, counts = histories.states[kept], histories.counts[kept]
        # Row by row and in order of time, so that what lies beside a sighting is the one before or after it.
        row, occasion = np.nonzero(seen)
        state = seen[row, occasion]
        same = row[1:] == row[:-1]
        return cls(
            occasion,
            state,
            np.r_[0, np.where(same, state[:-1], 0)][: len(row)],
            np.r_[np.where(same, state[1:], 0), 0][: len(row)],
            np.r_[np.where(same, occasion[1:], seen.shape[1]), seen.shape[1]][: len(row)],
            counts[row],
            seen.shape[1],
            int(seen.max(initial=1)),
        )

    def count(self, kept: npt.NDArray[np.bool_], *by: tuple[IntArray, int]) -> FloatArray:
        """Count the sightings `kept` by several things: (number of each sighting, how many there are)."""
        sizes = tuple(size for _, size in by)
        cell = np.ravel_multi_index(tuple(values[kept] for values, _ in by), sizes)
        return np.asarray(np.bincount(cell, self.weight[kept], int(np.prod(sizes))).reshape(sizes), dtype=np.float64)


def _seen_again(around: _Around) -> Iterator[FloatArray]:
    """For each occasion and state: new or seen before, by seen again or never."""
    yield from _middle(
        around,
        around.count(
            around.state > 0,
            (around.occasion, around.occasions),
            (around.state - 1, around.states),
            ((around.before > 0).astype(np.int64), 2),
            ((around.after > 0).astype(np.int64), 2),
        ),
    )


def _when_again(around: _Around) -> Iterator[FloatArray]:
    """For each occasion: new or seen before, by the occasion next seen."""
    tables = around.count(
        around.after > 0,
        (around.occasion, around.occasions),
        ((around.before > 0).astype(np.int64), 2),
        (around.next, around.occasions),
    )
    for occasion in range(1, around.occasions - 1):
        yield tables[occasion][::-1, occasion + 1 :]


def _released(around: _Around) -> FloatArray:
    """Count by occasion seen and occasion next seen: the m-array, shape (T, T)."""
    return around.count(around.after > 0, (around.occasion, around.occasions), (around.next, around.occasions))


def _at_once(around: _Around) -> Iterator[FloatArray]:
    """For each occasion, those seen before and after it: seen on it or not, by seen on the next one or later."""
    released = _released(around)
    for occasion in range(1, around.occasions - 2):
        table = _missed_or_seen(released, occasion)
        yield np.column_stack([table[:, 0], table[:, 1:].sum(axis=1)])


def _later(around: _Around) -> Iterator[FloatArray]:
    """Those of `_at_once` not seen on the next occasion: seen or not, by the occasion next seen."""
    released = _released(around)
    for occasion in range(1, around.occasions - 3):
        yield _missed_or_seen(released, occasion)[:, 1:]


def _missed_or_seen(released: FloatArray, occasion: int) -> FloatArray:
    return np.stack([released[:occasion, occasion + 1 :].sum(axis=0), released[occasion, occasion + 1 :]])


def _where(around: _Around) -> Test:
    tables = around.count(
        (around.before > 0) & (around.after > 0),
        (around.occasion, around.occasions),
        (around.state - 1, around.states),
        (around.before - 1, around.states),
        (around.after - 1, around.states),
    )
    return _summed("WBWA", (independence(pool(table)) for table in _middle(around, tables)))


def _rest(around: _Around) -> Iterator[FloatArray]:
    """Parts of before by after that neither 3G.SR nor WBWA look at.

    For each occasion and state: the state before, by seen again or never; new or seen before, by when and where next;
    and, for each state next seen, the state before by when.
    """
    here = ((around.occasion, around.occasions), (around.state - 1, around.states))
    old, again = around.before > 0, around.after > 0
    before, after = (around.before - 1, around.states), (around.after - 1, around.states)
    when = (around.next, around.occasions)
    yield from _middle(around, around.count(old, *here, before, (again.astype(np.int64), 2)))
    where_and_when = around.count(again, *here, (old.astype(np.int64), 2), after, when)
    yield from _middle(around, where_and_when.reshape(*where_and_when.shape[:3], -1))
    # By state and not by occasion first: an array for all at once would hold K^3 T^2 numbers.
    for state in range(1, around.states + 1):
        tables = around.count(old & again & (around.state == state), here[0], after, before, when)
        yield from _middle(around, tables)


def _middle(around: _Around, tables: FloatArray) -> Iterator[FloatArray]:
    """Take apart tables (T, K, rows, columns): on the first occasion nobody is old, after the last nobody is seen."""
    yield from tables[1 : around.occasions - 1].reshape(-1, *tables.shape[-2:])
