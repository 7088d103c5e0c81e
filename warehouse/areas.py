"""Dutch municipalities and the regions above them, and the states between which movement is told.

Eight states make up all that is monitored (STATISTICS 3). Wider areas hold them, each state in one area a level:
municipality, region or province; rest of the region or of the country; elsewhere in the Netherlands; everywhere.

Facts: municipalities, provinces and COROP regions from CBS and Kadaster, coordinates from GeoNames (CC BY 4.0).
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from warehouse.errors import UnknownArea

FOCUS = "GM0153"  # Enschede
REGION = "CR12"  # Twente
COUNTRY = "NL"
NEIGHBOUR = "DE"
ENTRY = "NEW"
EXIT = "EXIT"

HENGELO, ALMELO = "GM0164", "GM0141"
OTHERS_OF_REGION = "CR12R"  # Twente without Enschede, Hengelo and Almelo
REST_OF_PROVINCE = "OVX"  # Overijssel outside Twente
GELDERLAND = "PV-Gelderland"
OTHER_PROVINCES = "PVX"  # neither Overijssel nor Gelderland
MOVEMENT_STATES: tuple[str, ...] = (
    FOCUS,
    HENGELO,
    ALMELO,
    OTHERS_OF_REGION,
    REST_OF_PROVINCE,
    GELDERLAND,
    OTHER_PROVINCES,
    NEIGHBOUR,
)

REST_OF_REGION = "CR12X"  # Twente without Enschede
REST_OF_COUNTRY = "NLX"  # the Netherlands without Twente
COARSE_STATES: tuple[str, ...] = (FOCUS, REST_OF_REGION, REST_OF_COUNTRY, NEIGHBOUR)
ELSEWHERE = "NLR"  # the Netherlands without where a move ends
EVERYWHERE = "ALLX"  # all that is monitored, without where a move ends
_COARSER: Final[dict[str, str]] = {
    HENGELO: REST_OF_REGION,
    ALMELO: REST_OF_REGION,
    OTHERS_OF_REGION: REST_OF_REGION,
    REST_OF_PROVINCE: REST_OF_COUNTRY,
    GELDERLAND: REST_OF_COUNTRY,
    OTHER_PROVINCES: REST_OF_COUNTRY,
    FOCUS: ELSEWHERE,
    REST_OF_REGION: ELSEWHERE,
    REST_OF_COUNTRY: ELSEWHERE,
    ELSEWHERE: EVERYWHERE,
    NEIGHBOUR: EVERYWHERE,
}
# Areas that only movement knows: code, name, and the area that holds it whole.
_STATE_NAMES: Final[tuple[tuple[str, str, str | None], ...]] = (
    (REST_OF_REGION, "rest van Twente", REGION),
    (OTHERS_OF_REGION, "overig Twente", REGION),
    (REST_OF_PROVINCE, "Overijssel buiten Twente", "PV-Overijssel"),
    (REST_OF_COUNTRY, "rest van Nederland", COUNTRY),
    (OTHER_PROVINCES, "overige provincies", COUNTRY),
    (ELSEWHERE, "elders in Nederland", None),
    (EVERYWHERE, "elders in Nederland en Duitsland", None),
    (ENTRY, "nieuw of van buiten wat wordt gevolgd", None),
    (EXIT, "gestopt of weg uit wat wordt gevolgd", None),
)
# Bad Bentheim, in the middle of the border districts (Grafschaft Bentheim, Steinfurt, Borken) that are monitored.
_NEIGHBOUR_PLACE: Final = (52.301, 7.158)
_EARTH_KM: Final = 6371.0

LevelCode = Literal["municipality", "corop", "province", "country", "state"]


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality; population on 1 January 2024, coordinates in degrees, `valid_until` its last day if known."""

    code: str
    name: str
    province: str
    corop_code: str
    corop_name: str
    population: int
    latitude: float
    longitude: float
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Area:
    """An area for which figures may exist, at any level; coordinates for municipalities only."""

    code: str
    name: str
    level: LevelCode
    parent: str | None
    population: int | None
    latitude: float | None = None
    longitude: float | None = None


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Give all municipalities, by code."""
    text = files("warehouse").joinpath("data/municipalities.csv").read_text(encoding="utf-8")
    return tuple(
        Municipality(
            code=row["code"],
            name=row["name"],
            province=row["province"],
            corop_code=row["corop_code"],
            corop_name=row["corop_name"],
            population=int(row["population"]),
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
        )
        for row in sorted(csv.DictReader(text.splitlines()), key=lambda row: row["code"])
    )


@cache
def _by_code() -> dict[str, Municipality]:
    return {municipality.code: municipality for municipality in municipalities()}


def municipality(code: str) -> Municipality:
    """Give one municipality.

    Raises:
        UnknownArea: no municipality has that code.
    """
    found = _by_code().get(code)
    if found is None:
        raise UnknownArea(code)
    return found


def province_code(province: str) -> str:
    """Give the area code of a province.

    >>> province_code("Overijssel")
    'PV-Overijssel'
    """
    return f"PV-{province}"


def area_parents(code: str) -> tuple[str, str, str]:
    """Give the COROP region, the province and the country that hold a municipality.

    Raises:
        UnknownArea: no municipality has that code.

    >>> area_parents("GM0153")
    ('CR12', 'PV-Overijssel', 'NL')
    """
    found = municipality(code)
    return found.corop_code, province_code(found.province), COUNTRY


def state_of(area_code: str) -> str | None:
    """Give the state of movement in which an area lies; None for countries that are not monitored.

    Raises:
        UnknownArea: it looks like a municipality but is none.

    >>> [state_of(code) for code in ("GM0153", "GM0173", "GM0193", "GM0363", "DE", "BE")]
    ['GM0153', 'CR12R', 'OVX', 'PVX', 'DE', None]
    """
    if area_code == NEIGHBOUR:
        return NEIGHBOUR
    if not area_code.startswith("GM"):
        return None
    found = municipality(area_code)
    if found.code in MOVEMENT_STATES:
        return found.code
    if found.corop_code == REGION:
        return OTHERS_OF_REGION
    if found.province == municipality(FOCUS).province:
        return REST_OF_PROVINCE
    return GELDERLAND if province_code(found.province) == GELDERLAND else OTHER_PROVINCES


def coarser(state: str) -> str | None:
    """Give the next wider area of movement around one; None at the top, and for arrivals (NEW) and exits.

    Raises:
        UnknownArea: it is no area of movement.

    >>> coarser("GM0141"), coarser("PV-Gelderland"), coarser("CR12X"), coarser("ALLX")
    ('CR12X', 'NLX', 'NLR', None)
    """
    if state not in _COARSER and state not in (EVERYWHERE, ENTRY, EXIT):
        raise UnknownArea(state)
    return _COARSER.get(state)


def states_in(area: str) -> tuple[str, ...]:
    """Give the states that an area of movement is made up of; NEW and EXIT stand for themselves.

    Raises:
        UnknownArea: it is no area of movement.

    >>> states_in("CR12X"), states_in("DE")
    (('GM0164', 'GM0141', 'CR12R'), ('DE',))
    """
    if area in (ENTRY, EXIT):
        return (area,)
    found = tuple(state for state in MOVEMENT_STATES if area in around(state))
    if not found:
        raise UnknownArea(area)
    return found


def around(state: str | None) -> tuple[str, ...]:
    """Give an area of movement and those that hold it, the nearest first.

    >>> around("GM0164")
    ('GM0164', 'CR12X', 'NLR', 'ALLX')
    """
    return () if state is None else (state, *around(coarser(state)))


@cache
def _places(state: str) -> tuple[tuple[float, float, float], ...]:
    """List where people live in a state: latitude and longitude in degrees, and their share."""
    inside = [m for m in municipalities() if state_of(m.code) == state]
    total = sum(m.population for m in inside)
    return tuple((m.latitude, m.longitude, m.population / total) for m in inside) or ((*_NEIGHBOUR_PLACE, 1.0),)


def centre(area: str) -> tuple[float, float]:
    """Give the middle of an area of movement by where people live, latitude and longitude in degrees; Germany its one place.

    Raises:
        UnknownArea: it is no area of movement, or one without a place (NEW, EXIT).

    >>> [round(degrees, 2) for degrees in centre("CR12X")]
    [52.31, 6.7]
    """
    if area == NEIGHBOUR:
        return _NEIGHBOUR_PLACE
    inside = [m for m in municipalities() if area in around(state_of(m.code))]
    if not inside:
        raise UnknownArea(area)
    total = sum(m.population for m in inside)
    return (
        sum(m.latitude * m.population for m in inside) / total,
        sum(m.longitude * m.population for m in inside) / total,
    )


def state_distances() -> npt.NDArray[np.float64]:
    """Give mean great-circle distances in km between two states, shape (K, K), in the order of `MOVEMENT_STATES`.

    The mean is over pairs of municipalities, by population (Head and Mayer 2002): the rest of Twente lies around Almelo,
    so that their centres are next to each other and the places are not. A state's distance to itself is half of that to
    the nearest other state (Wolf 1997), since one municipality has no pairs.
    """
    at = [np.array(_places(state)).T for state in MOVEMENT_STATES]
    km = np.array([[float(one[2] @ _km(one, other) @ other[2]) for other in at] for one in at])
    np.fill_diagonal(km, np.inf)
    np.fill_diagonal(km, km.min(axis=1) / 2)
    return km


def _km(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give distances between places, shape (A, B), of latitudes and longitudes in the first rows of each."""
    (a, east_a), (b, east_b) = np.radians(one[:2]), np.radians(other[:2])
    east = np.sin((east_a[:, None] - east_b) / 2) ** 2
    half = np.sin((a[:, None] - b) / 2) ** 2 + np.cos(a[:, None]) * np.cos(b) * east
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(half)))


