"""A national night on one machine: 25,000 advertisements on four sites, from the first page to digest and dashboard.

    .venv/bin/python -P benchmarks/running/national_day.py [--scale 1] [--weeks 4] [--json FILE] [--folder DIR]

About 25,000 advertisements stand on 2.3 of four sites each, in all 342 municipalities (`country.py`). The nights before
are written as faultless spiders would have left them, then read, linked and, at the end of a week, estimated and released
for real. The last two nights go over HTTP on loopback, without delay between pages, by the spiders and stages of the
installation itself, two sources at once:

- all new: nothing is known of any page, so every page is fetched and read;
- ordinary: nine of ten pages are as they were. It ends a block of four weeks, so everything there is to estimate is due.

Told are seconds by stage beside the bar of 15 minutes, pages and listings a second, peak memory and the size of the
database. The sites run on the same cores; what they took is told apart and not taken off. Processor seconds say what a
night costs on a machine that has other work too. Ends with 1 where a crawl did not see what was there, no digest was
made, or a night missed the bar (at full size).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from country import Country  # noqa: E402
from memory import Peaks, processor_seconds, watched  # noqa: E402
from national_crawler import widen  # noqa: E402
from serving import Sites, served  # noqa: E402

from advertentiemonitor import publishing, stages  # noqa: E402
from advertentiemonitor.crawler import Crawler, crawl_log_path, write_crawl_log  # noqa: E402
from advertentiemonitor.installation import initialise  # noqa: E402
from advertentiemonitor.settings import Settings  # noqa: E402
from simulation import collected  # noqa: E402
from simulation.settings import SITE_NAMES  # noqa: E402
from warehouse import calendar, db  # noqa: E402
from warehouse.server import Server  # noqa: E402

ADVERTISEMENTS, BAR = 25_000, 900.0


class Wide(Crawler):
    """The installation's crawler, with contracts whose caps leave room for a national site."""

    def __init__(self, contracts: Path) -> None:
        program = Path(__file__).with_name("national_crawler.py")
        self._helper = subprocess.Popen(
            [sys.executable, "-P", str(program), str(contracts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def process(self) -> int:
        """Id of the helper."""
        return self._helper.pid


@dataclass
class Night:
    """What one night took: seconds and processor seconds by stage, what was done, peaks in MB."""

    name: str
    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    sites_seconds: float = 0.0
    peaks: Peaks = field(default_factory=Peaks, repr=False)

    @property
    def total(self) -> float:
        """Seconds from the first page to the last file."""
        return sum(self.seconds.values())

    def told(self) -> dict[str, object]:
        """Give all as JSON can carry it."""
        memory = {"rss": dict(self.peaks.rss), "pss": dict(self.peaks.pss), "together": self.peaks.together}
        return {
            "seconds": self.seconds,
            "processor_seconds": self.processor,
            "total": self.total,
            "sites_cpu_seconds": self.sites_seconds,
            "counts": self.counts,
            "peak_mb": memory,
        }


def timed(night: Night, stage: str, work: Callable[[], int], used: Callable[[], float]) -> None:
    """Run a stage of a night; `used` gives the processor seconds so far."""
    began, before = time.perf_counter(), used()
    night.counts[stage] = work()
    night.seconds[stage] = time.perf_counter() - began
    night.processor[stage] = used() - before
    print(
        f"    {stage:<10}{night.seconds[stage]:>8.1f} s, {night.processor[stage]:>7.1f} of processors; "
        f"{night.counts[stage]:,} done",
        flush=True,
    )


class Installation:
    """An installation in a folder of its own, with the sites that it watches."""

    def __init__(self, country: Country, folder: Path, seed: int) -> None:
        self.country, self.folder = country, folder
        self.settings = Settings(
            state=folder / "state", exchange="", market_today=country.settings.first_day, seed=seed
        )
        contracts = folder / "contracts"
        contracts.mkdir()
        widen(contracts)
        initialise(self.settings, deterministic_from=b"national")

    def on(self, day: date, port: int | None = None) -> Settings:
        """Give the settings of a day."""
        changes: dict[str, object] = {"market_today": day} | ({"market_port": port} if port else {})
        return self.settings.model_copy(update=changes)

    def past(self, day: date) -> None:
        """Live a night as faultless spiders would have left it."""
        settings, epochs = self.on(day), stages.epoch_calendar(self.settings)
        key, start = stages.keys(settings).spool(), epochs.start(epochs.code(day))
        for log in collected.collect(self.country, day, settings.shared, key, start):
            write_crawl_log(crawl_log_path(settings.shared, log.source, day), log)
        stages.read(settings, day)
        if calendar.is_last_day_of_week(day):
            stages.estimate(settings, day)
            stages.release(settings, day)

    def night(self, name: str, day: date, sites: Sites, crawlers: list[Wide], server: Server) -> Night:
        """Live a night for real."""
        night, settings = Night(name), self.on(day, sites.first_port)
        sites.set_day(day)
        before = sites.seconds()
        postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
        roles = {"stages": os.getpid(), "database": postmaster}
        roles |= {f"crawler {n}": crawler.process for n, crawler in enumerate(crawlers, start=1)}
        apart = {process.pid for process in sites.processes if process.pid}
        with watched(lambda: roles, apart) as night.peaks:
            used = partial(processor_seconds, roles, apart)
            timed(night, "collect", lambda: stages.collect_all(settings, day, crawlers), used)
            for stage, work in stages.AFTER_COLLECTING.items():
                timed(night, stage, lambda work=work: work(settings, day), used)
        night.sites_seconds = sites.seconds() - before
        logs = stages.crawls_of(settings, day)
        night.counts |= {
            "pages": sum(log.pages_fetched for log in logs),
            "listings": sum(log.listings_present for log in logs),
            "listings_read": sum(log.listings_read for log in logs),
            "there": len(self.country.live(day)),
            "crawls_ok": sum(log.state == "ok" for log in logs),
            "is_published": int(publishing.is_published(settings, day)),
        }
        for log in logs:
            print(f"      {log.source}: {log.state} {log.reason} {log.listings_present:,} listings")
        return night


def tell(night: Night) -> None:
    """Print a night."""
    counts, seconds = night.counts, night.seconds
    print(f"\n{night.name}: {night.total:.0f} s (bar {BAR:.0f}: {'met' if night.total <= BAR else 'MISSED'})")
    share = 1 - counts["listings_read"] / counts["listings"]
    print(f"  {counts['listings']:,} of {counts['there']:,} listings there, {share:.0%} as they were")
    print(
        f"  {counts['pages']:,} pages, {counts['pages'] / seconds['collect']:.0f} a second; "
        f"{counts['listings_read']:,} listings read, {counts['listings_read'] / seconds['read']:.0f} a second "
        "(loading and linking of all included)"
    )
    print(
        f"  processors: {sum(night.processor.values()):.0f} s by the installation, {night.sites_seconds:.0f} s by the sites"
    )
    print(f"  {'peak memory, MB':<20}{'one process':>14}{'all of them':>14}")
    for role, megabytes in sorted(night.peaks.rss.items()):
        print(f"    {role:<18}{megabytes:>14.0f}{night.peaks.pss[role]:>14.0f}")
    print(f"    {'at once':<18}{'':>14}{night.peaks.together:>14.0f}")


def stored(server: Server) -> float:
    """Give the size of the database in MB."""
    with db.connect(server.dsn("owner")) as owner:
        ((size,),) = owner.execute("SELECT pg_database_size(current_database())").fetchall()
    return float(size) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="of 25,000 advertisements")
    parser.add_argument("--weeks", type=int, default=4, choices=(4, 8), help="lived, the two nights told included")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--folder", type=Path, help="kept afterwards; else a temporary folder")
    asked = parser.parse_args()
    country = Country(round(ADVERTISEMENTS * asked.scale), asked.weeks * 7, asked.seed)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="admon-national-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # as root, the server runs as another user
    nights: list[Night] = []
    try:
        with ExitStack() as stack:
            last = country.settings.last_day
            began = time.perf_counter()
            here = Installation(country, folder, asked.seed)
            server = stack.enter_context(Server(here.settings.root))
            for number in range(asked.weeks * 7 - 2):
                here.past(country.settings.first_day + timedelta(days=number))
            print(f"the nights before took {time.perf_counter() - began:.0f} s", flush=True)
            sites = stack.enter_context(served(country, folder))
            crawlers = [stack.enter_context(Wide(folder / "contracts")) for _ in range(stages.CRAWLERS)]
            for name, day in (("all new", last - timedelta(days=1)), ("ordinary, end of a block", last)):
                print(f"  {name}: {country.advertisers(day):,} advertisers", flush=True)
                nights.append(here.night(name, day, sites, crawlers, server))
            size = stored(server)
        for night in nights:
            tell(night)
        print(f"\nthe database takes {size:,.0f} MB")
    finally:
        if asked.folder is None:
            Server(folder / "state").destroy()
            shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        figures = {night.name: night.told() for night in nights}
        asked.json.write_text(json.dumps({"scale": asked.scale, "database_mb": size, "nights": figures}, indent=1))
    whole = all(
        night.counts["crawls_ok"] == len(SITE_NAMES)
        and night.counts["listings"] == night.counts["there"]
        and night.counts["is_published"]
        for night in nights
    )
    is_met = all(night.total <= BAR for night in nights) or asked.scale < 1
    if not whole:
        print("A crawl did not see all that was there, or no digest was made.")
    return 0 if whole and is_met else 1


if __name__ == "__main__":
    sys.exit(main())
