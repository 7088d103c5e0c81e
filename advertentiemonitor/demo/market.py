"""The synthetic market as the demo and `simulate` use it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from simulation.serve import Market
from simulation.settings import SITE_NAMES, Canaries, WorldSettings
from simulation.world import World, generate

FIRST_DAY = date(2026, 10, 12)  # a block of four weeks starts here; see docs/decisions/0005
NO_CANARIES = Canaries()


def make_world(seed: int, days: int, canaries: Canaries = NO_CANARIES) -> World:
    """Generate the market that lives `days` days from FIRST_DAY."""
    return generate(WorldSettings(seed=seed, first_day=FIRST_DAY, days=days, canaries=canaries))


def ports(first: int) -> tuple[int, ...]:
    """The four ports of the market, from `first` on."""
    return tuple(range(first, first + len(SITE_NAMES)))


def serve_until_stopped(seed: int, day: date, port_base: int, say: Callable[[str], None]) -> None:
    """Serve the market of `day` on loopback until Ctrl-C."""
    days = max((day - FIRST_DAY).days + 1, 1)
    world = make_world(seed, days)
    with (
        TemporaryDirectory(prefix="advertentiemonitor-market-") as folder,
        Market(world, ports(port_base), Path(folder)) as market,
    ):
        market.set_day(day)
        for name, url in market.base_urls.items():
            say(f"{name}: {url}")
        say("Ctrl-C stops the market.")
        Event().wait()
