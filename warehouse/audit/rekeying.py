"""A5: pseudonyms of one epoch or purpose may not join with those of another.

The attacker holds the whole of `core` and joins every set of pseudonyms with every other. Numbers that stay on the
sites for months make thousands of equal values if the keys do not change.
"""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import combinations


def joined(pseudonyms: Mapping[tuple[str, str], Iterable[bytes]]) -> list[str]:
    """Find pairs of (purpose, epoch) sets that have a value in common.

    Args:
        pseudonyms: values by purpose and epoch.

    Returns:
        The pairs, named by purpose and epoch only.
    """
    sets = {name: frozenset(values) for name, values in pseudonyms.items()}
    return [
        f"{' '.join(first)} joins {' '.join(second)}"
        for first, second in combinations(sorted(sets), 2)
        if not sets[first].isdisjoint(sets[second])
    ]


def is_control_won() -> bool:
    """Attack a twin that keyed two epochs and purposes alike: all of them must join."""
    values = [f"value {number}".encode() for number in range(50)]
    alike = [hmac.digest(b"one key for ever", value, sha256) for value in values]
    twin = {(purpose, epoch): alike for purpose in ("contact", "content") for epoch in ("E0001", "E0002")}
    return len(joined(twin)) == 6
