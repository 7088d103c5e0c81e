"""Languages: small ones fold into `other`, in regions only."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from warehouse.audit import disclosure
from warehouse.audit.view import View
from warehouse.protection.cells import Area, LanguageEstimate, LanguageFigure
from warehouse.protection.gate import Estimates
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


def shown(rows: list[LanguageEstimate], areas: dict[str, Area] = AREAS) -> dict[tuple[str, str], LanguageFigure]:
    return {(figure.area_code, figure.language_code): figure for figure in protect_languages(rows, areas, KEY)}


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


def test_a_language_that_would_print_under_ten_is_folded_with_the_small_ones() -> None:
    """A label of its own would say that it is there, and that ten to twelve speak it."""
    words = set()
    for number in range(60):
        rows = [row("nl", 60), row("pl", 8), replace(row("ro", 10), cell_number=number)]
        figures = shown(rows)
        ro = figures.get(("CR1", "ro"))
        words.add(ro and (ro.status_code, ro.advertiser_count))
        assert disclosure.found(told(figures), Estimates([], languages=rows)) == []
    assert words == {None, ("published", 10), ("published", 15)}


def test_the_rest_of_a_province_that_adds_a_few_to_that_of_its_region_is_withheld_whatever_is_in_it() -> None:
    region = [row("nl", 90), row("bg", 9), row("hu", 8), row("pt", 8)]
    around = [row("nl", 190, "PV"), row("hu", 8, "PV"), row("pt", 8, "PV"), row("bg", 30, "PV"), row("pl", 9, "PV")]
    figures = shown([*region, *around])
    assert figures["CR1", "other"].status_code == "published"
    assert figures["PV", "bg"].status_code == "published"
    assert (figures["PV", "other"].status_code, figures["PV", "other"].reason_code) == ("withheld", "complement")
    wide = shown([*region, *around, row("es", 9, "PV"), row("cs", 9, "PV")])
    assert wide["PV", "other"].status_code == "published"


def told(figures: dict[tuple[str, str], LanguageFigure]) -> View:
    return View([], {"CR1": "PV", "CR2": "PV"}, languages=list(figures.values()))


def test_a10_control_a_language_that_a_province_adds_a_few_to_is_found() -> None:
    rows = [row("nl", 90), row("hu", 20), row("pl", 8), row("sk", 7), row("cs", 7)]
    rows += [row("nl", 120, "PV"), row("hu", 25, "PV"), row("pl", 9, "PV"), row("sk", 9, "PV"), row("cs", 7, "PV")]
    printed = {
        (area, code): LanguageFigure(START, area, code, "published", "", 25)
        for area in ("CR1", "PV")
        for code in ("nl", "hu", "other")
    }
    assert disclosure.found(told(printed), Estimates([], languages=rows)) == [
        f"language {START} PV hu: all but a few in one part",
        f"language {START} PV other: all but a few in one part",
    ]
    assert not disclosure.found(told(shown(rows)), Estimates([], languages=rows))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=7),
    st.integers(0, 1 << 40),
)
def test_the_scan_finds_nothing_in_two_regions_and_their_province(spoken: list[tuple[int, int, int]], at: int) -> None:
    """Some in the province are placed in neither of its regions."""
    rows = [
        LanguageEstimate(START, area, f"l{place}", count, 1 / count, at + 1_009 * place + 31 * count)
        for place, (one, two, rest) in enumerate(spoken)
        for area, count in (("CR1", one), ("CR2", two), ("PV", one + two + rest))
        if count
    ]
    figures = shown(rows, AREAS | {"CR2": Area("CR2", "", "corop", "PV")})
    assert not disclosure.found(told(figures), Estimates([], languages=rows))
    labels = {code for (_, code), figure in figures.items() if figure.status_code == "below_threshold"}
    assert labels <= {"other"}


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_laws(counts: list[int]) -> None:
    rows = [row(f"l{place}", count) for place, count in enumerate(counts) if count]
    for (_, code), figure in shown(rows).items():
        if figure.advertiser_count is not None:
            assert figure.advertiser_count >= 10
            assert figure.advertiser_count % 5 == 0
            own = [item.identity_count for item in rows if item.language_code == code]
            assert not own or own[0] >= 10
