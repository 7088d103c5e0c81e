"""What faultless spiders would have brought home from a world on a day, without a site or a request in between.

For drills that need months of a market: spool files, indexes of what was seen, and crawl logs, as `spiders` leaves them.
"""

import hashlib
from datetime import date

from simulation.settings import SITE_GROUPS, SITE_NAMES
from simulation.world import LiveAd, World
from warehouse.records import CrawlLog, Presence
from warehouse.seen import SeenIndex
from warehouse.spool import SpoolWriter
from warehouse.store import Place


def collect(world: World, day: date, state: Place, spool_key: bytes, epoch_start: date = date.min) -> list[CrawlLog]:
    """Write the spool files and indexes of a day; give the crawl logs, which the caller writes last.

    Args:
        world: the market.
        day: one of its days. A site that is wholly out of order gives an empty file and a blind crawl.
        state: folder of the installation, or its exchange.
        spool_key: the installation's.
        epoch_start: first day of the key epoch that holds `day`.

    Raises:
        DayOutsideWorld: the world does not have this day.
    """
    logs = []
    for source in SITE_NAMES:
        site = world.site(source)
        is_down = site.outage(day).is_total
        ads = () if is_down else site.listings(day)
        seen = SeenIndex.load(state / "seen", source, day, spool_key, epoch_start)
        fresh = [seen.is_fresh(ad.listing_id, _card(ad), day) for ad in ads]
        path = state / "spool" / source / f"{day.isoformat()}.spool"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with SpoolWriter(path, spool_key) as spool:
            for ad, is_fresh in zip(ads, fresh, strict=True):
                seen.note(ad.listing_id, _card(ad), None if is_fresh else day)
                spool.write(Presence(source, ad.listing_id) if is_fresh else ad.as_listing())
        seen.save(state / "seen", source, day)
        logs.append(
            CrawlLog(
                source=source,
                source_group=SITE_GROUPS[source],
                day=day,
                state="blind" if is_down else "ok",
                reason="site_down" if is_down else "",
                pages_expected=1,
                pages_fetched=0 if is_down else 1,
                listings_present=len(ads),
                listings_read=len(ads) - sum(fresh),
                parse_failures=0,
                completeness=0.0 if is_down else 1.0,
                spider_version="collected",
            )
        )
    return logs


def _card(ad: LiveAd) -> str:
    """What an index page shows of an advertisement changes with its text and place, not with each refresh."""
    return hashlib.sha256(f"{ad.title}\0{ad.body}\0{ad.place}\0{ad.contact}".encode()).hexdigest()
