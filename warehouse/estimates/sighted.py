"""From weeks that name states to histories, and to who was seen to change: no estimate yet.

A week names the states in which somebody was seen as a bit mask, bit a - 1 for state a; 0 is not seen.
"""

import numpy as np
import numpy.typing as npt

from warehouse.estimates.tables import Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def resolved(seen: IntArray) -> IntArray:
    """Turn masks (I, T) into one state a week, 1..K: that of the week before where it is named, else the first named."""
    result = np.zeros_like(seen)
    before = np.zeros(len(seen), dtype=np.int64)
    for t in range(seen.shape[1]):
        mask = seen[:, t]
        lowest = np.where(mask > 0, np.log2(np.maximum(mask & -mask, 1)).astype(np.int64) + 1, 0)
        kept = (before > 0) & ((mask >> np.maximum(before - 1, 0)) & 1 == 1)
        result[:, t] = np.where(kept, before, lowest)
        before = np.where(mask > 0, result[:, t], before)
    return result


def observed_changes(states: IntArray, k: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """Tell who was seen to change: {(from, to): rows}; from 0 = not seen before, to 0 = not seen after.

    States are 1..K at consecutive sightings, however many weeks apart. First sightings in the first week and last ones
    in the last week are no changes. For thresholds only, never a figure.
    """
    row, week = np.nonzero(states)
    at = states[row, week]
    again = row[1:] == row[:-1]
    changes = [np.column_stack([at[:-1], at[1:], row[1:]])[again]]
    first, last = np.r_[True, ~again][: len(row)], np.r_[~again, True][: len(row)]
    late, early = first & (week > 0), last & (week < states.shape[1] - 1)
    changes += [np.column_stack([np.zeros(late.sum(), np.int64), at[late], row[late]])]
    changes += [np.column_stack([at[early], np.zeros(early.sum(), np.int64), row[early]])]
    found: dict[tuple[int, int], list[int]] = {(a, b): [] for a in range(k + 1) for b in range(k + 1) if a != b}
    for a, b, who in np.unique(np.concatenate(changes), axis=0).tolist():
        if a != b:
            found[a, b].append(who)
    return {pair: tuple(rows) for pair, rows in found.items()}


def histories(masks: IntArray, k: int) -> tuple[Histories, IntArray]:
    """Join equal rows, sorted by first sighting; give the histories and which one each row is, shape (I,)."""
    named = np.array([mask.bit_count() for mask in range(2**k)])
    sets = [int(mask) for mask in np.unique(masks) if named[mask] > 1]
    code = np.zeros(2**k, dtype=np.int64)
    code[1 << np.arange(k)] = np.arange(1, k + 1)
    code[sets] = -1 - np.arange(len(sets))
    events = code[masks]
    first = (events != 0).argmax(axis=1)
    unique, history = np.unique(np.column_stack([first, events]), axis=0, return_inverse=True)
    members = tuple(tuple(a + 1 for a in range(k) if mask >> a & 1) for mask in sets)
    counts = np.bincount(history.ravel(), minlength=len(unique)).astype(np.float64)
    return Histories(unique[:, 1:], counts, {}, members), history.ravel()


def at_home(masks: IntArray, most: IntArray, where: IntArray) -> tuple[IntArray, IntArray]:
    """Show individuals as if they were at one place only, the one where most was seen: masks and municipalities, (I, T).

    Args:
        masks: all states named, shape (I, T).
        most: of these the one with most sightings, shape (I, T).
        where: municipality with most sightings, -1 for none, shape (I, T).
    """
    rows = np.arange(len(masks))
    lowest = np.where(most > 0, most & -most, 0)
    bits = np.unique(lowest)
    home = bits[np.array([(lowest == bit).sum(axis=1) * (bit > 0) for bit in bits]).argmax(axis=0)]
    at = (masks & home[:, None]) > 0
    codes = np.where((most == home[:, None]) & (where >= 0), where, -1)
    row, week = np.nonzero(codes >= 0)
    table = np.zeros((len(rows), int(where.max(initial=0)) + 1))
    np.add.at(table, (row, codes[row, week]), 1.0)
    town = np.where(table.any(axis=1), table.argmax(axis=1), -1)
    return np.where(at, home[:, None], 0), np.where(at, town[:, None], -1)


def mostly(masks: IntArray, where: IntArray, k: int) -> IntArray:
    """Keep of the states named in a week the one in whose municipality most was seen, shape (I, T)."""
    single = (masks & (masks - 1) == 0) & (masks > 0) & (where >= 0)
    table = np.zeros((int(where.max(initial=0)) + 1, k))
    np.add.at(table, (where[single], np.log2(masks[single]).astype(np.int64)), 1.0)
    bit = np.where(table.any(axis=1), 1 << table.argmax(axis=1), 0)
    told = np.where(where >= 0, bit[np.maximum(where, 0)], 0) & masks
    return np.where(told > 0, told, masks)
