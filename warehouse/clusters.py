"""From ties between listings to clusters, a day on from those of the day before.

A tie is judged once, on the day on which it comes up: it unites two clusters unless what comes of it would be more than
one advertiser's. What was united stays so for as long as the ties inside hold. So a day costs what is new on it, and no
chain or bridge makes a giant: each link is held against the whole of what it would unite.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

# On the synthetic market nobody has more than two numbers, and the largest of seeds 1-6 (November 2026) places 15 listings in
# four weeks; people change numbers, and 13 weeks are long.
MOST_CONTACTS_OF_A_TEXT = 3  # a text found under more contacts than that is boilerplate and ties nobody
MOST_CONTACTS_OF_AN_IDENTITY = 4
MOST_TIED_BY_TEXT = 60  # listings; text alone makes no larger cluster


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of listings as of a day.

    Attributes:
        named: contacts that each listing and each neighbour ever named, with the first day.
        near: for each listing, those with a near-identical text, with the day since when.
        carried: group of listings that were one identity in the epoch before.
        shared: contacts that tie nobody.
        order: of listings, by something that no rebuild changes.
    """

    named: Mapping[int, Mapping[bytes, date]]
    near: Mapping[int, Mapping[int, date]]
    carried: Mapping[int, int]
    shared: AbstractSet[bytes]
    order: Mapping[int, tuple[date, bytes]]


class Groups:
    """Disjoint sets (Galler and Fischer 1964) with path halving."""

    def __init__(self, members: Iterable[int]) -> None:
        self._parent = {member: member for member in members}

    def find(self, member: int) -> int:
        """Give the member that stands for the group of `member`."""
        parent = self._parent
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    def unite(self, first: int, second: int) -> int:
        """Make one group of two and give the member that stands for it."""
        root = self.find(second)
        self._parent[self.find(first)] = root
        return root

    def all(self) -> list[list[int]]:
        """Give the groups, with their members in the order in which they were given."""
        found: dict[int, list[int]] = defaultdict(list)
        for member in self._parent:
            found[self.find(member)].append(member)
        return list(found.values())


def _around(
    listing: int, named: Mapping[int, Mapping[bytes, date]], near: Mapping[int, Mapping[int, date]]
) -> set[bytes]:
    """Give contacts that stand under a listing's text, in whatever listing: all, or enough to see that it is boilerplate."""
    found = set(named.get(listing, ()))
    for neighbour in near.get(listing, ()):
        found.update(named.get(neighbour, ()))
        if len(found) > MOST_CONTACTS_OF_A_TEXT:
            break
    return found


def beside_text(
    listings: Iterable[int], named: Mapping[int, Mapping[bytes, date]], near: Mapping[int, Mapping[int, date]]
) -> dict[int, AbstractSet[bytes]]:
    """Give the contacts that stand under each listing's text, in whatever listing; of boilerplate, its own ones only."""
    found: dict[int, AbstractSet[bytes]] = {}
    for listing in listings:
        around = _around(listing, named, near)
        found[listing] = around if len(around) <= MOST_CONTACTS_OF_A_TEXT else named.get(listing, {}).keys()
    return found


def common_texts(listings: Iterable[int], evidence: Evidence) -> set[int]:
    """Give the listings whose text stands in others too, under more contacts than one advertiser has."""
    return {
        listing
        for listing in listings
        if evidence.near.get(listing) and len(_around(listing, evidence.named, evidence.near)) > MOST_CONTACTS_OF_A_TEXT
    }


