import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from warehouse.estimates import ghosts, variance, volumes
from warehouse.estimates.level import Knowledge, Level, generator
from warehouse.estimates.tables import CaptureTable

AREAS = ("NL", "CR12", "GM0153", "GM0141", "GM0363", "GM0599")


WHOLE = volumes.Quality(1.0, 1.0)


def scene(quality: volumes.Quality = WHOLE, seed: int = 1) -> volumes.Scene:
    return volumes.Scene(
        period=volumes.Period("week", "2026-11-02", 7),
        quality=quality,
        groups=("alfa", "beta", "gamma"),
        areas=AREAS,
        whole="NL",
        peers=np.array([code.startswith("GM") for code in AREAS]),
        phi=np.full(len(AREAS), 0.97),
        seed=seed,
        level=Level.of(seed, Knowledge(date(2026, 11, 8))),
    )


def counts() -> np.ndarray:
    local = np.array(
        [
            [0, 30, 15, 12, 8, 5, 3, 2],
            [0, 2, 1, 1, 1, 0, 0, 0],
            [0, 60, 31, 22, 14, 9, 6, 5],
            [0, 50, 26, 18, 12, 8, 5, 4],
        ]
    )
    return np.vstack([local.sum(axis=0), local[:2].sum(axis=0), local]).astype(float)  # fmt: skip


def test_every_area_gets_a_figure_or_a_refusal() -> None:
    figures = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")
    by_area = dict(zip(AREAS, figures, strict=True))
    assert by_area["GM0141"].refusal == "too_few_seen"
    assert by_area["GM0141"].point is None
    for code in ("NL", "CR12", "GM0153"):
        figure = by_area[code]
        assert figure.refusal is None
        assert figure.lower < figure.point < figure.upper  # type: ignore[operator]
        assert figure.floor <= figure.point  # type: ignore[operator]
        assert figure.warnings == ("not_calibrated",)
        json.dumps(figure.models, allow_nan=False)
    record = by_area["NL"].models["models"]
    assert len(record) == volumes.MODELS_KEPT
    assert sum(model["weight"] for model in record) == pytest.approx(1, abs=1e-5)


def test_no_audit_shows_in_the_interval() -> None:
    figure = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")[0]
    kappa = Level.of(1, Knowledge(date(2026, 11, 8))).kappa
    assert kappa.min() >= 0.6
    assert kappa.max() <= 1.1
    assert figure.draws is not None
    assert (figure.upper - figure.lower) / figure.point > 0.4  # type: ignore[operator]


@pytest.mark.parametrize(
    ("quality", "table", "refusal"),
    [
        (volumes.Quality(0.7, 0.7), counts(), "low_completeness"),
        (volumes.Quality(1.0, 1.0), counts() * [0, 1, 0, 0, 0, 0, 0, 0], "too_few_source_groups"),
        (volumes.Quality(1.0, 1.0), counts() * [0, 1, 1, 0, 1, 0, 0, 0], "too_few_recaptures"),
    ],
)
def test_refusals_of_the_whole_hold_everywhere(quality: volumes.Quality, table: np.ndarray, refusal: str) -> None:
    figures = volumes.estimate_areas(scene(quality), table, np.zeros(6), "all")
    assert {figure.refusal for figure in figures} == {refusal}
    assert {figure.point for figure in figures} == {None}


def test_not_knowing_who_is_live_widens() -> None:
    plain = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")[2]
    unsure = volumes.estimate_areas(scene(), counts(), np.full(6, 30.0), "all")[2]
    assert unsure.specific > plain.specific  # type: ignore[operator]
    assert unsure.common == pytest.approx(plain.common, rel=0.2)


def test_draws_belong_to_names_and_not_to_the_order_of_areas() -> None:
    one = generator(1, "week", "2026-11-02", "NL").random()
    assert one == generator(1, "week", "2026-11-02", "NL").random()
    assert one != generator(1, "week", "2026-11-02", "CR12").random()
    assert one != generator(2, "week", "2026-11-02", "NL").random()


