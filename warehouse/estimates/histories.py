"""What the command line asks of movement: a model fitted to any CSV of capture histories, and whether it fits."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from warehouse.estimates import goodness, multistate
from warehouse.estimates.closed_form import NORMAL
from warehouse.estimates.goodness import Test
from warehouse.estimates.multistate import MultistateFit
from warehouse.estimates.parameters import CAROUSEL
from warehouse.estimates.tables import Histories, read_histories

FloatArray = npt.NDArray[np.float64]

EDGE = 1e-3  # of a probability: a logit far out is no edge where all that is said of it is against staying
SIZE = 0.05  # of the test of memory, from which two classes are fitted too
MEMORY = "WBWA"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter with its 95 % interval.

    Inside it is normal on the logit scale. At 0 or 1 (`at_edge`) there is no standard error, and the interval is that of
    the profile likelihood, with the edge as one of its ends.
    """

    name: str
    estimate: float
    se: float | None
    lower: float
    upper: float
    at_edge: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Mean number of occasions in a state once there, 1 / (1 - S psi_aa); its 95 % interval is normal on log(mean - 1).

    Left out where nobody is told to stay, or all to stay for ever.
    """

    state: int
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement model fitted to histories; `neg2lnl` is minus twice the log likelihood.

    `movers` are the parameters of a second class that moves more, fitted where the data remember where individuals came
    from (WBWA, p under .05) and kept where it explains more by Akaike's criterion; `parameters` are then of the others.
    """

    parameters: tuple[Parameter, ...]
    movers: tuple[Parameter, ...]
    stays: tuple[Stay, ...]
    tests: tuple[Test, ...]
    neg2lnl: float
    aic: float
    parameter_count: int
    individuals: float
    identifiable: bool
    starts: int
    agreeing_starts: int


def movement(path: Path | str, *, seed: int = 1) -> Movement:
    """Fit survival, detection and moves per state to a CSV of capture histories by maximum likelihood, and test the fit.

    Args:
        path: one column an occasion and `count`, or `ch` and `count`; 0 not seen, 1..K the state, 1+2 one of these.
        seed: of the random starts.

    Raises:
        TableError: the file cannot be read; says the line.
        Refusal: nobody was seen again, or nothing can be told.
    """
    histories = read_histories(path)
    fit = multistate.fit(histories, seed=seed)
    tests = goodness.tests(_told(histories))
    if any(test.name == MEMORY and test.p < SIZE for test in tests):
        mixed = multistate.fit(histories, classes=2, seed=seed)
        fit = mixed if mixed.aic < fit.aic and mixed.identifiable else fit
    return Movement(
        parameters=_parameters(fit, 0),
        movers=_parameters(fit, CAROUSEL) if fit.movers is not None else (),
        stays=_stays(fit),
        tests=(*tests, goodness.overall(tests)),
        neg2lnl=fit.neg2lnl,
        aic=fit.aic,
        parameter_count=fit.parameter_count,
        individuals=float(histories.counts[(histories.states != 0).any(axis=1)].sum()),
        identifiable=fit.identifiable,
        starts=fit.starts,
        agreeing_starts=fit.agreeing,
    )


def _told(histories: Histories) -> Histories:
    """Leave out those of whom a week names several states: no table of moves can hold them."""
    sure = np.asarray((histories.states >= 0).all(axis=1))
    labels = {
        name: tuple(value for value, keep in zip(values, sure, strict=True) if keep)
        for name, values in histories.labels.items()
    }
    return Histories(histories.states[sure], histories.counts[sure], labels)


def _parameters(fit: MultistateFit, which: int) -> tuple[Parameter, ...]:
    """Name the parameters of a class; detection is common to both and comes with the first."""
    layout = fit.layout
    m = layout.states
    off = [(a, b) for a in range(m) for b in range(m) if a != b]

    def of(theta: FloatArray) -> FloatArray:
        chances = layout.chances(theta, which)
        parts = [chances.survival[0], chances.moves[~np.eye(m, dtype=np.bool_)]]
        return np.concatenate([*parts, layout.share(theta)] if which else [*parts, chances.detection[-1]])

    names = [f"survival {a + 1}" for a in range(m)] + [f"move {a + 1} to {b + 1}" for a, b in off]
    positions = [*layout.survival[0, 0], *range(layout.moves_from, layout.shifts_from)]
    if which:
        names += ["share at first", "share later"]
        positions = [-1] * len(positions) + [layout.size - 2, layout.size - 1]  # moves of movers hang on two parameters
    else:
        names += [f"detection {a + 1}" for a in range(m)]
        positions += list(layout.detection[0, -1])
    slope = fit.slopes(of)
    errors = np.sqrt(np.maximum(np.einsum("pk,pq,qk->k", slope, fit.covariance, slope), 0))
    return tuple(
        _at_edge(fit, of, i, int(position), name)
        if position >= 0 and fit.edge[position] and min(value, 1 - value) < EDGE
        else _inside(name, float(value), float(error))
        for i, (name, position, value, error) in enumerate(zip(names, positions, of(fit.theta), errors, strict=True))
    )


def _inside(name: str, value: float, se: float) -> Parameter:
    inside = min(max(value, 1e-9), 1 - 1e-9)
    logit, width = np.log(inside / (1 - inside)), NORMAL * se / (inside * (1 - inside))
    lower, upper = (float(1 / (1 + np.exp(-np.clip(logit + sign * width, -700, 700)))) for sign in (-1, 1))
    return Parameter(name, value, se, lower, upper, at_edge=False)


def _at_edge(fit: MultistateFit, of: "multistate.Function", i: int, position: int, name: str) -> Parameter:
    value, other = float(of(fit.theta)[i]), float(of(fit.profile_bound(position))[i])
    ends = (0.0, max(other, value)) if fit.theta[position] < 0 else (min(other, value), 1.0)
    return Parameter(name, value, None, *ends, at_edge=True)


def _stays(fit: MultistateFit) -> tuple[Stay, ...]:
    """Tell how long a state is stayed in, of the class of residents where there are two."""

    def of(theta: FloatArray) -> FloatArray:
        chances = fit.layout.chances(theta)
        onward = chances.survival[0] * np.diag(chances.moves)
        return np.asarray(np.log(np.maximum(onward, 1e-12) / np.maximum(1 - onward, 1e-12)))

    slope, log_more = fit.slopes(of), of(fit.theta)
    errors = np.sqrt(np.maximum(np.einsum("pk,pq,qk->k", slope, fit.covariance, slope), 0))
    return tuple(
        Stay(a + 1, *(1 + float(np.exp(log_more[a] + sign * NORMAL * errors[a])) for sign in (0, -1, 1)))
        for a in range(len(log_more))
        if EDGE < 1 / (1 + np.exp(-log_more[a])) < 1 - EDGE
    )
