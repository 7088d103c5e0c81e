"""Place names and what they may stand for: municipalities with the days their borders hold, places, aliases, regions.

Own tables under `nlp/data/gazetteer`. Positions are degrees (WGS 84), good for telling places apart, not for maps.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from nlp.folding import fold_word
from nlp.wordlists import GAZETTEER, pairs, table

_EARTH_KM = 6371.0
_COUNTRY_CODE = 2  # letters; a qualifier stands for a province or for a country


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality; `successor_code` takes over on the day after `valid_until` (None: no end known)."""

    code: str
    name: str
    province: str
    corop_code: str
    latitude: float
    longitude: float
    population: int
    valid_until: date | None
    successor_code: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing a name may stand for. `kind` is municipality, place, district, border, abroad or country; code None abroad."""

    name: str
    kind: str
    municipality_code: str | None
    country: str
    latitude: float
    longitude: float
    population: int
    province: str = ""
    corop_code: str = ""

    @property
    def area(self) -> str:
        """Municipality code, or the country abroad."""
        return self.municipality_code or self.country


@dataclass(frozen=True, slots=True)
class Entry:
    """A name as written, its readings, and how much of an ordinary word it is.

    `ordinary` is "", "weak", "strong" or "name" (a first name, a surname); "never" is left out. `kind` is "district" or
    "abroad" (a country too) where all readings are, else "". `largest` is the population of the largest reading.
    """

    name: str
    candidates: tuple[Candidate, ...]
    ordinary: str = ""
    kind: str = ""
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Region:
    """A region or province: evidence for the places in it, never an answer itself."""

    corop_codes: frozenset[str]
    provinces: frozenset[str]

    def holds(self, candidate: Candidate) -> bool:
        """Whether the candidate lies in it."""
        return candidate.corop_code in self.corop_codes or candidate.province in self.provinces


@dataclass(slots=True)
class Gazetteer:
    """All tables together; `entries` and `regions` by folded name as written.

    `countries` holds the ISO code of each word for a country, `country_entries` an entry for each code.
    """

    municipalities: dict[str, Municipality]
    entries: dict[str, Entry]
    regions: dict[str, Region]
    qualifiers: dict[str, str]
    countries: dict[str, str]
    country_entries: dict[str, Entry]
    area_codes: dict[str, str]
    _postcode_starts: list[int] = field(default_factory=list)
    _postcode_rows: list[tuple[int, str]] = field(default_factory=list)

    def municipality_of_postcode(self, digits: int) -> str | None:
        """Municipality code of a four-digit postcode, None where no such postcode exists."""
        index = bisect_right(self._postcode_starts, digits) - 1
        if index < 0 or digits > self._postcode_rows[index][0]:
            return None
        return self._postcode_rows[index][1]

    def code_on(self, code: str, day: date | None) -> str:
        """The municipality that `code` belongs to on `day`; None means the borders now in force."""
        municipality = self.municipalities.get(code)
        while (
            day is not None
            and municipality is not None
            and municipality.valid_until is not None
            and municipality.successor_code
            and day > municipality.valid_until
        ):
            municipality = self.municipalities[municipality.successor_code]
        return municipality.code if municipality else code


def kilometres(one: Candidate, other: Candidate) -> float:
    """Distance between two candidates, in km, by the equirectangular approximation (0.1 % at this size)."""
    middle = math.radians((one.latitude + other.latitude) / 2)
    x = math.radians(other.longitude - one.longitude) * math.cos(middle)
    y = math.radians(other.latitude - one.latitude)
    return _EARTH_KM * math.hypot(x, y)


def written_forms(name: str) -> set[str]:
    """The ways a name is written: with and without hyphen and apostrophe, "Sint" shortened.

    >>> sorted(written_forms("'s-Gravenhage"))
    ["'s Gravenhage", "'s-Gravenhage", 's Gravenhage', 's-Gravenhage']
    """
    forms = {name}
    if "Sint " in name or "Sint-" in name:
        forms |= {name.replace("Sint", "St"), name.replace("Sint", "St.")}
    forms |= {form.replace("-", " ") for form in forms}
    forms |= {form.lstrip("'") for form in forms}
    return forms


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Read the tables once.

    Raises:
        DataFileBroken: a table does not have its columns.
    """
    municipalities = _municipalities()
    ordinary = pairs(GAZETTEER / "ordinary_words.csv", ("word", "strength"))
    readings: dict[str, list[Candidate]] = {}
    shown: dict[str, str] = {}
    by_name: dict[tuple[str, str], Candidate] = {}
    columns = ("name", "kind", "municipality_code", "country", "latitude", "longitude", "population")
    for name, kind, code, country, latitude, longitude, population in table(GAZETTEER / "places.csv", columns):
        home = municipalities.get(code)
        candidate = Candidate(
            name,
            kind,
            code or None,
            country,
            float(latitude),
            float(longitude),
            int(population),
            home.province if home else "",
            home.corop_code if home else "",
        )
        by_name.setdefault((name, candidate.area), candidate)
        for form in _name_forms(name):
            folded = fold_word(form)
            shown.setdefault(folded, form)
            _add(readings.setdefault(folded, []), candidate)
    for alias, name, area in table(GAZETTEER / "aliases.csv", ("alias", "name", "municipality_code")):
        target = by_name.get((name, area))
        if target is None:
            target = next((c for (n, a), c in by_name.items() if a == area and n == municipalities[area].name), None)
        if target is not None:
            for form in _name_forms(alias):
                shown.setdefault(fold_word(form), form)
                _add(readings.setdefault(fold_word(form), []), target)
    entries = {
        folded: Entry(
            shown[folded],
            tuple(candidates),
            ordinary.get(folded, ""),
            _kind_of_all(candidates),
            max(candidate.population for candidate in candidates),
        )
        for folded, candidates in readings.items()
        if ordinary.get(folded) != "never"  # "Nederland" is a hamlet too
    }
    areas = pairs(GAZETTEER / "qualifiers.csv", ("qualifier", "area"))
    countries = {word: area for word, area in areas.items() if len(area) == _COUNTRY_CODE}
    country_entries = _country_entries(countries)
    for word, country in countries.items():
        if country != "NL" and len(word) > 3:  # "DE" and "BE" are words
            entries.setdefault(fold_word(word), country_entries[country])
    regions = {
        fold_word(form): Region(frozenset(corops.split("|")) - {""}, frozenset(provinces.split("|")) - {""})
        for name, corops, provinces in table(GAZETTEER / "regions.csv", ("name", "corop_codes", "provinces"))
        for form in written_forms(name)
    }
    postcodes = sorted(
        (int(first), int(last), code)
        for first, last, code in table(GAZETTEER / "postcodes.csv", ("first", "last", "municipality_code"))
    )
    return Gazetteer(
        municipalities,
        entries,
        regions,
        {word.lower(): area for word, area in areas.items() if word not in countries},
        countries,
        country_entries,
        pairs(GAZETTEER / "area_codes.csv", ("area_code", "municipality_code")),
        [first for first, _, _ in postcodes],
        [(last, code) for _, last, code in postcodes],
    )


