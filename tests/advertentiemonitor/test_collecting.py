"""Collecting at scale and under fire: many sources on few workers, one that fails, and crawls that are killed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "spiders"))

from loopback_site import READING, Board, Site  # the folder is no package

from advertentiemonitor import retrying, stages, tasks
from advertentiemonitor.courtesy import turn
from advertentiemonitor.crawler import (
    GRACE_SECONDS,
    Crawler,
    CrawlJob,
    crawl_log_path,
    read_crawl_log,
    spool_path,
    write_crawl_log,
)
from advertentiemonitor.errors import CrawlFailed
from advertentiemonitor.settings import Settings
from spiders import entries, register
from spiders.onboarding import begin
from warehouse import spool
from warehouse.keys import FileKeys
from warehouse.records import Listing

DAY = date(2026, 10, 14)
DELAY = 0.15


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A register of this installation's own, and none of ours."""
    own, ours = tmp_path / "sources", tmp_path / "no sources"
    own.mkdir()
    ours.mkdir()
    monkeypatch.setattr(register, "SOURCES", ours)
    monkeypatch.setenv(register.OWN_FOLDER, str(own))
    return own


@pytest.fixture
def settings(tmp_path) -> Settings:
    made = Settings(state=tmp_path / "state", market_today=DAY)
    for name in ("spool", "crawl", "seen", "logs"):
        made.folder(name)
    FileKeys.create(made.root / "keys")
    return made


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    with ExitStack() as stack:
        made = [Site() for _ in range(5)]
        for site in made:
            stack.callback(site.close)
        yield made


def onboard(folder: Path, name: str, url: str, delay: float = DELAY, path: str = "/", **changes) -> None:
    begun = begin(name, url, "html", into=folder)
    entry = yaml.safe_load(begun.contract.read_text())
    reading = READING | {"index": READING["index"] | {"paths": [path]}}
    entry |= {"enabled": True, "delay_seconds": delay, "hours_cap": 0.05, "reading": reading} | changes
    begun.contract.write_text(yaml.safe_dump(entry))


def listings(settings: Settings, source: str) -> list[str]:
    path = spool_path(settings.root, source, DAY)
    return [record.listing_id for record in spool.read(path, FileKeys(settings.root / "keys").spool())]


@pytest.mark.full
def test_twenty_sources_on_two_workers_stay_polite_to_each_host(folder, settings, sites):
    for number in range(20):  # four sources a host: different owners, so only the host tells that they must take turns
        site = sites[number % 5]
        if number < 5:
            Board(site, count=3).fill()
        path = "/" if number < 5 else f"/?stad={number}"
        site.routes[path] = Board(site, count=3).index(1)
        onboard(folder, f"nl_bord{number:02}", site.url, path=path)
    sites[0].routes["/?stad=5"] = (403, {}, b"")
    with Crawler() as one, Crawler() as other:
        stages.collect_all(settings, DAY, [one, other])
    states = {name: read_crawl_log(crawl_log_path(settings.root, name, DAY)) for name in stages.sources(settings)}
    assert len(states) == 20
    assert {name for name, log in states.items() if log.state != "ok"} == {"nl_bord05"}
    assert states["nl_bord05"].reason == "http_403"
    assert all(listings(settings, name) == ["a1", "a2", "a3"] for name in states if name != "nl_bord05")
    for site in sites:
        moments = sorted(moment for moment, _ in site.asked)
        # The server's threads may note one request late; over three of them that evens out.
        assert min(b - a for a, b in pairwise(moments[::3])) >= 3 * DELAY - 0.05
        assert moments[-1] - moments[0] >= DELAY * (len(moments) - 1) - 0.05