def test_what_periods_share_is_no_change_between_them() -> None:
    """The next week of a market that stays as it is: its ratio to this one varies by what is specific, not by kappa."""
    here = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")[0]
    later = replace(scene(), period=volumes.Period("week", "2026-11-09", 7))
    there = volumes.estimate_areas(later, counts(), np.zeros(6), "all")[0]
    assert here.draws is not None
    assert there.draws is not None
    ratio = np.log(there.draws / here.draws)
    assert ratio.var() == pytest.approx(here.specific + there.specific, rel=0.1)  # type: ignore[operator]
    assert ratio.var() < 0.5 * (np.log(here.draws).var() + np.log(there.draws).var())


def test_an_external_list_moves_its_area_only() -> None:
    own = CaptureTable(("alfa", "beta", "gamma"), counts()[2])
    both = np.concatenate([own.counts - np.floor(own.counts / 2), np.floor(own.counts / 2)])
    both[8] = 30.0
    table = CaptureTable((*own.lists, "outreach"), both)
    plain = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")
    found = volumes.estimate_areas(replace(scene(), external={"GM0153": table}), counts(), np.zeros(6), "all")
    assert found[2].warnings == ("not_calibrated", "external_list")
    assert found[2].point != plain[2].point
    assert [f.point for i, f in enumerate(found) if i != 2] == [f.point for i, f in enumerate(plain) if i != 2]
    refused = CaptureTable(("alfa", "outreach"), np.array([0.0, 40.0, 3.0, 2.0]))
    kept = volumes.estimate_areas(replace(scene(), external={"GM0153": refused}), counts(), np.zeros(6), "all")[2]
    assert kept.point == plain[2].point
    assert kept.models["external_refusal"] == "too_few_recaptures"


def test_ghosts_and_kappa_scale_the_figure() -> None:
    plain = scene()
    idle = Level(np.ones(4000), np.zeros(4000), plain.level.common, plain.level.delta, (), {})
    without = volumes.estimate_areas(replace(plain, level=idle), counts(), np.zeros(6), "all")[0]
    lagged = replace(idle, lag=np.full(4000, 3.0))
    ghosts_out = volumes.estimate_areas(replace(plain, level=lagged), counts(), np.zeros(6), "all")[0]
    phi = float(ghosts.active_persistence(0.03, 3.0))
    assert ghosts_out.point / without.point == pytest.approx(float(ghosts.factor(phi, 3.0, 7)))  # type: ignore[operator]
    halved = replace(idle, kappa=np.full(4000, 0.5))
    half = volumes.estimate_areas(replace(plain, level=halved), counts(), np.zeros(6), "all")[0]
    assert half.point / without.point == pytest.approx(0.5)  # type: ignore[operator]


def test_telling_a_deviation_anew_is_specific_to_the_period() -> None:
    of, whole = scene(), counts()[0]
    (once, again), apart = volumes._totals(
        of, counts(), volumes._unseen(of, CaptureTable(of.groups, whole)), whole, "all"
    )
    share = 1 - counts()[2].sum() / np.median(once[2])
    added = variance.of_deviation(apart.spread[2:3], apart.tau, np.array([share]))[0]
    found = volumes.estimate_areas(of, counts(), np.zeros(6), "all")
    assert added > 1e-4
    assert found[2].specific == pytest.approx(variance.split(once[2], again[2]).specific + added)
    assert found[0].specific == pytest.approx(variance.split(once[0], again[0]).specific)  # the country is told once


def test_areas_in_another_order_have_the_same_figures() -> None:
    order = [0, 2, 5, 3, 1, 4]
    plain = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")
    moved = replace(scene(), areas=tuple(AREAS[i] for i in order), peers=scene().peers[order], phi=scene().phi[order])
    found = volumes.estimate_areas(moved, counts()[order], np.zeros(6), "all")
    assert [f.point for f in found] == [plain[i].point for i in order]
