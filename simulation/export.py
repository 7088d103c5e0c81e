"""Write a world to files, for people who want to look at it."""

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulation.settings import SITE_GROUPS, SITE_NAMES
from simulation.world import World
from warehouse.areas import ENTRY, EXIT, FOCUS, MOVEMENT_STATES, REGION

AREAS: tuple[str, ...] = (FOCUS, REGION, "PV-Overijssel", "NL", "DE")


def write(world: World, folder: Path) -> list[Path]:
    """Write `listings.jsonl` (every advertisement of every day's first showing) and `truth.json`.

    Args:
        world: what to write.
        folder: where; made if need be.

    Returns:
        The files. The same world gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listings, truth = folder / "listings.jsonl", folder / "truth.json"
    with listings.open("w", encoding="utf-8") as file:
        for name in SITE_NAMES:
            seen: set[tuple[str, str, str]] = set()
            for day in world.days:
                for ad in world.site(name).listings(day):
                    version = (ad.listing_id, ad.title, ad.body)
                    if version not in seen:
                        seen.add(version)
                        file.write(json.dumps({"day": day, **asdict(ad)}, ensure_ascii=False, default=str) + "\n")
    truth.write_text(json.dumps(summary(world), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [listings, truth]


def summary(world: World) -> dict[str, Any]:
    """Give the main true figures: by area and week, by setting, and moves between states over the whole world."""
    known, first, last = world.truth, world.settings.first_day, world.settings.last_day
    mondays = [day for day in world.days if day.weekday() == 0 and day + timedelta(days=6) <= last]
    return {
        "seed": world.settings.seed,
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "source_groups": SITE_GROUPS,
        "advertisers": {area: known.advertisers(area, first, last) for area in AREAS},
        "by_setting": {
            area: {setting: known.advertisers(area, first, last, setting) for setting in ("home", "club", "escort")}
            for area in AREAS
        },
        "by_week": {
            area: {day.isoformat(): known.advertisers(area, day, day + timedelta(days=6)) for day in mondays}
            for area in AREAS
        },
        "moves": {
            f"{origin}>{destination}": known.moves(origin, destination, first, last)
            for origin in (ENTRY, *MOVEMENT_STATES)
            for destination in (*MOVEMENT_STATES, EXIT)
            if origin != destination and (origin, destination) != (ENTRY, EXIT)
        },
        "out_of_order": {
            name: [day.isoformat() for day in world.days if world.site(name).outage(day).is_total]
            for name in SITE_NAMES
        },
    }
