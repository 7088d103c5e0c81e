import random
import unicodedata

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import numbers, texts

indexes = st.integers(0, 9_999)
countries = st.sampled_from(sorted(numbers.BLOCKS))


@given(countries, indexes)
def test_numbers_are_valid_and_of_their_country(country: str, index: int) -> None:
    e164 = numbers.BLOCKS[country].number(index)
    parsed = phonenumbers.parse(e164)
    assert phonenumbers.is_valid_number(parsed)
    assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == e164
    assert parsed.country_code == int(numbers.BLOCKS[country].calling_code)
    assert numbers.block_of(e164).country == country


@given(countries, indexes, st.integers())
def test_plain_forms_hold_the_number(country: str, index: int, seed: int) -> None:
    e164 = numbers.BLOCKS[country].number(index)
    written = numbers.plain(e164, random.Random(seed))
    region = country if not written.startswith(("+", "00")) else "NL"
    assert phonenumbers.format_number(phonenumbers.parse(written, region), phonenumbers.PhoneNumberFormat.E164) == e164


@given(indexes, st.sampled_from(texts.LANGUAGES), st.integers())
def test_obfuscated_forms_can_be_read_by_a_person(index: int, language: str, seed: int) -> None:
    e164 = numbers.BLOCKS["NL"].number(index)
    words = texts.phrases(language).digit_words
    written = numbers.obfuscated(e164, words, random.Random(seed))
    for digit, word in sorted(enumerate(words), key=lambda pair: -len(pair[1])):
        written = written.replace(word, str(digit))
    plain = unicodedata.normalize("NFKC", written).replace("O", "0").replace("l", "1")
    assert "".join(c for c in plain if c in "0123456789") == "0" + e164[3:]


def test_a_number_from_outside_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="outside the blocks") as caught:
        numbers.block_of("+" + "31" + "6" * 9)
    assert "6666" not in str(caught.value)


def test_canaries_belong_to_nobody(world) -> None:
    planted = set(numbers.canaries(1000))
    assert len(planted) == 1000
    owned = {e164 for person in range(len(world._people)) for e164 in world.truth.contacts(person)}
    assert not owned & planted
