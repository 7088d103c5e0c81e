"""Advertisers and where they are: arrivals, departures, breaks and moves with gravity, in a steady state.

Days are counted from the world's first day; they start `BURN_IN` days before it, so that nobody's first move is an
artefact. Three quarters are residents, who stay for months; one quarter travels, stays seven to ten days and moves on to
a place that is near or large (flow ~ size x size / distance^1.2). Flows between two places balance, so that areas keep
their size; whoever stops is replaced by a newcomer at a constant rate.
"""

import random
from dataclasses import dataclass, replace

from simulation import numbers, texts
from simulation.atlas import Atlas
from simulation.errors import UnknownArea, WrongSettings
from simulation.settings import Policy, WorldSettings
from simulation.towns import distance_km, towns

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
NEIGHBOUR_KM = 30.0  # a policy moves people between a town and those so near
LEAVING_DAYS = 14  # over which those leave whom a policy makes leave
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
    if settings.policy is not None:
        people = _governed(people, settings, settings.policy)
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


def _governed(people: list[Advertiser], settings: WorldSettings, policy: Policy) -> list[Advertiser]:
    """Let a policy work on who is where: draws of its own, so that stays of whom it does not touch are as without it.

    Telephone numbers are given later and by stays, so they differ.

    A town's people are a random part of everybody at every moment, and what a policy moves is a random part of them.
    """
    rng = random.Random(f"{settings.seed}:policy")
    town = next((n for n, each in enumerate(towns()) if each.area_code == policy.area_code), None)
    if town is None:
        raise UnknownArea(policy.area_code)
    here, since = towns()[town], settings.index_of(policy.day)
    near = [
        n
        for n, each in enumerate(towns())
        if n != town and each.country == here.country and distance_km(here, each) <= NEIGHBOUR_KM
    ]
    size = [towns()[n].advertisers for n in near]
    if policy.is_displacing and not near:
        raise WrongSettings(
            "This town has no neighbours to move to. Take another one, or a policy without displacement."
        )
    sources, share = {town}, policy.effect
    if policy.direction == "relaxed" and policy.is_displacing:
        sources, share = set(near), min(1.0, policy.effect * here.advertisers / sum(size))
    governed: list[Advertiser] = []
    for person in people:
        day = since + rng.randrange(LEAVING_DAYS)
        place = rng.choices(near, size)[0] if near else town
        if rng.random() >= share or not any(stay.town in sources and stay.last >= day for stay in person.stays):
            governed.append(person)
        elif policy.is_displacing:
            place = town if policy.direction == "relaxed" else place
            governed.append(replace(person, stays=_moved(person.stays, sources, day, place)))
        elif policy.direction == "relaxed":
            governed += [person, _like(person, sources, day, rng)]
        else:
            governed += _without(person, sources, day)
    return [replace(person, number=number) for number, person in enumerate(governed)]


def _moved(stays: tuple[Stay, ...], sources: set[int], day: int, place: int) -> tuple[Stay, ...]:
    """Be at `place` from `day` on wherever it would have been one of `sources`."""
    moved: list[Stay] = []
    for stay in stays:
        if stay.town in sources and stay.last >= day:
            if stay.first < day:
                moved.append(replace(stay, last=day - 1))
            moved.append(Stay(place, max(stay.first, day), stay.last))
        else:
            moved.append(stay)
    return tuple(moved)


def _without(person: Advertiser, sources: set[int], day: int) -> list[Advertiser]:
    """Leave out what would be in `sources` from `day` on; a resident stops, who travels only stays away from there."""
    kept: list[Stay] = []
    for stay in person.stays:
        if stay.town not in sources or stay.last < day:
            kept.append(stay)
            continue
        if stay.first < day:
            kept.append(replace(stay, last=day - 1))
        if not person.is_carousel:
            break
    if not kept:
        return []
    has_stopped = person.exit_day is not None or kept[-1].last < person.stays[-1].last
    return [replace(person, stays=tuple(kept), exit_day=kept[-1].last + 1 if has_stopped else None)]


def _like(person: Advertiser, sources: set[int], day: int, rng: random.Random) -> Advertiser:
    """Be somebody new who is where `person` is in `sources` from `day` on."""
    stays = tuple(
        replace(stay, first=max(stay.first, day)) for stay in person.stays if stay.town in sources and stay.last >= day
    )
    goes_on = person.exit_day is None and stays[-1].last == person.stays[-1].last
    return replace(
        person,
        setting=_draw(SETTING_SHARES, rng),
        name=rng.choice(texts.NAMES),
        number_style=_draw(NUMBER_STYLES, rng),
        visibility=rng.gauss(0.0, 0.5),
        since=stays[0].first,
        stays=stays,
        exit_day=None if goes_on else stays[-1].last + 1,
    )


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
