"""Flows between areas of movement: which states each is made up of, and which are told beside those between states."""

from functools import cache

from warehouse.areas import COARSE_STATES, ELSEWHERE, ENTRY, EVERYWHERE, EXIT, around, states_in


@cache
def flow_pairs(origin: str, destination: str) -> frozenset[tuple[str, str]]:
    """Give the pairs of states whose moves make up a flow between two areas of movement.

    Where the areas overlap the wider one is meant without the other; from an area to itself: between states in it.

    Raises:
        UnknownArea: one of them is no area of movement.

    >>> sorted(flow_pairs("CR12X", "GM0164"))
    [('CR12R', 'GM0164'), ('GM0141', 'GM0164')]
    """
    a, b = set(states_in(origin)), set(states_in(destination))
    if a != b:
        a, b = (a - b, b) if len(a) > len(b) else (a, b - a)
    return frozenset((one, other) for one in a for other in b if one != other)


@cache
def wide_flows() -> tuple[tuple[str, str], ...]:
    """List the flows (origin, destination) that flows between states may be rolled up to, in order.

    Estimated as they are, they know who made several of their moves; added up afterwards nobody can tell.

    >>> ("CR12X", "GM0153") in wide_flows(), ("NLR", "EXIT") in wide_flows(), ("GM0164", "GM0153") in wide_flows()
    (True, True, False)
    """
    ends = (*COARSE_STATES, EXIT)
    starts = (*COARSE_STATES, ENTRY)
    found = {(start, end) for end in ends for start in (*starts, ELSEWHERE, EVERYWHERE)}
    found |= {(start, state) for end in ends for start in starts for state in states_in(end)}
    found |= {
        (state, end) for end in ends for start in starts for state in states_in(start) if end not in around(state)
    }
    return tuple(sorted(pair for pair in found if len(flow_pairs(*pair)) > 1 and pair != (ENTRY, EXIT)))
