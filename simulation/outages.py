"""What goes wrong on a site on a day: nothing, everything, some index pages; and when its pages change their looks."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from simulation.settings import WorldSettings


@dataclass(frozen=True, slots=True)
class Outage:
    """`is_total`: every request gets 503, robots.txt too. `index_pages`: these index pages (from 1) get 503 all day."""

    is_total: bool = False
    index_pages: frozenset[int] = frozenset()


def outage(settings: WorldSettings, source: str, day: date) -> Outage:
    """Tell what is wrong with `source` on `day`; seeded, the same each time."""
    if settings.calm_edges and day in {settings.first_day, settings.last_day}:
        return Outage()
    rng = random.Random(f"{settings.seed}:outage:{source}:{day.isoformat()}")
    chance = rng.random()
    if chance < settings.outage_rate:
        return Outage(is_total=True)
    if chance < settings.outage_rate + settings.partial_rate:
        return Outage(index_pages=frozenset(rng.sample(range(1, 5), 2)))
    return Outage()


def layout_changed_on(settings: WorldSettings) -> date | None:
    """Day from which nl_kaartjes looks different, in the middle of the world; None if it never does."""
    if settings.layout_change == "none":
        return None
    rng = random.Random(f"{settings.seed}:layout")
    return settings.first_day + timedelta(days=int(settings.days * rng.uniform(0.4, 0.8)))
