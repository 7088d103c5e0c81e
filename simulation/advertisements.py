"""Advertisements: who posts where, and what becomes of it.

An advertiser chooses owner groups independently of each other, given how visible she wants to be (a shared disposition,
standard deviation 0.5 on the logit scale); alfa runs two sites and cross-posts between them. Choices are made anew now and
then. An advertisement outlives its advertiser's presence by some days (ghost), is refreshed, edited when its author moves, or
taken down and posted again under a new number with the same words. Fakes belong to nobody.
"""

import hashlib
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from simulation import generic, numbers, texts
from simulation.population import BURN_IN, Advertiser
from simulation.settings import SITE_NAMES, WorldSettings
from simulation.texts import Copy
from simulation.towns import towns

GROUP_CHANCE = {"alfa": 0.57, "beta": 0.22, "gamma": 0.16}
ALFA_SITES = {("nl_kaartjes", "nl_gegevens"): 0.40, ("nl_kaartjes",): 0.38, ("nl_gegevens",): 0.22}
CHOICE_DAYS = 30  # a resident thinks again about where to advertise this often
RECONSIDER = 0.25
POST_AGAIN = 0.006  # per day: taken down and posted anew
REFRESH = 0.018  # per day
KEEP_WHEN_MOVING = 0.65  # edits the advertisement rather than posting a new one
SECOND_AD = 0.18
RETOUCH = 0.20  # a cross-post with one sentence changed
LATE = (0.80, 0.95)  # posted on the day itself, a day later, two days later

CATEGORIES = {
    "nl_kaartjes": {"home": "Thuisontvangst", "club": "Club en privéhuis", "escort": "Escort"},
    "nl_gegevens": {"home": "Privé", "club": "Club", "escort": "Escort"},
    "nl_rubriek": {"home": "Privé ontvangst", "club": "Clubs", "escort": "Escort"},
}
CATEGORY_GIVEN = {"nl_kaartjes": 1.0, "nl_gegevens": 0.8, "nl_prikbord": 0.0, "nl_rubriek": 0.85}
PLACE_GIVEN = {"nl_kaartjes": 1.0, "nl_gegevens": 0.9, "nl_prikbord": 0.0, "nl_rubriek": 0.6}
HAS_CONTACT_FIELD = {"nl_kaartjes": True, "nl_gegevens": True, "nl_prikbord": False, "nl_rubriek": True}


@dataclass(frozen=True, slots=True, repr=False)
class Version:
    """What an advertisement says from `day` on, at place `town`."""

    day: int
    town: int
    title: str
    body: str
    place: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Ad:
    """One advertisement on one site.

    Live on days [first, last]; from `ghost_from` on its author is gone. `refreshes` are days (sorted) with the minute of
    the day; the first entry is the posting itself. `owner` is None for a fake.
    """

    source: str
    listing_id: str
    owner: int | None
    posted: int
    first: int
    last: int
    ghost_from: int | None
    versions: tuple[Version, ...]
    refreshes: tuple[tuple[int, int], ...]
    contact: str | None
    category: str | None


