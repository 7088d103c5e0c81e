"""Advertisers and where they are: arrivals, departures, breaks and moves with gravity, in a steady state.

Days are counted from the world's first day; they start `BURN_IN` days before it, so that nobody's first move is an
artefact. Three quarters are residents, who stay for months; one quarter travels, stays seven to ten days and moves on to
a place that is near or large (flow ~ size x size / distance^1.2). Flows between two places balance, so that areas keep
their size; whoever stops is replaced by a newcomer at a constant rate.
"""

import random
from bisect import bisect
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from simulation import numbers, texts
from simulation.errors import WrongSettings
from simulation.settings import WorldSettings
from simulation.towns import Town, distance_km, towns

BURN_IN = 42
PRESENT_SHARE = 0.93  # of those not yet stopped, measured on seeds 1-5; the rest is on a break or travelling
CAROUSEL_SHARE = 0.25
RESIDENT_EXIT = 0.0055  # per day
CAROUSEL_EXIT = 0.12  # per stay
RESIDENT_MOVE = 0.001  # per day
BREAK = 0.004  # per day, residents: three to ten days off
SETTING_SHARES = {"home": 0.62, "club": 0.14, "escort": 0.24}
LANGUAGE_SHARES = {
    "nl": 0.40, "en": 0.17, "es": 0.09, "ro": 0.09, "de": 0.07, "pt": 0.06, "pl": 0.06, "hu": 0.03, "bg": 0.03,
}  # fmt: skip
TWO_NUMBERS = 0.08
SHARED_NUMBER = 0.105  # of clubs and escorts: 4 % of all
NUMBER_STYLES = {"plain": 0.56, "obfuscated": 0.24, "field": 0.10, "none": 0.10}


@dataclass(frozen=True, slots=True)
class Stay:
    """Days [first, last], both inclusive, at one place (index into `towns()`)."""

    town: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Advertiser:
    """One person who advertises.

    `since` is the day of first activity, possibly long before the burn-in; `exit_day` the first day after the last one
    when the person stopped within the world, else None.
    """

    number: int
    setting: str
    language: str
    is_carousel: bool
    name: str
    contacts: tuple[str, ...]
    number_style: str
    visibility: float
    since: int
    stays: tuple[Stay, ...]
    exit_day: int | None

    def __repr__(self) -> str:
        """Show the running number only."""
        return f"Advertiser({self.number})"


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Who comes on a day; `age` is how many days she was active before the burn-in."""

    is_carousel: bool
    day: int
    age: int


class Atlas:
    """Where people go: chances of each place, and of each next place from a place."""

    def __init__(self, places: tuple[Town, ...]) -> None:
        size = np.array([place.advertisers for place in places])
        away = np.array([[distance_km(a, b) for b in places] for a in places])
        kernel = (away + 8.0) ** -1.2
        np.fill_diagonal(kernel, 0.0)
        flows = balanced(kernel, size)
        self._places = list(accumulate(size / size.sum()))
        self._next = [list(accumulate(row / row.sum())) for row in flows]

    def any_place(self, rng: random.Random) -> int:
        """Draw a place by size."""
        return min(bisect(self._places, rng.random()), len(self._places) - 1)

    def next_place(self, town: int, rng: random.Random) -> int:
        """Draw the place that follows `town`; never `town` itself."""
        row = self._next[town]
        chosen = min(bisect(row, rng.random()), len(row) - 1)
        return chosen if chosen != town else (town + 1) % len(row)


def balanced(kernel: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale a symmetric kernel to symmetric flows whose row sums are proportional to `size`.

    Args:
        kernel: n x n, symmetric, zero diagonal.
        size: n, positive; none larger than all others together.

    Returns:
        n x n symmetric flows, row sums `size` (Sinkhorn's scaling, damped so that it converges for symmetric input).
    """
    weight = np.sqrt(size / kernel.sum(axis=1))
    for _ in range(500):
        weight = np.sqrt(weight * size / (kernel @ weight))
    flows: NDArray[np.float64] = weight[:, None] * kernel * weight[None, :]
    return flows


