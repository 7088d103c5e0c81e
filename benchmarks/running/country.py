"""The made-up market of `benchmarks/keeping/national.py` as sites show it: advertisements with words, places and numbers.

Who advertises where and when, who moves and who copies comes from there, spread over all municipalities by population.
The words are those of `simulation.texts` with some invented ones of each text's own: forty thousand authors who share
a few hundred sentences would write alike more often than people do. Numbers are of the simulated blocks, in ten
countries, for one block does not hold so many.
"""

import random
import sys
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "keeping")]

import national  # noqa: E402

from simulation import numbers, texts  # noqa: E402
from simulation.advertisements import CATEGORIES, HAS_CONTACT_FIELD, PLACE_GIVEN  # noqa: E402
from simulation.outages import Outage  # noqa: E402
from simulation.settings import SITE_NAMES, WorldSettings  # noqa: E402
from simulation.towns import Town  # noqa: E402
from simulation.world import LiveAd  # noqa: E402
from warehouse import areas  # noqa: E402

FIRST = 280  # Monday 12 October 2026: a block of four weeks starts, in the second week of a key epoch
CHANCES = (0.8, 0.6, 0.45, 0.3)  # of an advertiser on each of SITE_NAMES: four of five are on several
POSTINGS = sum(CHANCES) / (1 - float(np.prod([1 - chance for chance in CHANCES])))  # of an advertisement
REFRESH = 20  # days: the card shows another time, so the page is fetched again
NOON = 12 * 60
SYLLABLES = ("ba", "del", "fo", "gir", "ka", "lum", "mo", "nes", "pi", "ros", "ta", "ven", "wis", "zo")
_PHASE, _MINUTE = 100, 101  # what a hash is for