@dataclass(slots=True, repr=False)
class _Draft:
    """An advertisement while its life is being told."""

    source: str
    owner: int | None
    posted: int
    first: int
    last: int
    ghost_from: int | None
    versions: list[Version]
    refreshes: list[tuple[int, int]]
    contact: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Days [first, last] at `town` during which the advertiser uses `sites`."""

    town: int
    first: int
    last: int
    sites: frozenset[str]


def advertise(people: list[Advertiser], settings: WorldSettings) -> dict[str, list[Ad]]:
    """Write all advertisements that are live on at least one day of the world, by site, in order of posting.

    The same settings give the same advertisements, listing ids included.
    """
    authors = [_Author(person, settings) for person in people]
    drafts = [draft for author in authors for draft in author.drafts()]
    kept = [draft for draft in drafts if draft.last >= 0 and draft.first < settings.days]
    if settings.generic_share:
        _give_generic_numbers(kept, {author.person.number: author for author in authors}, settings)
    kept.extend(_fakes(kept, settings))
    return {source: _numbered(source, [d for d in kept if d.source == source], settings) for source in SITE_NAMES}


class _Author:
    """Tells the advertisements of one advertiser."""

    def __init__(self, person: Advertiser, settings: WorldSettings) -> None:
        self.person = person
        self.settings = settings
        self.rng = random.Random(f"{settings.seed}:ads:{person.number}")
        self.in_text = person.number_style in {"plain", "obfuscated"}
        self.copy = texts.compose(person.language, person.setting, with_number=self.in_text, rng=self.rng)
        # "field" people have no field to use on the board: there the number goes into the words.
        self.spoken = texts.compose(person.language, person.setting, with_number=True, rng=self.rng)
        words = texts.phrases(person.language).digit_words
        form = numbers.obfuscated if person.number_style == "obfuscated" else None
        self.written = {
            e164: form(e164, words, self.rng) if form else numbers.plain(e164, self.rng) for e164 in person.contacts
        }
        self.names_village = self.rng.random() < 0.25
        self.second_place = self.rng.random() < 0.08

    def drafts(self) -> Iterator[_Draft]:
        pieces = list(self._pieces())
        for source in SITE_NAMES:
            used = [piece for piece in pieces if source in piece.sites]
            if not used:
                continue
            yield from self._thread(source, used, self._copy_for(source))
            if self.rng.random() < SECOND_AD:
                again = texts.compose(self.person.language, self.person.setting, with_number=self.in_text, rng=self.rng)
                yield from self._thread(source, used, texts.retouched(again, self.person.language, self.rng))

    def _pieces(self) -> Iterator[_Piece]:
        sites: frozenset[str] | None = None
        for stay in self.person.stays:
            start = stay.first
            while start <= stay.last:
                end = min(stay.last, start + CHOICE_DAYS - 1)
                if sites is None or self.rng.random() < RECONSIDER:
                    sites = self._choose()
                yield _Piece(stay.town, start, end, sites)
                start = end + 1

    def _choose(self) -> frozenset[str]:
        chosen: set[str] = set()
        for group, chance in GROUP_CHANCE.items():
            odds = math.log(chance / (1 - chance)) + self.person.visibility
            if self.rng.random() < 1 / (1 + math.exp(-odds)):
                if group == "alfa":
                    chosen.update(self.rng.choices(list(ALFA_SITES), list(ALFA_SITES.values()))[0])
                else:
                    chosen.add("nl_prikbord" if group == "beta" else "nl_rubriek")
        return frozenset(chosen)

    def _copy_for(self, source: str) -> Copy:
        copy = self.copy
        if self.person.number_style == "field" and not HAS_CONTACT_FIELD[source]:
            copy = self.spoken
        return texts.retouched(copy, self.person.language, self.rng) if self.rng.random() < RETOUCH else copy

    def _thread(self, source: str, pieces: list[_Piece], copy: Copy) -> Iterator[_Draft]:
        draft: _Draft | None = None
        for piece in pieces:
            late = self.rng.random()
            start = piece.first + (0 if late < LATE[0] else 1 if late < LATE[1] else 2)
            if draft is not None and draft.last == piece.first - 1:
                same_place = draft.versions[-1].town == piece.town
                if same_place or (self.rng.random() < KEEP_WHEN_MOVING and start <= piece.last):
                    if not same_place:
                        draft.versions.append(self._version(start, piece.town, copy, source))
                        draft.refreshes.append((start, self._minute()))
                    yield from self._live_on(draft, start, piece.last, copy)
                    continue
            if start > piece.last:
                continue
            if draft is not None:
                yield self._ended(draft)
            draft = self._new(source, start, piece, copy)
            yield from self._live_on(draft, start + 1, piece.last, copy)
        if draft is not None:
            yield self._ended(draft)

    def _new(self, source: str, start: int, piece: _Piece, copy: Copy) -> _Draft:
        posted = start
        if start <= -BURN_IN + 2 and not self.person.is_carousel:
            posted = start - int(self.rng.random() * min(200, max(0, start - self.person.since)))
        contact = None
        if HAS_CONTACT_FIELD[source] and (
            self.person.number_style == "field" or (self.person.number_style == "plain" and self.rng.random() < 0.4)
        ):
            contact = self.written[self._contacts()[0]]
        label = CATEGORIES.get(source, {}).get(self.person.setting)
        category = label if self.rng.random() < CATEGORY_GIVEN[source] else None
        version = self._version(start, piece.town, copy, source)
        return _Draft(
            source,
            self.person.number,
            posted,
            start,
            start,
            None,
            [version],
            [(posted, self._minute())],
            contact,
            category,
        )

    def _live_on(self, draft: _Draft, start: int, last: int, copy: Copy) -> Iterator[_Draft]:
        """Tell days [start, last]; a repost yields what ended and turns `draft` into what replaced it."""
        draft.last = max(draft.last, last)
        for day in range(start, last + 1):
            chance = self.rng.random()
            if chance < POST_AGAIN:
                yield self._ended(replace(draft, last=day - 1), ghost=False)
                draft.posted = draft.first = day
                draft.versions = [self._version(day, draft.versions[-1].town, copy, draft.source)]
                draft.refreshes = [(day, self._minute())]
            elif chance < POST_AGAIN + REFRESH:
                draft.refreshes.append((day, self._minute()))

    def _ended(self, draft: _Draft, *, ghost: bool = True) -> _Draft:
        if ghost and draft.last < self.settings.days - 1:
            stopped = draft.last + 1
            stay_on = 1 / (1 + 1 / self.settings.ghost_lag_days) if self.settings.ghost_lag_days else 0.0
            while draft.last - stopped < 30 and self.rng.random() < stay_on:
                draft.last += 1
            draft.ghost_from = stopped if draft.last >= stopped else None
        return draft

    def _version(self, day: int, town: int, copy: Copy, source: str) -> Version:
        place = towns()[town]
        name = self.rng.choice(place.villages) if self.names_village and place.villages else place.name
        if self.second_place:
            other = min((t for t in towns() if t is not place), key=lambda t: _near(t.latitude, t.longitude, town))
            extra = texts.elsewhere(self.person.language, other.name, self.rng)
            copy = texts.with_sentence(copy, extra)
        written = " / ".join(self.written[e164] for e164 in self._contacts())
        field = _place_field(name, place.country)
        return Version(
            day,
            town,
            copy.headline(name, self.person.name)[:100],
            copy.body(name, self.person.name, written),
            field if self.rng.random() < PLACE_GIVEN[source] else None,
        )

    def _contacts(self) -> tuple[str, ...]:
        if len(self.person.contacts) == 1:
            return self.person.contacts
        if self.person.number_style == "plain" and self.rng.random() < 0.4:
            return self.person.contacts
        return (self.rng.choice(self.person.contacts),)

    def _minute(self) -> int:
        return self.rng.randrange(15, 11 * 60 + 45)


def _near(latitude: float, longitude: float, town: int) -> float:
    here = towns()[town]
    return (latitude - here.latitude) ** 2 + (0.62 * (longitude - here.longitude)) ** 2


def _give_generic_numbers(kept: list[_Draft], authors: dict[int | None, _Author], settings: WorldSettings) -> None:
    for position, (number, replaces) in generic.writings(len(kept), settings.generic_share, settings.seed).items():
        draft = kept[position]
        author = authors[draft.owner]
        own = tuple(author.written.values()) if replaces else ()
        sentence = generic.contact_sentence(author.person.language, number, settings.seed, position)
        draft.versions = [
            replace(version, body=generic.rewritten(version.body, number, own, sentence)) for version in draft.versions
        ]
        if replaces and draft.contact is not None:
            draft.contact = number


def _fakes(kept: list[_Draft], settings: WorldSettings) -> Iterator[_Draft]:
    """Post advertisements of nobody: half new words with a number that nobody has, half somebody's words copied whole."""
    rng = random.Random(f"{settings.seed}:fakes")
    free = rng.sample(range(numbers.FAKES_FROM, 10_000), 400)
    for number in range(round(settings.fake_share * len(kept))):
        source = rng.choice(SITE_NAMES)
        town = rng.randrange(len(towns()))
        language = rng.choice(texts.LANGUAGES)
        setting = rng.choice(texts.SETTINGS)
        contact = numbers.plain(numbers.BLOCKS["GB"].number(free[number % 400]), rng)
        copy = texts.compose(language, setting, with_number=True, rng=rng)
        place, name = towns()[town].name, rng.choice(texts.NAMES)
        title, body = copy.headline(place, name)[:100], copy.body(place, name, contact)
        if rng.random() < 0.5:
            stolen = rng.choice(kept).versions[0]
            title, body, town = stolen.title, stolen.body, stolen.town
        first = rng.randrange(-10, settings.days)
        field = _place_field(towns()[town].name, towns()[town].country) if rng.random() < PLACE_GIVEN[source] else None
        version = Version(first, town, title, body, field)
        category = CATEGORIES.get(source, {}).get(setting)
        last = first + rng.randint(3, 15)
        if last >= 0:
            when = [(first, rng.randrange(15, 700))]
            yield _Draft(source, None, first, first, last, None, [version], when, None, category)


