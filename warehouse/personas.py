"""Which contacts say nothing of whose a listing is: of a house, an agency, a switchboard, a booking line.

One advertiser has a few texts at once. What shows that a contact is not hers: several texts at once on one source, texts
in several places at once, or several other contacts beside it that have nothing to do with each other. Texts that are
near-identical count once, whatever listing they stand in.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from warehouse.clusters import Groups

# On the synthetic market with generic numbers, seeds 1-5 (November 2026), none of 3,145 numbers of one author passes either of
# the first two. The third finds generic numbers that stand in few listings at once (pair precision on seed 1: .947 to .999).
MOST_TEXTS_AT_ONCE = 2  # on one source
MOST_PLACES_AT_ONCE = 2  # each with texts of its own
MOST_COMPANIES = 1  # other contacts under its texts; those that stand together or under one text are one company

Reason = Literal["texts", "places", "contacts"]


class Namer(NamedTuple):
    """A listing that ever named the contact.

    `source` and `place` (the first municipality) are of the day where it is there and names the contact, else `source`
    is None; `others` are the other contacts that stand under its text, in this listing or another.
    """

    listing: int
    source: str | None
    place: str | None
    others: AbstractSet[bytes]


def shared_reason(namers: Sequence[Namer], near: Mapping[int, Iterable[int]]) -> Reason | None:
    """Tell what shows on a day that a contact is shared; None where nothing does.

    Args:
        namers: all listings that named the contact up to the day.
        near: for each listing, those with a near-identical text.
    """
    text_of = _texts(namers, near)
    live = [namer for namer in namers if namer.source is not None]
    if _most_texts_of_a_source(live, text_of) > MOST_TEXTS_AT_ONCE:
        return "texts"
    if _groups((text_of[n.listing], n.place) for n in live if n.place is not None) > MOST_PLACES_AT_ONCE:
        return "places"
    if _groups((text_of[namer.listing], other) for namer in namers for other in namer.others) > MOST_COMPANIES:
        return "contacts"
    return None


def _texts(namers: Sequence[Namer], near: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """Give for each listing the one that stands for all with its text."""
    groups = Groups(namer.listing for namer in namers)
    here = {namer.listing for namer in namers}
    for listing in here:
        for neighbour in near.get(listing, ()):
            if neighbour in here:
                groups.unite(listing, neighbour)
    return {listing: groups.find(listing) for listing in here}


def _most_texts_of_a_source(live: Iterable[Namer], text_of: Mapping[int, int]) -> int:
    texts: dict[str | None, set[int]] = {}
    for namer in live:
        texts.setdefault(namer.source, set()).add(text_of[namer.listing])
    return max(map(len, texts.values()), default=0)


def _groups(pairs: Iterable[tuple[int, str | bytes]]) -> int:
    """Count what is left apart when each pair of a text and something else is joined."""
    number: dict[int | str | bytes, int] = {}
    joined = [(number.setdefault(text, len(number)), number.setdefault(other, len(number))) for text, other in pairs]
    groups = Groups(range(len(number)))
    for one, other in joined:
        groups.unite(one, other)
    return sum(groups.find(n) == n for n in range(len(number)))
