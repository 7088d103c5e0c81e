import pytest
from spacy.language import Language

from nlp import attributes
from nlp.numbers import masks


@pytest.mark.parametrize(
    ("folded", "stretch"),
    [
        ("op nl91 abna 0417 1643 00 graag", "nl91 abna 0417 1643 00"),
        ("btw nl001234567b01.", "nl001234567b01"),
        ("op 06-12-2025 om", "06-12-2025"),
        ("op 2025-12-06 om", "2025-12-06"),
        ("van 09:00 tot 18:30 open", "09:00 tot 18:30"),
        ("voor € 50,- per", "€ 50,-"),
        ("mail u0620001234@post.example nu", "u0620001234@post.example"),
        ("boek 0-306-40615-2 te koop", "0-306-40615-2"),
    ],
)
def test_masked(folded: str, stretch: str) -> None:
    assert stretch in [folded[a:b] for a, b in masks.masked(folded)]


@pytest.mark.parametrize("folded", ["06-12-3456-78", "06:20:00:12:34", "at 0620001234", "0-306-40615-3"])
def test_not_masked(folded: str) -> None:
    assert masks.masked(folded) == []


@pytest.mark.parametrize(
    "before", ["kvk ", "kvk-nr. ", "order: ", "bestelnummer ", "order no. ", "referentie=", "nip "]
)
def test_label_forbids(reader: Language, before: str) -> None:
    assert attributes.phones(reader(f"Hallo, {before}0620001234")) == ()


@pytest.mark.parametrize("before", ["bel ", "mijn nummer is ", "whatsapp: ", "in order to talk, call me at "])
def test_other_words_do_not_forbid(reader: Language, before: str) -> None:
    assert len(attributes.phones(reader(f"Hallo, {before}0620001234"))) == 1
