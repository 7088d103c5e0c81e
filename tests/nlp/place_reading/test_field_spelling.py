import pytest

from nlp.place_reading.field_spelling import field_speller, sound


@pytest.mark.parametrize(
    ("one", "other"),
    [("maastricht", "maastrigt"), ("nijmegen", "nymegen"), ("apeldoorn", "apeldorn"), ("zutphen", "zutfen")],
)
def test_sounds_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    ("word", "area"),
    [
        ("leewarden", "GM0080"),
        ("almelloo", "GM0141"),
        ("ijsselstijn", "GM0353"),
        ("haaksbergn", "GM0158"),
        ("einthoven", "GM0772"),
    ],
)
def test_finds_what_is_meant(word: str, area: str) -> None:
    entry = field_speller().look_up(word)
    assert entry is not None
    assert entry.candidates[0].area == area


@pytest.mark.parametrize("word", ["", "abc", "onbekend", "buitenland", "x" * 50])
def test_finds_nothing_in_other_words(word: str) -> None:
    assert field_speller().look_up(word) is None
