"""Shares come from printed parts and from nothing else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.audit import ratios
from warehouse.audit.view import View
from warehouse.protection.cells import ShareFigure, VolumeFigure
from warehouse.protection.shares import setting_shares

START = date(2026, 10, 12)
counts = st.one_of(st.none(), st.integers(2, 400).map(lambda n: 5 * n))


def parts(
    home: int | None, club: int | None, escort: int | None, hidden: str = "below_threshold"
) -> list[VolumeFigure]:
    return [
        VolumeFigure(
            "block",
            START,
            "GM1",
            name,
            "published" if count else hidden,
            "",
            count,
            None,  # type: ignore[arg-type]
            None if count is None else max(count - 20, 10),
            None if count is None else count + 30,
            None,
            3,
            1.0,
            [],
        )
        for name, count in (("home", home), ("club", club), ("escort", escort))
    ]


def by_class(rows: list[ShareFigure]) -> dict[str, ShareFigure]:
    return {row.setting_code: row for row in rows}


@given(home=counts, club=counts, escort=counts)
def test_shares_are_inside_their_interval_and_tell_nothing_new(
    home: int | None, club: int | None, escort: int | None
) -> None:
    figures = parts(home, club, escort)
    shares = setting_shares(figures)
    for row in shares:
        if row.advertiser_share is not None:
            assert row.lower_share is not None
            assert row.upper_share is not None
            assert 0 < row.lower_share <= row.advertiser_share <= row.upper_share < 1
    assert not ratios.narrowed(View(figures, {}, shares=shares))


def test_a_label_counts_as_its_middle() -> None:
    rows = by_class(setting_shares(parts(80, None, 15)))
    assert rows["home"].advertiser_share == 0.8
    assert rows["club"].status_code == "below_threshold"


@pytest.mark.parametrize(
    ("figures", "status", "reason"),
    [
        (parts(80, None, 15, "withheld"), "withheld", "part_withheld"),
        (parts(80, None, 15, "unreliable"), "unreliable", "part_unreliable"),
        (parts(80, 15, 15)[:2], "unreliable", "part_unreliable"),
    ],
)
def test_a_missing_part_withholds_all(figures: list[VolumeFigure], status: str, reason: str) -> None:
    assert {(row.status_code, row.reason_code) for row in setting_shares(figures)} == {(status, reason)}


def test_no_share_of_everything() -> None:
    rows = by_class(setting_shares(parts(4000, None, None)))
    assert rows["home"].status_code == "withheld"
    assert rows["home"].reason_code == "zero_or_all"
