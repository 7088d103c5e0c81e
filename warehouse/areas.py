"""Dutch municipalities and the regions above them, and the states between which movement is told.

Facts: municipalities, provinces and COROP regions from CBS and Kadaster, coordinates from GeoNames (CC BY 4.0).
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from warehouse.errors import UnknownArea

FOCUS = "GM0153"  # Enschede
REGION = "CR12"  # Twente
COUNTRY = "NL"
NEIGHBOUR = "DE"
REST_OF_REGION = "CR12X"
REST_OF_COUNTRY = "NLX"
ENTRY = "NEW"
EXIT = "EXIT"
MOVEMENT_STATES: tuple[str, ...] = (FOCUS, REST_OF_REGION, REST_OF_COUNTRY, NEIGHBOUR)

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

    >>> [state_of(code) for code in ("GM0153", "GM0141", "GM0363", "DE", "BE")]
    ['GM0153', 'CR12X', 'NLX', 'DE', None]
    """
    if area_code == FOCUS:
        return FOCUS
    if area_code == NEIGHBOUR:
        return NEIGHBOUR
    if not area_code.startswith("GM"):
        return None
    return REST_OF_REGION if municipality(area_code).corop_code == REGION else REST_OF_COUNTRY


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
    twente = corops[REGION]
    focus = municipality(FOCUS)
    total = sum(provinces.values())
    return (
        Area(COUNTRY, "Nederland", "country", None, total),
        Area(NEIGHBOUR, "Duitsland", "country", None, None),
        *(Area(province_code(name), name, "province", COUNTRY, provinces[name]) for name in sorted(provinces)),
        *(Area(code, name, "corop", parent, count) for code, (name, parent, count) in sorted(corops.items())),
        *(Area(m.code, m.name, "municipality", m.corop_code, m.population, m.latitude, m.longitude) for m in everyone),
        Area(REST_OF_REGION, f"rest van {twente[0]}", "state", REGION, twente[2] - focus.population),
        Area(REST_OF_COUNTRY, "rest van Nederland", "state", COUNTRY, total - twente[2]),
        Area(ENTRY, "nieuw of van buiten wat wordt gevolgd", "state", None, None),
        Area(EXIT, "gestopt of weg uit wat wordt gevolgd", "state", None, None),
    )
