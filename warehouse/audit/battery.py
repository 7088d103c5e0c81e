"""The battery before a release: every attack that needs nothing but the figures, on what was and will be public.

Its cost depends on the day: new cells are set against the released windows that they touch, not against all history.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from warehouse.audit import averaging, bounds, differencing, disclosure, ratios, twins, unicity
from warehouse.audit.results import AttackResult, judged, not_run
from warehouse.audit.view import WIDE_ENOUGH, View, printed
from warehouse.protection.cells import CellId, VolumeEstimate
from warehouse.protection.gate import Estimates

Columns = Mapping[str, Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the battery found, and the printed cells that would have to go for it to find nothing."""

    results: tuple[AttackResult, ...]
    withhold: frozenset[CellId]


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
    truth = {row.cell: row for row in (*earlier, *estimates.volumes)}
    narrowed = bounds.narrowed(view)
    nested = [claim for claim in differencing.nested(view) if is_true(claim, truth)]
    pairs = differencing.successive(view)
    claims = differencing.one_person_claims(pairs, view.mechanism)
    shares = ratios.narrowed(view)
    changing = averaging.varying(ask)
    subjects = [f"{table}.{name}" for table, names in columns.items() for name in unicity.subject_columns(names)]
    scan = disclosure.found(view, estimates)
    results = (
        judged(
            "A1",
            checked=len(view.new),
            cells=tuple(str(bound.cell) for bound in narrowed),
            is_control_won=_bounds_control(),
        ),
        judged(
            "A2",
            checked=differencing.pair_count(view) + len(pairs),
            cells=(*map(str, nested), *claims),
            is_control_won=_differencing_control(),
        ),
        judged(
            "A3",
            checked=sum(share.advertiser_share is not None for share in view.shares),
            cells=tuple(map(str, shares)),
            is_control_won=_ratio_control(),
        ),
        judged(
            "A4",
            checked=averaging.REQUESTS,
            cells=tuple(map(str, changing)),
            is_control_won=_averaging_control(),
        ),
        not_run("A5", "needs the pseudonyms of two epochs: run the audit"),
        not_run("A6", "needs the state folder and the database's files: run the audit"),
        not_run("A7", "needs many simulated worlds: run the audit"),
        not_run("A8", "there is no open data yet"),
        judged("A9", checked=len(columns), cells=tuple(subjects), is_control_won=_unicity_control()),
        judged(
            "A10",
            checked=disclosure.checked(view),
            cells=tuple(scan),
            is_control_won=_disclosure_control(),
        ),
    )
    figures = printed(view.new)
    withhold = {claim.outer if claim.outer in figures else claim.inner for claim in nested}
    for bound in narrowed:
        withhold |= _behind(bound.cell, view, figures)
    return Attempt(results, frozenset(withhold))


def is_true(claim: differencing.Difference, truth: Mapping[CellId, VolumeEstimate]) -> bool:
    """Tell whether a claimed difference is what lies behind the figures (or the identities) and is small.

    A claim about a cell whose truth is not at hand counts as true.
    """
    outer, inner = truth.get(claim.outer), truth.get(claim.inner)
    if outer is None or inner is None:
        return True
    gaps = [float(outer.identity_count - inner.identity_count)]
    if outer.point_count is not None and inner.point_count is not None:
        gaps.append(outer.point_count - inner.point_count)
    return any(claim.low - 0.5 <= gap <= claim.high + 0.5 and 0.5 <= gap < WIDE_ENOUGH for gap in gaps)


def _behind(cell: CellId, view: View, figures: Mapping[CellId, int]) -> set[CellId]:
    """Choose what to withhold: the printed area around a bared cell, else a printed sibling class, else its label."""
    parent = view.parents.get(cell.area_code)
    if parent is not None and (outer := cell._replace(area_code=parent)) in figures:
        return {outer}
    siblings = [other for other in figures if other._replace(setting_code="") == cell._replace(setting_code="")]
    classes = [other for other in siblings if other.setting_code != "all"] or siblings
    return {min(classes, key=lambda other: (figures[other], other))} if classes else {cell}


@cache
def _bounds_control() -> bool:
    found = {bound.cell.area_code: bound for bound in bounds.narrowed(twins.threshold_only())}
    truth = twins.counts()
    return all(area in found and found[area].low <= truth[area, "all"] <= found[area].high for area in ("GMA3", "GMA5"))


@cache
def _differencing_control() -> bool:
    twin = twins.exact()
    truth = {row.cell: row for row in twins.estimate_rows(twins.counts(leaver=True), "day", _second_day())}
    claims = [claim for claim in differencing.nested(twin) if claim.outer in truth]
    leavers = differencing.one_person_claims(differencing.successive(twin), twin.mechanism)
    return bool(claims) and all(is_true(claim, truth) for claim in claims) and any("GMA1" in name for name in leavers)


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
