"""Making the data folder of the embedded server, whole or not at all."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from warehouse import bootstrap, machine
from warehouse.errors import ServerUnavailable, StorageFull

_WHOSE = "state-folder"
# Who may come in: by the socket, with a password that is never sent. Whoever lets it listen on a network has to add a
# `hostssl` rule first; without one nobody comes in that way, let alone in the clear.
_HBA = "local all all scram-sha-256\nlocal replication admin scram-sha-256\n"


def run_as(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    """Give the arguments that let `subprocess` run a program as another user; none for ourselves."""
    if owner is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def make(programs: Path, home: Path, data: Path, password: str, owner: pwd.struct_passwd | None) -> None:
    """Run initdb under another name and rename: killed anywhere, it leaves nothing that looks like a data folder.

    Args:
        programs: folder with initdb.
        home: folder that holds the data folder; left-overs of a killed start in it are removed.
        data: the data folder to be.
        password: of the administrator.
        owner: the user who is to run the server, if not ourselves.

    Raises:
        StorageFull: the disk is full.
        ServerUnavailable: initdb failed.
    """
    for stale in home.glob("data.part-*"):
        machine.kill_all_in(stale)  # the programs of a killed start may still be writing
        shutil.rmtree(stale, ignore_errors=True)
    for stale in home.glob("initdb-*"):
        stale.unlink()
    part = Path(tempfile.mkdtemp(prefix="data.part-", dir=home))
    handle, name = tempfile.mkstemp(prefix="initdb-", dir=home)
    try:
        os.write(handle, password.encode())
        os.close(handle)
        if owner is not None:
            for path in (part, name):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        command = [str(programs / "initdb"), "-D", str(part), f"--username={bootstrap.ADMIN}", f"--pwfile={name}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--no-instructions"]
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        result = subprocess.run(  # noqa: S603 - our own arguments
            command, capture_output=True, cwd=part, env=environment, check=False, **run_as(owner)
        )
        if result.returncode != 0:
            raise _failure(result.stderr.decode(errors="replace"), home)
        (part / "pg_hba.conf").write_text(_HBA, encoding="ascii")
        shutil.rmtree(data, ignore_errors=True)  # without PG_VERSION: never a cluster
        part.rename(data)
    finally:
        Path(name).unlink(missing_ok=True)
        shutil.rmtree(part, ignore_errors=True)


def shelter(home: Path, state: Path) -> None:
    """Make a folder for the data of a state folder that the server's user cannot enter.

    It tells whose it is, so that it can go when its state folder is no more: those of others are looked through.
    """
    home.mkdir(exist_ok=True)
    home.chmod(0o711)  # whatever the umask
    (home / _WHOSE).write_text(str(state), encoding="utf-8", errors="surrogateescape")
    for other in home.parent.glob(f"*/{_WHOSE}"):
        if not Path(other.read_text(encoding="utf-8", errors="surrogateescape")).exists():
            machine.kill_all_in(other.parent / "data")
            shutil.rmtree(other.parent, ignore_errors=True)


def _failure(said: str, home: Path) -> StorageFull | ServerUnavailable:
    if "No space left" in said:
        return StorageFull(str(home), "No space left on device")
    lines = [line for line in said.splitlines() if "error" in line] or ["initdb failed"]
    return ServerUnavailable(f"its data folder could not be made: {lines[-1]}")


def way_out(reason: str) -> str:
    """Tell what to do about what PostgreSQL said before it stopped."""
    if "No space left" in reason:
        return "Free some space and run the same command again; nothing was lost."
    if "Permission denied" in reason or "could not create" in reason:
        return "Check the owner of the state folder, or choose another one."
    return "Run the same command again; if it stays so, see pg/server.log in the state folder."
