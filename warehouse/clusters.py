"""From ties between listings to clusters: who shares a contact or a text, and which contacts and texts say nothing."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet

MOST_CONTACTS_OF_A_TEXT = 3  # a text found under more contacts than that is boilerplate and ties nobody


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

    def unite(self, first: int, second: int) -> None:
        """Make one group of two."""
        self._parent[self.find(first)] = self.find(second)

    def all(self) -> list[list[int]]:
        """Give the groups, with their members in the order in which they were given."""
        found: dict[int, list[int]] = defaultdict(list)
        for member in self._parent:
            found[self.find(member)].append(member)
        return list(found.values())


def common_texts(
    listings: Iterable[int], contacts: Mapping[int, AbstractSet[Hashable]], neighbours: Mapping[int, AbstractSet[int]]
) -> set[int]:
    """Give the listings whose text stands under more contacts than one advertiser has.

    Args:
        listings: whom to judge.
        contacts: contacts that each listing and each neighbour ever named.
        neighbours: for each listing, those with a near-identical text.
    """
    common = set()
    for listing in listings:
        around = set(contacts.get(listing, ()))
        for neighbour in neighbours.get(listing, ()):
            around |= contacts.get(neighbour, set())
        if len(around) > MOST_CONTACTS_OF_A_TEXT:
            common.add(listing)
    return common


def cluster(
    listings: AbstractSet[int],
    contacts: Mapping[int, AbstractSet[Hashable]],
    neighbours: Mapping[int, AbstractSet[int]],
    shared: AbstractSet[Hashable],
) -> list[list[int]]:
    """Cluster listings that share a contact or a near-identical text.

    Args:
        listings: whom to cluster; ties to others are left alone.
        contacts: contacts that each listing and each neighbour ever named.
        neighbours: for each listing, those with a near-identical text.
        shared: contacts that tie nobody.
    """
    groups = Groups(listings)
    first_with: dict[Hashable, int] = {}
    for listing in listings:
        for contact in contacts.get(listing, ()):
            if contact not in shared:
                groups.unite(listing, first_with.setdefault(contact, listing))
    common = common_texts(listings, contacts, neighbours)
    for listing in listings - common:
        for neighbour in neighbours.get(listing, ()):
            if neighbour in listings and neighbour not in common:
                groups.unite(listing, neighbour)
    return groups.all()
