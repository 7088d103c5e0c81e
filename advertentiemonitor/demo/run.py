"""`make demo`: the market lives for some days, each is run, the last one by Airflow; then truth and estimate are compared."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from advertentiemonitor import databases, publishing, stages
from advertentiemonitor.crawler import Crawler, crawl_log_path, read_crawl_log
from advertentiemonitor.demo.market import FIRST_DAY, NO_CANARIES, make_world, ports
from advertentiemonitor.demo.score import Score, score
from advertentiemonitor.errors import WrongUse
from advertentiemonitor.installation import initialise, last_day_by_airflow
from advertentiemonitor.settings import Settings, make_passable
from simulation.serve import Market
from simulation.settings import Canaries
from warehouse.server import Server


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo made and how well it did. Seconds are wall time."""

    digest: Path
    dashboard: Path
    scores: tuple[Score, ...]
    days: int
    pages_fetched: int
    listings_read: int
    listings_read_per_second: float
    seconds_by_stage: dict[str, float]
    seconds: float


class Clock:
    """Adds up wall time per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block under `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def demo(
    *,
    days: int,
    seed: int,
    out: Path,
    with_airflow: bool = True,
    quiet: bool = False,
    canaries: Canaries = NO_CANARIES,
) -> DemoReport:
    """Run the demo in folder `out`. Stopped anywhere and run again, it goes on where it was.

    Args:
        days: that the market lives.
        seed: of the market, the keys and the draws.
        out: folder for everything.
        with_airflow: let Airflow run the last day.
        quiet: no progress bar.
        canaries: planted in the market's advertisements, to look for afterwards.

    Raises:
        WrongUse: `out` holds a demo of another seed or length.
        Any room's error: what went wrong, and the way out.
    """
    start = time.perf_counter()
    out = out.expanduser().absolute()
    _claim(out, seed, days)
    clock = Clock()
    last = FIRST_DAY + timedelta(days=days - 1)
    settings = Settings(state=out / "state", exchange="", market_today=last, seed=seed)
    with ExitStack() as stack:
        with clock.stage("prepare"):
            initialise(settings, deterministic_from=f"demo {seed}".encode())
            world = make_world(seed, days, canaries)
            stack.enter_context(Server(settings.root))
            market = stack.enter_context(Market(world, ports(settings.market_port), out / "market"))
            crawlers = [stack.enter_context(Crawler()) for _ in range(stages.CRAWLERS)]
        progress = stack.enter_context(_progress(quiet=quiet))
        bar = progress.add_task("days", total=days)
        for number in range(days - 1 if with_airflow else days):
            day = FIRST_DAY + timedelta(days=number)
            progress.update(bar, description=str(day))
            _run_day(settings.model_copy(update={"market_today": day}), day, market.set_day, crawlers, clock)
            progress.advance(bar)
        if with_airflow:
            market.set_day(last)
            with clock.stage("last day by Airflow"):
                last_day_by_airflow(settings, last, lambda text: progress.update(bar, description=f"{last} {text}"))
            progress.advance(bar)
        with clock.stage("score"), databases.warehouse_as(settings, "analist") as conn:
            scores = score(conn, world, FIRST_DAY, last)
        pages, read = _crawled(settings, last)
    return DemoReport(
        digest=publishing.digest_page(settings, last),
        dashboard=settings.root / "dashboard" / "index.html",
        scores=scores,
        days=days,
        pages_fetched=pages,
        listings_read=read,
        listings_read_per_second=read / clock.seconds["read"] if clock.seconds.get("read") else 0.0,
        seconds_by_stage={name: round(spent, 2) for name, spent in clock.seconds.items()},
        seconds=round(time.perf_counter() - start, 1),
    )


def _run_day(
    settings: Settings, day: date, set_day: Callable[[date], None], crawlers: list[Crawler], clock: Clock
) -> None:
    if publishing.is_published(settings, day):
        return
    with clock.stage("market"):
        set_day(day)
    with clock.stage("collect"):
        stages.collect_all(settings, day, crawlers)
    for name, stage in stages.AFTER_COLLECTING.items():
        with clock.stage(name):
            stage(settings, day)


def _claim(out: Path, seed: int, days: int) -> None:
    """Mark the folder as this demo's, or refuse one that is another's."""
    marker = out / "demo.json"
    wanted = {"seed": seed, "days": days}
    if marker.exists():
        found = json.loads(marker.read_text(encoding="utf-8"))
        if found != wanted:
            raise WrongUse(
                f"{out} holds the demo with seed {found['seed']} and {found['days']} days. "
                "Remove that folder, or name another one with --out."
            )
        return
    if out.exists() and any(out.iterdir()):
        raise WrongUse(f"{out} is not empty and not a demo's. Name another folder with --out.")
    make_passable(out)
    Server(out / "state").destroy()  # of a demo that was here, if its database lay elsewhere: its keys are gone
    part = marker.with_suffix(".part")
    part.write_text(json.dumps(wanted), encoding="utf-8")
    part.replace(marker)


def _crawled(settings: Settings, last: date) -> tuple[int, int]:
    pages = read = 0
    for source in stages.sources(settings):
        day = FIRST_DAY
        while day <= last:
            path = crawl_log_path(settings.shared, source, day)
            if path.exists():
                log = read_crawl_log(path)
                pages += log.pages_fetched
                read += log.listings_read
            day += timedelta(days=1)
    return pages, read


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:>40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        disable=quiet,
        console=Console(stderr=True),
    )


def _or_dash(count: int | None) -> str:
    return "-" if count is None else str(count)


def show(report: DemoReport) -> None:
    """Print the report for a person."""
    from advertentiemonitor.commands.printing import print_table

    print_table(
        "Truth and estimate (released figures; counts are rounded to 5)",
        ("what", "area", "period", "truth", "estimate", "lower", "upper", "inside"),
        [
            (s.what, s.area, s.period, s.truth, s.told, _or_dash(s.lower), _or_dash(s.upper), s.verdict)
            for s in report.scores
        ],
    )
    judged = [s for s in report.scores if s.inside is not None]
    inside = sum(s.inside is True for s in judged)
    print_table(
        "Work done",
        ("what", "figure"),
        [
            ("truth inside the 95 % interval", f"{inside} of {len(judged)}"),
            ("pages fetched", f"{report.pages_fetched:,}"),
            ("advertisements read", f"{report.listings_read:,}"),
            (
                "advertisements read per second (read, linked and loaded)",
                f"{report.listings_read_per_second:,.0f}" if report.listings_read_per_second else "-",
            ),
            *((f"seconds: {name}", f"{spent:,.1f}") for name, spent in report.seconds_by_stage.items()),
            ("seconds: all", f"{report.seconds:,.1f}"),
        ],
    )
    Console(soft_wrap=True).print(f"Digest:    {report.digest}\nDashboard: {report.dashboard}", highlight=False)