@pytest.mark.parametrize("asked", [4, *(pytest.param(number, marks=pytest.mark.full) for number in (1, 15, 40))])
def test_a_crawl_killed_at_any_point_begins_again_without_a_lost_or_doubled_listing(folder, settings, sites, asked):
    site = sites[0]
    Board(site, count=40).fill()
    onboard(folder, "nl_bord", site.url, delay=0.02)
    job = CrawlJob("nl_bord", DAY, settings.root, settings.contact)
    crawler = Crawler()

    def kill() -> None:
        deadline = time.monotonic() + 30
        while len(site.asked) < asked and time.monotonic() < deadline:
            time.sleep(0.002)
        os.killpg(crawler._helper.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(CrawlFailed, match="killed"):
        crawler.crawl(job)
    killer.join()
    crawler.close()
    assert not crawl_log_path(settings.root, "nl_bord", DAY).exists()
    with Crawler() as again:
        log = again.crawl(job)
    assert log.state == "ok"
    found = listings(settings, "nl_bord")
    assert sorted(found) == sorted(f"a{number}" for number in range(1, 41))
    assert [path.name for path in (settings.root / "spool" / "nl_bord").iterdir()] == [f"{DAY}.spool"]


KILLED = """
import os, signal, sys
import spiders.crawl
from advertentiemonitor import crawler
from warehouse.seen import SeenIndex
from warehouse.spool import SpoolWriter

steps = {"seen": (SeenIndex, "save"), "spool": (SpoolWriter, "__exit__"), "log": (crawler, "write_crawl_log")}
owner, name = steps[sys.argv[1]]
step = getattr(owner, name)

def killed(*args, **kwargs):
    if sys.argv[2] == "after":
        step(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, killed)
crawler._run(crawler.CrawlJob.from_json(sys.stdin.read()))
"""


STEPS = [(step, when) for step in ("spool", "log", "seen") for when in ("before", "after")]
SEALED = [("log", "after"), ("seen", "before"), ("seen", "after")]
NEXT_DAY = date(2026, 10, 15)


def killed(job: CrawlJob, step: str, when: str) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, step, when], input=job.to_json(), text=True, check=False)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("step", "when"), STEPS)
def test_a_crawl_killed_while_it_seals_its_work_is_whole_or_begins_again(folder, settings, sites, step, when):
    site = sites[0]
    Board(site, count=6).fill()
    onboard(folder, "nl_bord", site.url, delay=0)
    job = CrawlJob("nl_bord", DAY, settings.root, settings.contact)
    killed(job, step, when)
    assert crawl_log_path(settings.root, "nl_bord", DAY).exists() is ((step, when) in SEALED)
    with Crawler() as again:
        assert again.crawl(job).state == "ok"
        assert sorted(listings(settings, "nl_bord")) == [f"a{number}" for number in range(1, 7)]
        assert [path.name for path in (settings.root / "spool" / "nl_bord").iterdir()] == [f"{DAY}.spool"]
        site.asked.clear()
        again.crawl(CrawlJob("nl_bord", NEXT_DAY, settings.root, settings.contact))
    # All of them are remembered as read, but for a crawl that was whole and could not write down what it saw.
    assert any(path.startswith("/ad/") for path in site.paths) is ((step, when) in SEALED[:2])


@pytest.mark.parametrize(("step", "when"), [("spool", "before"), ("log", "before"), ("seen", "before")])
def test_nothing_of_a_crawl_that_left_no_log_is_taken_for_known(folder, settings, sites, step, when):
    """Whether a day is lost or not: what was read of each listing lies in the spool of a day that has its log."""
    Board(sites[0], count=6).fill()
    onboard(folder, "nl_bord", sites[0].url, delay=0)
    killed(CrawlJob("nl_bord", DAY, settings.root, settings.contact), step, when)
    with Crawler() as crawler:
        crawler.crawl(CrawlJob("nl_bord", NEXT_DAY, settings.root, settings.contact))
    key = FileKeys(settings.root / "keys").spool()
    days = [day for day in (DAY, NEXT_DAY) if crawl_log_path(settings.root, "nl_bord", day).exists()]
    assert (DAY in days) is (step == "seen")
    records = [record for day in days for record in spool.read(spool_path(settings.root, "nl_bord", day), key)]
    read = {record.listing_id for record in records if isinstance(record, Listing)}
    assert read == {f"a{number}" for number in range(1, 7)}


def test_nothing_of_a_first_try_is_taken_for_known_when_the_second_is_killed(folder, settings, sites):
    """The first saw less than it should have, and is tried again; killed, neither is there, and the next day reads all."""
    Board(sites[0], count=6).fill()
    onboard(folder, "nl_bord", sites[0].url, delay=0)
    job = CrawlJob("nl_bord", DAY, settings.root, settings.contact)
    log_path, key = crawl_log_path(settings.root, "nl_bord", DAY), FileKeys(settings.root / "keys").spool()
    with Crawler() as crawler:
        log = crawler.crawl(job)
        write_crawl_log(log_path, replace(log, state="changed", reason="made_up"), key)
        killed(job, "log", "before")
        assert not log_path.exists()
        sites[0].asked.clear()
        crawler.crawl(CrawlJob("nl_bord", NEXT_DAY, settings.root, settings.contact))
    assert sum(path.startswith("/ad/") for path in sites[0].paths) == 6


@pytest.mark.parametrize("delay", [0, 0.02])
def test_two_who_crawl_a_source_at_once_fetch_it_once(folder, settings, sites, delay):
    Board(sites[0], count=12).fill()
    onboard(folder, "nl_bord", sites[0].url, delay=delay)
    counts = []

    def collect() -> None:
        counts.append(stages.collect(settings, DAY, "nl_bord"))

    threads = [threading.Thread(target=collect) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [12, 12]
    assert len(sites[0].paths) == len(set(sites[0].paths))


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "import nergens"])
def test_a_class_that_ends_the_process_is_a_failed_crawl(folder, settings, sites, code):
    onboard(folder, "nl_bord", sites[0].url)
    (folder / "nl_bord.py").write_text(code)
    with pytest.raises(CrawlFailed), Crawler() as crawler:
        stages.collect(settings, DAY, "nl_bord", crawler)


