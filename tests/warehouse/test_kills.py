"""Exactly once, whatever dies when: SIGKILL of the client and of the postmaster, in every stage, then the same job again.

The points come from a run that nobody kills: each call and return of the rooms' functions, of the driver's transactions
and of what removes files. Compared is every row of core, est and release, running numbers aside, and every file.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from advertentiemonitor.crawler import crawl_log_path, spool_path, write_crawl_log
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.keys import FileKeys
from warehouse.records import CrawlLog, Listing, Presence
from warehouse.server import Server
from warehouse.spool import SpoolWriter

sys.path.insert(0, str(Path(__file__).parent))

import killing
from same_rows import TABLES, Rows, named

# The machine itself stays up, so nothing has to reach the disk; what was committed has to survive all the same.
OPTIONS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
WORDS = [
    "rustig",
    "gezellig",
    "avond",
    "morgen",
    "week",
    "middag",
    "stad",
    "bos",
    "water",
    "tuin",
    "kamer",
    "deur",
    "raam",
    "licht",
    "muziek",
    "koffie",
    "thee",
    "tijd",
]
KEPT = ("spool", "crawl", "keys")

CLIENT = [
    *(
        "read call copy_in",
        "read copying",
        "read return execute load_stage_rows",
        "read (call|return) execute load_listings",
    ),
    *("read call execute load_versions", "read call execute load_sightings", "read call transaction__exit__"),
    *("read return transaction__exit__", "read call unlink", "read return unlink", "read call (execute|tuples) link_"),
    *(
        "read return (execute|tuples) link_",
        "read return link_day",
        "estimate return execute est_erase",
        "estimate copying",
    ),
    *("estimate call transaction__exit__", "estimate return transaction__exit__", "release copying"),
    *("release call transaction__exit__", "release return transaction__exit__", "retention return tuples"),
    *("retention return transaction__exit__", "retention call unlink", "retention return unlink"),
]
POSTMASTER = [
    *(
        "read copying",
        "read call execute load_versions",
        "read return transaction__exit__",
        "read call (execute|tuples) link_",
    ),
    *("estimate copying", "release call transaction__exit__", "retention return tuples"),
]


class Rig:
    """An installation with spool files that wait, and a process that forks for each job."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "state"
        self.server = Server(self.root, options=OPTIONS)
        self._pristine = folder / "pristine"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.server.start()
        initialise(Settings(state=self.root, market_today=killing.FIRST), b"of the kills")
        key = FileKeys(self.root / "keys").spool()
        for number, day in enumerate(killing.DAYS):
            for source in killing.SOURCES:
                log = CrawlLog(source, f"group of {source}", day, "ok", "", 3, 3, 21, 20, 0, 1.0, "1")
                path = crawl_log_path(self.root, source, day)
                path.parent.mkdir(exist_ok=True)
                write_crawl_log(path, log)
                spool_path(self.root, source, day).parent.mkdir(exist_ok=True)
                with SpoolWriter(spool_path(self.root, source, day), key) as spool:
                    for n in range(3 * number, 3 * number + 20):  # some go, some come, some say something else
                        person = n + 6 * killing.SOURCES.index(source)
                        words = " ".join(random.Random(person).choices(WORDS, k=40 + number * (n % 5 == 0)))
                        text = f"Ik ontvang thuis in Enschede. {words}. Bel +3162000{person:04d}"
                        spool.write(Listing(source, str(n), f"Titel {n}", text, place="Enschede"))
                    spool.write(Presence(source, "only seen"))
        (self.root / "spool" / killing.SOURCES[0] / ".2026-10-01.spool.part").write_bytes(b"torn")
        for name in KEPT:
            shutil.copytree(self.root / name, self._pristine / name)
        self._process = subprocess.Popen(
            [sys.executable, "-P", killing.__file__, str(self.root)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert self._answer() == '{"ready": true}'
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
        self.server.destroy()

    def _answer(self) -> str:
        return self._process.stdout.readline().strip()

    def run(self, **order: object) -> dict[str, object]:
        """Let a child do the job; give what it said at last, and the signal that ended it."""
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said: dict[str, object] = {}
        while "signal" not in said:
            said |= json.loads(self._answer())
        return said

    def reset(self) -> None:
        """Nothing has been read yet. Sequences go on, so that running numbers differ from job to job."""
        self.server.start()
        with db.connect(self.server.dsn("admin", "advertentiemonitor")) as admin:
            names = ", ".join(name for (name,) in admin.execute(TABLES.encode()).fetchall())
            db.script(admin, f"SET session_replication_role = replica; TRUNCATE {names}")
        for name in KEPT:
            shutil.rmtree(self.root / name)
            shutil.copytree(self._pristine / name, self.root / name)

    def state(self) -> tuple[Rows, list[str]]:
        """Every row and file that there is."""
        with db.connect(self.server.dsn("admin", "advertentiemonitor")) as admin:
            tables = [name for (name,) in admin.execute(TABLES.encode()).fetchall()]
            found = {
                name: [row for (row,) in admin.execute(f"SELECT to_jsonb(t) FROM {name} AS t".encode()).fetchall()]
                for name in tables
            }
        files = [str(path.relative_to(self.root)) for name in KEPT for path in (self.root / name).rglob("*")]
        return named(found), sorted(files)


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    try:
        with Rig(folder) as made:
            yield made
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def expected(rig) -> tuple[Rows, list[str], list[str]]:
    """What a job that nobody disturbs ends in, and the points that it passes."""
    rig.reset()
    said = rig.run(tell=True)
    assert said["signal"] == 0 and "error" not in said, said  # noqa: PT018
    rows, files = rig.state()
    return rows, files, said["passed"]


def pick(passed: list[str], pattern: str, chance: random.Random) -> tuple[str, int]:
    """One point of a kind: which of its labels, and at which time that it is passed."""
    labels = sorted({label for label in passed if re.match(pattern, label)})
    assert labels, f"no point is like {pattern}"
    label = chance.choice(labels)
    return label, chance.randint(1, passed.count(label))


def kill_and_go_on(rig: Rig, expected: tuple[Rows, list[str], list[str]], victim: str, point: tuple[str, int]) -> None:
    rig.reset()
    said = rig.run(victim=victim, label=point[0], number=point[1])
    if victim == "client":
        assert said["signal"] == signal.SIGKILL, (point, said)
    else:
        assert said["reached"] and said["signal"] == 0, (point, said)  # noqa: PT018
        assert said.get("error") in {"ServerUnavailable", None}, (point, said)
        rig.server.start()
    # What was dropped half a year later is not estimated anew. A server may die without anybody noticing in time.
    has_days_behind_it = point[0].startswith("retention") or (victim == "postmaster" and "error" not in said)
    again = rig.run(parts=["later"] if has_days_behind_it else killing.PARTS)
    assert again["signal"] == 0 and "error" not in again, (point, again)  # noqa: PT018
    rows, files = rig.state()
    for table, content in expected[0].items():
        assert rows[table] == content, (point, table)
    assert files == expected[1], point


def test_the_job_is_worth_killing(rig, expected):
    """All of it happens: listings, identities, estimates, figures, and the first day dropped again."""
    rows, files, passed = expected
    for table in ("listing", "listing_version", "sighting", "identity", "identity_member", "receipt", "crawl"):
        assert rows[f"core.{table}"], table
    assert rows["est.volume"]
    assert any('"status_code": "published"' in row for row in rows["release.volume"])
    assert not any(str(killing.FIRST) in row for row in rows["core.sighting"])
    assert any(str(killing.DAYS[1]) in row for row in rows["core.sighting"])
    assert not any("spool/" in name and "." in name for name in files)
    assert len(set(passed)) > 100


def test_the_same_job_again_changes_nothing(rig, expected):
    rig.reset()
    for part in ("days", "days", "later", "later"):
        said = rig.run(parts=[part])
        assert said["signal"] == 0 and "error" not in said, said  # noqa: PT018
    assert rig.state() == expected[:2]


def test_running_numbers_do_not_count(rig, expected):
    """The comparison itself: another job has other numbers and the same content, and a lost row is seen."""
    with db.connect(rig.server.dsn("admin", "advertentiemonitor")) as admin:
        numbers = admin.execute(b"SELECT min(listing_id) FROM core.listing").fetchone()
    rig.reset()
    assert rig.run()["signal"] == 0
    with db.connect(rig.server.dsn("admin", "advertentiemonitor")) as admin:
        assert admin.execute(b"SELECT min(listing_id) FROM core.listing").fetchone() != numbers
        assert rig.state() == expected[:2]
        db.script(admin, "DELETE FROM core.sighting WHERE listing_id = (SELECT min(listing_id) FROM core.sighting)")
    assert rig.state()[0] != expected[0]


def spool_files(rig: Rig, day: int) -> list[Path]:
    return [spool_path(rig.root, source, killing.DAYS[day]) for source in killing.SOURCES]


def test_a_day_that_comes_late_ends_the_same(rig, expected):
    """The second day is read and linked before the first one arrives.

    A reading that is no news any more stays beside the earlier one that says the same; all that is made of them is equal.
    """
    rig.reset()
    rig.run(parts=["days"])
    in_order = rig.state()
    rig.reset()
    late = [*spool_files(rig, 0), *(crawl_log_path(rig.root, source, killing.DAYS[0]) for source in killing.SOURCES)]
    for path in late:
        path.rename(path.with_suffix(".late"))
    assert "error" not in rig.run(parts=["read"])
    for path in late:
        path.with_suffix(".late").rename(path)
    assert "error" not in rig.run(parts=["days"])
    rows, files = rig.state()
    assert set(in_order[0].pop("core.listing_version")) <= set(rows.pop("core.listing_version"))
    for table in in_order[0].keys() - {"core.identity"}:
        assert rows[table] == in_order[0][table], table
    assert set(in_order[0]["core.identity"]) <= set(rows["core.identity"])  # some were made for a while, and are empty
    assert files == in_order[1]


def test_files_that_come_twice_change_nothing(rig, expected):
    """The same bytes, and for one day other ones: a loaded day is never replaced, and the file goes."""
    rig.reset()
    copies = {path: path.read_bytes() for day in (0, 1) for path in spool_files(rig, day)}
    rig.run(parts=["days"])
    once = rig.state()
    for path, content in copies.items():
        path.write_bytes(content)
    with SpoolWriter(spool_files(rig, 1)[0], FileKeys(rig.root / "keys").spool()) as spool:
        spool.write(Presence(killing.SOURCES[0], "another"))
    assert "error" not in rig.run(parts=["days"])
    assert rig.state() == once
    assert not any(path.exists() for path in copies)


@pytest.mark.parametrize("how", ["empty", "head only", "half", "last byte gone", "one bit", "bytes behind it"])
def test_a_torn_file_is_refused_whole(rig, expected, how):
    """All the rest is loaded, nothing of the second source's day; put right, all is as if nothing had happened."""
    rig.reset()
    path = spool_files(rig, 1)[1]
    whole = path.read_bytes()
    middle = len(whole) // 2
    torn = {
        "empty": b"",
        "head only": whole[:32],
        "half": whole[:middle],
        "last byte gone": whole[:-1],
        "one bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "bytes behind it": whole + b"x",
    }[how]
    path.write_bytes(torn)
    for _ in range(2):  # once more changes nothing
        assert rig.run(parts=["read"])["error"] == "SpoolCorrupt"
        rows, _files = rig.state()
        assert len(rows["core.receipt"]) == len(rows["core.crawl"]) == 3
        loaded = {(crawl["source_code"], crawl["day_date"]) for crawl in map(json.loads, rows["core.crawl"])}
        assert (killing.SOURCES[1], str(killing.DAYS[1])) not in loaded
        assert path.read_bytes() == torn  # kept for whoever looks into it
    path.write_bytes(whole)
    assert "error" not in rig.run()
    assert rig.state() == expected[:2]


@pytest.mark.parametrize(("day", "source"), [(1, 1), (1, 0)], ids=["another source", "another day"])
def test_a_file_under_another_name_is_refused(rig, expected, day, source):
    """A copy of what has been read already lies where the file of another source or day should be."""
    rig.reset()
    copied, right = spool_files(rig, 0)[0].read_bytes(), spool_files(rig, day)[source]
    whole = right.read_bytes()
    right.write_bytes(copied)
    assert rig.run(parts=["read"])["error"] == "LoadedElsewhere"
    right.write_bytes(whole)
    assert "error" not in rig.run()
    assert rig.state() == expected[:2]


def test_a_file_without_its_crawl_log_waits(rig, expected):
    """A crawl that was killed before its log: the file is not whole until the log is there."""
    rig.reset()
    log = crawl_log_path(rig.root, killing.SOURCES[1], killing.DAYS[1])
    said = log.read_bytes()
    log.unlink()
    assert "error" not in rig.run(parts=["read"])
    assert spool_files(rig, 1)[1].exists()
    log.write_bytes(said)
    assert "error" not in rig.run()
    assert rig.state() == expected[:2]


def some(points: list[str], every: int) -> list[Any]:
    """Give the numbers of kill points: of every so many one in each run, all of them in the full one."""
    return [pytest.param(n, id=p, marks=[] if n % every == 0 else pytest.mark.full) for n, p in enumerate(points)]


@pytest.mark.parametrize("number", some(CLIENT, 6))
def test_a_killed_client_loses_and_doubles_nothing(rig, expected, number):
    kill_and_go_on(rig, expected, "client", pick(expected[2], CLIENT[number], random.Random(number)))


@pytest.mark.parametrize("number", some(POSTMASTER, 3))
def test_a_killed_server_loses_and_doubles_nothing(rig, expected, number):
    kill_and_go_on(rig, expected, "postmaster", pick(expected[2], POSTMASTER[number], random.Random(number)))


@pytest.mark.full
@pytest.mark.parametrize("victim", ["client", "postmaster"])
def test_killed_anywhere(rig, expected, victim):
    """Every kind of point once for the client, and sixty of them for the server, whose restart takes its time."""
    chance = random.Random(20261017)
    kinds = sorted(set(expected[2]))
    for kind in chance.sample(kinds, len(kinds) if victim == "client" else 60):
        kill_and_go_on(rig, expected, victim, pick(expected[2], re.escape(kind) + "$", chance))


@pytest.mark.full
def test_killed_again_and_again(rig, expected):
    """One job killed ten times over, client and server by turns, before it may end."""
    chance = random.Random(7)
    points = [label for label in expected[2] if not label.startswith("retention")]
    for _ in range(20):
        rig.reset()
        for turn in range(10):
            label, number = pick(points, "", chance)
            victim = "postmaster" if turn % 3 == 2 else "client"
            rig.run(victim=victim, label=label, number=number, parts=["days"])
            rig.server.start()
        assert rig.run()["signal"] == 0
        assert rig.state() == expected[:2]
