import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import db
from warehouse import sketches as sk
from warehouse.sketches import EMPTY, matrix, normalise, similarity, sketch, sketches

KEY, OTHER = b"k" * 32, b"o" * 32
WORDS = st.lists(st.sampled_from([f"woord{chr(97 + i)}" for i in range(26)]), min_size=0, max_size=60)


def _jaccard(first: list[str], second: list[str]) -> float:
    one, two = ({tuple(words[i : i + 3]) for i in range(len(words) - 2)} for words in (first, second))
    return len(one & two) / len(one | two)


@given(WORDS)
def test_a_sketch_depends_on_text_and_key_only(words):
    text = " ".join(words)
    first = sketch(text, KEY)
    assert len(first) == 128
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


def test_sketches_of_before_the_migration_are_halved(server, tmp_path):
    """A database with rows of longer sketches and links gets the shorter ones, and links its days anew."""
    migrations = Path(db.__file__).parent / "migrations"
    for file in migrations.glob("00[0-3]*.sql"):
        shutil.copy(file, tmp_path)
    rng = np.random.default_rng(5)
    places = rng.integers(0, 2**32, 64, dtype=np.uint32)
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, "CREATE DATABASE halved OWNER owner")
        try:
            with db.connect(server.dsn("owner", "halved")) as conn:
                db.migrate(conn, tmp_path)
                db.script(
                    conn,
                    "INSERT INTO core.source VALUES ('a', 'a');"
                    "INSERT INTO core.listing (source_code, epoch_code, listing_key) "
                    "SELECT 'a', 'E0003', sha256(n::text::bytea) FROM generate_series(1, 2) AS n;"
                    "INSERT INTO core.text_tie VALUES (1, 2, '2026-10-12');"
                    "INSERT INTO core.linked_day VALUES ('E0003', '2026-10-12')",
                )
                for listing, sketched in ((1, places.astype("<u4").tobytes()), (2, b"\xff" * 256)):
                    conn.execute(
                        "INSERT INTO core.listing_version VALUES "
                        "(%s, '2026-10-12', '{}', '{}', NULL, 0, 'home', 1, '{}', sha256('x'), %s, 'test')",
                        [listing, sketched],
                    )
                db.migrate(conn)
                kept = conn.execute("SELECT sketch FROM core.listing_version ORDER BY listing_id").fetchall()
                assert kept == [(places.astype("<u2").tobytes(),), (EMPTY,)]
                for table in ("text_tie", "linked_day"):
                    assert conn.execute(f"SELECT count(*) FROM core.{table}").fetchone() == (0,)
        finally:
            db.script(admin, "DROP DATABASE halved WITH (FORCE)")
