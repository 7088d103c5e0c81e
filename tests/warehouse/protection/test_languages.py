"""Languages: small ones fold into `other`, in regions only."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from warehouse.protection.cells import Area, LanguageEstimate, LanguageFigure
from warehouse.protection.languages import protect_languages

START = date(2026, 10, 12)
KEY = b"\x04" * 32
AREAS = {
    "GM1": Area("GM1", "", "municipality", "CR1"),
    "CR1": Area("CR1", "", "corop", "PV"),
    "PV": Area("PV", "", "province", None),
}


def row(code: str, count: int, area: str = "CR1", share: float = 0.1) -> LanguageEstimate:
    return LanguageEstimate(START, area, code, count, share, 17 * count + len(code))


def shown(rows: list[LanguageEstimate]) -> dict[tuple[str, str], LanguageFigure]:
    return {(figure.area_code, figure.language_code): figure for figure in protect_languages(rows, AREAS, KEY)}


def test_small_languages_have_no_row() -> None:
    figures = shown([row("nl", 90), row("ro", 30), row("hu", 6), row("pl", 5)])
    assert {key for key in figures if key[0] == "CR1"} == {("CR1", "nl"), ("CR1", "ro"), ("CR1", "other")}
    assert figures["CR1", "other"].status_code == "published"


def test_no_language_is_folded_for_the_sake_of_the_rest() -> None:
    figures = shown([row("nl", 90), row("ro", 30), row("es", 22), row("hu", 4)])
    assert {language: figure.status_code for (area, language), figure in figures.items() if area == "CR1"} == {
        "nl": "published", "ro": "published", "es": "published", "other": "below_threshold",
    }  # fmt: skip


def test_nothing_by_municipality() -> None:
    figures = shown([row("nl", 90, "GM1"), row("ro", 30, "GM1")])
    assert {(area, figure.status_code) for (area, _), figure in figures.items()} == {
        ("CR1", "below_threshold"),
        ("PV", "below_threshold"),
    }


def test_a_region_with_nobody_looks_like_one_with_nine() -> None:
    figures = shown([row("nl", 9)])
    assert {figure.language_code for figure in figures.values()} == {"other"}
    assert figures["CR1", "other"].status_code == figures["PV", "other"].status_code == "below_threshold"


def test_a_province_that_adds_a_few_to_its_region_is_withheld() -> None:
    figures = shown([row("nl", 90), row("ro", 30), row("nl", 94, "PV"), row("ro", 60, "PV")])
    assert figures["PV", "nl"].reason_code == "complement"


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_laws(counts: list[int]) -> None:
    rows = [row(f"l{place}", count) for place, count in enumerate(counts) if count]
    for (_, code), figure in shown(rows).items():
        if figure.advertiser_count is not None:
            assert figure.advertiser_count >= 10
            assert figure.advertiser_count % 5 == 0
            own = [item.identity_count for item in rows if item.language_code == code]
            assert not own or own[0] >= 10
