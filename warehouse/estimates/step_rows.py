"""The four-step count of a week: advertisements, distinct ones, identities, advertisers, each with its deflator."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from warehouse.estimates import frame as frames
from warehouse.estimates.frame import LEVELS
from warehouse.estimates.view import View

STEPS = ("advertisements", "distinct", "identities", "advertisers")


def rows(of: View, start: date, volume: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Count the steps of a week by area; rows in the order of `est.count_step`.

    A deflator is what a step keeps of the one before it. Up to identities all are counted, so the interval is that of what
    another week like it would keep (Jeffreys' interval of a proportion). The last step is the estimate: it takes the unseen
    in, and two identities of one advertiser together, so it can be over 1. Of each step that is counted, the most that one
    identity holds is kept with it: a release protects the count by it.

    Args:
        of: the view, whose last day ends the week.
        start: its Monday.
        volume: rows of `est.volume` of this vintage.
    """
    estimated = {
        row[3]: (row[9], row[10], row[11])
        for row in volume
        if row[1] == "week" and row[4] == "all" and row[9] is not None
    }
    frame = of.frame
    first = max(frame.seen.shape[1] - 7, 0)
    seen = frame.seen[:, first:]
    last = first + seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    version = frame.version[np.arange(len(seen)), last]
    content = np.where(version >= 0, frame.content[version], -1) if len(frame.content) else version
    result: list[tuple[Any, ...]] = []
    for level in range(len(LEVELS)):
        listing, area = frames.members(frame, seen, first, of.places.above[:, level])
        for a in np.unique(area):
            mine, code = listing[area == a], of.places.codes[a]
            who = frame.identity[mine]
            counts = (len(mine), len(np.unique(content[mine])), len(np.unique(who)))
            most = (_most(who), _most(np.unique(np.column_stack([who, content[mine]]), axis=0)[:, 0]), 1)
            head = (of.day, start, code)
            result.append((*head, STEPS[0], float(counts[0]), None, None, None, None, None, most[0]))
            for step, before, now, held in zip(STEPS[1:], counts, counts[1:], most[1:], strict=False):
                result.append((*head, step, float(now), None, None, *_kept(now, before), held))
            if code in estimated:
                point, lower, upper = estimated[code]
                ends = tuple(round(value / counts[2], 6) for value in (point, lower, upper))
                result.append((*head, STEPS[3], point, lower, upper, *ends, None))
    return sorted(result, key=lambda row: (row[2], STEPS.index(row[3])))


def _most(who: npt.NDArray[np.int64]) -> int:
    """Count the most that one identity holds."""
    return int(np.unique(who, return_counts=True)[1].max())


def _kept(now: int, before: int) -> tuple[float, float, float]:
    """Give the share kept with Jeffreys' 95 % interval, whose ends include 0 and 1 where none or all are kept."""
    lower, upper = np.asarray(beta.ppf((0.025, 0.975), now + 0.5, before - now + 0.5)).tolist()
    share = now / before
    return round(share, 6), round(min(lower, share), 6), round(upper if now < before else 1.0, 6)
