"""Collecting and reading on machines that share no disk: what goes between them lies in object storage."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))

import object_storage
from object_storage import Storage

from advertentiemonitor import databases, keyring, stages
from advertentiemonitor.cli import app
from advertentiemonitor.crawler import Crawler, CrawlJob, crawl_log_path, read_crawl_log, spool_path
from advertentiemonitor.errors import BadSetting
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import diagnosis, health
from spiders import register
from warehouse import loading, spool
from warehouse.audit.brute_force import Haystack, needles_of_numbers, needles_of_texts, scan_files
from warehouse.calendar import Epochs
from warehouse.errors import ExchangeFailed
from warehouse.keys import FileKeys
from warehouse.server import Server

from .conftest import FIRST, NUMBERS, SENTENCES, Job

SECOND = FIRST + timedelta(days=1)
SOURCE = "nl_kaartjes"


@pytest.fixture(scope="module")
def served() -> Iterator[Storage]:
    with object_storage.storage() as made:
        yield made


@dataclass(frozen=True)
class Apart:
    """An installation of which one machine collects and another reads, and one on a single machine beside it.

    Both have read two days, of which each collected the second, and have released that. `collected` is what lay in the bucket before anything was read, `left` what lay there when the
    storage had gone away in the middle of that, and `told` what was said then.
    """

    collecting: Settings
    reading: Settings
    single: Settings
    served: Storage
    collected: dict[str, bytes]
    left: dict[str, bytes]
    told: ExchangeFailed
    crawler: Crawler


@pytest.fixture(scope="module")
def apart(job: Job, served: Storage) -> Iterator[Apart]:
    exchange = {"exchange": served.address}
    reading, collecting = (job.settings(name).model_copy(update=exchange) for name in ("reads", "collects"))
    single = job.settings("single")
    with ExitStack() as stack:
        for settings in (reading, single):
            initialise(settings, b"apart")
            stack.callback(Server(settings.root).start().destroy)
        keys = collecting.folder("keys")
        shutil.copy(reading.root / "keys" / "spool.key", keys)  # all that collecting has
        crawler = stack.enter_context(Crawler())
        stages.collect_all(job.at(collecting, FIRST), FIRST, [crawler])
        for name, content in served.contents().items():  # the keys are alike
            file = single.root / name.removeprefix("proef/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        for settings in (collecting, single):
            stages.collect_all(job.at(settings, SECOND), SECOND, [crawler])
        collected = served.contents()
        told = read_while_it_goes_away(job.at(reading, FIRST), served)
        left = served.contents()
        for settings in (reading, single):
            for day in (FIRST, SECOND):
                stages.read(job.at(settings, day), day)
            for stage in (stages.estimate, stages.release):
                stage(job.at(settings, SECOND), SECOND)
        yield Apart(collecting, reading, single, served, collected, left, told, crawler)


def read_while_it_goes_away(settings: Settings, served: Storage) -> ExchangeFailed:
    """The first source of the day is loaded, and then its file cannot be taken away, nor another be read."""
    load_day = loading.load_day

    def loaded_and_gone(*args, **kwargs):
        load_day(*args, **kwargs)
        served.stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "load_day", loaded_and_gone)
        with pytest.raises(ExchangeFailed) as told:
            stages.read(settings, FIRST)
    served.start()
    return told.value


def spools(contents: dict[str, bytes]) -> set[str]:
    return {name.removeprefix("proef/spool/") for name in contents if name.endswith(".spool")}


def test_what_lies_in_the_bucket_is_sealed(apart):
    """Numbers and sentences that were planted on the pages are not among its bytes, and would be found there."""
    haystack = Haystack({**needles_of_numbers(NUMBERS), **needles_of_texts(SENTENCES)})
    assert len(spools(apart.collected)) == 2 * len(stages.sources(apart.collecting))
    assert not [name for name, content in apart.collected.items() if haystack.scan(name, content)]
    hits, files = scan_files(haystack, [apart.collecting.shared])
    assert (hits, files) == (set(), sum(name.startswith("proef/") for name in apart.served.contents()))
    leak = apart.collecting.shared / "crawl" / "careless.json"
    leak.write_bytes(f"cannot parse: {SENTENCES[3]}".encode())
    hits, _ = scan_files(haystack, [apart.collecting.shared])
    leak.unlink()
    assert {hit.where for hit in hits} == {"exchange crawl/careless.json"}


def test_when_the_storage_goes_away_nothing_is_lost_or_loaded_twice(apart, released):
    assert "cannot be reached" in str(apart.told)
    assert apart.told.exit_code == 1
    assert spools(apart.left) == spools(apart.collected)
    with databases.warehouse_as(apart.reading, "reader") as conn:
        loads = [subject for (subject,) in conn.execute(b"SELECT subject FROM core.receipt WHERE kind_code = 'load'")]
    assert sorted(loads) == sorted(name.removesuffix(".spool") for name in spools(apart.collected))
    assert released(apart.reading) == released(apart.single)
    assert sum(map(len, released(apart.single).values())) > 100


def test_nothing_stays_behind_in_the_bucket_or_on_either_machine(apart):
    days = (f"{FIRST}.spool", f"{SECOND}.spool")
    assert not [name for name in spools(apart.served.contents()) if name.endswith(days)]
    for settings in (apart.reading, apart.collecting):
        folders = [settings.root / name for name in ("spool", "crawl", "seen")]
        assert not [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in (apart.collecting.root / "keys").iterdir()] == ["spool.key"]


def test_each_machine_tells_the_same_of_the_sources(apart, job):
    told = health.report(job.at(apart.reading, SECOND), 28)
    assert [(each.source, each.state) for each in told] == [(name, "ok") for name in stages.sources(apart.reading)]
    assert (
        told == health.report(job.at(apart.collecting, SECOND), 28) == health.report(job.at(apart.single, SECOND), 28)
    )


def test_when_epochs_start_is_known_on_every_machine(apart):
    there, here = (settings / "epochs.json" for settings in (apart.collecting.shared, apart.reading.root))
    assert Epochs.load(there) == stages.epoch_calendar(apart.reading) == Epochs()
    early = {"E0003a": date(2026, 12, 1)}
    assert there.exists()  # by `init`
    before = there.read_bytes()
    try:
        keyring.keep_calendar(apart.reading, early)
        assert Epochs.load(there) == Epochs(early) == Epochs.load(here)
        assert not keyring.share_calendar(apart.reading)
        there.write_bytes(
            before
        )  # as when the state folder was brought back from a backup, or an exchange was set later
        assert keyring.share_calendar(apart.reading)
        assert Epochs.load(there) == Epochs(early)
    finally:
        there.write_bytes(before)
        here.unlink()


def crawl_of(settings: Settings, day: date) -> CrawlJob:
    address = settings.market_url(register.entry_of(SOURCE).base_url)
    return CrawlJob(SOURCE, day, settings.root, settings.contact, address, exchange=settings.exchange)


def another(job: Job, apart: Apart, name: str) -> Settings:
    """One more machine that collects."""
    settings = job.settings(name).model_copy(update={"exchange": apart.served.address})
    shutil.copytree(apart.collecting.root / "keys", settings.root / "keys")
    return settings


def ids(settings: Settings, day: date) -> list[str]:
    path = spool_path(settings.shared, SOURCE, day)
    return [record.listing_id for record in spool.read(path, FileKeys(settings.root / "keys").spool())]


ACTED = """
import os, signal, sys
from pathlib import Path
import spiders.crawl
from advertentiemonitor import crawler

