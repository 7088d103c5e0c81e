"""Unprotected twins: an invented market released without protection, on which every attack must succeed.

The counts are made up. One municipality holds three advertisers, one region lies almost wholly in one municipality,
and from one day to the next exactly one person leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from warehouse.areas import FOCUS
from warehouse.audit.view import EXACT, ROUNDED_ONLY, THRESHOLD_ONLY, View
from warehouse.protection.cells import (
    BELOW,
    PUBLISHED,
    LanguageFigure,
    MovementFigure,
    ShareFigure,
    VolumeEstimate,
    VolumeFigure,
)

MONDAY: Final = date(2026, 10, 12)
PARENTS: Final[dict[str, str | None]] = {
    "NL": None,
    "PV-A": "NL",
    "CRA1": "PV-A",
    "CRA2": "PV-A",
    "GMA1": "CRA1",
    "GMA2": "CRA1",
    "GMA3": "CRA1",
    "GMA4": "CRA2",
    "GMA5": "CRA2",
}
# Advertisers by municipality on the first day: home, club, escort, and of no known kind.
MARKET: Final[dict[str, tuple[int, int, int, int]]] = {
    "GMA1": (45, 12, 18, 5),
    "GMA2": (14, 0, 11, 2),
    "GMA3": (2, 0, 1, 0),
    "GMA4": (60, 14, 20, 6),
    "GMA5": (4, 0, 0, 0),
}
_CLASSES: Final = ("home", "club", "escort")
# Moves into the focus from each place around it, and from all of these together.
MOVES: Final[dict[str, int]] = {"GM0164": 14, "GM0141": 3, "CR12R": 21, "CR12X": 38}

# Advertisers with texts in one language, by region and in all.
SPEAKERS: Final[dict[str, int]] = {"CRA1": 40, "CRA2": 4, "PV-A": 44}


def counts(*, leaver: bool = False) -> dict[tuple[str, str], int]:
    """Count advertisers by area and class; with `leaver`, after one home worker left the first municipality."""
    found: dict[tuple[str, str], int] = {}
    for code, kinds in MARKET.items():
        here = list(kinds)
        if leaver and code == "GMA1":
            here[0] -= 1
        area: str | None = code
        while area is not None:
            for name, number in (*zip(_CLASSES, here, strict=False), ("all", sum(here))):
                found[area, name] = found.get((area, name), 0) + number
            area = PARENTS[area]
    return found


def estimate_rows(
    truth: Mapping[tuple[str, str], int], period: str, start: date, classes: Sequence[str] = ("all", *_CLASSES)
) -> list[VolumeEstimate]:
    """Write counts as unprotected estimates that hit the truth exactly."""
    return [
        VolumeEstimate(
            period_code=period,
            period_start_date=start,
            area_code=area,
            setting_code=name,
            identity_count=number,
            largest_share=1 / number,
            floor_count=float(number),
            point_count=float(number),
            lower_count=float(number),
            upper_count=float(number),
            coverage_share=1.0,
            source_group_count=3,
            completeness_share=1.0,
            refusal_code=None,
            warnings=[],
            cell_number=(number * 7_919 + len(area)) % (1 << 63),
        )
        for (area, name), number in sorted(truth.items())
        if name in classes and number > 0
    ]


def as_figures(rows: Iterable[VolumeEstimate], threshold: int) -> list[VolumeFigure]:
    """Print estimates as they are; under the threshold a label stands in their place."""
    figures = []
    for row in rows:
        count = None if row.point_count is None or row.identity_count < threshold else round(row.point_count)
        figures.append(
            VolumeFigure(
                *row.cell,
                status_code=BELOW if count is None else PUBLISHED,
                reason_code="",
                advertiser_count=count,
                floor_count=count,
                lower_count=count,
                upper_count=count,
                coverage_share=None,
                source_group_count=row.source_group_count,
                completeness_share=row.completeness_share,
                warnings=[],
            )
        )
    return figures


def threshold_only() -> View:
    """Release a day, the languages and the flows of a block with a threshold and nothing else."""
    return View(
        as_figures(estimate_rows(counts(), "day", MONDAY, ("all",)), 10),
        PARENTS,
        movements=moves_twice_told(),
        languages=languages_of_regions(),
        mechanism=THRESHOLD_ONLY,
    )


def languages_of_regions() -> list[LanguageFigure]:
    """Print a language by region beside its total; only the small one has a label."""
    return [
        LanguageFigure(MONDAY, area, "ro", BELOW if count < 10 else PUBLISHED, "", None if count < 10 else count)
        for area, count in SPEAKERS.items()
    ]


def exact() -> View:
    """Release two days and their block without any protection."""
    next_day = MONDAY + timedelta(days=1)
    blocks = as_figures(estimate_rows(counts(), "block", MONDAY), 0)
    return View(
        new=[*as_figures(estimate_rows(counts(leaver=True), "day", next_day, ("all",)), 0), *blocks],
        parents=PARENTS,
        earlier=as_figures(estimate_rows(counts(), "day", MONDAY, ("all",)), 0),
        shares=exact_shares(blocks),
        movements=moves_twice_told(),
        mechanism=EXACT,
    )


def moves_twice_told() -> list[MovementFigure]:
    """Print flows beside their sum; only the one under the threshold has a label."""
    return [
        MovementFigure(MONDAY, origin, FOCUS, BELOW, BELOW, None, None, None, [])
        if count < 10
        else MovementFigure(MONDAY, origin, FOCUS, PUBLISHED, "", count, count, count, [])
        for origin, count in MOVES.items()
    ]


def rounded_only() -> View:
    """Release a block rounded to 5, beside shares of the counts before rounding: as official tables have done."""
    blocks = as_figures(estimate_rows(counts(), "block", MONDAY), 0)
    rounded = [replace(row, advertiser_count=5 * round((row.advertiser_count or 0) / 5)) for row in blocks]
    return View(new=rounded, parents=PARENTS, shares=exact_shares(blocks), mechanism=ROUNDED_ONLY)


def exact_shares(blocks: Iterable[VolumeFigure]) -> list[ShareFigure]:
    """Print shares of unprotected counts: percentages with one decimal."""
    groups: dict[str, dict[str, int]] = {}
    for row in blocks:
        if row.setting_code in _CLASSES and row.advertiser_count is not None:
            groups.setdefault(row.area_code, {})[row.setting_code] = row.advertiser_count
    return [
        ShareFigure(MONDAY, area, name, PUBLISHED, "", round(count / sum(parts.values()), 3), None, None)
        for area, parts in sorted(groups.items())
        for name, count in sorted(parts.items())
    ]
