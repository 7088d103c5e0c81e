"""What reading believes of an exchange that others can write to: one bad thing holds up no other source and no other day."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))

import object_storage
from object_storage import Storage

from advertentiemonitor import databases, keyring, stages
from advertentiemonitor.crawler import crawl_log_path, spool_path, write_crawl_log
from advertentiemonitor.errors import CrawlLogDamaged, CrawlNotExpected
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import waiting
from warehouse import leftovers
from warehouse.calendar import EPOCHS_FILE, Epochs
from warehouse.errors import ExchangeKeepsVersions, LoadedElsewhere, SpoolCorrupt
from warehouse.records import CrawlLog, Listing
from warehouse.server import Server
from warehouse.spool import SpoolWriter
from warehouse.store import ObjectPath, Place

FIRST = date(2026, 11, 10)
GOOD, BAD = "nl_rubriek", "nl_kaartjes"  # the bad one comes first
FORGED = {"E0003a": FIRST + timedelta(1)}


@dataclass
class House:
    """A machine that reads, on a day of its own for each test; `shared` is its exchange."""

    settings: Settings
    storage: Storage

    @property
    def today(self) -> date:
        return self.settings.today(synthetic=True)

    @property
    def shared(self) -> Place:
        return self.settings.shared

    def next_day(self) -> date:
        self.settings = self.settings.model_copy(update={"market_today": self.today + timedelta(1)})
        return self.today

    def log(self, source: str, day: date) -> CrawlLog:
        return CrawlLog(source, "alfa", day, "ok", "", 1, 1, 1, 1, 0, 1.0, "1")

    def put(self, source: str, day: date | None = None, key: bytes | None = None) -> tuple[Place, Place]:
        """Leave what a crawl leaves; give where its spool file and its log lie."""
        day = day or self.today
        spool, log = (path(self.shared, source, day) for path in (spool_path, crawl_log_path))
        own = stages.keys(self.settings).spool()
        spool.parent.mkdir(parents=True, exist_ok=True)
        with SpoolWriter(spool, own) as sink:
            sink.write(Listing(source, "a1", "Titel", "Ontvang thuis in Utrecht", "Utrecht"))
        write_crawl_log(log, self.log(source, day), key or own)
        return spool, log

    def loaded(self, day: date) -> list[str]:
        query = b"SELECT source_code FROM core.crawl WHERE day_date = %(day)s ORDER BY 1"
        with databases.warehouse_as(self.settings, "reader") as conn:
            return [source for (source,) in conn.execute(query, {"day": day}).fetchall()]

    def told(self) -> dict[str, str]:
        return {finding.what: finding.told for finding in waiting.look(self.settings)}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    with object_storage.storage() as storage:
        settings = Settings(state=folder / "state", exchange=storage.address, market_today=FIRST)
        server = Server(settings.root, options={"fsync": "off"}).start()
        try:
            initialise(settings, b"believing")
            made = House(settings, storage)
            made.put(GOOD)
            stages.read(settings, FIRST)
            yield made
        finally:
            server.destroy()
            shutil.rmtree(folder)


def torn(path: Place) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def edited(path: Place, **fields: object) -> None:
    path.write_bytes(json.dumps(json.loads(path.read_bytes()) | fields).encode())


def test_a_file_that_does_not_open_holds_up_neither_another_source_nor_another_day(house):
    day = house.next_day()
    bad, _ = house.put(BAD)
    house.put(GOOD)
    torn(bad)
    for _ in range(2):
        with pytest.raises(SpoolCorrupt):
            stages.read(house.settings, day)
        assert house.loaded(day) == [GOOD]  # the other is missing: there is no row that says that it had nothing
    with databases.warehouse_as(house.settings, "reader") as conn:
        query = b"SELECT count(*), count(identity_id) FROM core.sighting LEFT JOIN core.identity_member USING (listing_id) WHERE day_date = %s"
        assert conn.execute(query, [day]).fetchone() == (1, 1)
    next_day = house.next_day()
    house.put(BAD)
    house.put(GOOD)
    assert stages.read(house.settings, next_day) == 2
    assert house.loaded(next_day) == [BAD, GOOD]
    assert bad.exists()
    assert f"({BAD} on {day})" in house.told()["waiting crawls"]
    bad.unlink()
    assert stages.read(house.settings, day) == 0
    assert "waiting crawls" not in house.told()


def unsealed(house: House, spool: Place, log: Place) -> None:
    write_crawl_log(log, house.log(BAD, house.today))


def under_another_key(house: House, spool: Place, log: Place) -> None:
    house.put(BAD, key=b"o" * 32)


def another_number(house: House, spool: Place, log: Place) -> None:
    edited(log, listings_present=5000)


def another_type(house: House, spool: Place, log: Place) -> None:
    edited(log, listings_present="abc")


def yesterdays(house: House, spool: Place, log: Place) -> None:
    _, before = house.put(BAD, house.today - timedelta(1))
    log.write_bytes(before.read_bytes())
    before.unlink()


def yesterdays_renamed(house: House, spool: Place, log: Place) -> None:
    yesterdays(house, spool, log)
    edited(log, day=str(house.today))


def in_the_past(house: House, spool: Place, log: Place) -> None:
    edited(log, day=str(house.today - timedelta(20)))


def in_the_future(house: House, spool: Place, log: Place) -> None:
    edited(log, day=str(house.today + timedelta(365)))


@pytest.mark.parametrize(
    "forge",
    [
        unsealed,
        under_another_key,
        another_number,
        another_type,
        yesterdays,
        yesterdays_renamed,
        in_the_past,
        in_the_future,
    ],
)
def test_a_log_that_is_not_what_the_crawl_wrote_is_not_believed(house, forge):
    day = house.next_day()
    spool, log = house.put(BAD)
    house.put(GOOD)
    forge(house, spool, log)
    try:
        with pytest.raises(CrawlLogDamaged, match=f"{BAD}/{day}"):
            stages.read(house.settings, day)
        assert house.loaded(day) == [GOOD]
        assert BAD in house.told()["waiting crawls"]
        assert sum(each.listings_present for each in stages.crawls_of(house.settings, day)) >= 1  # as the gate counts
        with databases.warehouse_as(house.settings, "reader") as conn:
            assert conn.execute(b"SELECT max(day_date) FROM core.crawl").fetchone() == (day,)
    finally:
        spool.unlink()
        log.unlink()


def test_a_crawl_of_no_source_of_ours_or_of_a_day_to_come_is_not_read(house):
    day = house.next_day()
    house.put(GOOD)
    stranger = house.put("nl_vreemd")
    with pytest.raises(CrawlNotExpected):
        stages.read(house.settings, day)
    assert house.loaded(day) == [GOOD]
    to_come = house.put(GOOD, day + timedelta(1))
    with pytest.raises(CrawlNotExpected):
        stages.read(house.settings, day + timedelta(1))
    assert house.loaded(day + timedelta(1)) == []
    for path in (*stranger, *to_come):
        path.unlink()


def test_what_was_loaded_is_not_loaded_again_under_the_name_of_another_day(house):
    day = house.next_day()
    spool, _ = house.put(BAD)
    content = spool.read_bytes()
    assert stages.read(house.settings, day) == 1
    next_day = house.next_day()
    spool, log = house.put(BAD)  # its log is as the crawl wrote it
    spool.write_bytes(content)
    with pytest.raises(LoadedElsewhere):
        stages.read(house.settings, next_day)
    assert house.loaded(next_day) == []
    for path in (spool, log):
        path.unlink()


def test_a_log_without_a_seal_is_believed_where_there_is_no_exchange(house):
    day = house.next_day()
    house.settings = house.settings.model_copy(update={"exchange": ""})
    try:
        _, log = house.put(BAD)
        write_crawl_log(log, house.log(BAD, day))
        assert stages.read(house.settings, day) == 1
        assert house.loaded(day) == [BAD]
    finally:
        house.settings = house.settings.model_copy(update={"exchange": house.storage.address})


NAMES = st.sampled_from(
    ["foo", "0001-01-01", "9999-12-31", "abcd-ef-gh", "2026-W42-1", "20261012", "2026-02-30", ".."]
) | st.text("abc-.0123456789 é", min_size=1, max_size=11)


@how(max_examples=6)
@given(
    st.sets(NAMES, min_size=1, max_size=6),
    st.sampled_from(["spool/{}/{}.spool", "crawl/{}/{}.json", "seen/{}/{}.seen2"]),
)
def test_what_has_no_day_for_a_name_is_passed_over(house, names, form):
    odd = [ObjectPath.of(house.storage.address) / form.format(BAD, name) for name in names]
    for path in odd:
        path.write_bytes(b"{}")
    days = stages._days_to_read(house.settings, house.today)
    assert [day for day in days if day != house.today and day < FIRST] == []
    assert "waiting crawls" not in house.told()
    for rule in (leftovers.SPOOL, *leftovers.OTHERS):
        leftovers.left(rule, *rule.places(house.settings.root, house.shared))
    for path in odd:
        path.unlink()


def test_who_writes_the_calendar_in_the_exchange_destroys_no_key(house):
    keys = house.settings.root / "keys"
    before = sorted(path.name for path in keys.iterdir())
    there = house.shared / EPOCHS_FILE
    for content in (json.dumps({code: str(day) for code, day in FORGED.items()}), "{", "[1]"):
        there.write_bytes(content.encode())
        assert "somebody else wrote it" in house.told()["calendar in the exchange"]
        assert stages.epoch_calendar(house.settings) == Epochs()
        day = house.next_day()
        house.put(GOOD)
        stages.read(house.settings, day)
        assert Epochs.load(there) == Epochs()
        assert "calendar in the exchange" not in house.told()
    there.write_bytes(json.dumps({code: str(day) for code, day in FORGED.items()}).encode())
    keyring.destroy_due(house.settings, house.today)
    assert Epochs.load(there) == Epochs()
    assert [name for name in before if not (keys / name).exists()] == []
    with databases.warehouse_as(house.settings, "reader") as conn:
        assert conn.execute(b"SELECT epoch_code FROM core.epoch").fetchall() == [("E0003",)]


def test_a_bucket_that_keeps_what_is_deleted_is_refused_and_told(house):
    assert "exchange" not in house.told()
    versioned = {"Status": "Enabled"}
    house.storage.client.put_bucket_versioning(Bucket=house.storage.bucket, VersioningConfiguration=versioned)
    try:
        with pytest.raises(ExchangeKeepsVersions) as refused:
            initialise(house.settings)
        assert refused.value.exit_code == 3
        assert house.told()["exchange"] == str(refused.value)
    finally:
        versioned = {"Status": "Suspended"}
        house.storage.client.put_bucket_versioning(Bucket=house.storage.bucket, VersioningConfiguration=versioned)
    assert "exchange" not in house.told()  # nothing was written meanwhile


def test_what_another_keeps_beside_us_in_a_bucket_is_left_alone(house):
    root = f"s3://{house.storage.bucket}"
    names = ("logs/2025-01-01-of-another", "airflow/logs/2025-01-01", "outbox/.2025-01-01", "reports/.2025-01-01")
    house.storage.client.put_object(Bucket=house.storage.bucket, Key="seen/nl_bord/2025-01-01.seen2", Body=b"x")
    for name in names:
        house.storage.client.put_object(Bucket=house.storage.bucket, Key=name, Body=b"x")
    shared = ObjectPath.of(root)
    rules = (leftovers.SPOOL, *leftovers.OTHERS)
    due = {rule.kind: leftovers.due(rule, house.today, *rule.places(house.settings.root, shared)) for rule in rules}
    assert [str(path) for paths in due.values() for path in paths] == [f"{root}/seen/nl_bord/2025-01-01.seen2"]
    assert replace(leftovers.OTHERS[2], is_shared=True).files(shared)  # as it would be found
    stages.retain(house.settings.model_copy(update={"exchange": root}))
    assert set(names) <= set(house.storage.contents())
