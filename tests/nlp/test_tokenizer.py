from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from nlp.tokenizer import LONGEST_CHUNK, READ_LIMIT


def test_signs_stand_apart(reader: Language) -> None:
    words = [token.text for token in reader.make_doc("Enschede/Hengelo #Almelo, 's-Gravenhage 06_20")]
    assert words == ["Enschede", "/", "Hengelo", "#", "Almelo", ",", "'", "s", "-", "Gravenhage", "06", "_", "20"]


def test_keycap_stays_whole(reader: Language) -> None:
    assert [token.text for token in reader.make_doc("0️⃣ 6️⃣")] == ["0️⃣", "6️⃣"]


@settings(max_examples=200)
@given(st.text(max_size=200), st.sampled_from(["", "+" * LONGEST_CHUNK, " \n" * LONGEST_CHUNK]))
def test_text_is_kept(reader: Language, text: str, long: str) -> None:
    assert reader.make_doc(text + long).text == text + long


def test_same_tokens_either_way(reader: Language) -> None:
    text = "Hallo,  ik ben er\n\nop 06-20001234 (nu!) en #morgen_weer."
    short = [token.text for token in reader.make_doc(text)]
    long = [token.text for token in reader.make_doc(text + " " + "x" * LONGEST_CHUNK)]
    assert "".join(long).startswith("".join(short))
    assert [word for word in long[:-1] if word.strip()] == [word for word in short if word.strip()]


def test_beyond_the_limit_is_one_token(reader: Language) -> None:
    doc = reader.make_doc("a " * READ_LIMIT)
    assert len(doc[-1]) == READ_LIMIT