mine, others, kept = sys.stdin.read().splitlines()
job = crawler.CrawlJob.from_json(mine)

def overtaken(*args, **kwargs):
    child = os.fork()  # the other machine, which is there first
    if child == 0:
        spiders.crawl.crawl = crawl
        crawler._run(crawler.CrawlJob.from_json(others))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    Path(kept).write_bytes(crawler.spool_path(job.shared, job.source, job.day).read_bytes())
    return crawl(*args, **kwargs)

def killed(*args):
    os.kill(os.getpid(), signal.SIGKILL)

crawl = spiders.crawl.crawl
if sys.argv[1] == "overtaken":
    spiders.crawl.crawl = overtaken
else:
    crawler.write_crawl_log = killed
crawler._run(job)
"""


def acted(how: str, mine: CrawlJob, others: CrawlJob, kept: Path) -> int:
    told = "\n".join([mine.to_json(), others.to_json(), str(kept)])
    return subprocess.run([sys.executable, "-c", ACTED, how], input=told, text=True, check=False).returncode


def test_a_crawl_killed_before_its_log_is_there_is_not_read_and_begins_again(apart, job, tmp_path):
    day = FIRST + timedelta(days=2)
    now = job.at(apart.collecting, day)
    mine = crawl_of(now, day)
    assert acted("killed", mine, mine, tmp_path / "kept") == -signal.SIGKILL
    assert spool_path(now.shared, SOURCE, day).exists()
    assert stages.crawls_of(now, day) == []
    assert stages.read(job.at(apart.reading, day), day) == 0
    stages.collect(now, day, SOURCE, apart.crawler)
    assert sorted(ids(now, day)) == sorted(ad.listing_id for ad in job.world.site(SOURCE).listings(day))


@pytest.mark.full
def test_a_crawl_that_another_machine_was_ahead_of_is_dropped(apart, job, tmp_path):
    day = FIRST + timedelta(days=3)
    now = job.at(apart.collecting, day)
    ahead = job.at(another(job, apart, "ahead"), day)
    assert acted("overtaken", crawl_of(now, day), crawl_of(ahead, day), tmp_path / "kept") == 0
    assert spool_path(now.shared, SOURCE, day).read_bytes() == (tmp_path / "kept").read_bytes()


@pytest.mark.full
def test_two_machines_that_crawl_a_source_at_once_leave_one_whole_crawl(apart, job):
    day = FIRST + timedelta(days=4)
    machines = [job.at(apart.collecting, day), job.at(another(job, apart, "too"), day)]
    counts: list[int] = []

    def crawl(settings: Settings) -> None:
        with Crawler() as crawler:
            counts.append(stages.collect(settings, day, SOURCE, crawler))

    threads = [threading.Thread(target=crawl, args=[settings]) for settings in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = sorted(ad.listing_id for ad in job.world.site(SOURCE).listings(day))
    assert counts == [len(there)] * 2
    assert sorted(ids(machines[0], day)) == there
    assert read_crawl_log(crawl_log_path(machines[0].shared, SOURCE, day)).listings_present == len(there)


def test_what_was_not_read_in_72_hours_is_destroyed_with_a_receipt(apart):
    exchange = {"exchange": f"s3://{apart.served.bucket}/late", "market_today": FIRST + timedelta(days=6)}
    now = apart.single.model_copy(update=exchange)
    days = [FIRST + timedelta(days=number) for number in (2, 3, 4)]
    paths = [spool_path(now.shared, SOURCE, day) for day in days]
    for path in paths:
        with spool.SpoolWriter(path, FileKeys(now.root / "keys").spool()):
            pass
    line = stages.retain(now).of("spool file")
    assert (line.gone, line.left, line.oldest) == (2, 1, days[2])
    assert [path.exists() for path in paths] == [False, False, True]
    with databases.warehouse_as(now, "reader") as conn:
        receipts = conn.execute(b"SELECT subject FROM core.receipt WHERE kind_code = 'purge' ORDER BY 1").fetchall()
    assert receipts == [(f"{SOURCE}/{day}.spool",) for day in days[:2]]


@pytest.mark.parametrize("address", ["emmer", "http://emmer/x", "s3://who:secret@emmer/x"])
def test_what_is_no_bucket_is_a_bad_setting(address):
    with pytest.raises(BadSetting, match="ADVERTENTIEMONITOR_EXCHANGE") as told:
        Settings(exchange=address)
    assert "secret" not in str(told.value)


def test_a_missing_bucket_is_one_finding_of_the_doctor_and_one_sentence_of_a_command(apart):
    elsewhere = apart.reading.model_copy(update={"exchange": "s3://no-such-bucket/proef"})
    told = [finding for finding in diagnosis.examine(elsewhere) if finding.what == "exchange"]
    assert [(finding.ok, "make the bucket" in finding.told) for finding in told] == [(False, True)]
    environment = {
        "ADVERTENTIEMONITOR_STATE": str(elsewhere.root),
        "ADVERTENTIEMONITOR_EXCHANGE": elsewhere.exchange,
        "ADVERTENTIEMONITOR_MARKET_TODAY": str(FIRST),
    }
    done = CliRunner().invoke(app, ["sources", "health"], env=environment)
    assert isinstance(done.exception, ExchangeFailed)
    assert done.exception.exit_code == 1
