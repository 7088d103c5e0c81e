"""Languages of a region: small ones are folded into `other`, which is a label itself where it is small.

A language that would print under the threshold is folded as a small one is, so that a row of its own never is a label: it
would say of a language that it is there and reaches the threshold by a person or two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from warehouse.protection.cells import (
    ATTACK,
    BELOW,
    PUBLISHED,
    WITHHELD,
    AnyCell,
    Area,
    LanguageEstimate,
    LanguageFigure,
    Status,
)
from warehouse.protection.noise import draw
from warehouse.protection.rounding import nearest
from warehouse.protection.rules import LANGUAGE, RuleSet

OTHER = "other"
_MODULUS = 1 << 63


def protect_languages(
    estimates: Iterable[LanguageEstimate],
    areas: Mapping[str, Area],
    record_key: bytes,
    rule: RuleSet = LANGUAGE,
    *,
    forced: frozenset[AnyCell] = frozenset(),
) -> list[LanguageFigure]:
    """Protect the counts of advertisers by language of the advertisement text.

    Args:
        estimates: unprotected counts; each identity has one language, so the languages of a region add up.
        areas: areas by code; municipalities are left out whatever the estimates hold.
        record_key: noise key, 32 bytes.
        rule: rule set of the cube.
        forced: cells that an attack got through, to be withheld.

    Returns:
        Rows in order of block, area, language. `other` always exists and holds all that has no row of its own; a
        region where nobody was seen has that row too, and looks like one with nine.
    """
    estimates = list(estimates)
    groups: dict[tuple[date, str], list[LanguageEstimate]] = {}
    for start in {row.block_start_date for row in estimates}:
        groups |= {(start, code): [] for code, area in areas.items() if _is_region(area)}
    for row in estimates:
        if (key := (row.block_start_date, row.area_code)) in groups:
            groups[key].append(row)
    folded = {key: _fold(key, rows, record_key, rule) for key, rows in groups.items()}
    inside: dict[tuple[date, str, str], int] = {}
    figures: list[LanguageFigure] = []
    for key in sorted(folded, key=lambda at: (at[0], _depth(at[1], areas), at[1])):
        rows = folded[key]
        total = sum(row.identity_count for row in rows)
        for row in rows:
            figure = _figure(row, total, record_key, rule)
            hidden_inside = inside.get((*key, row.language_code))
            if figure.advertiser_count is not None and hidden_inside is not None:
                # What the region adds to one of its published parts must itself reach the threshold; `other` too, of
                # which nobody sees what is folded in it here and there.
                is_small = row.identity_count - hidden_inside < rule.threshold
                figure = _withhold(figure, "complement") if is_small else figure
            if figure.advertiser_count is not None:
                _remember(inside, key, row, areas)
            figures.append(_withhold(figure, ATTACK) if figure.cell in forced else figure)
    return sorted(figures, key=lambda row: (row.block_start_date, row.area_code, row.language_code))


def _is_region(area: Area) -> bool:
    """Tell whether languages are released for an area: regions and larger, no countries abroad, no states."""
    return area.level_code in ("corop", "province") or (area.level_code == "country" and area.area_code == "NL")


def _depth(code: str, areas: Mapping[str, Area]) -> int:
    return {"corop": 0, "province": 1, "country": 2}[areas[code].level_code]


def _remember(
    inside: dict[tuple[date, str, str], int],
    key: tuple[date, str],
    row: LanguageEstimate,
    areas: Mapping[str, Area],
) -> None:
    parent = areas[key[1]].parent_code
    while parent is not None and parent in areas:
        at = (key[0], parent, row.language_code)
        inside[at] = max(inside.get(at, 0), row.identity_count)
        parent = areas[parent].parent_code


def _withhold(figure: LanguageFigure, reason: str) -> LanguageFigure:
    return replace(figure, status_code=WITHHELD, reason_code=reason, advertiser_count=None)


def _fold(
    key: tuple[date, str], rows: Sequence[LanguageEstimate], record_key: bytes, rule: RuleSet
) -> list[LanguageEstimate]:
    """Fold what may not be shown into `other`, which may be a label itself: no total is printed to take it from."""
    ordered = sorted(rows, key=lambda row: (row.identity_count, row.language_code))
    small = [
        row
        for row in ordered
        if min(row.identity_count, _shown(row, record_key, rule)) < rule.threshold or row.largest_share > rule.dominance
    ]
    kept = [row for row in ordered if row not in small]
    members = sum(row.identity_count for row in small)
    weight = max((row.largest_share * row.identity_count for row in small), default=0.0)
    other = LanguageEstimate(
        block_start_date=key[0],
        area_code=key[1],
        language_code=OTHER,
        identity_count=members,
        largest_share=weight / members if members else 0.0,
        cell_number=sum(row.cell_number for row in small) % _MODULUS,
    )
    return [*kept, other]


def _shown(row: LanguageEstimate, record_key: bytes, rule: RuleSet) -> int:
    error = draw(record_key, rule.cube, row.cell_number, row.identity_count, rule.noise)
    return nearest(row.identity_count + error, rule.rounding)


def _figure(row: LanguageEstimate, total: int, record_key: bytes, rule: RuleSet) -> LanguageFigure:
    status: Status = PUBLISHED
    reason = ""
    count: int | None = None
    shown = _shown(row, record_key, rule)
    if min(row.identity_count, shown) < rule.threshold:
        status, reason = BELOW, BELOW
    elif row.largest_share > rule.dominance:
        status, reason = WITHHELD, "dominance"
    elif total - row.identity_count < rule.threshold:
        status, reason = WITHHELD, "complement"
    else:
        count = shown
    return LanguageFigure(row.block_start_date, row.area_code, row.language_code, status, reason, count)
