"""A small market that lives a week, run through the stages without Airflow: the whole job, in miniature."""

import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from socket_ports import free_ports

from advertentiemonitor import databases, stages
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from simulation.serve import Market
from simulation.settings import Canaries, WorldSettings
from simulation.world import World, generate
from warehouse import db
from warehouse.server import Server

FIRST = date(2026, 10, 12)
DAYS = 7
KEYS = b"test of the front door"
SENTENCES = tuple(f"kanarie {secrets.token_hex(6)} fluit in de ochtend" for _ in range(20))
NUMBERS = tuple(f"+3162000{number}" for number in range(9900, 9920))


@dataclass(frozen=True)
class Job:
    """A market that is served, and how to make installations that crawl it."""

    world: World
    market: Market
    port: int
    settings: Callable[[str], Settings]

    def at(self, settings: Settings, day: date) -> Settings:
        """The settings on a day of the market."""
        self.market.set_day(day)
        return settings.model_copy(update={"market_today": day})

    def run(self, settings: Settings, crawler: Crawler, days: int = DAYS) -> None:
        """Run the first days, stage by stage."""
        initialise(self.at(settings, FIRST), KEYS)
        for day in (FIRST + timedelta(days=number) for number in range(days)):
            now = self.at(settings, day)
            stages.collect_all(now, day, [crawler])
            for stage in stages.AFTER_COLLECTING.values():
                stage(now, day)


@pytest.fixture(scope="session")
def job() -> Iterator[Job]:
    """A market of about a tenth of the size, with canaries in it."""
    root = Path(tempfile.mkdtemp(prefix="admon-job-"))
    root.chmod(0o711)  # as root the server runs as another user, who has to pass through
    canaries = Canaries(NUMBERS, SENTENCES, 20)
    world = generate(WorldSettings(seed=7, first_day=FIRST, days=DAYS, scale=0.15, canaries=canaries))
    port = free_ports(4)

    def settings(name: str) -> Settings:
        return Settings(state=root / name, market_port=port, market_today=FIRST, seed=7)

    try:
        with Market(world, range(port, port + 4), root / "market") as market:
            yield Job(world, market, port, settings)
    finally:
        shutil.rmtree(root)


@dataclass(frozen=True)
class Installation:
    """An installation that has run the week, its server still running."""

    settings: Settings
    server: Server


@pytest.fixture(scope="session")
def installation(job: Job) -> Iterator[Installation]:
    """The week, run once for the tests that only look."""
    settings = job.settings("looked-at")
    initialise(settings, KEYS)
    server = Server(settings.root)
    try:
        with server, Crawler() as crawler:
            job.run(settings, crawler)
            yield Installation(settings, server)
    finally:
        server.destroy()


Released = Callable[[Settings], dict[str, list[str]]]


@pytest.fixture(scope="session")
def released() -> Released:
    """Gives every row of every table of `release`, as text, in order."""

    def all_rows(settings: Settings) -> dict[str, list[str]]:
        with databases.warehouse_as(settings, "analist") as conn:
            return {
                table: _texts(conn, f"SELECT t::text FROM release.{table} t ORDER BY 1")
                for table in _texts(conn, _TABLES)
            }

    return all_rows


_TABLES = """SELECT table_name::text FROM information_schema.tables
             WHERE table_schema = 'release' AND table_type = 'BASE TABLE' ORDER BY 1"""


def _texts(conn: db.Connection, query: str) -> list[str]:
    return [text for (text,) in conn.execute(query.encode()).fetchall()]
