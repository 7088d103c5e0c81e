"""The places of the synthetic market, as `data/towns.csv` lists them, and the areas they make up."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import asin, cos, radians, sin, sqrt

from warehouse.areas import around, state_of
from warehouse.errors import UnknownArea


@dataclass(frozen=True, slots=True)
class Town:
    """One place. `villages` are names people use instead; `advertisers` is how many are active there at a time."""

    name: str
    villages: tuple[str, ...]
    area_code: str
    corop_code: str
    province: str
    country: str
    latitude: float
    longitude: float
    advertisers: float

    @property
    def state(self) -> str:
        """Movement state, one of `warehouse.areas.MOVEMENT_STATES`."""
        state = state_of(self.area_code)
        if state is None:
            raise UnknownArea(self.area_code)
        return state

    @property
    def areas(self) -> frozenset[str]:
        """Codes of all areas that this place lies in, those of movement included."""
        codes = {self.area_code, *around(self.state)}
        if self.country == "NL":
            codes |= {self.corop_code, f"PV-{self.province}", "NL"}
        return frozenset(codes)


@cache
def towns() -> tuple[Town, ...]:
    """Read the table."""
    with (resources.files("simulation") / "data" / "towns.csv").open(encoding="utf-8") as file:
        return tuple(
            Town(
                name=row["name"],
                villages=tuple(filter(None, row["villages"].split("|"))),
                area_code=row["area_code"],
                corop_code=row["corop_code"],
                province=row["province"],
                country=row["country"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                advertisers=float(row["advertisers"]),
            )
            for row in csv.DictReader(file)
        )


def distance_km(one: Town, other: Town) -> float:
    """Great-circle distance in kilometres."""
    a, b = radians(one.latitude), radians(other.latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))
