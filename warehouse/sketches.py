"""Keyed sketches of texts, so that near-identical texts are found without keeping a word of them (PRIVACY P4).

A sketch is a MinHash signature (Broder 1997): 64 minima of keyed hashes over the text's shingles of three words, of each
the lower 16 bits (Li and Koenig 2010: two different minima agree in them once in 65,536 times). The share of equal places
of two sketches estimates the Jaccard similarity of their shingle sets. All hashes are drawn from the epoch's key: without
it a sketch says nothing of the text, and sketches of two epochs do not compare.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

PLACES = 64
SKETCH_BYTES = 2 * PLACES
SHINGLE_WORDS = 3
FEWEST_SHINGLES = 6  # a text of fewer shingles is too common to tell anyone apart: it gets the empty sketch
# A text with one sentence changed and another town has a similarity of .5 to .8. On the synthetic market, seeds 1, 2, 4 and
# 6 (November 2026), no two texts of two authors pass .45 (7.5 million pairs), and a lower limit than .6 ties next to nothing more.
SIMILAR = 0.6
EMPTY = b"\xff" * SKETCH_BYTES

_WORD = re.compile(r"[^\W\d_]+")
_CACHE_LIMIT = 1_000_000  # words; about 100 MB
_BATCH_SHINGLES = 32_768

U16 = npt.NDArray[np.uint16]
U64 = npt.NDArray[np.uint64]


def normalise(text: str) -> str:
    """Give the words of a text, folded, without digits or signs: what is left when a number or an emoji is changed.

    >>> normalise("Gezellige  MASSAGE, bel 06-2000 0000!")
    'gezellige massage bel'
    """
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


class _Words(dict[str, int]):
    """Keyed hashes of words, each made once."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def __missing__(self, word: str) -> int:
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8).digest()
        value = self[word] = int.from_bytes(digest, "little")
        return value


class _Hashes:
    """The hash functions of one key: words, their order in a shingle, and 64 permutations."""

    def __init__(self, key: bytes) -> None:
        stream = hashlib.shake_256(b"sketch permutations\0" + key).digest(8 * (2 * PLACES + SHINGLE_WORDS))
        numbers = np.frombuffer(stream, dtype="<u8").astype(np.uint64)
        self.words = _Words(hashlib.blake2b(key, digest_size=32, person=b"sketch words").digest())
        self.factors = numbers[:PLACES] | np.uint64(1)
        self.offsets = numbers[PLACES : 2 * PLACES]
        self.positions = numbers[2 * PLACES :] | np.uint64(1)

    def shingles(self, text: str) -> U64:
        """Hash the shingles of a normalised text, each once, shape (n,)."""
        words = np.fromiter(map(self.words.__getitem__, text.split()), dtype=np.uint64)
        count = max(len(words) - SHINGLE_WORDS + 1, 0)
        mixed = np.zeros(count, dtype=np.uint64)
        for place, factor in enumerate(self.positions):
            mixed = _scramble(mixed + words[place : place + count] * factor)
        return np.unique(mixed)

    def minima(self, shingles: U64, starts: npt.NDArray[np.intp]) -> U16:
        """Minima over runs of shingles that start at `starts` (none of them empty), shape (len(starts), 64)."""
        hashed = (shingles[:, None] * self.factors + self.offsets) >> np.uint64(32)
        return np.minimum.reduceat(hashed.astype(np.uint32), starts, axis=0).astype(np.uint16)


def _scramble(values: U64) -> U64:
    """Finaliser of SplitMix64 (Steele, Lea and Flood 2014): spreads each bit over all others."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=4)
def _hashes(key: bytes) -> _Hashes:
    return _Hashes(key)


def sketches(texts: Iterable[str], key: bytes) -> list[bytes]:
    """Sketch normalised texts, in order; 128 bytes each.

    Args:
        texts: as `normalise` gives them.
        key: `PseudonymKeys.sketch_key()`.
    """
    hashes = _hashes(key)
    result: list[bytes] = []
    pending: list[U64] = []
    size = 0
    for text in texts:
        shingles = hashes.shingles(text)
        pending.append(shingles)
        size += len(shingles)
        if size >= _BATCH_SHINGLES:
            result += _sketch_batch(hashes, pending)
            pending, size = [], 0
    return result + _sketch_batch(hashes, pending)


def _sketch_batch(hashes: _Hashes, batch: Sequence[U64]) -> list[bytes]:
    result = [EMPTY] * len(batch)
    long_enough = [place for place, shingles in enumerate(batch) if len(shingles) >= FEWEST_SHINGLES]
    if long_enough:
        chosen = [batch[place] for place in long_enough]
        starts = np.cumsum([0, *(len(shingles) for shingles in chosen[:-1])])
        minima = hashes.minima(np.concatenate(chosen), starts).astype("<u2")
        for place, row in zip(long_enough, minima, strict=True):
            result[place] = row.tobytes()
    return result


def sketch(text: str, key: bytes) -> bytes:
    """Sketch one normalised text."""
    return sketches([text], key)[0]


def matrix(sketched: Sequence[bytes]) -> U16:
    """Give sketches as numbers, shape (n, 64)."""
    return np.frombuffer(b"".join(sketched), dtype="<u2").reshape(-1, PLACES)


def similarity(first: U16, second: U16) -> npt.NDArray[np.float64]:
    """Estimate the Jaccard similarity of pairs of sketches, row by row; shape (n,), 0 for empty sketches."""
    shared = (first == second).mean(axis=-1)
    is_empty = (first == np.uint16(0xFFFF)).all(axis=-1)
    return np.where(is_empty, 0.0, shared)
