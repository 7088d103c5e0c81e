"""A7: was this one advertiser there? An attacker who knows her full week looks at what the real gate printed.

Neighbouring worlds (`neighbours`) go through `warehouse.protection.gate.protect` in the hardest case, estimates being
counts. The attacker knows on which days she would be where, her setting and her language, the market's averages and
the published rules; not who else is there. He scores what he reads (`printing`) in two ways (`guesses`) and the better
way counts. The area under the curve says how well the score tells the worlds apart.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from warehouse.audit import guesses, printing
from warehouse.audit.neighbours import Market, Worlds, draw
from warehouse.audit.printing import Prints, Publish
from warehouse.audit.results import AttackResult, judged

Array = npt.NDArray[np.float64]
BAR: Final = 0.55
# One-sided: what lies over the bar by chance in one of so many cases is not called a leak.
CONFIDENCE: Final = 0.95
CAROUSEL_SHARE: Final = 0.25  # of the synthetic market
FULL_TRIALS: Final = 2_000
CONTROL: Final = 0.7  # the least that the attack must reach where nothing is protected
_FOLDS: Final = 2


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the curve (0.5 is guessing, 1 certainty) and its standard error."""

    area: float
    standard_error: float

    @property
    def lower(self) -> float:
        """Lower end of the one-sided confidence interval."""
        return self.area - float(norm.ppf(CONFIDENCE)) * self.standard_error


@dataclass(frozen=True, slots=True)
class Case:
    """A market, and whether the target is one who comes and goes."""

    market: Market
    is_carousel: bool

    @property
    def name(self) -> str:
        """Name the case as results do.

        >>> Case(Market(40, 0.25), True).name
        '40_mixed_carousel'
        """
        kinds = {0.0: "residents", 1.0: "carousel"}
        market = kinds.get(self.market.carousel_share, "mixed")
        return f"{self.market.size}_{market}_{'carousel' if self.is_carousel else 'resident'}"


def cases(*sizes: int) -> list[Case]:
    """List a residents' market, a carousel, and a mixed one with a target of either kind, for each size."""
    kinds = ((0.0, False), (CAROUSEL_SHARE, False), (CAROUSEL_SHARE, True), (1.0, True))
    return [Case(Market(size, share), is_carousel) for size in sizes for share, is_carousel in kinds]


# Judged: one of a municipality of Enschede's size who is there all week. Shown beside it: one who comes and goes, of whom
# daily figures tell more than the bar whatever the noise, and a smaller market (docs/protection.md).
AUDITED: Final = Case(Market(80, CAROUSEL_SHARE), is_carousel=False)
SHOWN: Final = (Case(Market(80, CAROUSEL_SHARE), is_carousel=True), Case(Market(40, CAROUSEL_SHARE), is_carousel=False))
UNPROTECTED: Final = Case(Market(12, CAROUSEL_SHARE), is_carousel=True)


def membership_auc(publish: Publish, case: Case, trials: int, seed: int) -> dict[str, Auc]:
    """Measure how well membership can be told: `told` of what `observed` gives."""
    return told(*observed(publish, case, trials, seed), case.market)


def observed(publish: Publish, case: Case, trials: int, seed: int) -> tuple[Prints, Worlds]:
    """Print `trials` worlds without the target, and after them as many others with her.

    Args:
        publish: turns worlds into printed rows.
        case: the market, and the kind of target.
        trials: worlds of each kind, at least twenty.
        seed: of the worlds and of the noise of twins.
    """
    rng = np.random.default_rng(seed)
    without = draw(case.market, trials, rng, is_carousel=case.is_carousel)
    apart = draw(case.market, trials, rng, is_carousel=case.is_carousel)
    return publish(without, rng).stacked(publish(apart.joined(), rng)), without.stacked(apart)


def told(prints: Prints, worlds: Worlds, market: Market) -> dict[str, Auc]:
    """Measure how well the worlds with the target, the latter half, can be told from those without.

    Half of the worlds teach the attacker what he scores the other half by, and the other way round.

    Returns:
        The area for the score `linear` and for the score `likelihood`; the larger one counts (`best`).
    """
    total = len(prints.status)
    has_target = np.arange(total) >= total // 2
    ratios = np.column_stack(list(guesses.parts(prints, worlds, market).values()))
    fold = np.arange(total) % _FOLDS
    found: dict[str, list[Auc]] = {"linear": [], "likelihood": []}
    for number in range(_FOLDS):
        taught, scored = fold != number, fold == number
        is_hers = has_target[scored]
        linear = guesses.linear(prints[scored], worlds[scored], prints[taught], has_target[taught])
        likelihood = ratios[scored] @ guesses.discriminant(ratios[taught], has_target[taught])
        for name, score in (("linear", linear), ("likelihood", likelihood)):
            found[name].append(auc(score[~is_hers], score[is_hers]))
    return {name: _mean(areas) for name, areas in found.items()}


def best(areas: dict[str, Auc]) -> Auc:
    """Give the larger area."""
    return max(areas.values(), key=lambda found: found.area)


def auc(without: Array, with_target: Array) -> Auc:
    """Give the area under the curve of two samples of scores, ties counted half, with its standard error.

    Source: DeLong, DeLong and Clarke-Pearson (1988), by ranks as in Sun and Xu (2014).

    >>> auc(np.array([1.0, 2.0]), np.array([2.0, 3.0])).area
    0.875
    """
    inside, outside = len(with_target), len(without)
    ranks = rankdata(np.concatenate([with_target, without]))
    above = (ranks[:inside] - rankdata(with_target)) / outside
    below = 1 - (ranks[inside:] - rankdata(without)) / inside
    variance = above.var(ddof=1) / inside + below.var(ddof=1) / outside
    return Auc(float(above.mean()), float(np.sqrt(variance)))


def _mean(areas: list[Auc]) -> Auc:
    """Average areas of apart worlds; the weights that one half taught tie them a little, which is left out."""
    variance = sum(found.standard_error**2 for found in areas)
    return Auc(float(np.mean([found.area for found in areas])), float(np.sqrt(variance)) / len(areas))


def attack(record_key: bytes, trials: int, seed: int = 8) -> AttackResult:
    """Run the audit's case, those beside it and the controls; it fails when the whole confidence interval lies over the bar.

    Args:
        record_key: a noise key, 32 bytes, of nobody.
        trials: worlds with the target and as many without, a case; `FULL_TRIALS` is full size.
        seed: of the worlds.
    """
    publish = printing.gate(record_key)
    areas = {case.name: best(membership_auc(publish, case, trials, seed)) for case in (AUDITED, *SHOWN)}
    measures = {f"auc_{name}": found.area for name, found in areas.items()}
    measures |= {f"se_{name}": found.standard_error for name, found in areas.items()}
    judgement = areas[AUDITED.name]
    over = (f"{AUDITED.name}: area {judgement.area:.3f}",) if judgement.lower > BAR else ()
    control = {name: best(membership_auc(twin, UNPROTECTED, max(trials, 400), seed)) for name, twin in CONTROLS.items()}
    measures |= {f"auc_{name}": found.area for name, found in control.items()}
    return judged(
        "A7",
        checked=2 * trials,
        cells=over,
        is_control_won=all(found.area > CONTROL for found in control.values()),
        measures=measures,
    )


CONTROLS: Final[dict[str, Publish]] = {
    "exact": printing.exact,
    "threshold_only": printing.threshold_only,
    "averaged": printing.averaged,
}
