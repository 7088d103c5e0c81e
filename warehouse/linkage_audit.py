"""Auditing identities: a blinded sample for somebody who knows, and from the answers kappa and the error of links.

A sheet shows the listings of one sampled identity among others that could be the same person's, in an order that says
nothing. The auditor tells persons apart and does not know what was linked. Kappa, advertisers for each identity, follows
by the generalised weight share method (Lavallee 2007): an advertiser whose listings lie in m identities counts 1/m in each
of them, so that the mean over identities drawn with equal chance is unbiased however clusters are split or mixed.
What may be shown to whom, and for how long: docs/linking.md. Nothing here is written anywhere.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import stats

from warehouse.errors import WrongUse

FEWEST_IDENTITIES = 150  # STATISTICS 2C
MOST_BESIDE = 60  # listings of others on a sheet

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing that can be shown. `handle` is for the auditor; those that share a `place` can be one person's."""

    handle: Hashable = field(repr=False)
    identity: int
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Handles to tell apart, in random order. `drawn` and `identities` are not shown to the auditor."""

    handles: tuple[Hashable, ...] = field(repr=False)
    identities: tuple[int, ...] = field(repr=False)
    drawn: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    point: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit says.

    Attributes:
        kappa: advertisers for each identity.
        false_links: of the pairs of listings in one identity, the share that is not one advertiser's.
        missed_links: of the pairs of one advertiser's listings, the share in two identities.
        identities: how many were judged.
    """

    kappa: Interval
    false_links: Interval
    missed_links: Interval
    identities: int


def draw(listings: Sequence[Candidate], identities: int, seed: int, beside: int = MOST_BESIDE) -> list[Sheet]:
    """Draw identities with equal chance, without replacement, and lay out a sheet for each.

    Args:
        listings: all that were seen in the period to audit.
        identities: how many to draw; all of them where there are fewer.
        seed: of the draw. For a live audit, a fresh one that the auditor does not know.
        beside: how many listings of other identities in the same places to lay beside, at most. Whole identities are
            laid beside, so that it may become a few more.

    Raises:
        WrongUse: there is no listing.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable draw
    by_identity: dict[int, list[Candidate]] = defaultdict(list)
    by_place: dict[str, set[int]] = defaultdict(set)
    for each in listings:
        by_identity[each.identity].append(each)
        for place in each.places:
            by_place[place].add(each.identity)
    if not by_identity:
        raise WrongUse("There is no listing to audit. Name a period that was crawled and linked.")
    known = sorted(by_identity)
    sheets = []
    for drawn in rng.sample(known, min(identities, len(known))):
        near = {other for each in by_identity[drawn] for place in each.places for other in by_place[place]} - {drawn}
        shown = list(by_identity[drawn])
        for other in rng.sample(sorted(near), len(near)):
            if len(shown) - len(by_identity[drawn]) >= beside:
                break
            shown += by_identity[other]
        rng.shuffle(shown)
        sheets.append(Sheet(tuple(each.handle for each in shown), tuple(each.identity for each in shown), drawn))
    return sheets


def judge(sheets: Sequence[Sheet], answers: Sequence[Mapping[Hashable, Hashable | None]]) -> Audit:
    """Compute kappa and the error of links.

    Args:
        sheets: as drawn.
        answers: for each sheet, the person behind each handle by any name that holds within the sheet; None: nobody's (a
            fake).

    Raises:
        WrongUse: fewer sheets than an audit needs, or a handle without an answer.
    """
    if len(sheets) < FEWEST_IDENTITIES or len(sheets) != len(answers):
        raise WrongUse(f"An audit needs answers on at least {FEWEST_IDENTITIES} identities. Draw and judge more.")
    shares, wrong, linked, missed, own = (np.zeros(len(sheets)) for _ in range(5))
    for n, (sheet, answer) in enumerate(zip(sheets, answers, strict=True)):
        if not set(sheet.handles) <= answer.keys():
            raise WrongUse("A sheet has a listing without an answer. Judge each; None says that it is nobody's.")
        where: dict[tuple[bool, Hashable], Counter[int]] = defaultdict(Counter)
        for handle, identity in zip(sheet.handles, sheet.identities, strict=True):
            person = answer[handle]
            where[person is not None, handle if person is None else person][identity] += 1
        inside = {person: seen[sheet.drawn] for person, seen in where.items() if seen[sheet.drawn]}
        shares[n] = sum(1 / len(where[person]) for person in inside if person[0])
        size = sum(inside.values())
        linked[n] = math.comb(size, 2)
        wrong[n] = linked[n] - sum(math.comb(count, 2) for count in inside.values())
        # A pair across two identities is met from both sides, one inside from its own only: each side counts half.
        across = sum(count * (where[person].total() - count) for person, count in inside.items()) / 2
        missed[n] = across
        own[n] = across + linked[n] - wrong[n]
    return Audit(_mean(shares), _ratio(wrong, linked), _ratio(missed, own), len(sheets))


def _mean(values: Floats) -> Interval:
    point = float(values.mean())
    half = float(stats.t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Interval(point, point - half, point + half)


def _ratio(parts: Floats, wholes: Floats) -> Interval:
    """Ratio of sums over identities with its linearised standard error; where nothing was wrong, the rule of three."""
    count, total = len(parts), float(wholes.sum())
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    point = float(parts.sum()) / total
    residual = parts - point * wholes
    half = float(stats.t.ppf(0.975, count - 1)) * math.sqrt(count * float(residual.var(ddof=1))) / total
    if point == 0:
        return Interval(0.0, 0.0, min(1.0, 3 / np.count_nonzero(wholes)))
    return Interval(point, max(0.0, point - half), min(1.0, point + half))
