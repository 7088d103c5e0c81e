import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.folding import IGNORED, PAIR_BASE, fold, fold_word, plain_letters


@given(st.text())
def test_offsets_stay(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert len(plain_letters(text)) == len(text)


@pytest.mark.parametrize("digit", range(10))
def test_digits_of_all_scripts(digit: int) -> None:
    for zero in ("0", "٠", "०", "০", "０", "𝟎", "𝟘", "𝟶", "۰"):
        assert fold(chr(ord(zero) + digit)) == str(digit)


def test_circled_number_is_one_pair() -> None:
    assert fold("⑫") == chr(PAIR_BASE + 12)
    assert fold("🔟") == chr(PAIR_BASE + 10)


def test_what_adds_nothing_is_ignored() -> None:
    assert fold("0\ufe0f\u20e3") == "0" + 2 * IGNORED
    assert fold_word("Su\u0301dwest-Fryslân") == "sudwest-fryslan"


def test_a_roman_fifty_is_a_letter_and_a_heavy_plus_a_plus() -> None:
    assert fold("\N{SMALL ROMAN NUMERAL FIFTY}") == "l"
    assert fold("➕") == "+"
