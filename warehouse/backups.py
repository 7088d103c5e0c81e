"""Backups: a copy of the whole database server with the log that leads on from it, to any moment (docs/keeping.md).

A folder of backups holds `<moment>/data` for each copy, beside it what else the state folder keeps of use, and `log` with
the segments of the write-ahead log. Keys are never in it. Copies hold rows about single listings: after 14 days they go.
"""

import contextlib
import fcntl
import filecmp
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warehouse import binaries, bootstrap, db
from warehouse.copy_errors import ArchiveDiffers, BackupDamaged, BackupFailed, BackupNeedsRestart
from warehouse.errors import StorageFull
from warehouse.passwords import password_file, password_path
from warehouse.remote import conninfo
from warehouse.server import Server

KEEP_DAYS = 14
FORM = "%Y-%m-%dT%H%M%SZ"  # of a backup's name: the moment at which it was whole
_START = re.compile(r"^START WAL LOCATION: .+ \(file (\w+)\)$", re.MULTILINE)
_A_DAY = 86_400.0
_BLOCK_BYTES = 65_536
_ARCHIVE_SECONDS = 60.0
ALONG = ("crawl", "digest", "outbox", "reports", "epochs.json")  # counts, published figures, and when epochs start


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is whole and was verified."""

    path: Path
    moment: datetime


def make(state: Path, kept: Path) -> Backup:
    """Copy the database and its log into a folder under `kept`, check the copy, and give it.

    The server may be in use; of two backups at once the second waits. One that was broken off leaves nothing that looks
    like one.

    Args:
        state: the state folder.
        kept: the folder of backups, made with mode 0700 if need be.

    Raises:
        BackupNeedsRestart: the server has been running since before the first backup, without an archive.
        BackupFailed: PostgreSQL's program gave up.
        BackupDamaged: the copy is not right.
        ArchiveDiffers: `kept` holds the log of another database.
        StorageFull: it cannot be written.
    """
    with alone(state):
        return _make(state, kept)


@contextlib.contextmanager
def alone(state: Path) -> Iterator[None]:
    """Be the only one that copies, clears up or brings back for a state folder; whoever is second waits.

    What one takes along, the other would take away: segments of the log, and what lies in a folder of backups.
    """
    with contextlib.ExitStack() as stack:
        with _named(state):
            handle = os.open(state, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make(state: Path, kept: Path) -> Backup:
    server = Server(state)
    server.keep_log()
    with server, _named(kept), _part(kept) as part:
        with db.connect(server.dsn(bootstrap.ADMIN, "postgres")) as conn:
            if db.tuples(conn, "backup_archives") != [(True,)]:
                raise BackupNeedsRestart
            command = ["--pgdata", str(part / "data"), "--wal-method=stream", "--checkpoint=fast", "--no-password"]
            command.append("--manifest-checksums=SHA256")
            with password_file(bootstrap.ADMIN, server.password(bootstrap.ADMIN)) as password:
                _run("pg_basebackup", [*command, f"--dbname={_address(server, password)}"], password)
            _wait_for(server.archive / str(db.tuples(conn, "backup_switch")[0][0]))
        verify(part / "data")
        for name in ALONG:
            copy(state / name, part / name)
        take_segments(server.archive, kept / "log")
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)  # never before what the copy holds
        path = kept / moment.strftime(FORM)
        part.rename(path)
    return Backup(path, moment)


def whole(kept: Path) -> list[Backup]:
    """Give the backups in a folder, oldest first."""
    found = []
    for path in sorted(kept.glob("*T*Z")):
        with contextlib.suppress(ValueError):  # somebody else's folder
            found.append(Backup(path, datetime.strptime(path.name, FORM).replace(tzinfo=UTC)))
    return found


def verify(data: Path) -> None:
    """Check every file of a backup against the list that PostgreSQL made of them.

    Its own program for this, pg_verifybackup, does not run in the wheel (segmentation fault in 0.6, `--version` too).

    Raises:
        BackupDamaged: a file is missing or was changed.
    """
    listed = json.loads((data / "backup_manifest").read_bytes())["Files"]
    for each in listed:
        path = data / (each["Path"] if "Path" in each else bytes.fromhex(each["Encoded-Path"]).decode())
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != each["Checksum"]:
            raise BackupDamaged(path)


def take_segments(archive: Path, log: Path) -> int:
    """Copy segments of the log that are not there yet; give their number.

    Raises:
        ArchiveDiffers: another segment of the same name is there.
    """
    log.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = 0
    for path in _segments(archive):
        there = log / path.name
        if not there.exists():
            part = log / f".{path.name}.part"
            _copy_without_zeros(path, part)
            part.rename(there)
            count += 1
        elif not filecmp.cmp(path, there):  # reads both only where sizes or times differ
            raise ArchiveDiffers(there)
    return count


def due(kept: Path, today: date, closed: date | None = None) -> list[Path]:
    """Give the backups that are too old, and what was left of one that was broken off.

    Args:
        kept: the folder of backups.
        today: the current local day.
        closed: day on which the last epoch was closed: what was copied before it still has the bridge from its key, and
            is too old as soon as there is a copy of later.
    """
    oldest, found = _first_after(kept, closed), whole(kept)
    old = [
        each.path
        for each in found
        if today - each.moment.date() >= timedelta(days=KEEP_DAYS) or (oldest and each.moment < oldest.moment)
    ]
    broken = [path for path in sorted(kept.glob(".*.part")) if time.time() - path.stat().st_mtime > _A_DAY]
    return [*old, *broken]


def remove(path: Path) -> None:
    """Take away a backup; killed in between, what is left does not look like one.

    Raises:
        StorageFull: it cannot be removed.
    """
    with _named(path.parent):
        part = path if path.suffix == ".part" else path.rename(path.with_name(f".{path.name}.part"))
        shutil.rmtree(part)


def left(kept: Path) -> tuple[int, date | None]:
    """Give the number of backups and the day of the oldest."""
    found = whole(kept)
    return len(found), found[0].moment.date() if found else None


def due_segments(state: Path, kept: Path, now: datetime, closed: date | None = None) -> list[Path]:
    """Give the segments of the log, in the state folder and among the backups, that are too old; see `due`."""
    oldest = (now - timedelta(days=KEEP_DAYS)).timestamp()
    first = _first_after(kept, closed)
    name = _START.search((first.path / "data/backup_label").read_text())[1] if first else ""  # type: ignore[index]
    return [path for path in _both(state, kept) if path.stat().st_mtime <= oldest or path.name < name]


def _first_after(kept: Path, closed: date | None) -> Backup | None:
    return next((each for each in whole(kept) if closed and each.moment.date() > closed), None)


def left_segments(state: Path, kept: Path) -> tuple[int, date | None]:
    """Give the number of segments and the day on which the oldest was written."""
    days = [datetime.fromtimestamp(path.stat().st_mtime, UTC).date() for path in _both(state, kept)]
    return len(days), min(days, default=None)


def _both(state: Path, kept: Path) -> list[Path]:
    return [*_segments(Server(state).archive), *_segments(kept / "log")]


def _segments(folder: Path) -> Iterable[Path]:
    """Segments, and left-over parts of them; the short files that tell one timeline from another stay for good."""
    return sorted(path for path in folder.glob("*") if path.is_file() and path.suffix != ".history")


def _copy_without_zeros(path: Path, to: Path) -> None:
    """Copy a segment with its time, as the term counts from when it was written; zeros take no place on the disk."""
    with path.open("rb") as segment, to.open("wb") as copy_of_it:
        while block := segment.read(_BLOCK_BYTES):
            if block.strip(b"\0"):
                copy_of_it.write(block)
            else:
                copy_of_it.seek(len(block), os.SEEK_CUR)
        copy_of_it.truncate()
    shutil.copystat(path, to)


def _wait_for(segment: Path) -> None:
    """Wait until the archiver, which works behind, has kept a segment."""
    deadline = time.monotonic() + _ARCHIVE_SECONDS
    while not segment.exists():
        if time.monotonic() > deadline:
            raise BackupFailed("het archief", f"segment {segment.name} is er na {_ARCHIVE_SECONDS:.0f} s nog niet")
        time.sleep(0.05)


@contextlib.contextmanager
def _named(kept: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFull(str(kept), error.strerror or type(error).__name__) from None


@contextlib.contextmanager
def _part(kept: Path) -> Iterator[Path]:
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".backup-", suffix=".part", dir=kept))
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _address(server: Server, password: int) -> str:
    return conninfo(**server.address, user=bootstrap.ADMIN, passfile=password_path(password))


def _run(program: str, arguments: list[str], password: int) -> None:
    command = [str(binaries.find() / program), *arguments]
    result = subprocess.run(  # noqa: S603 - our own arguments
        command, capture_output=True, env=binaries.ENVIRONMENT, pass_fds=[password], check=False
    )
    if result.returncode != 0:
        said = result.stderr.decode(errors="replace").strip().splitlines() or [f"code {result.returncode}"]
        # The first error is what went wrong; what follows is clearing up.
        cause = next((line for line in said if " error: " in line), said[-1])
        raise BackupFailed(program, cause.removeprefix(f"{program}: error: ").rstrip("."))


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder, if it is there."""
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)