def _name_forms(name: str) -> set[str]:
    """The ways a place name is written: as `written_forms`, with hyphens between its words, "aan den" shortened."""
    forms = {name, name.replace(" ", "-")}
    for whole in (" aan den ", " aan de "):
        if whole in name:
            forms |= {name.replace(whole, short) for short in (" a/d ", " a.d. ", " ad ", " aan de ", " aan den ")}
    return {form for written in forms for form in written_forms(written)}


def _add(candidates: list[Candidate], candidate: Candidate) -> None:
    """Keep one candidate per area: the larger, for a municipality and its main place share name and code."""
    for index, known in enumerate(candidates):
        if known.area == candidate.area:
            if candidate.population > known.population:
                candidates[index] = candidate
            return
    candidates.append(candidate)


def _country_entries(countries: dict[str, str]) -> dict[str, Entry]:
    """One entry for each country but the Netherlands, under the first of its words; a country has no position."""
    found: dict[str, Entry] = {}
    for word, country in countries.items():
        if country != "NL" and country not in found:
            found[country] = Entry(word, (Candidate(word, "country", None, country, 0.0, 0.0, 0),), "", "abroad")
    return found


def _kind_of_all(candidates: list[Candidate]) -> str:
    kinds = {"abroad" if candidate.kind == "country" else candidate.kind for candidate in candidates}
    return kinds.pop() if kinds in ({"district"}, {"abroad"}) else ""


def _municipalities() -> dict[str, Municipality]:
    columns = (
        "municipality_code",
        "name",
        "province",
        "corop_code",
        "latitude",
        "longitude",
        "population",
        "valid_until",
        "successor_code",
    )
    found: dict[str, Municipality] = {}
    for row in table(GAZETTEER / "municipalities.csv", columns):
        code, name, province, corop, latitude, longitude, population, until, successor = row
        found[code] = Municipality(
            code,
            name,
            province,
            corop,
            float(latitude),
            float(longitude),
            int(population),
            date.fromisoformat(until) if until else None,
            successor or None,
        )
    return found
