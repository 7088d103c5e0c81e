"""Flows: origins roll up until most moves can be shown."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from warehouse.protection.cells import MovementEstimate, MovementFigure
from warehouse.protection.movements import protect_movements

START = date(2026, 10, 12)
KEY = b"\x03" * 32


def flow(origin: str, count: int, destination: str = "GM0153", refusal: str | None = None) -> MovementEstimate:
    point = None if refusal else 1.4 * count
    return MovementEstimate(START, origin, destination, count, point, point, point, refusal, [], 31 * count + 7)


def by_origin(rows: list[MovementEstimate]) -> dict[str, MovementFigure]:
    return {figure.origin_code: figure for figure in protect_movements(rows, KEY)}


def test_large_flows_keep_their_origin() -> None:
    shown = by_origin([flow("CR12X", 30), flow("NLX", 25), flow("DE", 15), flow("NEW", 40)])
    assert set(shown) == {"CR12X", "NLX", "DE", "NEW"}
    assert all(figure.status_code == "published" for figure in shown.values())


def test_small_flows_roll_up_to_the_country() -> None:
    shown = by_origin([flow("CR12X", 9), flow("NLX", 8), flow("DE", 12)])
    assert shown["NLR"].status_code == "published"
    assert shown["DE"].status_code == "published"
    assert {shown[code].reason_code for code in ("CR12X", "NLX")} == {"rolled_up"}


def test_smaller_ones_roll_up_to_everywhere() -> None:
    shown = by_origin([flow("CR12X", 6), flow("NLX", 2), flow("DE", 7)])
    assert shown["ALLX"].status_code == "published"
    assert {shown[code].reason_code for code in ("CR12X", "NLX", "DE")} == {"rolled_up"}


def test_too_few_in_all_is_a_label() -> None:
    shown = by_origin([flow("CR12X", 1), flow("NLX", 2), flow("DE", 3)])
    assert shown["ALLX"].status_code == "below_threshold"


def test_staying_is_no_move() -> None:
    assert by_origin([flow("GM0153", 80), flow("DE", 20)]).keys() == {"DE"}


def test_a_refusal_is_told() -> None:
    shown = by_origin([flow("DE", 20, refusal="too_few_recaptures")])
    assert (shown["DE"].status_code, shown["DE"].reason_code) == ("unreliable", "too_few_recaptures")


def test_a_block_that_could_not_be_seen_has_no_labels() -> None:
    shown = by_origin([flow("DE", 2, refusal="low_completeness"), flow("NEW", 30, refusal="low_completeness")])
    assert {figure.status_code for figure in shown.values()} == {"unreliable"}


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_no_flow_under_the_threshold_is_shown(counts: list[int]) -> None:
    truth = dict(zip(("CR12X", "NLX", "DE", "NEW"), counts, strict=True))
    shown = by_origin([flow(code, count) for code, count in truth.items()])
    rolled = {"NLR": truth["CR12X"] + truth["NLX"], "ALLX": truth["CR12X"] + truth["NLX"] + truth["DE"]}
    for code, figure in shown.items():
        if figure.move_count is not None:
            assert figure.move_count >= 10
            assert {**truth, **rolled}[code] >= 10


def test_most_of_twenty_five_moves_a_block_can_be_shown() -> None:
    """Over many splits of 25 moves among three origins, at least 80 % of the moves have a published figure."""
    shown = total = 0
    for first in range(26):
        for second in range(26 - first):
            counts = {"CR12X": first, "NLX": second, "DE": 25 - first - second}
            figures = by_origin([flow(code, count) for code, count in counts.items()])
            rolled = {"NLR": first + second, "ALLX": 25}
            total += 25
            shown += sum({**counts, **rolled}[code] for code, f in figures.items() if f.status_code == "published")
    assert shown / total >= 0.8