class Country:
    """A world of `days` days for the sites of the simulation, which ask it for `site(name).listings(day)`."""

    layout_changed_on = None

    def __init__(self, advertisements: int, days: int, seed: int = 1) -> None:
        live = round(advertisements * POSTINGS)
        self.settings = WorldSettings(seed=seed, first_day=national.day_of(FIRST), days=days, layout_change="none")
        self.market = national.Market(live, FIRST + days, seed, CHANCES)
        market = self.market
        self.kept = np.flatnonzero((market.end > FIRST) & (market.start < FIRST + days))
        contacts = np.unique(market.contact[market.who[self.kept]])
        self._number = {contact: place for place, contact in enumerate(contacts[contacts >= 0].tolist())}
        if len(self._number) > len(numbers.BLOCKS) * numbers.FAKES_FROM:
            raise SystemExit("There are not enough made-up numbers for so many advertisers.")
        self._places = {each.code: each for each in areas.municipalities()}
        self._texts: dict[tuple[int, ...], tuple[str, str, str]] = {}

    def site(self, name: str) -> "Listed":
        """Give what one site shows."""
        return Listed(self, SITE_NAMES.index(name))

    def towns(self) -> tuple[Town, ...]:
        """Give all municipalities as places of the simulation, for the classifieds' list of areas."""
        return tuple(
            Town(each.name, (), each.code, each.corop_code, each.province, "NL", each.latitude, each.longitude, 0.0)
            for each in self._places.values()
        )

    def advertisers(self, day: date) -> int:
        """Count the advertisers with an advertisement on a day."""
        return len(np.unique(self.market.who[self.live(day)]))

    def live(self, day: date) -> national.Ints:
        """Give the advertisements of a day, by index."""
        index = FIRST + self.settings.index_of(day)
        market, kept = self.market, self.kept
        return kept[(market.start[kept] <= index) & (market.end[kept] > index)]

    def words(self, ad: int, who: int, text: int, changed: int, area: int, number: str | None) -> tuple[str, str, str]:
        """Give title, text and the name of the place."""
        key = (ad, text, area)
        if key not in self._texts:
            rng = random.Random(f"{self.settings.seed}:{int(self.market.base[ad])}")
            setting = self._setting(who)
            language = texts.LANGUAGES[int(self.market.language[who])]
            copy = texts.compose(language, setting, with_number=number is not None, rng=rng)
            own = " ".join("".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(24)).capitalize()
            copy = texts.with_sentence(copy, f"{own}.")
            if changed:
                copy = texts.retouched(copy, language, random.Random(text))
            place = self._places[self.market.area_codes[area]].name
            name = texts.NAMES[who % len(texts.NAMES)]
            written = self._written(number, language, random.Random(who)) if number else ""
            self._texts[key] = (copy.headline(place, name)[:100], copy.body(place, name, written), place)
        return self._texts[key]

    def number(self, who: int) -> str | None:
        """Give an advertiser's number, None for who gives none."""
        contact = int(self.market.contact[who])
        if contact < 0:
            return None
        blocks = list(numbers.BLOCKS.values())
        place = self._number[contact]
        return blocks[place % len(blocks)].number(place // len(blocks))

    def province(self, area: int) -> str:
        """Give the province of a municipality."""
        return self._places[self.market.area_codes[area]].province

    def _setting(self, who: int) -> str:
        code = national.SETTINGS[int(self.market.setting[who])][0]
        return code if code in texts.SETTINGS else "home"

    def category(self, source: str, who: int) -> str | None:
        """Give the group of a site that an advertiser chose."""
        is_given = who % 8 or source == "nl_kaartjes"
        return CATEGORIES.get(source, {}).get(self._setting(who)) if is_given else None

    @staticmethod
    def _written(number: str, language: str, rng: random.Random) -> str:
        if rng.random() < 0.3:
            return numbers.obfuscated(number, texts.phrases(language).digit_words, rng)
        return numbers.plain(number, rng)


@dataclass(frozen=True, slots=True)
class Listed:
    """One site of a country."""

    country: Country
    source: int

    def outage(self, day: date) -> Outage:  # noqa: ARG002 - the sites ask
        """Say that all is well."""
        return Outage()

    def listings(self, day: date) -> tuple[LiveAd, ...]:
        """Give all advertisements of a day, last refreshed first."""
        country, market = self.country, self.country.market
        index = FIRST + country.settings.index_of(day)
        ads = country.live(day)
        ads = ads[market.source[ads] == self.source]
        place, (text, changed, _) = market._area(ads, index), market._text(ads, index)  # noqa: SLF001 - its own dynamics
        facts = _Shown(
            ads,
            market.who[ads],
            text,
            changed,
            place,
            market.start[ads],
            self._refreshed(ads, index),
            _hashed(_MINUTE, ads) % NOON,
        )
        shown = [self._shown(_Shown(*row)) for row in zip(*(each.tolist() for each in facts), strict=True)]
        return tuple(sorted(shown, key=lambda ad: (ad.refreshed, ad.listing_id), reverse=True))

    def _refreshed(self, ads: national.Ints, index: int) -> national.Ints:
        """Give the last day on which each was posted, refreshed, edited, or moved with its advertiser."""
        market, who = self.country.market, self.country.market.who[ads]
        since = index - market.arrival[who]
        last = np.maximum(market.start[ads], index - (index + _hashed(_PHASE, ads)) % REFRESH)
        for does, every in ((market.is_mover, national.STINT), (market.is_editor, national.EDIT)):
            last = np.where(does[who], np.maximum(last, index - since % every), last)
        return np.asarray(last)

    def _shown(self, of: "_Shown") -> LiveAd:
        country, name = self.country, SITE_NAMES[self.source]
        number = country.number(of.who)
        title, body, town = country.words(of.ad, of.who, of.text, of.changed, of.place, number)
        has_field = HAS_CONTACT_FIELD[name] and of.who % 4 == 0
        return LiveAd(
            source=name,
            listing_id=f"{of.ad:012x}" if name == "nl_gegevens" else str(1_000_000 + of.ad),
            title=title,
            body=body,
            place=town if self._names_place(of.who) else None,
            region=country.province(of.place),
            contact=numbers.plain(number, random.Random(of.who)) if number and has_field else None,
            category=country.category(name, of.who),
            posted=_moment(of.start, of.minute),
            refreshed=_moment(of.refreshed, of.minute),
        )

    def _names_place(self, who: int) -> bool:
        """Tell whether the field for the place is filled in: nowhere on the board, by six of ten in the classifieds."""
        return PLACE_GIVEN[SITE_NAMES[self.source]] * 10 > who % 10


class _Shown(NamedTuple):
    """What is shown of advertisements, as columns or as one row: days and minutes are counted, the rest numbered."""

    ad: Any
    who: Any
    text: Any
    changed: Any
    place: Any
    start: Any
    refreshed: Any
    minute: Any


def _hashed(kind: int, ads: national.Ints) -> national.Ints:
    return (national.mix(kind, ads) >> np.uint64(33)).astype(np.int64)


def _moment(day: int, minute: int) -> datetime:
    return datetime.combine(national.day_of(day), time()) + timedelta(minutes=minute)
