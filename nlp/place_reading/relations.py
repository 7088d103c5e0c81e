"""What names in one text tell of each other: lists, "tussen ... en ...", a village "bij" a town."""

from itertools import pairwise

from nlp.place_reading import stance
from nlp.place_reading.context import BRACKET, HALF_STOP, Context
from nlp.place_reading.naming import Name

# Belief that someone near a place, or so many minutes from it, is in its municipality.
_NEARNESS = {"near": 0.42, "around": 0.7, "between": 0.5, "distance": 0.3}
_BESIDE_ANOTHER = 0.5  # "Glanerbrug bij Enschede": the second only says where the first is
_IN_LIST = 0.85
_FROM_ALONE, _FROM_BESIDE = 0.65, 0.35  # "kom uit" is where one is from, the more so where another place is given


def relate(context: Context, names: list[Name], norms: list[int]) -> None:
    """Carry denial, vicinity and offers over lists, and lower the belief in places that are only near or were left."""
    if len(names) == 1:
        (name,) = names
        name.belief *= _NEARNESS.get(name.introduced, 1.0) * (_FROM_ALONE if name.come else 1.0)
        return
    for previous, name in pairwise(names):
        _follow(context, previous, name, norms)
    for name, previous in pairwise(reversed(names)):
        _precede(context, previous, name, norms)
    settled = any(name.firm and not name.come and not name.denied for name in names)
    for name in names:
        name.belief *= _NEARNESS.get(name.introduced, 1.0)
        if name.come:
            name.belief *= _FROM_BESIDE if settled else _FROM_ALONE


def _follow(context: Context, previous: Name, name: Name, norms: list[int]) -> None:
    """What a name takes over from the one before it."""
    start, end = previous.last, name.first
    if context.listed(norms, start, end) and name.introduced in {"", "for"}:
        name.denied = name.denied or previous.denied
        name.come = name.come or previous.come
        name.firm = name.firm or previous.firm
        name.offered = name.offered or previous.offered
        _share_belief(previous, name)
        if previous.introduced in _NEARNESS:
            name.introduced = previous.introduced
    elif previous.introduced == "between" and end - start <= 2:
        name.introduced = "between"
    elif previous.denied and stance.shares_denial(context, norms, start, end):
        name.denied = True
    if name.introduced == "near" and end - start <= 2:
        if previous.denied:
            name.denied = True
        elif end - start == 1 or context.at(norms, start) & (BRACKET | HALF_STOP):
            name.belief *= _BESIDE_ANOTHER


def _precede(context: Context, previous: Name, name: Name, norms: list[int]) -> None:
    """What a name takes over from the next one in a list: what follows the list holds for all of it."""
    follows = previous.introduced == "" and name.introduced in {"", "distance"}
    if follows and context.listed(norms, previous.last, name.first):
        previous.denied = previous.denied or name.denied
        previous.firm = previous.firm or name.firm
        previous.offered = previous.offered or name.offered
        previous.introduced = name.introduced
        _share_belief(previous, name)


def _share_belief(one: Name, other: Name) -> None:
    """In a list of places that are served, a name that may be a word is a place as the others are."""
    if one.firm and other.firm:
        best = max(one.belief, other.belief)
        one.belief = max(one.belief, min(best, _IN_LIST))
        other.belief = max(other.belief, min(best, _IN_LIST))
