import json

import numpy as np
import pytest

from warehouse.estimates import volumes

AREAS = ("NL", "CR12", "GM0153", "GM0141", "GM0363", "GM0599")


WHOLE = volumes.Quality(1.0, 1.0)


def scene(quality: volumes.Quality = WHOLE, seed: int = 1) -> volumes.Scene:
    return volumes.Scene(
        period=volumes.Period("week", "2026-11-02", 7),
        quality=quality,
        groups=("alfa", "beta", "gamma"),
        areas=AREAS,
        whole=0,
        peers=np.array([code.startswith("GM") for code in AREAS]),
        phi=np.full(len(AREAS), 0.97),
        seed=seed,
        level=volumes.Level.of(seed),
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
    kappa = volumes.Level.of(1).kappa
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


def test_what_was_carried_forward_widens() -> None:
    plain = volumes.estimate_areas(scene(), counts(), np.zeros(6), "all")[2]
    carried = volumes.estimate_areas(scene(), counts(), np.full(6, 30.0), "all")[2]
    assert carried.draws is not None
    assert plain.draws is not None
    assert np.log(carried.draws).std() > np.log(plain.draws).std()


def test_draws_belong_to_names_and_not_to_the_order_of_areas() -> None:
    one = volumes.generator(1, "week", "2026-11-02", "NL").random()
    assert one == volumes.generator(1, "week", "2026-11-02", "NL").random()
    assert one != volumes.generator(1, "week", "2026-11-02", "CR12").random()
    assert one != volumes.generator(2, "week", "2026-11-02", "NL").random()


def test_many_groups_mean_fewer_interactions() -> None:
    assert [volumes.most_terms(groups) for groups in (3, 5, 6)] == [4, 4, 2]