def test_a_source_that_is_not_due_is_left_alone(folder, settings, sites):
    Board(sites[0]).fill()
    onboard(folder, "nl_bord", sites[0].url, every_days=2)
    onboard(folder, "nl_ander", sites[1].url, every_days=2)
    due = register.entry_of("nl_bord").is_due(DAY)
    other = settings.model_copy(update={"market_today": date(2026, 10, 15)})
    with Crawler() as crawler:
        counts = [
            stages.collect(settings, DAY, "nl_bord", crawler),
            stages.collect(other, date(2026, 10, 15), "nl_bord", crawler),
        ]
    assert sorted(counts) == [0, 12]
    assert (counts[0] == 12) is due


@pytest.mark.parametrize(
    ("path", "status", "again"), [("/", 403, False), ("/", 429, False), ("/robots.txt", 503, True)]
)
def test_a_site_that_said_no_is_left_alone_for_the_day(folder, settings, sites, path, status, again):
    site = sites[0]
    Board(site).fill()
    good, site.routes[path] = site.routes[path], (status, {}, b"")
    onboard(folder, "nl_bord", site.url, delay=0)
    with Crawler() as crawler:
        assert stages.collect(settings, DAY, "nl_bord", crawler) == 0
        asked = len(site.asked)
        site.routes[path] = good
        assert stages.collect(settings, DAY, "nl_bord", crawler) == (12 if again else 0)
    assert (len(site.asked) > asked) is again


def test_sources_of_one_owner_or_one_host_share_a_pool(folder, sites):
    onboard(folder, "nl_a", "http://127.0.0.1:2001", group="een")
    onboard(folder, "nl_b", "http://127.0.0.1:2001", group="twee")
    onboard(folder, "nl_c", "http://127.0.0.1:2002", group="twee")
    onboard(folder, "nl_d", "http://127.0.0.1:2003", group="drie")
    assert sorted(tasks.pools().values()) == [["nl_a", "nl_b", "nl_c"], ["nl_d"]]


def test_a_host_is_one_at_a_time_and_has_its_rest(tmp_path):
    url, spans = "https://site.example/x", []

    def visit() -> None:
        with turn(tmp_path, url, 0.2):
            start = time.monotonic()
            time.sleep(0.05)
            spans.append((start, time.monotonic()))

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(later - end >= 0.19 for (_, end), (later, _) in pairwise(sorted(spans)))
    with turn(tmp_path, "https://ander.example", 0.2):  # another host need not wait
        assert {path.name for path in tmp_path.iterdir()} == {"site.example", "ander.example"}


def test_after_a_crawl_that_was_killed_the_host_has_its_rest_too(tmp_path):
    child = os.fork()
    if child == 0:
        with turn(tmp_path, "https://site.example", 0.3):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    start = time.monotonic()
    with turn(tmp_path, "https://site.example", 0.3):
        assert time.monotonic() - start >= 0.28


def test_who_holds_a_crawl_up_until_its_alarm_is_not_asked_again(folder, settings, sites):
    site = sites[0]
    Board(site, count=400).fill()
    onboard(folder, "nl_bord", site.url, delay=0.02)
    with Crawler() as crawler:
        crawling = Path(f"/proc/{crawler._helper.pid}/task/{crawler._helper.pid}/children")

        def ring() -> None:
            deadline = time.monotonic() + 30
            while len(site.asked) < 4 and time.monotonic() < deadline:
                time.sleep(0.002)
            os.kill(int(crawling.read_text().split()[0]), signal.SIGALRM)

        bell = threading.Thread(target=ring)
        bell.start()
        with pytest.raises(CrawlFailed, match="longer") as caught:
            crawler.crawl(CrawlJob("nl_bord", DAY, settings.root, settings.contact))
        bell.join()
    assert retrying.verdict(caught.value) == "stays"


def test_the_task_outlasts_the_longest_crawl_and_its_alarm():
    most = timedelta(hours=entries.MOST_HOURS, seconds=GRACE_SECONDS)
    collect = (Path(__file__).parents[2] / "dags" / "collect.py").read_text()
    hours, minutes = re.search(r"execution_timeout=timedelta\(\s*hours=(\d+), minutes=(\d+)", collect).groups()
    assert timedelta(hours=int(hours), minutes=int(minutes)) > most + timedelta(minutes=10)


def test_a_crawl_runs_nothing_that_lies_where_it_was_started(tmp_path, monkeypatch, settings):
    (tmp_path / "twisted.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with Crawler() as crawler, pytest.raises(CrawlFailed):
        crawler.crawl(CrawlJob("nl_geen", DAY, settings.root, settings.contact))
    assert not (tmp_path / "ran").exists()


def test_crawls_are_handed_the_spool_key_and_no_other(monkeypatch):
    for name in ("SPOOL", "RECORD", "PSEUDONYM_E0003"):
        monkeypatch.setenv(f"ADVERTENTIEMONITOR_KEY_{name}", "ab" * 32)
    with Crawler() as crawler:
        handed = Path(f"/proc/{crawler._helper.pid}/environ").read_bytes()
    assert b"KEY_SPOOL=" in handed
    assert b"KEY_RECORD" not in handed
    assert b"KEY_PSEUDONYM" not in handed
