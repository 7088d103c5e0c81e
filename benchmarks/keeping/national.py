"""A made-up market of national size: what crawls of four sources see day by day, from a seed, as arrays.

Advertisers come, stay about two months and leave; on each source that they use, an advertisement stands eight weeks at
most and is then placed anew. Some move from municipality to municipality, some texts are copied from source to source,
two of a hundred name a number that others name too. Keys and sketches are random for what differs and (nearly) equal
for copies; with each key epoch all of them change. Nothing here is a text, a number or a person.

`Market.crawls` gives what `warehouse.loading.load_day` takes; `history.fill` writes many days straight into `core`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from warehouse import areas, calendar, db, loading
from warehouse.records import CrawlLog, FactRow, SettingCode
from warehouse.sketches import PLACES, SKETCH_BYTES

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

SOURCES = ("nl_alfa", "nl_beta", "nl_delta", "nl_gamma")  # each of an owner group of its own
USES = (0.45, 0.30, 0.20, 0.12)  # chance that an advertiser uses a source
MEAN_STAY = 60.0
BEFORE = 300  # days before the first from which advertisers may still be there
LONGEST_AD = 56
STINT = 10  # days that a mover stays in one municipality
EDIT = 40  # days after which a text may be edited
REREAD = 7
MOVERS, EDITORS, COPIES, GENERIC, NUMBERLESS, SEEN = 0.15, 0.3, 0.6, 0.02, 0.05, 0.97
NAMES_A_GENERIC = 20
SETTINGS: tuple[tuple[SettingCode, float], ...] = (("home", 0.6), ("escort", 0.2), ("club", 0.1), ("unknown", 0.1))
LANGUAGES = (("nl", 0.6), ("en", 0.2), ("es", 0.08), ("ro", 0.06), ("pl", 0.06))
_LISTING, _CONTACT, _CONTENT, _SKETCH, _NEAR, _SEEN, _PLACE = range(7)  # what a hash is for


def day_of(day: int) -> date:
    """Give the date of a day that is counted from 0."""
    return calendar.ORIGIN + timedelta(days=day)


def mix(*parts: int | Ints | Hashes) -> Hashes:
    """Hash numbers of any shapes that go together (finaliser of splitmix64, Steele, Lea and Flood 2014)."""
    state = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for part in parts:
            state = (np.asarray(part).astype(np.uint64) ^ state) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return np.asarray(state)


def _share(hashes: Hashes) -> npt.NDArray[np.float64]:
    return (hashes >> np.uint64(11)) / 2.0**53


def _rows(table: npt.NDArray[np.generic]) -> list[bytes]:
    raw, size = table.tobytes(), table.itemsize * table.shape[1]
    return [raw[at : at + size] for at in range(0, len(raw), size)]


@dataclass(frozen=True, slots=True)
class Crawl:
    """What one crawl of one source saw: the arguments of `load_day`."""

    log: CrawlLog
    rows: list[FactRow] = field(repr=False)
    present: list[bytes] = field(repr=False)
    epoch: str

    def load(self, conn: db.Connection) -> loading.LoadResult:
        """Load it with the real loader."""
        return loading.load_day(
            conn,
            source=self.log.source,
            day=self.log.day,
            crawl_log=self.log,
            rows=self.rows,
            present=self.present,
            epoch=self.epoch,
            spool_digest=f"{self.log.source:<12}{self.log.day}".encode().ljust(32),
        )


class Market:
    """A market of about `live` advertisements a day, for `days` days from Monday 5 January 2026 on.

    An advertiser uses each source with a chance of its own (`chances`).

    For A advertisements: `who` (A,) numbers advertisers, `source` (A,) sources; it stands from day `start` (A,) up to,
    not including, day `end` (A,).
    """

    def __init__(self, live: int = 25_000, days: int = 395, seed: int = 1, chances: tuple[float, ...] = USES) -> None:
        rng = np.random.default_rng([seed, live, days])
        self.days, self.seed = days, seed
        uses = np.array(chances)
        rate = live / SEEN / MEAN_STAY * (1 - np.prod(1 - uses)) / uses.sum()  # advertisers that come in a day
        blocks = [self._arrivals(rng, round(rate * BEFORE), -BEFORE, BEFORE, chances)]
        blocks += [self._arrivals(rng, round(rate * 7), day, 7, chances) for day in range(0, days, 7)]
        start, end, used = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        self.arrival, size = start, len(start)
        self.is_mover = rng.random(size) < MOVERS
        self.is_editor = rng.random(size) < EDITORS
        generic = rng.random(size) < GENERIC
        pool = max(int(generic.sum()) // NAMES_A_GENERIC, 1)
        self.contact = np.where(generic, size + rng.integers(0, pool, size), np.arange(size))
        self.contact[rng.random(size) < NUMBERLESS] = -1
        self.setting = rng.choice(len(SETTINGS), size, p=[share for _, share in SETTINGS])
        self.language = rng.choice(len(LANGUAGES), size, p=[share for _, share in LANGUAGES])
        people = np.array([each.population for each in areas.municipalities()], dtype=np.float64)
        self.area_codes = [each.code for each in areas.municipalities()]
        self._area_ends = np.cumsum(people / people.sum())

        who, source = np.nonzero(used)
        parts = (end[who] - start[who] + LONGEST_AD - 1) // LONGEST_AD
        part = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
        self.who, self.source = np.repeat(who, parts), np.repeat(source, parts)
        self.start = start[self.who] + part * LONGEST_AD
        self.end = np.minimum(end[self.who], self.start + LONGEST_AD)
        is_copy = rng.random(len(self.who)) < COPIES
        self.base = self.who * 8 + np.where(is_copy, 0, 1 + self.source)
        kept = (self.end > 0) & (self.start < days)
        for name in ("who", "source", "start", "end", "base"):
            setattr(self, name, getattr(self, name)[kept])

    @staticmethod
    def _arrivals(
        rng: np.random.Generator, count: int, first: int, days: int, chances: tuple[float, ...]
    ) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
        start = first + rng.integers(0, days, count)
        end = start + 3 + rng.exponential(MEAN_STAY - 3, count).astype(np.int64)
        used = rng.random((count, len(chances))) < chances
        unused = ~used.any(axis=1)
        while unused.any():
            used[unused] = rng.random((int(unused.sum()), len(chances))) < chances
            unused = ~used.any(axis=1)
        return start, end, used

    @cached_property
    def _by_start(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.start, kind="stable")
        return order, self.start[order]

    def seen(self, day: int) -> tuple[Ints, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Give the advertisements seen on a day, in order; which of them say something new; which are read."""
        order, starts = self._by_start
        low, high = np.searchsorted(starts, (day - LONGEST_AD, day + 1))
        near = np.sort(order[low:high])
        ad = near[(self.end[near] > day)]
        new = (self.start[ad] == day) | (day % calendar.EPOCH_DAYS == 0)
        new |= self._area(ad, day) != self._area(ad, day - 1)
        new |= self._text(ad, day)[0] != self._text(ad, day - 1)[0]
        read = new | ((day - self.start[ad]) % REREAD == 0)
        is_seen = read | (_share(mix(self.seed, _SEEN, day, ad)) < SEEN)
        return ad[is_seen], new[is_seen], read[is_seen]

    def _area(self, ad: Ints, day: int) -> Ints:
        who = self.who[ad]
        stint = np.where(self.is_mover[who], (day - self.arrival[who]) // STINT, 0)
        place = np.searchsorted(self._area_ends, _share(mix(self.seed, _PLACE, who, stint)))
        return np.minimum(place, len(self.area_codes) - 1)

    def _text(self, ad: Ints, day: int) -> tuple[Hashes, Ints, Hashes]:
        """Number texts; give how many places of the base text's sketch each has changed, and with what."""
        who = self.who[ad]
        edit = np.where(self.is_editor[who], (day - self.arrival[who]) // EDIT, 0)
        near = mix(self.seed, _NEAR, ad, edit)
        changes = (near % np.uint64(7)).astype(np.int64)
        return np.where(changes > 0, near, self.base[ad].astype(np.uint64)), changes, near

    def listing_keys(self, ad: Ints, day: int) -> list[bytes]:
        """Give the pseudonyms that advertisements have in the epoch of a day."""
        return self._keys(_LISTING, day, ad)

    def _keys(self, kind: int, day: int, ids: Ints | Hashes) -> list[bytes]:
        epoch = day // calendar.EPOCH_DAYS
        return _rows(mix(self.seed, kind, epoch, ids[:, None], np.arange(4)[None, :]))

    def facts(self, ad: Ints, day: int) -> Iterator[FactRow]:
        """Give what is read of advertisements on a day."""
        who = self.who[ad]
        text, changes, near = self._text(ad, day)
        sketch = mix(
            self.seed, _SKETCH, day // calendar.EPOCH_DAYS, self.base[ad][:, None], np.arange(SKETCH_BYTES // 8)
        )
        places = sketch.view(f"u{SKETCH_BYTES // PLACES}")
        for place in range(int(changes.max(initial=0))):
            places[place < changes, place * 9 % PLACES] ^= near[place < changes].astype(places.dtype)
        contact = self.contact[who]
        for listing, number, content, signature, municipality, setting, language, has_number in zip(
            self.listing_keys(ad, day),
            self._keys(_CONTACT, day, contact),
            self._keys(_CONTENT, day, text),
            _rows(places),
            self._area(ad, day).tolist(),
            self.setting[who].tolist(),
            self.language[who].tolist(),
            (contact >= 0).tolist(),
            strict=True,
        ):
            yield FactRow(
                listing_key=listing,
                contact_keys=(number,) if has_number else (),
                content_key=content,
                sketch=signature,
                area_codes=(self.area_codes[municipality],),
                area_probabilities=(0.9,),
                language_code=LANGUAGES[language][0],
                language_probability=0.9,
                setting_code=SETTINGS[setting][0],
                setting_probability=0.8,
                pipeline_version="1",
            )

    def log(self, source: int, day: int, present: int, read: int) -> CrawlLog:
        """Give the log of a crawl that went well."""
        name = SOURCES[source]
        return CrawlLog(name, f"group of {name}", day_of(day), "ok", "", present, present, present, read, 0, SEEN, "1")

    def crawls(self, day: int) -> list[Crawl]:
        """Give what the crawls of a day saw, one for each source."""
        ad, _, read = self.seen(day)
        found = []
        for source in range(len(SOURCES)):
            mine = self.source[ad] == source
            rows = list(self.facts(ad[mine & read], day))
            log = self.log(source, day, int(mine.sum()), len(rows))
            found.append(Crawl(log, rows, self.listing_keys(ad[mine], day), calendar.epoch_code(day_of(day))))
        return found
