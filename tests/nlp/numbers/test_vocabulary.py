import pytest

from nlp.folding import fold_word
from nlp.numbers.vocabulary import value_of
from nlp.numbers.vocabulary import vocabulary as read
from nlp.wordlists import DATA, languages_with, table


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("vierendertig", "34"),
        ("tweeëndertig", "32"),
        ("einunddreißig", "31"),
        ("harmincnégy", "34"),
        ("trentotto", "38"),
        ("veintidós", "22"),
        ("nulzes", "06"),
        ("nulzestweenul", "0620"),
        ("zwölf", "12"),
        ("tweeduizend", "2000"),
        ("twintighonderd", "2000"),
        ("duizendtweehonderdvierendertig", "1234"),
        ("drienullen", "000"),
        ("doppelvier", "44"),
        ("hunderteinundsiebzig", "171"),
        ("duecento", "200"),
    ],
)
def test_value(word: str, digits: str) -> None:
    known = value_of(fold_word(word))
    assert known is not None
    assert known.digits == digits


def test_parts_of_a_glued_word_may_stand_apart() -> None:
    known = value_of("tweeduizendtwaalf")
    assert known is not None
    assert (known.digits, known.apart) == ("2012", "200012")


@pytest.mark.parametrize("word", ["afspraak", "nulpunt", "eenzaam", "tweeling", "zesde", ""])
def test_ordinary_words_have_no_value(word: str) -> None:
    assert value_of(word) is None


def test_every_language_has_all_ten_digits() -> None:
    for code in languages_with("number_words.csv"):
        digits = {
            v for _, v, role in table(DATA / code / "number_words.csv", ("word", "value", "role")) if role == "digit"
        }
        assert digits == set("0123456789"), code
    assert read().roles["double"]
