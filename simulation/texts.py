"""Harmless advertisement texts in nine languages, put together from the sentences in `data/texts/`.

A text is a function of a random source: the same source gives the same text, so a repost is word for word the same and
a cross-post differs only where its author changed something. Two authors rarely choose alike: see the tests.
"""

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

LANGUAGES: tuple[str, ...] = ("nl", "en", "de", "es", "pt", "ro", "pl", "hu", "bg")
SETTINGS: tuple[str, ...] = ("home", "club", "escort")

# Invented working names; they stand in texts to prove that no name gets out.
NAMES: tuple[str, ...] = (
    "Alisa", "Amber", "Bella", "Bianca", "Carla", "Celine", "Dana", "Delia", "Elena", "Elisa", "Eva", "Fay", "Fleur",
    "Gina", "Hanna", "Ilona", "Iris", "Jade", "Jasmin", "Julia", "Karin", "Kim", "Lara", "Lena", "Lia", "Lola", "Luna",
    "Maja", "Mara", "Mila", "Mira", "Nadia", "Nika", "Nina", "Nora", "Olga", "Petra", "Rosa", "Roxy", "Sara", "Sofie",
    "Stella", "Suze", "Tara", "Tess", "Tina", "Vera", "Viola", "Yara", "Zoë",
)  # fmt: skip

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language; see the data files for what each list holds."""

    digit_words: tuple[str, ...]
    also: tuple[str, ...]
    titles: Mapping[str, tuple[str, ...]]
    opening: Mapping[str, tuple[str, ...]]
    lines: tuple[str, ...]
    hours: tuple[str, ...]
    number: tuple[str, ...]
    none: tuple[str, ...]
    closing: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """A text with its blanks: `{place}`, `{name}` and `{number}` are filled in when it is placed somewhere."""

    title: str
    sentences: tuple[str, ...]

    def body(self, place: str, name: str, number: str | None) -> str:
        """Fill in the blanks; paragraphs are separated by a newline."""
        values = {"place": place, "name": name, "number": number or ""}
        filled = [sentence.format(**values) for sentence in self.sentences]
        middle = max(1, len(filled) - 2)
        return "\n".join((" ".join(filled[:2]), " ".join(filled[2:middle]), " ".join(filled[middle:])))

    def headline(self, place: str, name: str) -> str:
        """Fill in the title."""
        return self.title.format(place=place, name=name)


@cache
def phrases(language: str) -> Phrases:
    """Read the sentences of one of `LANGUAGES`."""
    raw = tomllib.loads((resources.files("simulation") / "data" / "texts" / f"{language}.toml").read_text("utf-8"))
    contact = raw["contact"]
    return Phrases(
        digit_words=tuple(raw["digit_words"]),
        also=tuple(raw["also"]),
        titles={setting: tuple(raw["titles"][setting]) for setting in SETTINGS},
        opening={setting: tuple(raw["opening"][setting]) for setting in SETTINGS},
        lines=tuple(raw["middle"]["lines"]),
        hours=tuple(raw["middle"]["hours"]),
        number=tuple(contact["number"]),
        none=tuple(contact["none"]),
        closing=tuple(contact["closing"]),
    )


def compose(language: str, setting: str, *, with_number: bool, rng: random.Random) -> Copy:
    """Write a new text.

    Args:
        language: one of `LANGUAGES`.
        setting: home, club or escort.
        with_number: whether the text itself names a telephone number.
        rng: source of choice; five to seven of sixteen sentences are taken, in any order.

    Returns:
        The text, blanks still open.
    """
    words = phrases(language)
    lines = rng.sample(words.lines, rng.randint(5, 7))
    sentences = [
        rng.choice(words.opening[setting]),
        *lines,
        rng.choice(words.hours),
        rng.choice(words.number if with_number else words.none),
        rng.choice(words.closing),
    ]
    return Copy(
        _chosen(rng.choice(words.titles[setting]), rng), tuple(_chosen(sentence, rng) for sentence in sentences)
    )


def retouched(copy: Copy, language: str, rng: random.Random) -> Copy:
    """Change one sentence, as people do when they post the same text elsewhere."""
    sentences = list(copy.sentences)
    position = rng.randrange(1, len(sentences) - 3)
    sentences[position] = _chosen(rng.choice(phrases(language).lines), rng)
    return Copy(copy.title, tuple(sentences))


def with_sentence(copy: Copy, sentence: str) -> Copy:
    """Add a sentence before the contact line; braces in it stay as they are."""
    plain = sentence.replace("{", "{{").replace("}", "}}")
    return Copy(copy.title, (*copy.sentences[:-2], plain, *copy.sentences[-2:]))


def elsewhere(language: str, other: str, rng: random.Random) -> str:
    """Write a sentence that names a second place."""
    return _chosen(rng.choice(phrases(language).also), rng).format(other=other)


def contact(language: str, number: str, rng: random.Random) -> str:
    """Write a sentence that names a telephone number."""
    return _chosen(rng.choice(phrases(language).number), rng).format(number=number)


def _chosen(sentence: str, rng: random.Random) -> str:
    return _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), sentence)
