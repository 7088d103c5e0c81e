"""Which texts are near-identical, from their sketches alone: banded search, then a check of each candidate.

Bands of a MinHash signature (Broder 1997; Indyk and Motwani 1998): two texts meet in a band when five places are equal;
with twelve bands a pair of similarity 0.9 meets with probability .99998, of 0.8 with .99, of 0.75 with .96, of 0.5 with .32.
"""

import numpy as np
import numpy.typing as npt

from warehouse.sketches import PLACES, SIMILAR

BANDS = 12
BAND_PLACES = 5
MOST_PER_BAND = 32  # of a text that stands everywhere, the first so many are enough to tell that it does
_SLICE = 100_000  # pairs checked at once: 2 x 25 MB

U32 = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]


def near_pairs(texts: U32, is_new: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Find pairs of near-identical texts of which at least one is new.

    Args:
        texts: sketches in a fixed order, shape (n, 64).
        is_new: which of them are looked for among all, shape (n,).

    Returns:
        Row numbers (first, second), first < second, each pair once, in order. Of texts that stand in more than 32
        places, only some of the pairs.
    """
    usable = ~(texts == np.uint32(0xFFFFFFFF)).all(axis=1)
    kept = np.flatnonzero(usable)
    seekers = np.flatnonzero(is_new[kept])
    if not len(seekers):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows = texts[kept]
    size = np.int64(len(rows))
    codes = np.unique(np.concatenate([_band_pairs(rows, seekers, band, size) for band in range(BANDS)]))
    first, second = codes // size, codes % size
    near = np.concatenate(
        [
            (rows[first[start : start + _SLICE]] == rows[second[start : start + _SLICE]]).sum(axis=1)
            for start in range(0, len(codes), _SLICE)
        ]
        or [np.empty(0, np.int64)]
    )
    similar = near >= SIMILAR * PLACES
    return kept[first[similar]], kept[second[similar]]


def _band_pairs(rows: U32, seekers: Ints, band: int, size: np.int64) -> Ints:
    """Give candidate pairs of one band as first * size + second."""
    values = _band_values(rows[:, band * BAND_PLACES : (band + 1) * BAND_PLACES])
    order = np.argsort(values, kind="stable")  # within a bucket, the order of the rows
    ordered = values[order]
    low = np.searchsorted(ordered, values[seekers], side="left")
    high = np.searchsorted(ordered, values[seekers], side="right")
    counts = np.minimum(high - low, MOST_PER_BAND)
    seeker = np.repeat(seekers, counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    other = order[np.repeat(low, counts) + within]
    different = seeker != other
    seeker, other = seeker[different], other[different]
    return np.unique(np.minimum(seeker, other) * size + np.maximum(seeker, other))


def _band_values(places: U32) -> npt.NDArray[np.uint64]:
    """Mix the places of a band into one number; places are keyed hashes already."""
    mixed = np.zeros(len(places), dtype=np.uint64)
    for column in places.T:
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed
