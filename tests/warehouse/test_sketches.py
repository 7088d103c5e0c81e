import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import sketches as sk
from warehouse.sketches import EMPTY, matrix, normalise, similarity, sketch, sketches
from warehouse.ties import near_pairs

KEY, OTHER = b"k" * 32, b"o" * 32
WORDS = st.lists(st.sampled_from([f"woord{chr(97 + i)}" for i in range(26)]), min_size=0, max_size=60)


def _jaccard(first: list[str], second: list[str]) -> float:
    one, two = ({tuple(words[i : i + 3]) for i in range(len(words) - 2)} for words in (first, second))
    return len(one & two) / len(one | two)


@given(WORDS)
def test_a_sketch_depends_on_text_and_key_only(words):
    text = " ".join(words)
    first = sketch(text, KEY)
    assert len(first) == 256
    assert first == sketch(text, KEY)
    if first != EMPTY:
        assert similarity(matrix([first]), matrix([sketch(text, OTHER)]))[0] < 0.2


@given(st.lists(WORDS, max_size=12))
def test_a_batch_equals_one_by_one(texts):
    joined = [" ".join(words) for words in texts]
    assert sketches(joined, KEY) == [sketch(text, KEY) for text in joined]


def test_batches_over_their_limit_are_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice([f"w{chr(97 + i)}" for i in range(26)], 30)) for _ in range(40)]
    whole = sketches(texts, KEY)
    monkeypatch.setattr(sk, "_BATCH_SHINGLES", 50)
    assert sketches(texts, KEY) == whole


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.01, 0.03, 0.08]))
def test_similarity_estimates_jaccard(seed, share):
    rng = np.random.default_rng(seed)
    first = [f"w{n}x".translate(str.maketrans("0123456789", "abcdefghij")) for n in rng.integers(0, 4000, 150)]
    second = [word if rng.random() > share else "anders" for word in first]
    pair = sketches([" ".join(first), " ".join(second)], KEY)
    estimated = similarity(matrix(pair[:1]), matrix(pair[1:]))[0]
    assert abs(estimated - _jaccard(first, second)) < 0.25  # four standard errors of 64 places


def test_short_and_empty_texts_are_like_nothing():
    assert sketch("", KEY) == sketch("bel nu", KEY) == EMPTY
    assert similarity(matrix([EMPTY]), matrix([EMPTY]))[0] == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bel 06-20000001!", "bel  06 2000 0002"), ("ＭＡＳＳＡＧＥ in Enschede", "massage in enschede"), ("a✨b", "a b")],
)
def test_normalising_forgets_numbers_signs_and_case(one, other):
    assert normalise(one) == normalise(other)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_near_pairs_are_those_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2**32 - 1, (30, 64), dtype=np.uint32)
    for copy in range(10, 30):
        source = rng.integers(0, copy)
        share = rng.choice([0.0, 0.05, 0.1, 0.15, 0.4])
        rows[copy] = np.where(rng.random(64) < share, rows[copy], rows[source])
    rows[5] = 0xFFFFFFFF
    rows[6] = 0xFFFFFFFF
    is_new = rng.random(30) < 0.5
    first, second = near_pairs(rows, is_new)
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    similar = {
        (i, j): float((rows[i] == rows[j]).mean())
        for i in range(30)
        for j in range(i + 1, 30)
        if {i, j}.isdisjoint({5, 6}) and (is_new[i] or is_new[j])
    }
    assert found <= {pair for pair, value in similar.items() if value >= sk.SIMILAR}
    assert {pair for pair, value in similar.items() if value >= 0.95} <= found


def test_a_text_that_stands_everywhere_stays_cheap():
    rows = np.tile(np.arange(64, dtype=np.uint32), (5_000, 1))
    first, _ = near_pairs(rows, np.ones(5_000, dtype=np.bool_))
    assert len(first) <= 5_000 * 32
