from datetime import date

import pytest

from nlp.folding import fold_word
from nlp.gazetteer import gazetteer, kilometres
from nlp.wordlists import GAZETTEER, pairs, table


def test_every_municipality_can_be_named() -> None:
    known = gazetteer()
    named = {c.municipality_code for entry in known.entries.values() for c in entry.candidates}
    assert set(known.municipalities) <= named
    assert len(known.municipalities) == 342


def test_every_code_is_known() -> None:
    known = gazetteer()
    for entry in known.entries.values():
        for candidate in entry.candidates:
            assert candidate.municipality_code is None or candidate.municipality_code in known.municipalities
    assert set(known.area_codes.values()) <= set(known.municipalities)


@pytest.mark.parametrize(("digits", "code"), [(7511, "GM0153"), (7551, "GM0164"), (1011, "GM0363"), (999, None)])
def test_postcodes(digits: int, code: str | None) -> None:
    assert gazetteer().municipality_of_postcode(digits) == code


def test_borders_of_a_day() -> None:
    known = gazetteer()
    assert known.code_on("GM1696", None) == "GM1696"
    assert known.code_on("GM1696", date(2026, 12, 31)) == "GM1696"
    assert known.code_on("GM1696", date(2027, 1, 1)) == "GM0402"
    assert known.code_on("GM0153", date(2030, 1, 1)) == "GM0153"


@pytest.mark.parametrize("alias", ["eanske", "the hague", "den bosch", "ljouwert", "енсхеде", "st willebrord"])
def test_aliases(alias: str) -> None:
    assert len(gazetteer().entries[alias].candidates) == 1


def test_villages_of_enschede() -> None:
    for name in ("glanerbrug", "lonneker", "boekelo", "usselo", "stroinkslanden", "enschede zuid"):
        assert [c.area for c in gazetteer().entries[name].candidates] == ["GM0153"]


def test_ambiguous_names_have_all_bearers() -> None:
    areas = {name: {c.area for c in gazetteer().entries[name].candidates} for name in ("hengelo", "rossum", "bergen")}
    assert areas == {
        "hengelo": {"GM0164", "GM1876"},
        "rossum": {"GM1774", "GM0263"},
        "bergen": {"GM0373", "GM0893"},
    }


def test_distance() -> None:
    known = gazetteer().entries
    distance = kilometres(known["enschede"].candidates[0], known["amsterdam"].candidates[0])
    assert 130 < distance < 150


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("landerd", "GM1991"),
        ("beemster", "GM0439"),
        ("millingen", "GM1945"),
        ("buurse", "GM0158"),
        ("jordaan", "GM0363"),
    ],
)
def test_old_municipalities_hamlets_and_districts(name: str, area: str) -> None:
    assert [c.area for c in gazetteer().entries[name].candidates] == [area]


@pytest.mark.parametrize(
    ("name", "area"),
    [("девентер", "GM0150"), ("олдензал", "GM0173"), ("nimègue", "GM0268"), ("róterdam", "GM0599"), ("lüttich", "BE")],
)
def test_names_in_other_languages(name: str, area: str) -> None:
    assert [c.area for c in gazetteer().entries[fold_word(name)].candidates] == [area]


def test_every_alias_is_found() -> None:
    """An alias whose place is not in the table would be dropped without a word."""
    known = gazetteer()
    for alias, _, area in table(GAZETTEER / "aliases.csv", ("alias", "name", "municipality_code")):
        folded = fold_word(alias)
        if folded in known.entries:
            assert area in {c.area for c in known.entries[folded].candidates}, alias
        else:
            assert known.regions.get(folded) or _is_never(folded), alias


def _is_never(folded: str) -> bool:
    return pairs(GAZETTEER / "ordinary_words.csv", ("word", "strength")).get(folded) == "never"


def test_countries_are_qualifiers_and_entries() -> None:
    known = gazetteer()
    assert known.countries["België"] == "BE"
    assert known.entries["belgie"].candidates[0].area == "BE"
    assert known.entries["belgie"].kind == "abroad"
    assert "nederland" not in known.entries
    assert known.qualifiers["gld"] == "Gelderland"


def test_entries_know_their_kind_and_size() -> None:
    known = gazetteer().entries
    assert known["london"].kind == "abroad"
    assert known["enschede"].kind == ""
    assert known["enschede"].largest == known["enschede"].candidates[0].population