def populate(settings: WorldSettings) -> list[Advertiser]:
    """Let everybody arrive who is ever active between the burn-in and the last day, in order of arrival.

    Returns:
        Advertisers numbered from 0; the same settings give the same list.
    """
    rng = random.Random(f"{settings.seed}:population")
    places = towns()
    atlas = Atlas(places)
    total = sum(place.advertisers for place in places) * settings.scale / PRESENT_SHARE
    end = settings.days - 1
    people: list[Advertiser] = []
    for is_carousel, share, leaving in (
        (False, 1 - CAROUSEL_SHARE, RESIDENT_EXIT),
        (True, CAROUSEL_SHARE, CAROUSEL_EXIT / 8.5),
    ):
        standing = _poisson(total * share, rng)
        arrivals = _poisson(total * share * leaving * (end + BURN_IN), rng)
        starts = [-BURN_IN] * standing + sorted(rng.randint(1 - BURN_IN, end) for _ in range(arrivals))
        for start in starts:
            age = int(rng.expovariate(leaving)) if start == -BURN_IN else 0
            people.append(_person(len(people), _Arrival(is_carousel, start, age), end, atlas, rng))
    _give_numbers(people, rng)
    return people


def _person(number: int, arrival: _Arrival, end: int, atlas: Atlas, rng: random.Random) -> Advertiser:
    stays, exit_day = (_carousel if arrival.is_carousel else _resident)(arrival.day, end, atlas, rng)
    in_germany = towns()[stays[0].town].country == "DE"
    language = "de" if in_germany and rng.random() < 0.6 else _draw(LANGUAGE_SHARES, rng)
    return Advertiser(
        number=number,
        setting=_draw(SETTING_SHARES, rng),
        language=language,
        is_carousel=arrival.is_carousel,
        name=rng.choice(texts.NAMES),
        contacts=(),
        number_style=_draw(NUMBER_STYLES, rng),
        visibility=rng.gauss(0.0, 0.5),
        since=arrival.day - arrival.age,
        stays=tuple(stays),
        exit_day=exit_day,
    )


def _carousel(start: int, end: int, atlas: Atlas, rng: random.Random) -> tuple[list[Stay], int | None]:
    stays: list[Stay] = []
    day, town = start, atlas.any_place(rng)
    length = rng.randint(7, 10)
    if start == -BURN_IN:
        length = rng.randint(1, length)
    while day <= end:
        stays.append(Stay(town, day, min(day + length - 1, end)))
        day += length
        if rng.random() < CAROUSEL_EXIT:
            return stays, day if day <= end else None
        if rng.random() < 0.1:
            day += rng.randint(2, 7)
        town, length = atlas.next_place(town, rng), rng.randint(7, 10)
    return stays, None


def _resident(start: int, end: int, atlas: Atlas, rng: random.Random) -> tuple[list[Stay], int | None]:
    stays: list[Stay] = []
    day, town = start, atlas.any_place(rng)
    hazard = RESIDENT_EXIT + RESIDENT_MOVE + BREAK
    while day <= end:
        last = day + int(rng.expovariate(hazard))
        stays.append(Stay(town, day, min(last, end)))
        event = rng.random() * hazard
        day = last + 1
        if event < RESIDENT_EXIT:
            return stays, day if day <= end else None
        if event < RESIDENT_EXIT + RESIDENT_MOVE:
            town = atlas.next_place(town, rng)
        else:
            day += rng.randint(3, 10)
    return stays, None


def _give_numbers(people: list[Advertiser], rng: random.Random) -> None:
    pools = {country: rng.sample(range(numbers.FAKES_FROM), numbers.FAKES_FROM) for country in numbers.BLOCKS}

    def fresh(country: str) -> str:
        if not pools[country]:
            raise WrongSettings(
                "This world has more advertisers than made-up numbers. Choose a smaller scale or fewer days."
            )
        return numbers.BLOCKS[country].number(pools[country].pop())

    shared: dict[int, str] = {}
    for position, person in enumerate(people):
        town = person.stays[0].town
        abroad = towns()[town].country == "DE" and rng.random() < 0.7
        foreign = numbers.FIRST_OF_LANGUAGE[person.language]
        own = fresh("DE" if abroad else foreign if rng.random() < 0.25 else "NL")
        contacts: tuple[str, ...] = (own,)
        if person.setting != "home" and rng.random() < SHARED_NUMBER:
            # Facilitated: a house or agency answers one number for several people of one place.
            if town not in shared or rng.random() < 0.4:
                shared[town] = own
            contacts = (shared[town],)
        elif rng.random() < TWO_NUMBERS:
            contacts = (own, fresh("NL"))
        people[position] = replace(person, contacts=contacts)


def _draw(shares: dict[str, float], rng: random.Random) -> str:
    return rng.choices(list(shares), list(shares.values()))[0]


def _poisson(mean: float, rng: random.Random) -> int:
    """Draw a Poisson number; by the normal approximation from a mean of 400 on, where it is off by under a tenth."""
    if mean > 400:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    total, count = rng.expovariate(1.0), 0
    while total < mean:
        count += 1
        total += rng.expovariate(1.0)
    return count
