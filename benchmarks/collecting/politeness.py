"""How hard a crawl leans on a site, measured at the site.

    .venv/bin/python benchmarks/collecting/politeness.py

First: the least time between two requests as they come in at the server, against the delay that was promised (the
register's, or robots.txt's Crawl-delay), also over retries, redirects and Retry-After. No gap may be shorter.
Second: pages fetched per listing seen on an unchanged market, against fetching everything, per site and in all; bar 1/20.
"""

import sys
import tempfile
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from harness import Job, changed, run_all, served
from throughput import DAY, READING, pages

from simulation.serve import Market
from simulation.settings import SITE_NAMES, WorldSettings
from simulation.world import generate
from spiders.onboarding import begin

DELAY = 0.5
LISTINGS = 40
BAR = 1 / 20

Site = dict[str, bytes]


def plain(_site: Site) -> None:
    """Nothing goes wrong."""


def down_at_times(site: Site) -> None:
    for number in range(0, LISTINGS, 8):
        site[f"/ad/a{number}"] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


def sends_on(site: Site) -> None:
    for number in range(0, LISTINGS, 4):
        site[f"/ander/a{number}"] = site[f"/ad/a{number}"]
        location = f"/ander/a{number}".encode()
        site[f"/ad/a{number}"] = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"


def closes(site: Site) -> None:
    for path, body in list(site.items()):
        if path.startswith("/ad/"):
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            site[path] = head.encode() + body


def asks_for_more(site: Site) -> None:
    site["/robots.txt"] = f"User-agent: *\nCrawl-delay: {DELAY}\nAllow: /\n".encode()


CASES: dict[str, tuple[Callable[[Site], None], float | None]] = {
    "a delay of the register": (plain, DELAY),
    "Crawl-delay of robots.txt": (asks_for_more, 0.0),
    "retries after 503": (down_at_times, DELAY),
    "redirects": (sends_on, DELAY),
    "a new connection each time": (closes, DELAY),
}


def gaps() -> bool:
    good = True
    for label, (change, delay) in CASES.items():
        made = pages(0, LISTINGS)
        change(made)
        with tempfile.TemporaryDirectory() as folder, served(made) as site:
            contract = begin("nl_bord", f"{site.url}/", "html", into=Path(folder)).contract
            entry = yaml.safe_load(contract.read_text())
            contract.write_text(yaml.safe_dump(entry | {"enabled": True, "reading": READING, "delay_seconds": 0}))
            done = run_all([Job("nl_bord", site.url, DAY, delay=delay, contract=contract)])[0]
            moments = [moment for moment, _ in site.asked()]
        found = [later - earlier for earlier, later in pairwise(moments)]
        # robots.txt has to come before its Crawl-delay is known; the delay holds from its answer on.
        shortest = min(found[1:] if delay == 0.0 else found)
        good &= shortest >= DELAY
        print(
            f"{label}: {len(moments)} requests, promised {DELAY:.3f} s, shortest gap {shortest:.3f} s, "
            f"mean {sum(found) / len(found):.3f} s; crawl {done.log.state} {done.log.reason}".rstrip()
        )
    return good


def pages_per_sighting() -> bool:
    world = generate(WorldSettings(seed=2026, days=3, outage_rate=0, partial_rate=0, layout_change="none"))
    day: date = world.settings.first_day
    fetched = everything = seen = 0
    with Market(world, ports=(0, 0, 0, 0)) as market:
        for source in SITE_NAMES:
            asked: list[str] = []
            with changed(market.base_urls[source], lambda _path, body: body, asked) as url:
                first = run_all([Job(source, url, day)])[0]
                all_of_it = len(asked)
                again = run_all([Job(source, url, day, first.known)])[0]
            quiet = len(asked) - all_of_it
            print(
                f"{source}: {again.log.listings_present} listings, {quiet} requests instead of {all_of_it}: 1/{all_of_it / quiet:.0f}"
            )
            fetched, everything, seen = fetched + quiet, everything + all_of_it, seen + again.log.listings_present
    print(
        f"unchanged market, robots.txt and all: {fetched / seen:.4f} requests per sighting, fetching everything "
        f"{everything / seen:.4f}: 1/{everything / fetched:.0f} (bar 1/20)"
    )
    return fetched <= BAR * everything


if __name__ == "__main__":
    sys.exit(0 if all([gaps(), pages_per_sighting()]) else 1)