def cluster(
    listings: AbstractSet[int], evidence: Evidence, current: Mapping[int, int], before: date
) -> list[list[int]]:
    """Cluster listings as of a day.

    Args:
        listings: whom to cluster; ties to others are left alone.
        evidence: as of the day.
        current: identity of each as of `before`; those that have none are new.
        before: the day that was clustered before. What came up later is judged now.
    """
    ordered = sorted(listings, key=evidence.order.__getitem__)
    groups = Groups(ordered)
    common = common_texts(ordered, evidence)
    for first, second in _standing(ordered, evidence, common, current, before):
        groups.unite(first, second)
    limits = _Limits(groups, evidence)
    for first, second in _carried(ordered, evidence):
        limits.unite(first, second)
    for first, second in _new_by_contact(ordered, evidence, before):
        limits.unite(first, second, contacts=MOST_CONTACTS_OF_AN_IDENTITY)
    for first, second in _new_by_text(ordered, evidence, common, before):
        limits.unite(first, second, contacts=MOST_CONTACTS_OF_AN_IDENTITY, listings=MOST_TIED_BY_TEXT)
    return groups.all()


class _Limits:
    """Unites groups where what comes of it can be one advertiser's."""

    def __init__(self, groups: Groups, evidence: Evidence) -> None:
        self._groups = groups
        self._contacts: dict[int, set[bytes]] = {}
        self._size: dict[int, int] = {}
        for members in groups.all():
            root = groups.find(members[0])
            self._size[root] = len(members)
            self._contacts[root] = {
                contact
                for member in members
                for contact in evidence.named.get(member, ())
                if contact not in evidence.shared
            }

    def unite(self, first: int, second: int, *, contacts: int | None = None, listings: int | None = None) -> None:
        """Unite the groups of two listings unless the whole has more than so many contacts or listings."""
        one, other = self._groups.find(first), self._groups.find(second)
        if one == other:
            return
        together, size = self._contacts[one] | self._contacts[other], self._size[one] + self._size[other]
        if (contacts is None or len(together) <= contacts) and (listings is None or size <= listings):
            root = self._groups.unite(one, other)
            self._contacts[root], self._size[root] = together, size


def _standing(
    ordered: list[int], evidence: Evidence, common: set[int], current: Mapping[int, int], before: date
) -> Iterator[tuple[int, int]]:
    """Give the ties inside each identity that held the day before and still do."""
    first_with: dict[tuple[int, bytes], int] = {}
    for listing in ordered:
        identity = current.get(listing)
        if identity is None:
            continue
        for contact, since in evidence.named.get(listing, {}).items():
            if since <= before and contact not in evidence.shared:
                yield listing, first_with.setdefault((identity, contact), listing)
        if listing not in common:
            for neighbour, since in evidence.near.get(listing, {}).items():
                if since <= before and current.get(neighbour) == identity and neighbour not in common:
                    yield listing, neighbour


def _carried(ordered: list[int], evidence: Evidence) -> Iterator[tuple[int, int]]:
    first_with: dict[int, int] = {}
    for listing in ordered:
        group = evidence.carried.get(listing)
        if group is not None:
            yield listing, first_with.setdefault(group, listing)


def _new_by_contact(ordered: list[int], evidence: Evidence, before: date) -> Iterator[tuple[int, int]]:
    """Tie each listing that newly names a contact to the one that named it last before it."""
    namers: dict[bytes, list[tuple[date, int]]] = defaultdict(list)
    new: list[tuple[date, int, bytes]] = []
    for n, listing in enumerate(ordered):
        for contact, since in evidence.named.get(listing, {}).items():
            if contact not in evidence.shared:
                namers[contact].append((since, n))
                if since > before:
                    new.append((since, n, contact))
    earlier: dict[tuple[bytes, int], int] = {}
    for contact, each in namers.items():
        each.sort()
        earlier |= {(contact, n): former for (_, former), (_, n) in pairwise(each)}
    for _, n, contact in sorted(new):
        if (contact, n) in earlier:
            yield ordered[n], ordered[earlier[contact, n]]


def _new_by_text(ordered: list[int], evidence: Evidence, common: set[int], before: date) -> Iterator[tuple[int, int]]:
    place = {listing: n for n, listing in enumerate(ordered)}
    for n, listing in enumerate(ordered):
        if listing in common:
            continue
        near = evidence.near.get(listing, {})
        earlier = (
            place[other] for other, since in near.items() if since > before and other in place and other not in common
        )
        for former in sorted(former for former in earlier if former < n):
            yield listing, ordered[former]
