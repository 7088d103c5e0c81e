"""What other estimators make of the same table: printed beside the ensemble, never in its place.

None of them is the answer. Where they lie within the ensemble's interval the figure does not hang on the choice of
method; where one lies outside, its note says what it assumes. One that cannot be computed says why and stops nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import closed_form, coverage, decomposable, latent_class
from warehouse.estimates.errors import EstimateError, NoModelHolds, TooFewSourceGroups, WrongModel
from warehouse.estimates.profile import ProfileInterval, profile_frequencies, profile_interval
from warehouse.estimates.tables import CaptureTable, FrequencyTable

NOT_GIVEN = float("nan")
PRIOR_DECIDES = 0.05  # probability of the complete graph or of the grid's last tenth from which a note warns


@dataclass(frozen=True, slots=True)
class Beside:
    """One other estimate, in individuals; `lower` and `upper` of 95 %. NaN: has none. `note`: what it assumes."""

    name: str
    point: float
    lower: float
    upper: float
    note: str


Row = Callable[[np.random.Generator], Beside]


def beside(
    table: CaptureTable | FrequencyTable, seed: int, models: Sequence[cr.Fit] | None = None
) -> tuple[Beside, ...]:
    """Estimate the population of one table in every other way.

    Args:
        table: overlap of lists, or how often each was seen.
        seed: of starts and bootstraps; each row has draws of its own.
        models: those of an ensemble on this table, if there was one: they are not fitted again.

    Returns:
        One row an estimator, always the same rows in the same order for the same kind of table.
    """
    rows = _of_times_seen(table.frequencies) if isinstance(table, FrequencyTable) else _of_lists(table, models)
    return tuple(
        _guarded(name, row, np.random.default_rng(np.random.SeedSequence([seed % 2**63, 2, i])))
        for i, (name, row) in enumerate(rows.items())
    )


def _guarded(name: str, row: Row, rng: np.random.Generator) -> Beside:
    try:
        return row(rng)
    except EstimateError as error:
        return Beside(name, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, f"none: {error}")


def _of_lists(table: CaptureTable, models: Sequence[cr.Fit] | None) -> dict[str, Row]:
    overlap = table.without_empty_lists()
    counts, seen = overlap.counts, overlap.observed
    f = closed_form.times_seen(counts)[1:]

    def too_few(_: np.random.Generator) -> Beside:
        raise TooFewSourceGroups(len(overlap.lists))

    @cache
    def fitted() -> Sequence[cr.Fit]:
        return cr.weigh(overlap, most=cr.most_terms(len(overlap.lists)))[0] if models is None else models

    def best(information: str) -> Row:
        def row(_: np.random.Generator) -> Beside:
            if len(overlap.lists) == 2:
                raise WrongModel("two lists have one model only, independence: see chapman.")
            chosen = _lowest(fitted(), information)
            return _profiled(chosen, profile_interval(overlap, chosen.terms, chosen.heterogeneity), information)

        return row

    rows: dict[str, Row] = {
        "chapman": lambda _: _chapman(overlap),
        **_of_frequencies(f),
        "chao_lists": lambda _: Beside(
            "chao_lists",
            float(closed_form.chao_floor(counts)),
            NOT_GIVEN,
            NOT_GIVEN,
            "a floor: lower bound whatever the differences between advertisers, lists of unequal size",
        ),
        "good_turing": lambda _: _good_turing(seen, float(closed_form.good_turing(counts))),
        "chao_tsay": lambda rng: _chao_tsay(overlap, rng),
        "decomposable_average": lambda _: _decomposable(overlap),
        "latent_class": lambda rng: _latent_class(overlap, rng),
        "best_aic": best("aic"),
        "best_bic": best("bic"),
    }
    return rows if len(overlap.lists) > 1 else dict.fromkeys(rows, too_few)


def _of_times_seen(frequencies: npt.NDArray[np.float64]) -> dict[str, Row]:
    seen = float(frequencies.sum())
    total = float(frequencies @ np.arange(1, len(frequencies) + 1))

    def best(information: str) -> Row:
        def row(_: np.random.Generator) -> Beside:
            fits = [cr.fit_frequencies(frequencies, kind) for kind in ("none", "poisson", "darroch", "gamma")]
            chosen = _lowest(fits, information)
            return _profiled(chosen, profile_frequencies(frequencies, chosen.heterogeneity), information)

        return row

    return {
        **_of_frequencies(frequencies),
        "good_turing": lambda _: _good_turing(seen, 1 - float(frequencies[0]) / total),
        "best_aic": best("aic"),
        "best_bic": best("bic"),
    }


def _of_frequencies(f: npt.NDArray[np.float64]) -> dict[str, Row]:
    """Rows from how often each was seen, (f_1, f_2, ...)."""

    def with_interval(name: str, point: closed_form.Point, note: str) -> Beside:
        return Beside(name, point.n, *closed_form.log_normal_interval(float(f.sum()), point.n, point.se), note)

    return {
        "chao": lambda _: with_interval(
            "chao",
            closed_form.chao(f),
            "from those seen once and twice; a floor if there are many equal lists, too high with few",
        ),
        "zelterman": lambda _: with_interval(
            "zelterman",
            closed_form.zelterman(f),
            "from those seen once and twice, as if there were many equal lists; too high with few",
        ),
    }


def _chapman(overlap: CaptureTable) -> Beside:
    member = closed_form.memberships(len(overlap.lists))
    a, b = (int(s) for s in np.argsort(-(overlap.counts @ member), kind="stable")[:2])
    first, second = (round(float(overlap.counts @ member[:, s])) for s in (a, b))
    both = round(float(overlap.counts @ (member[:, a] * member[:, b])))
    point = closed_form.chapman(first, second, both)
    ends = closed_form.log_normal_interval(first + second - both, point.n, point.se)
    names = f"{overlap.lists[a]} and {overlap.lists[b]}"
    return Beside("chapman", point.n, *ends, f"{names}, the two largest lists, as if independent")


def _good_turing(seen: float, share: float) -> Beside:
    point = seen / share if share > 0 else NOT_GIVEN
    return Beside(
        "good_turing",
        point,
        NOT_GIVEN,
        NOT_GIVEN,
        f"coverage {share:.2f}; the seen over it, as if all were equally visible",
    )


def _chao_tsay(overlap: CaptureTable, rng: np.random.Generator) -> Beside:
    found = coverage.chao_tsay(overlap.counts, rng=rng)
    version = {
        "general": "dependence between pairs of lists",
        "one_step": "one-step version, a lower bound where lists share members more than by chance",
    }[found.version]
    return Beside("chao_tsay", found.n, found.lower, found.upper, f"coverage {found.coverage:.2f}; {version}")


def _decomposable(overlap: CaptureTable) -> Beside:
    found = decomposable.average(overlap.counts)
    top = int(np.argmax(found.graph_weights))
    edges = " ".join(f"{overlap.lists[a]}:{overlap.lists[b]}" for a, b in found.graphs[top].edges) or "no dependence"
    note = f"{len(found.graphs)} graphs; heaviest {edges} ({found.graph_weights[top]:.2f})"
    end = found.averaged[found.n > 0.9 * found.n[-1]].sum()
    if max(float(found.graph_weights[-1]), float(end)) > PRIOR_DECIDES:
        note += "; the table decides little here and the prior much"
    lower, point, upper = (found.quantile(level) for level in (0.025, 0.5, 0.975))
    return Beside("decomposable_average", point, lower, upper, note)


def _latent_class(overlap: CaptureTable, rng: np.random.Generator) -> Beside:
    found = latent_class.fit(overlap.counts, rng=rng)
    if not found.identifiable:
        note = "no point: two kinds of advertisers cannot be told apart here; outside the interval is ruled out"
    else:
        note = f"two kinds of advertisers; {found.agreeing} of {found.starts} starts agree"
    if not np.isfinite(found.upper):
        note += "; no upper end"
    return Beside("latent_class", found.n, found.lower, found.upper, note)


def _lowest(models: Sequence[cr.Fit], information: str) -> cr.Fit:
    """Return the model of lowest AIC or BIC; Chao's is a bound, no model of the population, and stands above already."""
    sound = [model for model in models if not model.dropped and model.heterogeneity != "chao"]
    if not sound:
        raise NoModelHolds(len(models))

    def criterion(model: cr.Fit) -> float:
        # Beyond the intercept and the lists, which all models have; a pair shared by nobody takes cells out instead.
        parameters = len(model.terms) - len(model.empty_terms) + (model.heterogeneity != "none")
        return model.aic + (parameters * (np.log(model.observed) - 2) if information == "bic" else 0.0)

    # Models that fit alike differ by rounding noise only: among them the fewest, then the first by name.
    return min(
        sound, key=lambda model: (round(criterion(model), 6), len(model.terms), model.heterogeneity, model.terms)
    )


def _profiled(model: cr.Fit, interval: ProfileInterval, information: str) -> Beside:
    terms = " ".join(":".join(term) for term in model.terms) or "no terms"
    note = f"{terms}, heterogeneity {model.heterogeneity}; blind to the choice of model"
    if not np.isfinite(interval.upper):
        note += "; no upper end"
    return Beside(f"best_{information}", interval.n, interval.lower, interval.upper, note)
