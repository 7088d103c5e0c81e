"""A synthetic market in the warehouse, without HTTP: what a faultless crawl would have loaded, linked day by day."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from nlp.pipeline import load
from nlp.reading import read_listings
from simulation.settings import SITE_GROUPS, SITE_NAMES
from simulation.world import World, WorldSettings, generate
from warehouse import db
from warehouse.calendar import epoch_code, epoch_start
from warehouse.identities import link_day
from warehouse.keys import PseudonymKeys
from warehouse.loading import load_day
from warehouse.records import CrawlLog, FactRow, Listing
from warehouse.sketches import normalise, sketches

FIRST = epoch_start("E0003")
Handle = tuple[str, str]  # source, listing id


@dataclass
class Market:
    """A world and what is read of it: by day and source, the rows read and the pseudonyms present."""

    world: World
    keys: PseudonymKeys
    rows: dict[tuple[date, str], list[FactRow]]
    present: dict[tuple[date, str], list[bytes]]
    shown: dict[Handle, Listing]  # as first read

    @property
    def epoch(self) -> str:
        return self.keys.epoch

    def days(self) -> Iterator[date]:
        yield from self.world.days

    def owner(self, handle: Handle) -> int | None:
        return self.world.truth.ad_identity(*handle)

    def load(self, conn: db.Connection, day: date, source: str) -> None:
        log = CrawlLog(
            source=source,
            source_group=SITE_GROUPS[source],
            day=day,
            state="ok",
            reason="",
            pages_expected=1,
            pages_fetched=1,
            listings_present=len(self.present[day, source]),
            listings_read=len(self.rows[day, source]),
            parse_failures=0,
            completeness=1.0,
            spider_version="bench",
        )
        load_day(
            conn,
            source=source,
            day=day,
            crawl_log=log,
            rows=self.rows[day, source],
            present=self.present[day, source],
            epoch=self.epoch,
            spool_digest=hashlib.sha256(f"{day} {source}".encode()).digest(),
        )

    def keep(self, conn: db.Connection) -> Iterator[date]:
        """Load and link day by day; each day is given when it is linked."""
        for day in self.world.days:
            for source in SITE_NAMES:
                if not self.world.site(source).outage(day).is_total:
                    self.load(conn, day, source)
            link_day(conn, day, self.epoch)
            yield day


def market(seed: int, *, days: int = 28, generic: float = 0.0) -> Market:
    """Make a world and read it as `advertentiemonitor.facts` does."""
    world = generate(WorldSettings(seed=seed, first_day=FIRST, days=days, generic_share=generic))
    keys = PseudonymKeys(hashlib.sha256(f"bench {seed}".encode()).digest(), epoch_code(FIRST))
    nlp, texts = load(), keys.sketch_key()
    made = Market(world, keys, {}, {}, {})
    known: dict[Handle, tuple[str | None, ...]] = {}
    for day in world.days:
        for source in SITE_NAMES:
            listings = [ad.as_listing() for ad in world.site(source).listings(day)]
            made.present[day, source] = [keys.listing(source, each.listing_id) for each in listings]
            changed = []
            if not world.site(source).outage(day).is_total:
                for each in listings:
                    said = (each.title, each.body, each.place, each.contact)
                    if known.get((source, each.listing_id)) != said:
                        known[source, each.listing_id] = said
                        made.shown.setdefault((source, each.listing_id), each)
                        changed.append(each)
            words = [normalise(f"{each.title}\n{each.body}") for each in changed]
            facts = read_listings(nlp, changed, day=day)
            made.rows[day, source] = [
                FactRow(
                    listing_key=keys.listing(source, each.listing_id),
                    contact_keys=tuple(sorted(keys.telephone(number) for number in fact.numbers)),
                    content_key=keys.content(text),
                    sketch=sketch,
                    area_codes=tuple(place.area_code for place in fact.places),
                    area_probabilities=tuple(place.probability for place in fact.places),
                    language_code=fact.language,
                    language_probability=fact.language_probability,
                    setting_code=fact.setting,
                    setting_probability=fact.setting_probability,
                    pipeline_version="bench",
                )
                for each, text, sketch, fact in zip(changed, words, sketches(words, texts), facts, strict=True)
            ]
    return made


def identities(conn: db.Connection, made: Market, day: date) -> dict[Handle, int]:
    """Give the identity (its record number) of each listing read up to a day."""
    found = conn.execute(
        "SELECT DISTINCT ON (m.listing_id) l.listing_key, i.record_number FROM core.identity_member AS m "
        "JOIN core.listing AS l USING (listing_id) JOIN core.identity AS i USING (identity_id) "
        "WHERE m.from_date <= %s AND l.epoch_code = %s ORDER BY m.listing_id, m.from_date DESC",
        [day, made.epoch],
    ).fetchall()
    handle_of = {made.keys.listing(*handle): handle for handle in made.shown}
    return {handle_of[bytes(key)]: number for key, number in found}


def reachable(made: Market, handles: list[Handle]) -> list[int]:
    """Give what an ideal linker could reach with what is kept: listings of one advertiser that share a number or have
    texts that are near, directly or through others of hers, and nothing else. As group numbers, in order of handles.
    """
    from warehouse.clusters import Groups
    from warehouse.sketches import PLACES, SIMILAR, matrix

    place = {made.keys.listing(*handle): n for n, handle in enumerate(handles)}
    owner = [made.owner(handle) for handle in handles]
    by_owner: dict[int, list[tuple[int, FactRow]]] = {}
    for rows in made.rows.values():
        for row in rows:
            n = place.get(row.listing_key)
            if n is not None and owner[n] is not None:
                by_owner.setdefault(owner[n], []).append((n, row))
    groups = Groups(range(len(handles)))
    for mine in by_owner.values():
        places = matrix([row.sketch for _, row in mine])
        first_with: dict[bytes, int] = {}
        for k, (n, row) in enumerate(mine):
            for contact in row.contact_keys:
                groups.unite(n, first_with.setdefault(contact, n))
            if (places[k] != 0xFFFF).any():
                for other in np.flatnonzero((places[:k] == places[k]).sum(axis=1) >= SIMILAR * PLACES):
                    groups.unite(n, mine[int(other)][0])
    return [groups.find(n) for n in range(len(handles))]


def weeks(days: int) -> list[date]:
    """Give the last day of each whole week."""
    return [FIRST + timedelta(days=n) for n in range(6, days, 7)]