@cache
def all_areas() -> tuple[Area, ...]:
    """Give every area for which figures may exist, the larger before the smaller, each level by code."""
    everyone = municipalities()
    provinces: dict[str, int] = {}
    corops: dict[str, tuple[str, str, int]] = {}
    for item in everyone:
        provinces[item.province] = provinces.get(item.province, 0) + item.population
        _, _, so_far = corops.get(item.corop_code, ("", "", 0))
        corops[item.corop_code] = (item.corop_name, province_code(item.province), so_far + item.population)
    in_states: dict[str | None, int] = {}
    for item in everyone:
        for code in around(state_of(item.code)):
            in_states[code] = in_states.get(code, 0) + item.population
    total = sum(provinces.values())
    return (
        Area(COUNTRY, "Nederland", "country", None, total),
        Area(NEIGHBOUR, "Duitsland", "country", None, None),
        *(Area(province_code(name), name, "province", COUNTRY, provinces[name]) for name in sorted(provinces)),
        *(Area(code, name, "corop", parent, count) for code, (name, parent, count) in sorted(corops.items())),
        *(Area(m.code, m.name, "municipality", m.corop_code, m.population, m.latitude, m.longitude) for m in everyone),
        *(
            Area(code, name, "state", parent, in_states[code] if parent else None)
            for code, name, parent in _STATE_NAMES
        ),
    )
