"""The mechanism of open data by its law: noise that nobody seeds is judged by how it is spread."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from warehouse.estimates.identity_weeks import municipality_codes
from warehouse.protection import open_mechanism as mechanism
from warehouse.protection import open_rules as rules

RHOS = (Decimal("0.04"), Decimal("0.02"), Decimal("0.039245"), Decimal("0.019622"))


@pytest.mark.parametrize("rho", RHOS)
def test_noise_takes_no_more_than_its_budget(rho: Decimal) -> None:
    """By OpenDP's own account, and by the formula rho = 1 / (2 s^2), in fractions."""
    made, scale = mechanism._measurement(rho)
    assert made.map(1.0) <= float(rho)
    assert 1 / (2 * Fraction(scale) ** 2) <= Fraction(rho) * (1 + Fraction(1, 10**15))
    assert scale == pytest.approx(math.sqrt(1 / (2 * float(rho))))


def test_noise_has_the_law_of_the_discrete_gaussian_and_cells_are_apart() -> None:
    rho = Decimal("0.04")
    drawn = mechanism.noisy(np.full((6_000, 2), 100), rho) - 100
    x, p = mechanism.law(mechanism.sigma(rho))
    ends = np.array([-(10**6), -6.5, -3.5, -1.5, -0.5, 0.5, 1.5, 3.5, 6.5, 10**6])
    expected = np.diff([p[x < end].sum() for end in ends])
    seen = np.histogram(drawn, ends)[0]
    # One in a million runs fails by chance: noise without a seed allows no less.
    assert stats.chisquare(seen, expected * drawn.size).pvalue > 1e-6
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 5 / math.sqrt(len(drawn))


def test_the_law_is_whole_symmetric_and_as_wide_as_its_scale() -> None:
    x, p = mechanism.law(3.5)
    assert p.sum() == pytest.approx(1)
    assert (p == p[::-1]).all()
    assert (p * x**2).sum() == pytest.approx(3.5**2, rel=1e-6)


@pytest.mark.parametrize("rho", RHOS)
def test_a_cell_under_the_threshold_is_printed_with_less_than_the_chance(rho: Decimal) -> None:
    """Summed by hand, apart from `law`; one lower would be too often."""
    scale = mechanism.sigma(rho)
    weight = {k: math.exp(-(k**2) / (2 * scale**2)) for k in range(-300, 301)}
    total = math.fsum(weight.values())

    def chance(count: int, printed_from: int) -> float:
        return math.fsum(w for k, w in weight.items() if count + k >= printed_from) / total

    start = mechanism.printed_from(scale)
    assert max(chance(count, start) for count in range(rules.THRESHOLD)) < 1e-4 <= chance(9, start - 1)
    assert start > rules.THRESHOLD


def test_what_is_printed_is_decided_by_the_noisy_number_alone() -> None:
    drawn = np.arange(-5, 40)
    printed = mechanism.shown(drawn, 5.0)
    assert (printed[drawn >= 29] == drawn[drawn >= 29]).all()
    assert (printed[drawn < 29] == mechanism.BELOW).all()


def test_tables_add_up_counts_over_a_fixed_domain() -> None:
    codes = municipality_codes()
    towns, regions, country = mechanism.shapes(codes)
    counts = np.arange(4 * len(codes)).reshape(-1, 4)
    assert [len(shape.cells) for shape in (towns, regions, country)] == [342, 160, 4]
    assert (towns.of(counts) == counts.sum(axis=1)).all()
    assert (country.of(counts) == counts.sum(axis=0)).all()
    twente = [
        code for code, (corop, *_) in zip(codes, map(mechanism.area_parents, codes), strict=True) if corop == "CR12"
    ]
    expected = counts[[codes.index(code) for code in twente]].sum(axis=0)
    at = [regions.cells.index(("CR12", setting)) for setting in rules.CLASSES]
    assert (regions.of(counts)[at] == expected).all()


@pytest.mark.parametrize("year", range(2026, 2066))
def test_a_year_stays_within_its_cap(year: int) -> None:
    weeks = rules.weeks_of(year)
    assert all(day.weekday() == 0 and day.year == year for day in weeks)
    assert len(weeks) in {52, 53}
    week = sum(rules.budget(year).values())
    assert week <= rules.allowance(year) <= rules.RHO_OF_WEEK
    assert len(weeks) * week <= rules.RHO_OF_YEAR
    assert len(weeks) * week > Decimal("5.1999")  # and little is left lying


def test_a_changed_rule_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rules.open_ruleset_version()
    monkeypatch.setattr(rules, "FALSE_PRINT", 1e-3)
    assert rules.open_ruleset_version() != before