def _place_field(name: str, country: str) -> str:
    """Write a place as a site's field of its own has it."""
    return name if country == "NL" else f"{name} (D)"


def _numbered(source: str, drafts: Iterable[_Draft], settings: WorldSettings) -> list[Ad]:
    """Give listing ids as each site does: running numbers in order of posting, or codes without order."""
    ordered = sorted(
        drafts, key=lambda d: (d.posted, d.refreshes[0][1], -1 if d.owner is None else d.owner, d.versions[0].body)
    )
    rng = random.Random(f"{settings.seed}:ids:{source}")
    running = {"nl_kaartjes": 4_180_000, "nl_prikbord": 73_000}.get(source, 0)
    ads = []
    for position, draft in enumerate(ordered):
        running += 1 if source == "nl_rubriek" else rng.randint(1, 9)
        listing_id = str(running)
        if source == "nl_gegevens":
            listing_id = hashlib.sha256(f"{settings.seed}:{source}:{position}".encode()).hexdigest()[:12]
        ads.append(
            Ad(
                source=draft.source,
                listing_id=listing_id,
                owner=draft.owner,
                posted=draft.posted,
                first=draft.first,
                last=draft.last,
                ghost_from=draft.ghost_from,
                versions=tuple(draft.versions),
                refreshes=tuple(sorted(draft.refreshes)),
                contact=draft.contact,
                category=draft.category,
            )
        )
    return ads
