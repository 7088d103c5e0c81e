"""Shares corrected for the reading: against closed forms, and whether intervals hold what they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.pipeline import VERSION
from warehouse.errors import WrongUse
from warehouse.estimates import shares
from warehouse.estimates.errors import TooFewSeen

REGION = {"area_code": "CR12", "days": 28}
PERFECT = shares.of_counts({"home": {"home": 10**6}, "club": {"club": 10**6}}, None, "unknown")
POOR = shares.of_counts(
    {"home": {"home": 80, "club": 10, "unknown": 10}, "club": {"club": 70, "home": 20, "unknown": 10}}, None, "unknown"
)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def points(made: shares.Shares) -> dict[str, float]:
    return {share.label: share.point for share in made.shares}


def test_the_counts_are_of_the_reading_that_runs():
    """Otherwise: `python -P benchmarks/reading/evaluate.py --confusion`."""
    assert shares.source().pipeline_version == VERSION


@pytest.mark.parametrize(
    ("signal", "labels"), [("setting", shares.SETTINGS), ("language", ("nl", "en", "ro", "other"))]
)
def test_the_file_has_texts_of_every_label(signal, labels):
    made = shares.confusion(signal)
    assert set(labels) <= set(made.true)
    assert made.true[-1] == shares.UNTOLD[signal]
    assert made.read[: len(made.true)] == made.true
    assert made.counts[:-1].sum(axis=1).min() >= 17  # the fewest: languages that are rare, together
    assert np.trace(made.counts[:-1]) > 0.9 * made.counts[:-1].sum()


def test_a_reading_without_faults_changes_nothing():
    made = shares.corrected({"home": 60, "club": 40}, PERFECT, **REGION, rng=rng())
    assert points(made) == pytest.approx({"club": 0.4, "home": 0.6}, abs=1e-4)
    # Jeffreys' interval of 40 in 100.
    club = made.shares[0]
    assert (club.lower, club.upper) == pytest.approx((0.308, 0.498), abs=0.012)
    assert made.denominator == pytest.approx(100)


@given(st.floats(0.05, 0.95), st.floats(0.75, 1.0), st.floats(0.75, 1.0))
def test_two_labels_are_corrected_as_rogan_and_gladen_did(share, sensitivity, specificity):
    """Rogan and Gladen (1978): (apparent + specificity - 1) / (sensitivity + specificity - 1)."""
    rows = np.array([[[sensitivity, 1 - sensitivity], [1 - specificity, specificity]]])
    apparent = share * sensitivity + (1 - share) * (1 - specificity)
    found = shares._shares(np.array([[apparent, 1 - apparent]]), rows)[0, 0]
    assert found == pytest.approx((apparent + specificity - 1) / (sensitivity + specificity - 1), abs=2e-3)


def test_more_of_a_label_than_readings_can_bring_is_all_and_not_more():
    rows = np.array([[[0.9, 0.1], [0.2, 0.8]]])
    assert shares._shares(np.array([[0.95, 0.05]]), rows)[0] == pytest.approx([1, 0], abs=1e-3)
    assert shares._shares(np.array([[0.15, 0.85]]), rows)[0] == pytest.approx([0, 1], abs=1e-3)


def test_faults_of_the_reading_are_undone():
    """Of 1,000, .3 at home: read .3 x .8 + .7 x .2 = .38 home."""
    made = shares.corrected({"home": 380, "club": 520, "unknown": 100}, POOR, **REGION, rng=rng())
    assert points(made)["home"] == pytest.approx(0.3, abs=0.01)
    home = next(share for share in made.shares if share.label == "home")
    assert home.lower < 0.3 < home.upper < 380 / 900


def test_who_tells_nothing_is_shared_out():
    told = shares.corrected({"home": 60, "club": 40}, PERFECT, **REGION, rng=rng())
    silent = shares.corrected({"home": 60, "club": 40, "unknown": 50}, PERFECT, **REGION, rng=rng())
    assert points(silent) == pytest.approx(points(told), abs=1e-4)
    assert silent.denominator == pytest.approx(told.denominator, rel=1e-3)  # those who told
    # A label that the reading often misses gets more of them.
    shy = shares.of_counts(
        {"home": {"home": 900, "unknown": 100}, "club": {"club": 500, "unknown": 500}}, None, "unknown"
    )
    assert points(shares.corrected({"home": 45, "club": 25, "unknown": 30}, shy, **REGION, rng=rng()))[
        "club"
    ] == pytest.approx(0.5, abs=0.02)


def test_shares_are_among_what_is_asked_for_and_add_up():
    seen = {"home": 60, "club": 20, "escort": 20, "other": 50, "unknown": 10}
    made = shares.corrected(seen, shares.confusion("setting"), **REGION, rng=rng(), among=shares.SETTINGS)
    assert [share.label for share in made.shares] == list(shares.SETTINGS)
    assert sum(points(made).values()) == pytest.approx(1, abs=1e-5)
    assert 95 < made.denominator < 110
    assert all(0 <= share.lower <= share.point <= share.upper <= 1 for share in made.shares)


def test_a_rare_language_counts_as_other_and_an_unknown_setting_is_an_error():
    made = shares.corrected({"nl": 80, "zh": 20}, shares.confusion("language"), **REGION, rng=rng())
    assert points(made)["other"] == pytest.approx(0.2, abs=0.05)
    with pytest.raises(WrongUse, match=r"evaluate\.py"):
        shares.corrected({"home": 60, "tent": 20}, shares.confusion("setting"), **REGION, rng=rng())


def test_under_twenty_there_is_no_share():
    for seen in ({"home": 10, "club": 9}, {}, {"unknown": 100}):
        with pytest.raises(TooFewSeen) as caught:
            shares.corrected(seen, PERFECT, **REGION, rng=rng())
        assert caught.value.code == "too_few_seen"
    assert shares.corrected({"home": 12, "club": 9}, PERFECT, **REGION, rng=rng()).denominator > 20
    with pytest.raises(TooFewSeen):  # many, but few of what is asked for
        shares.corrected(
            {"home": 10, "other": 90}, shares.confusion("setting"), **REGION, rng=rng(), among=shares.SETTINGS
        )


@pytest.mark.parametrize(("area_code", "days"), [("GM0153", 28), ("CR12", 7), ("NL", 27)])
def test_nothing_finer_than_a_region_and_four_weeks(area_code, days):
    with pytest.raises(WrongUse):
        shares.corrected({"home": 600, "club": 400}, PERFECT, area_code=area_code, days=days, rng=rng())


def test_the_same_seed_gives_the_same_figures():
    seen = {"home": 60, "club": 40, "unknown": 5}
    first, again, other = (shares.corrected(seen, POOR, **REGION, rng=rng(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_label_that_nobody_was_read_as_may_still_be_there():
    languages = shares.corrected({"nl": 60}, shares.confusion("language"), **REGION, rng=rng())
    polish = next(share for share in languages.shares if share.label == "pl")
    assert polish.point == pytest.approx(0, abs=1e-6)
    assert 0.02 < polish.upper < 0.08


def test_few_labelled_texts_make_wide_intervals():
    few, many = (
        shares.of_counts(
            {"home": {"home": 8 * n, "club": 2 * n}, "club": {"club": 8 * n, "home": 2 * n}}, None, "unknown"
        )
        for n in (2, 200)
    )
    widths = []
    for known in (few, many):
        share = shares.corrected({"home": 600, "club": 400}, known, **REGION, rng=rng()).shares[0]
        widths.append(share.upper - share.lower)
    assert widths[0] > 2 * widths[1]


@pytest.mark.full
def test_intervals_hold_the_truth_as_often_as_they_say():
    """A small slice of benchmarks/statistics/shares.py, under a poor reading and with shares far from even."""
    generator, truth, inside = rng(4), np.array([0.85, 0.15]), []
    rows, sizes = POOR.rows(), POOR.counts.sum(axis=1).astype(int)
    for _ in range(80):
        labelled = np.array([generator.multinomial(n, row) for n, row in zip(sizes, rows, strict=True)], dtype=float)
        read = generator.multinomial(200, [*(0.9 * truth), 0.1] @ rows)
        made = shares.corrected(
            dict(zip(POOR.read, map(int, read), strict=True)),
            shares.Confusion(POOR.true, POOR.read, labelled),
            **REGION,
            rng=generator,
            draws=300,
        )
        club = made.shares[0]
        inside.append(club.lower <= truth[0] <= club.upper)
    assert np.mean(inside) >= 0.9
