"""`keys status|rotate|destroy` as an operator meets them, on a small market over the end of an epoch."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from advertentiemonitor import stages
from advertentiemonitor.crawler import crawl_log_path, write_crawl_log
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from simulation.collected import collect
from simulation.world import World, WorldSettings, generate
from warehouse import db, epochs
from warehouse.errors import MissingKey
from warehouse.keys import check_of
from warehouse.server import Server

FIRST = date(2026, 10, 1)  # Thursday; E0003 starts on Monday the 5th
TURN = date(2026, 10, 5)


@dataclass
class Installation:
    """A state folder, and a market that is brought in a day at a time."""

    root: Path
    today: date = FIRST
    world: World = field(
        default_factory=lambda: generate(
            WorldSettings(first_day=FIRST, days=30, scale=0.05, outage_rate=0.0, partial_rate=0.0)
        )
    )

    @property
    def settings(self) -> Settings:
        return Settings(state=self.root, market_today=self.today)

    def bring_in(self) -> None:
        calendar = stages.epoch_calendar(self.settings)
        start = calendar.start(calendar.code(self.today))
        key = stages.keys(self.settings).spool()
        for log in collect(self.world, self.today, self.root, key, start):
            write_crawl_log(crawl_log_path(self.root, log.source, self.today), log)

    def until(self, day: date) -> None:
        """Live on to a day: what is of each day before it, and of that day itself, is brought in and read."""
        while self.today <= day:
            self.bring_in()
            stages.read(self.settings, self.today)
            self.today += timedelta(1)
        self.today = day

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "ADVERTENTIEMONITOR_STATE": str(self.root),
            "ADVERTENTIEMONITOR_MARKET_TODAY": self.today.isoformat(),
            "NO_COLOR": "1",
            "TERM": "dumb",
        }
        program = [sys.executable, "-c", "from advertentiemonitor.cli import main; main()"]
        return subprocess.run(
            [*program, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def status(self) -> dict[str, dict[str, Any]]:
        done = self.call("keys", "status", "--json")
        assert done.returncode == 0, done.stderr
        return {key["epoch"] or key["key"]: key for key in json.loads(done.stdout)}

    def scalar(self, query: str) -> Any:
        with Server(self.root) as server, db.connect(server.dsn("owner")) as conn:
            return conn.execute(query).fetchone()[0]


@pytest.fixture
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="admon-keys-"))
    folder.chmod(0o711)
    made = Installation(folder / "state")
    with Server(made.root, options={"fsync": "off", "synchronous_commit": "off"}):
        initialise(made.settings)
        yield made
    Server(made.root).destroy()
    shutil.rmtree(folder)


@pytest.mark.full
def test_a_key_lives_its_thirteen_weeks_and_one_week_more(installation):
    installation.until(TURN - timedelta(1))
    told = installation.status()
    assert {key: told[key]["state"] for key in ("spool", "record", "E0002", "E0003", "E0003a", "E0010")} == {
        "spool": "present",
        "record": "present",
        "E0002": "in use",
        "E0003": "ahead",
        "E0003a": "ahead",
        "E0010": "ahead",
    }
    (installation.root / "keys" / "pseudonym-E0003.key").unlink()  # as where keys are made by whoever keeps them
    assert installation.status()["E0003"]["state"] == "not made yet"
    installation.until(TURN)
    assert installation.status()["E0002"] | {"start": None} == {
        "key": "pseudonym",
        "epoch": "E0002",
        "start": None,
        "state": "bridge",
        "until": str(TURN + timedelta(7)),
    }
    assert installation.scalar("SELECT count(*) FROM core.bridge") > 20
    refused = installation.call("keys", "destroy", "E0002")
    assert (refused.returncode, "bridge week" in refused.stderr) == (3, True)
    assert installation.call("keys", "destroy", "E0003").returncode == 3
    assert "No key is due" in installation.call("keys", "destroy").stdout

    installation.until(TURN + timedelta(7))
    # The key, and the spares of its weeks: they would tell who objected.
    spares = {"E0002a", "E0002b", "E0002c"}
    assert json.loads(installation.call("keys", "destroy", "--json").stdout).keys() == {"E0002", *spares}
    assert installation.status()["E0002"]["state"] == "destroyed"
    assert installation.scalar("SELECT count(*) FROM core.bridge") == 0
    assert installation.scalar("SELECT count(*) FROM core.identity WHERE epoch_code = 'E0002'") == 0
    assert installation.scalar("SELECT count(*) FROM core.receipt WHERE kind_code = 'key'") == 4
    assert not (installation.root / "keys" / "pseudonym-E0002.key").exists()

    # The clock is set back: nothing is destroyed by it, and no epoch starts.
    installation.today = TURN + timedelta(3)
    for command in ("destroy", "rotate"):
        refused = installation.call("keys", command)
        assert (refused.returncode, "clock" in refused.stderr) == (3, True)


@pytest.mark.full
def test_a_key_that_is_no_longer_trusted_is_rotated(installation):
    assert installation.call("keys", "rotate").returncode == 3  # nothing was kept under it yet
    installation.until(TURN + timedelta(1))
    refused = installation.call("keys", "rotate")
    assert (refused.returncode, "bridge week" in refused.stderr) == (3, True)
    assert installation.call("keys", "destroy", "E0002", "--now").returncode == 0
    done = installation.call("keys", "rotate", "--json")
    start = TURN + timedelta(2)  # today has been read under the old key
    refused = installation.call("keys", "destroy", "E0003", "--now")
    assert (refused.returncode, "under E0003a" in refused.stderr) == (3, True)
    assert installation.call("keys", "destroy", "E0099").returncode == 2
    assert installation.status()["E0003"]["until"] == str(start + timedelta(7))
    assert json.loads(done.stdout) == {"epoch": "E0003a", "start": str(start), "former": "E0003", "is_break": False}
    before = installation.scalar("SELECT count(*) FROM core.sighting")
    installation.until(start)
    installation.today = start
    assert installation.scalar("SELECT first_date < start_date FROM core.epoch WHERE epoch_code = 'E0003a'")
    assert installation.scalar("SELECT count(*) FROM core.sighting") > before
    assert installation.status()["E0003"]["state"] == "bridge"


@pytest.mark.full
def test_a_key_that_is_lost_is_no_end(installation):
    installation.until(TURN + timedelta(1))
    (installation.root / "keys" / "pseudonym-E0003.key").unlink()
    installation.today += timedelta(1)
    installation.bring_in()
    with pytest.raises(MissingKey):
        stages.read(installation.settings, installation.today)
    assert "missing" in installation.status()["E0003"]["state"]
    assert installation.call("keys", "destroy", "E0002", "--now").returncode == 0
    done = installation.call("keys", "rotate", "--json")
    assert json.loads(done.stdout)["is_break"] is True
    stages.read(installation.settings, installation.today)
    assert installation.scalar(f"SELECT count(*) FROM core.sighting WHERE day_date = '{installation.today}'") > 10
    assert installation.status()["E0003a"]["state"] == "in use"
    assert installation.scalar("SELECT former_code FROM core.epoch WHERE epoch_code = 'E0003a'") is None
    # Nothing was carried over: no figure before every page has been read again, a week later.
    installation.today += timedelta(1)
    installation.until(installation.today + timedelta(6))
    stages.estimate(installation.settings, installation.today)
    stages.estimate(installation.settings, installation.today - timedelta(1))
    refused = "SELECT bool_and(refusal_code = 'epoch_boundary') FROM est.volume WHERE vintage_date = '{}'"
    assert installation.scalar(refused.format(installation.today - timedelta(1))) is True
    assert installation.scalar(refused.format(installation.today)) is not True


def test_a_wrong_key_is_refused_before_anything_is_written(installation):
    installation.until(FIRST + timedelta(1))
    key = installation.root / "keys" / "pseudonym-E0002.key"
    key.write_bytes(b"x" * 32)
    installation.today += timedelta(1)
    installation.bring_in()
    before = installation.scalar("SELECT count(*) FROM core.sighting")
    done = installation.call("run", "--day", str(installation.today))
    assert done.returncode == 3
    assert "not the one" in done.stderr
    assert installation.scalar("SELECT count(*) FROM core.sighting") == before
    record = installation.root / "keys" / "record.key"
    right = record.read_bytes()
    with Server(installation.root) as server, db.connect(server.dsn("releaser")) as conn:
        epochs.check(conn, "record", check_of(right))  # as the first release does
    record.write_bytes(b"x" * 32)
    assert "not the one" in installation.status()["record"]["state"]
    told = installation.call("doctor")
    headline, *found = told.stdout.splitlines()
    assert told.returncode == 1
    assert "not the one" in headline  # the worst is told first
    assert [line.split(":")[0] for line in found if "not the one" in line] == [
        "NOT  key record",
        "NOT  key pseudonym E0002",
    ]
    record.write_bytes(right)
    key.chmod(0o644)
    assert installation.call("run", "--day", str(installation.today)).returncode == 3
    assert "read by others" in installation.status()["E0002"]["state"]


def _object(installation: Installation) -> None:
    from advertentiemonitor.objecting import object_to

    object_to(installation.settings, "+31620009999")


@pytest.mark.full
def test_a_key_that_was_made_ahead_and_lost_before_its_time_is_no_end(installation):
    installation.until(TURN - timedelta(1))
    _object(installation)  # noted under it, so that no other key is made in its place
    (installation.root / "keys" / "pseudonym-E0003.key").unlink()
    installation.today = TURN
    installation.bring_in()
    with pytest.raises(MissingKey):
        stages.read(installation.settings, TURN)
    done = installation.call("keys", "rotate", "--json")
    assert json.loads(done.stdout) == {"epoch": "E0003a", "start": str(TURN), "former": "E0002", "is_break": False}
    stages.read(installation.settings, TURN)
    assert installation.scalar("SELECT count(*) FROM core.bridge") > 20
    assert installation.scalar("SELECT count(*) FROM core.exclusion WHERE epoch_code = 'E0003a'") == 1


@pytest.mark.full
def test_the_loss_of_all_keys_of_epochs_is_no_end(installation):
    installation.until(FIRST + timedelta(1))
    _object(installation)
    for key in (installation.root / "keys").glob("pseudonym-*.key"):
        key.unlink()
    installation.today += timedelta(1)
    installation.bring_in()
    done = installation.call("keys", "rotate", "--json")
    assert (json.loads(done.stdout)["epoch"], json.loads(done.stdout)["is_break"]) == ("E0002d", True)
    stages.read(installation.settings, installation.today)
    assert installation.scalar(f"SELECT count(*) FROM core.sighting WHERE day_date = '{installation.today}'") > 10


def test_a_damaged_calendar_of_epochs_is_one_sentence(installation):
    installation.until(FIRST)
    for text in ("{", "[]", '{"E0002a": 7}', '{"x": "2026-10-03"}'):
        (installation.root / "epochs.json").write_text(text)
        done = installation.call("keys", "status")
        assert (done.returncode, "epochs.json cannot be read" in done.stderr) == (1, True)


@pytest.mark.full
def test_what_waits_under_a_lost_key_holds_up_nothing(installation):
    installation.until(FIRST)
    installation.today += timedelta(1)
    installation.bring_in()
    late = min((installation.root / "spool").glob("*/*.spool"))
    away = late.rename(late.with_suffix(".away"))  # one source is read later than the others
    stages.read(installation.settings, installation.today)
    away.rename(late)
    (installation.root / "keys" / "pseudonym-E0002.key").unlink()
    installation.today += timedelta(1)
    installation.bring_in()
    with pytest.raises(MissingKey):
        stages.read(installation.settings, installation.today)
    assert installation.call("keys", "rotate").returncode == 0
    stages.read(installation.settings, installation.today)
    assert installation.scalar(f"SELECT count(*) FROM core.sighting WHERE day_date = '{installation.today}'") > 10
    assert late.exists()


def test_a_key_that_is_away_at_the_turn_is_waited_for_until_somebody_says_it_is_lost(installation):
    installation.until(TURN - timedelta(1))
    key = installation.root / "keys" / "pseudonym-E0002.key"
    key.rename(key.with_suffix(".away"))
    installation.today = TURN
    installation.bring_in()
    with pytest.raises(MissingKey):
        stages.read(installation.settings, installation.today)
    assert installation.scalar("SELECT count(*) FROM core.epoch") == 1
    done = installation.call("keys", "rotate", "--json")
    assert (json.loads(done.stdout)["epoch"], json.loads(done.stdout)["is_break"]) == ("E0003a", True)
    stages.read(installation.settings, installation.today)
    assert installation.status()["E0003a"]["state"] == "in use"
    assert installation.scalar("SELECT count(*) FROM core.bridge") == 0
