import random
import re

import pytest

from simulation import texts


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_sentence_fills_in(language: str) -> None:
    words = texts.phrases(language)
    assert len(words.digit_words) == len(set(words.digit_words)) == 10
    assert len(words.lines) >= 16
    assert all("{number}" in sentence for sentence in words.number)
    for seed in range(60):
        for setting in texts.SETTINGS:
            rng = random.Random(seed)
            copy = texts.compose(language, setting, with_number=seed % 2 == 0, rng=rng)
            body = copy.body("Enschede", "Lara", "NUMMER" if seed % 2 == 0 else None)
            assert "Enschede" in body
            assert ("NUMMER" in body) == (seed % 2 == 0)
            assert not re.search(r"[\[\]{}|]", body + copy.headline("Enschede", "Lara"))
            assert 45 <= len(body.split()) <= 160


def test_the_same_source_gives_the_same_text() -> None:
    first, again = (texts.compose("nl", "home", with_number=True, rng=random.Random("a")) for _ in range(2))
    assert first.sentences == again.sentences


def test_a_sentence_with_braces_is_kept_as_it_is() -> None:
    copy = texts.compose("nl", "home", with_number=True, rng=random.Random(3))
    assert "{vreemd}" in texts.with_sentence(copy, "Iets {vreemd}.").body("Enschede", "Lara", "1")


def test_a_retouched_text_differs_in_one_sentence() -> None:
    copy = texts.compose("de", "escort", with_number=True, rng=random.Random(3))
    changed = texts.retouched(copy, "de", random.Random(4))
    assert sum(a != b for a, b in zip(copy.sentences, changed.sentences, strict=True)) <= 1
