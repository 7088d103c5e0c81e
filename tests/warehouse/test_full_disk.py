"""A disk that is really full: nothing half, a named error, and all there once there is room and the same call comes again.

As root the disk is a small tmpfs of the test's own. Without root a limit on the size of files stands in for it where it
can; the database's part is skipped then.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from warehouse import db, spool
from warehouse.errors import ServerUnavailable, StorageFull, WarehouseError
from warehouse.records import Listing
from warehouse.server import Server

DAY = date(2026, 10, 12)
KEY = b"k" * 32
OPTIONS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "16MB", "max_wal_size": "64MB"}


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="admon-disk-"))
    folder.chmod(0o711)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(folder)]
    try:
        made = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    try:
        if not made:
            pytest.skip("NOT TESTED: a full disk, for no small one may be mounted here")
        yield folder
    finally:
        if made:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder)


def fill(folder: Path, leave: int) -> Path:
    """Fill a disk up to so many bytes."""
    ballast = folder / "ballast"
    size = shutil.disk_usage(folder).free - leave
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    return ballast


def write(path: Path, records: int) -> None:
    with spool.SpoolWriter(path, KEY) as sink:
        for n in range(records):
            sink.write(Listing("a", str(n), "titel", "tekst " * 200))


def test_a_spool_file_on_a_full_disk_is_not_there(tmp_path):
    with small_disk(4) as disk:
        ballast = fill(disk, 300_000)
        path = disk / "day.spool"
        write(path, 50)
        before = path.read_bytes()
        for _ in range(2):
            with pytest.raises(StorageFull, match="No space left"):
                write(disk / "other.spool", 5000)
            assert sorted(each.name for each in disk.iterdir()) == ["ballast", "day.spool"]
        with pytest.raises(StorageFull):
            write(path, 5000)  # the file that is there stays what it was
        assert path.read_bytes() == before
        ballast.unlink()
        write(disk / "other.spool", 1000)
        assert sum(1 for _ in spool.read(disk / "other.spool", KEY)) == 1000


def test_a_spool_file_over_the_size_limit_is_not_there(tmp_path):
    """The same without root: the kernel refuses to let the file grow."""
    script = textwrap.dedent(
        f"""
        import resource, sys
        from pathlib import Path
        from warehouse import spool
        from warehouse.errors import StorageFull
        from warehouse.records import Listing
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, {resource.RLIM_INFINITY}))
        try:
            with spool.SpoolWriter(Path(sys.argv[1]), {KEY!r}) as sink:
                for n in range(5000):
                    sink.write(Listing("a", str(n), "titel", "tekst " * 200))
        except StorageFull as error:
            print(error)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "day.spool")], capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout
    assert "tekst" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def cramped() -> Iterator[Server]:
    """A server whose data lie on a disk of 160 MB."""
    with small_disk(160) as disk:
        server = Server(disk / "state", options=OPTIONS)
        try:
            with server.start() as running:
                with db.connect(running.dsn("owner")) as owner:
                    db.migrate(owner)
                yield running
        finally:
            server.destroy()


def load(handmade, server: Server, source: str, day: date) -> None:
    rows = [handmade.row(source, str(n), [n], f"text {n}") for n in range(3000)]
    with db.connect(server.dsn("reader")) as conn:
        handmade.load(conn, source, day, rows)


def counts(server: Server, source: str) -> dict[date, tuple[int, int, int]]:
    """Day -> receipts, sightings, versions of a source."""
    query = """
        SELECT c.day_date, (SELECT count(*) FROM core.receipt AS r WHERE r.subject = %(source)s || '/' || c.day_date),
            (SELECT count(*) FROM core.sighting AS s JOIN core.listing AS l USING (listing_id)
             WHERE l.source_code = %(source)s AND s.day_date = c.day_date),
            (SELECT count(*) FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)
             WHERE l.source_code = %(source)s AND v.read_date <= c.day_date)
        FROM core.crawl AS c WHERE c.source_code = %(source)s
    """
    with db.connect(server.dsn("owner")) as owner:
        return {day: tuple(row) for day, *row in owner.execute(query.encode(), {"source": source}).fetchall()}


@pytest.mark.parametrize(
    "leave", [100_000, 1_500_000, 17_500_000], ids=["none left", "a little left", "one log file left"]
)
def test_a_load_on_a_full_disk_is_whole_or_absent(cramped, handmade, leave):
    """Tables cannot grow, or the log cannot, whereupon the server stops: either way it comes back with what was whole."""
    source = f"left{leave}"
    cramped.start()
    load(handmade, cramped, source, DAY)
    with db.connect(cramped.dsn("admin")) as admin:
        db.script(admin, "CHECKPOINT")
    ballast = fill(cramped.state.parent, leave)
    tried = [DAY + timedelta(n) for n in range(1, 90)]
    failure: WarehouseError | None = None
    for number, day in enumerate(tried):
        try:
            load(handmade, cramped, source, day)
            load(handmade, cramped, f"{source} {day}", day)  # new listings take more room than old ones seen again
        except (StorageFull, ServerUnavailable) as error:
            failure, tried = error, tried[: number + 1]
            break
    assert failure is not None
    assert "Free" in str(failure) or "run the same step again" in str(failure)
    ballast.unlink()
    cramped.start()
    for day, found in counts(cramped, source).items():
        assert found == (1, 3000, 3000), day
    for day in tried:
        load(handmade, cramped, source, day)
    assert counts(cramped, source) == dict.fromkeys([DAY, *tried], (1, 3000, 3000))
    with db.connect(cramped.dsn("owner")) as owner:
        db.script(owner, "TRUNCATE core.listing CASCADE; TRUNCATE core.sighting, core.receipt, core.crawl CASCADE")
