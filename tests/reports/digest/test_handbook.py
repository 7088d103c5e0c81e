"""The handbook for supervision shows a digest; what it shows and asks must be what the digest says."""

import re
from pathlib import Path

import pytest

from reports.wording import STATUSES

HANDBOOK = Path(__file__).parents[3] / "docs" / "handhaving.md"
GOLDEN = Path(__file__).parents[1] / "golden" / "handbook.txt"


@pytest.fixture(scope="module")
def book() -> str:
    return HANDBOOK.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example(book) -> str:
    return re.search(r"```text\n(.*?)```", book, re.DOTALL)[1]


def test_the_example_is_a_digest_as_it_is_made(book, example):
    subject, text = GOLDEN.read_text(encoding="utf-8").split("\n\n", 1)
    assert example.strip() == text.strip()
    assert f"*{subject.removeprefix('Onderwerp: ')}*" in book


def test_every_figure_that_is_asked_about_is_in_the_example(book, example):
    part = book[book.index("## Begrijpt u het dagbericht?") :]
    questions = re.findall(r"^(\d+)\. \*\*(.+?)\*\*\n +(.+)$", part, re.MULTILINE)
    assert [int(number) for number, *_ in questions] == list(range(1, 11))
    known = set(re.findall(r"\d+%?", example))
    asked = [set(re.findall(r"\d+%?", question + answer)) for _, question, answer in questions]
    assert set().union(*asked) <= known
    assert sum(bool(figures) for figures in asked) >= 7


@pytest.mark.parametrize(
    "words",
    [
        "3 van de 4 bronnen zijn goed bekeken", "al 3 dagen", "tussen de 120 en 200", "beste schatting is 160",
        "tussen de 145 en 240", "gemiddeld hooguit 1 keer per 180 dagen", "hooguit 30", "tellen we niet als nul",
        "niets over één persoon of adres",
    ],
)  # fmt: skip
def test_the_answers_say_it_in_the_words_of_the_example(book, example, words):
    answers = book[book.index("## Begrijpt u het dagbericht?") :].replace(
        "160 is de beste schatting", "beste schatting is 160"
    )
    assert words.casefold() in example.casefold()
    assert words.casefold() in answers.casefold()


def test_the_handbook_has_a_word_for_all_that_may_stand_in_place_of_a_figure(book):
    for status in STATUSES.values():
        assert f"| {status} |" in book


def test_short_sentences_and_the_words_of_the_house(book):
    told = re.sub(r"```.*?```", "", book, flags=re.DOTALL)
    assert not re.search(r"prostitu|sekswerker", told, re.IGNORECASE)
    sentences = re.split(r"(?<=[.?!:])\s|\n\n|\|", told)
    assert max(len(sentence.split()) for sentence in sentences) <= 25
    assert sum(len(sentence.split()) for sentence in sentences) / sum(bool(s.split()) for s in sentences) < 12
