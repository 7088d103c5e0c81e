"""Which areas an event is held against, and which are next door: by rules on facts, never by what came out. STATISTICS 4."""

from collections.abc import Collection, Iterable
from math import asin, cos, log, radians, sin, sqrt

from warehouse.areas import Municipality, municipalities, municipality
from warehouse.errors import WrongUse

NEIGHBOUR_KM, FAR_KM = 30.0, 50.0  # near enough to move to; far enough not to be moved to
SIZE_FACTOR = 4.0  # of inhabitants, either way
MAXIMUM = 20
RULE = (
    f"municipalities over {FAR_KM:g} km away, with {1 / SIZE_FACTOR:g} to {SIZE_FACTOR:g} times the inhabitants, no event of "
    f"their own in or near the window, and a figure in 90 % of the weeks before; the {MAXIMUM} nearest in inhabitants"
)
REGION_RULE = f"regions (COROP) over {NEIGHBOUR_KM:g} km away, without an event in or near the window, with 90 % of the blocks before"


def named(text: str) -> Municipality:
    """Give the municipality of a name or code, whatever its case.

    Raises:
        WrongUse: there is none of that name, or there are two.

    >>> named("enschede").code, named("GM0402").name
    ('GM0153', 'Hilversum')
    """
    asked = text.strip().casefold()
    found = [one for one in municipalities() if asked in {one.code.casefold(), one.name.casefold()}]
    if len(found) == 1:
        return found[0]
    if found:
        each = " and ".join(f"{one.code} ({one.province})" for one in found)
        raise WrongUse(f"{found[0].name} is the name of more than one municipality: {each}. Write its code.")
    alike = [one.name for one in municipalities() if len(asked) > 2 and one.name.casefold().startswith(asked[:4])]
    hint = f" Perhaps {', '.join(alike[:3])}?" if alike else ""
    raise WrongUse(
        f"There is no Dutch municipality {text.strip()!r}.{hint} Write its name or its code, e.g. Enschede or GM0153."
    )


def distance_km(one: Municipality, other: Municipality) -> float:
    """Give the great-circle distance between two municipalities' centres.

    >>> round(distance_km(named("Enschede"), named("Hengelo")))
    6
    """
    a, b = radians(one.latitude), radians(other.latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def neighbours(code: str, usable: Collection[str]) -> list[str]:
    """Give the usable municipalities next door, the nearest first.

    Args:
        code: municipality.
        usable: codes of those with figures and without an event of their own.
    """
    own = municipality(code)
    away = {one.code: distance_km(own, one) for one in municipalities() if one.code in usable and one.code != code}
    return sorted((other for other, km in away.items() if km <= NEIGHBOUR_KM), key=lambda other: (away[other], other))


def chosen(code: str, usable: Collection[str]) -> list[str]:
    """Choose comparators by `RULE`, the most alike in inhabitants first.

    Args:
        code: municipality.
        usable: codes of those with figures and without an event of their own.
    """
    own = municipality(code)
    unlike = {
        one.code: abs(log(one.population / own.population))
        for one in municipalities()
        if one.code in usable and one.code != code and distance_km(own, one) > FAR_KM
    }
    fit = [other for other, ratio in unlike.items() if ratio <= log(SIZE_FACTOR)]
    return sorted(fit, key=lambda other: (unlike[other], other))[:MAXIMUM]


def chosen_regions(code: str, usable: Collection[str], eventful: Iterable[str]) -> list[str]:
    """Choose regions by `REGION_RULE`, by code.

    Args:
        code: municipality.
        usable: codes of regions with figures.
        eventful: municipalities with an event of their own.
    """
    own = municipality(code)
    near = {one.corop_code for one in municipalities() if distance_km(own, one) <= NEIGHBOUR_KM}
    near |= {municipality(other).corop_code for other in eventful}
    return sorted(set(usable) - near)
