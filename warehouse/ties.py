"""Which texts are near-identical, from their sketches alone: banded search, then a check of each candidate.

Bands of a MinHash signature (Broder 1997; Indyk and Motwani 1998): two texts meet in a band when its four places are
equal. With sixteen bands a pair of similarity .8 meets with probability .9997, of .7 with .988, of .65 with .955, of .6
with .89, of .3 with .12. A band is eight bytes of the sketch, so that it is read as one number.
"""

import numpy as np
import numpy.typing as npt

from warehouse.sketches import PLACES, SIMILAR, U16, U64

BAND_PLACES = 4
MOST_PER_BAND = 16  # of a text that stands everywhere, the first so many are enough to tell that it does
_SLICE = 100_000  # pairs checked at once: 2 x 13 MB
_EMPTY_BAND = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

Ints = npt.NDArray[np.int64]


def near_pairs(texts: U16, is_new: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Find pairs of near-identical texts of which at least one is new.

    The work grows with the new ones; of the others, only their bands are looked through.

    Args:
        texts: sketches in a fixed order, shape (n, 64).
        is_new: which of them are looked for among all, shape (n,).

    Returns:
        Row numbers (first, second), first < second, each pair once, in order. Of texts that stand in more than 16
        places, only some of the pairs.
    """
    bands = np.ascontiguousarray(texts, dtype="<u2").view("<u8")
    seekers = np.flatnonzero(is_new)
    seekers = seekers[(bands[seekers] != _EMPTY_BAND).any(axis=1)]
    if not len(seekers):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    size = np.int64(len(texts))
    codes = np.unique(np.concatenate([_meeting(bands[:, band], seekers, size) for band in range(bands.shape[1])]))
    first, second = codes // size, codes % size
    near = np.concatenate(
        [
            (texts[first[start : start + _SLICE]] == texts[second[start : start + _SLICE]]).sum(axis=1)
            for start in range(0, len(codes), _SLICE)
        ]
        or [np.empty(0, np.int64)]
    )
    similar = near >= SIMILAR * PLACES
    return first[similar], second[similar]


def _meeting(values: U64, seekers: Ints, size: np.int64) -> Ints:
    """Give candidate pairs of one band as first * size + second."""
    wanted = values[seekers]
    rows = np.arange(len(values))
    if len(seekers) < len(values):
        # Most of the others are told off by one place of the four, without a search.
        place = values.astype(np.uint16)
        is_sought = np.zeros(2**16, dtype=np.bool_)
        is_sought[wanted.astype(np.uint16)] = True
        rows = np.flatnonzero(is_sought[place])
        rows = rows[np.isin(values[rows], wanted)]
    order = rows[np.argsort(values[rows], kind="stable")]  # within a bucket, the order of the rows
    ordered = values[order]
    low = np.searchsorted(ordered, wanted, side="left")
    high = np.searchsorted(ordered, wanted, side="right")
    counts = np.minimum(high - low, MOST_PER_BAND)
    seeker = np.repeat(seekers, counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    other = order[np.repeat(low, counts) + within]
    different = seeker != other
    seeker, other = seeker[different], other[different]
    return np.unique(np.minimum(seeker, other) * size + np.maximum(seeker, other))
