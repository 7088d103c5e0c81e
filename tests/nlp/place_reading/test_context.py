import pytest
from spacy.strings import StringStore

from nlp.place_reading.context import FROM, IN, NEGATION, Context
from nlp.place_reading.names import TURNS
from nlp.wordlists import DATA, languages_with, table

STRINGS = StringStore()
CONTEXTS = Context.read(STRINGS)


def test_a_preposition_of_another_language_is_not_heard() -> None:
    no = STRINGS["no"]
    assert CONTEXTS["pt"].words[no] & IN
    assert not CONTEXTS["pt"].words[no] & NEGATION
    assert CONTEXTS["en"].words[no] & NEGATION
    assert no in CONTEXTS["en"].roles["negation"]


def test_the_language_of_the_site_is_always_heard() -> None:
    assert all(context.words[STRINGS["uit"]] & FROM for context in CONTEXTS.values())


def test_outside_the_text_there_is_nothing() -> None:
    context = CONTEXTS[None]
    assert context.at([STRINGS["in"]], 1) == 0
    assert context.at([STRINGS["in"]], -1) == 0


def test_listed_by_signs_and_words_only() -> None:
    context = CONTEXTS["nl"]
    norms = [STRINGS.add(word) for word in ("x", ",", "en", "y", "langs")]
    assert context.listed(norms, 1, 3)
    assert not context.listed(norms, 1, 5)
    assert not context.listed(norms, 1, 1)


@pytest.mark.parametrize("code", languages_with("place_context.csv"))
def test_every_row_of_the_word_lists_is_used(code: str) -> None:
    rows = list(table(DATA / code / "place_context.csv", ("phrase", "role")))
    assert len(set(rows)) == len(rows)
    for text, role in rows:
        assert role in (TURNS if " " in text else {*CONTEXTS[None].roles, "near_tail"}), (text, role)
