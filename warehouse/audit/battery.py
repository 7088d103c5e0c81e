"""The battery before a release: every attack that needs nothing but the figures, on what was and will be public.

Its cost depends on the day: new cells are set against the released windows that they touch, not against all history.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from warehouse.areas import FOCUS
from warehouse.audit import (
    averaging,
    bounds,
    differencing,
    disclosure,
    disclosure_beside,
    nesting,
    ratios,
    remedy,
    sequence,
    twins,
    unicity,
)
from warehouse.audit.results import AttackResult, judged, not_run
from warehouse.audit.view import WIDE_ENOUGH, View
from warehouse.protection.cells import AnyCell, CellId, LanguageId, MoveId, VolumeEstimate
from warehouse.protection.gate import Estimates

Columns = Mapping[str, Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the battery found, and the cells that would have to be withheld for it to find nothing."""

    results: tuple[AttackResult, ...]
    withhold: frozenset[AnyCell]


def before_release(
    view: View,
    estimates: Estimates,
    columns: Columns,
    ask: Callable[[], averaging.Answers],
    earlier: Iterable[VolumeEstimate] = (),
) -> Attempt:
    """Attack a release before it is published.

    Args:
        view: the figures to be published beside those already released.
        estimates: the truth behind the new figures; used to judge what the attacks claim, never to attack.
        columns: columns (name, SQL type) of each table that readers see.
        ask: makes the printed figures anew.
        earlier: the truth behind the released figures of the view, to judge differences with.

    Returns:
        Results of all ten attacks; those that need keys, files or many worlds say that they did not run here.
    """
    behind = sizes(estimates, earlier)
    narrowed = bounds.narrowed(view)
    nested = [claim for claim in nesting.nested(view) if is_true(claim, behind)]
    pairs = differencing.successive(view)
    claims = differencing.one_person_claims(pairs, view.mechanism)
    steps = sequence.steps_of_one(view)
    subjects = [f"{table}.{name}" for table, names in columns.items() for name in unicity.subject_columns(names)]
    found = {
        "A1": (len(view.new) + len(view.movements) + len(view.languages), [str(bound.cell) for bound in narrowed]),
        "A2": (nesting.pair_count(view) + len(pairs), [*map(str, nested), *map(str, claims), *map(str, steps)]),
        "A3": (
            sum(share.advertiser_share is not None for share in view.shares)
            + disclosure_beside.ratio_count(view.beside),
            [*map(str, ratios.narrowed(view)), *disclosure_beside.narrowed(view.beside)],
        ),
        "A4": (averaging.REQUESTS, [*map(str, averaging.varying(ask))]),
        "A9": (len(columns), subjects),
        "A10": (
            disclosure.checked(view) + disclosure_beside.checked(view.beside),
            [*disclosure.found(view, estimates), *disclosure_beside.found(view.beside, estimates)],
        ),
    }
    results = [
        judged(code, checked=checked, cells=tuple(cells), is_control_won=_CONTROLS[code]())
        for code, (checked, cells) in found.items()
    ]
    results += [not_run(code, reason) for code, reason in _LATER.items()]
    return Attempt(
        tuple(sorted(results, key=lambda result: int(result.code[1:]))),
        remedy.withheld(view, [bound.cell for bound in narrowed], nested, [*claims, *steps]),
    )


def sizes(estimates: Estimates, earlier: Iterable[VolumeEstimate] = ()) -> dict[AnyCell, tuple[float, ...]]:
    """Give what is behind each cell: identities, and the estimate where there is one."""
    found: dict[AnyCell, tuple[float, ...]] = {}
    for row in (*earlier, *estimates.volumes):
        found[row.cell] = _size(row.identity_count, row.point_count)
    for flow in estimates.movements:
        cell = MoveId(flow.block_start_date, flow.origin_code, flow.destination_code)
        found[cell] = _size(flow.identity_count, flow.point_count)
    for spoken in estimates.languages:
        at = LanguageId(spoken.block_start_date, spoken.area_code, spoken.language_code)
        found[at] = _size(spoken.identity_count, None)
    return found


def _size(identities: int, point: float | None) -> tuple[float, ...]:
    return (float(identities),) if point is None else (float(identities), point)


def is_true(claim: nesting.Difference, behind: Mapping[AnyCell, tuple[float, ...]]) -> bool:
    """Tell whether a claimed difference is what lies behind the figures (or the identities) and is small.

    A claim about a cell of which nothing is at hand counts as true.
    """
    if claim.outer not in behind or claim.inner not in behind:
        return True
    gaps = [outer - inner for outer, inner in zip(behind[claim.outer], behind[claim.inner], strict=False)]
    return any(claim.low - 0.5 <= gap <= claim.high + 0.5 and 0.5 <= gap < WIDE_ENOUGH for gap in gaps)


@cache
def _bounds_control() -> bool:
    found = {bound.cell: bound for bound in bounds.narrowed(twins.threshold_only())}
    truth: dict[AnyCell, int] = {
        CellId("day", twins.MONDAY, area, "all"): twins.counts()[area, "all"] for area in ("GMA3", "GMA5")
    }
    truth[LanguageId(twins.MONDAY, "CRA2", "ro")] = twins.SPEAKERS["CRA2"]
    truth[MoveId(twins.MONDAY, "GM0141", FOCUS)] = twins.MOVES["GM0141"]
    return all(cell in found and found[cell].low <= count <= found[cell].high for cell, count in truth.items())


@cache
def _differencing_control() -> bool:
    twin = twins.exact()
    behind = sizes(Estimates(twins.estimate_rows(twins.counts(leaver=True), "day", _second_day())))
    claims = [claim for claim in nesting.nested(twin) if claim.outer in behind]
    leavers = {pair.cell for pair in differencing.one_person_claims(differencing.successive(twin), twin.mechanism)}
    steps = {step.cell for step in sequence.steps_of_one(twin)}
    left = CellId("day", _second_day(), "GMA1", "all")
    return bool(claims) and all(is_true(claim, behind) for claim in claims) and left in leavers & steps


def _second_day() -> date:
    return twins.MONDAY + timedelta(days=1)


@cache
def _ratio_control() -> bool:
    return ratios.statline_control(ratios.STATLINE) == 7 and bool(ratios.narrowed(twins.rounded_only()))


@cache
def _averaging_control() -> bool:
    rows = twins.estimate_rows(twins.counts(), "day", twins.MONDAY)
    return averaging.is_control_won({row.cell: row.point_count or 0.0 for row in rows})


@cache
def _unicity_control() -> bool:
    return unicity.is_control_won()


@cache
def _disclosure_control() -> bool:
    twin = twins.exact()
    rows = [
        *twins.estimate_rows(twins.counts(leaver=True), "day", _second_day(), ("all",)),
        *twins.estimate_rows(twins.counts(), "block", twins.MONDAY),
    ]
    found = disclosure.found(twin, Estimates(rows))
    return all(any(word in line for line in found) for word in ("small", "all but a few", "none or all", "told twice"))


_CONTROLS: Mapping[str, Callable[[], bool]] = {
    "A1": _bounds_control,
    "A2": _differencing_control,
    "A3": _ratio_control,
    "A4": _averaging_control,
    "A9": _unicity_control,
    "A10": _disclosure_control,
}
_LATER: Mapping[str, str] = {
    "A5": "needs the pseudonyms of two epochs: run the audit",
    "A6": "needs the state folder and the database's files: run the audit",
    "A7": "needs many simulated worlds: run the audit",
    "A8": "is of open data, not of a day's release: run the audit",
}
