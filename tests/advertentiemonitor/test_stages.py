"""The whole job in miniature: exact when run again, exact when killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from typer.testing import CliRunner

from advertentiemonitor import publishing, stages
from advertentiemonitor.cli import app
from advertentiemonitor.crawler import Crawler, crawl_log_path, read_crawl_log, spool_path
from advertentiemonitor.errors import RefusedByRule
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from warehouse.server import Server

KILLED_DAYS = 3  # enough for every stage to have a yesterday
STAGE = """
import sys
from datetime import date
from advertentiemonitor import stages
from advertentiemonitor.settings import Settings
stages.pipeline()
settings, day = Settings(), date.fromisoformat(sys.argv[2])
print("ready", flush=True)
if sys.argv[1] == "collect":
    for source in stages.sources(settings):
        stages.collect(settings, day, source)
else:
    getattr(stages, sys.argv[1])(settings, day)
"""


def test_every_day_is_released_and_told(installation, job):
    for number in range(7):
        day = job.world.settings.first_day + timedelta(days=number)
        assert publishing.is_published(installation.settings, day)
        assert publishing.digest_page(installation.settings, day).stat().st_size > 1000


def test_no_spool_file_is_left(installation):
    assert list((installation.settings.root / "spool").rglob("*.*")) == []


def test_any_day_run_again_changes_nothing(installation, job, released):
    before = released(installation.settings)
    day = job.world.settings.first_day + timedelta(days=2)
    for stage in stages.AFTER_COLLECTING.values():
        stage(installation.settings, day)
    assert released(installation.settings) == before
    assert any(before.values())


def test_a_day_that_has_passed_is_not_crawled(installation, job):
    settings = installation.settings.model_copy(
        update={"market_today": job.world.settings.first_day + timedelta(days=8)}
    )
    with pytest.raises(RefusedByRule, match="cannot be crawled"):
        stages.collect(settings, job.world.settings.first_day + timedelta(days=7), "nl_kaartjes")


def test_crawl_logs_tell_what_was_there(installation, job):
    first = job.world.settings.first_day
    for source in stages.sources(installation.settings):
        log = read_crawl_log(crawl_log_path(installation.settings.root, source, first))
        assert log.state == "ok"
        assert log.listings_present == len(job.world.site(source).listings(first))


@pytest.mark.full
def test_the_same_seed_gives_the_same_bytes_also_when_killed_in_every_stage(job, released):
    """Two installations side by side; one is killed with SIGKILL in each stage of each day, and run again."""
    calm, hurt = job.settings("calm"), job.settings("hurt")
    servers = []
    try:
        for settings in (calm, hurt):
            initialise(settings, b"twins")
            servers.append(Server(settings.root).start())
        with Crawler() as crawler:
            for number in range(KILLED_DAYS):
                day = job.world.settings.first_day + timedelta(days=number)
                now, shaken = job.at(calm, day), job.at(hurt, day)
                seconds = {"collect": _timed(partial(stages.collect_all, now, day, [crawler]))}
                for name, stage in stages.AFTER_COLLECTING.items():
                    seconds[name] = _timed(partial(stage, now, day))
                for name, spent in seconds.items():
                    _kill_in(name, shaken, day.isoformat(), spent * (number + 1) / (KILLED_DAYS + 1))
                    if name == "collect":
                        stages.collect_all(shaken, day, [crawler])
                    else:
                        stages.AFTER_COLLECTING[name](shaken, day)
        assert released(hurt) == released(calm)
        for folder in ("digest", "outbox", "dashboard"):
            assert _files(hurt, folder) == _files(calm, folder)
        assert not spool_path(hurt.root, "nl_kaartjes", job.world.settings.first_day).exists()
    finally:
        for server in servers:
            server.destroy()


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _kill_in(stage: str, settings: Settings, day: str, after: float) -> None:
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(settings.root),
        "ADVERTENTIEMONITOR_MARKET_PORT": str(settings.market_port),
        "ADVERTENTIEMONITOR_MARKET_TODAY": day,
        "ADVERTENTIEMONITOR_SEED": str(settings.seed),
    }
    with subprocess.Popen([sys.executable, "-c", STAGE, stage, day], env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(after)
        child.send_signal(signal.SIGKILL)


def _files(settings: Settings, folder: str) -> dict[str, bytes]:
    root = settings.root / folder
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_last_vintage_is_made_again_from_what_was_kept(installation, job, released):
    """`released` has run every day; nothing of `core` is needed, as the command of the operator shows."""
    last = job.world.settings.last_day
    done = CliRunner().invoke(
        app,
        ["estimate", "again", "--day", last.isoformat()],
        env={"ADVERTENTIEMONITOR_STATE": str(installation.settings.root)},
    )
    assert done.exit_code == 0, done.output
    assert re.search(r"[1-9]\d* figures and refusals made again, 0 differ", done.output)
    wrong = CliRunner().invoke(
        app,
        ["estimate", "again", "--day", "2020-01-01"],
        env={"ADVERTENTIEMONITOR_STATE": str(installation.settings.root)},
    )
    assert wrong.exit_code != 0
