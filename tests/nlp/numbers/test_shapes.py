import unicodedata

import pytest

from nlp.numbers.drawn import DRAWN
from nlp.numbers.misspelt import _meant
from nlp.numbers.shapes import lookalikes, numeral, shape_of


@pytest.mark.parametrize(
    ("character", "digit"),
    [
        ("Ö", "0"),
        ("š", "5"),
        ("🇴", "0"),
        ("🅢", "5"),
        ("⚄", "5"),
        ("⠋", "6"),
        ("七", "7"),
        ("🌕", "0"),
        ("Ⲟ", "0"),
        ("Ɇ", "3"),
    ],
)
def test_shape(character: str, digit: str) -> None:
    assert shape_of(character) == digit


@pytest.mark.parametrize("character", ["x", "W", "★", "♥", "漢", "€", "\u200d"])
def test_what_is_drawn_like_no_digit(character: str) -> None:
    assert shape_of(character) is None


def test_every_character_has_an_answer() -> None:
    for code_point in range(0x20000):
        shape = shape_of(chr(code_point))
        assert shape is None or shape.isdigit()


def test_table_repeats_nothing() -> None:
    drawn = "".join(characters for digit, characters in DRAWN.items() if digit != "100")
    assert len(drawn) == len(set(drawn))
    assert not set(drawn) & set(lookalikes())
    assert all(unicodedata.name(character, "") for character in drawn)


def test_numerals_that_are_letters() -> None:
    assert numeral("零六二") == "062"
    assert numeral("十") is None
    assert numeral("a") is None


@pytest.mark.parametrize(
    ("written", "digits"), [("zess", "6"), ("negenn", "9"), ("fier", "4"), ("sechz", "6"), ("vierr", "4")]
)
def test_misspelt_number_words(written: str, digits: str) -> None:
    meant = _meant(written)
    assert meant is not None
    assert meant.digits == digits


@pytest.mark.parametrize("written", ["nacht", "wacht", "hal", "mooi", "lief"])
def test_ordinary_words_are_no_slips(written: str) -> None:
    assert _meant(written) is None
