"""A PostgreSQL that somebody else runs: on a port of this machine, with an administrator, and nothing of ours in it."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from socket_ports import free_port

from warehouse import binaries, data_folder

HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@dataclass
class Postgres:
    """Its address, the administrator's password, and its process."""

    folder: Path
    port: int
    password: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}"

    @property
    def _owner(self) -> pwd.struct_passwd | None:
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def _programs(self) -> Path:
        found, owner = binaries.find(), self._owner
        if owner is None:
            return found
        return binaries.reachable_for(found, owner.pw_uid, owner.pw_gid, Path("/var/lib/advertentiemonitor"))

    def make(self) -> None:
        Path("/var/lib/advertentiemonitor").mkdir(exist_ok=True) if self._owner else None
        data_folder.make(self._programs(), self.folder, self.folder / "data", self.password, self._owner)
        (self.folder / "data" / "pg_hba.conf").write_text(HBA)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = [str(self._programs() / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        for option in (
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "max_connections=200",
            "timezone=UTC",
        ):
            command += ["-c", option]
        log = (self.folder / "server.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                **data_folder.run_as(self._owner),
            )
        pid_file = self.folder / "data" / "postmaster.pid"
        until = time.monotonic() + 60
        while not (pid_file.exists() and "ready" in pid_file.read_text()):
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT in order, SIGQUIT at once, as after a power cut."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(how)
            self.process.wait(30)
            self.process = None


@contextlib.contextmanager
def serving() -> Iterator[Postgres]:
    """Run one for a block, in a folder of its own that goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="admon-elsewhere-"))
    folder.chmod(0o711)
    server = Postgres(folder, free_port(), "een wachtwoord 'met' alles\\erin")
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
