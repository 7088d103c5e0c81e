"""An installation under `up`, as its operator and systemd keep it: started again when it ends, looked at from outside."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from advertentiemonitor import tasks
from advertentiemonitor.airflow.api import AirflowApi
from advertentiemonitor.airflow.home import USER, password
from advertentiemonitor.airflow.processes import descendants
from advertentiemonitor.errors import AirflowRefused, AirflowSilent
from advertentiemonitor.settings import Settings
from warehouse.server import Server

_START_SECONDS = 240
_TRIES = 3
_POSTGRES = "postgres"


@dataclass
class House:
    """One state folder and the `up` that runs on it.

    Attributes:
        settings: as `up` gets them, but for the day.
        port: of the user interface.
        log: file for what `up` prints.
        counts: starts, ends by itself, stages begun again by hand.
    """

    settings: Settings
    port: int
    log: Path
    day: date
    counts: Counter[str] = field(default_factory=Counter)
    process: subprocess.Popen[bytes] | None = None
    peak_bytes: int = 0

    def start(self) -> None:
        """Start `up` for the day and wait until it is ready; again, as systemd would, where it ends before that."""
        for _ in range(_TRIES):
            if self._is_up():
                return
            self.counts["did not start"] += 1
            print(self._last_words(), file=sys.stderr, flush=True)
        raise RuntimeError(f"`up` did not start: {self._last_words()}")

    def _is_up(self) -> bool:
        environment = dict(os.environ)
        chosen = {"state": self.settings.root, "market_today": self.day, "market_port": self.settings.market_port,
                  "smtp_host": self.settings.smtp_host, "smtp_port": self.settings.smtp_port,
                  "smtp_security": self.settings.smtp_security, "seed": self.settings.seed}  # fmt: skip
        environment |= {f"ADVERTENTIEMONITOR_{name.upper()}": str(value) for name, value in chosen.items()}
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("advertentiemonitor")), "up", "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
            )
        self.counts["starts"] += 1
        until = time.monotonic() + _START_SECONDS
        while b"Airflow:" not in self.log.read_bytes()[before:]:
            if self.process.poll() is not None:
                return False
            if time.monotonic() > until:
                self.kill()
                return False
            time.sleep(0.2)
        return True

    def _last_words(self) -> str:
        logs = [self.log, *sorted((self.settings.root / "airflow" / "logs").glob("*.log"))]
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-700:]}" for path in logs if path.exists())

    def stop(self) -> None:
        """Stop it in order; nothing of it may be left."""
        process = self.process
        if process is None:
            return
        ours = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        self.process = None
        left = [pid for pid in ours if Path(f"/proc/{pid}/stat").exists() and not _is_dead(pid)]
        assert not left, f"{len(left)} processes were left"
        assert not Server(self.settings.root).is_running()

    def keep(self) -> None:
        """Start it again if it ended by itself, as systemd's Restart=on-failure does."""
        if self.process is not None and self.process.poll() is not None:
            self.counts["ended by itself"] += 1
            self.start()

    def kill(self, *names: str) -> int:
        """SIGKILL those of its processes whose title holds a name; all of it, PostgreSQL too, for no name."""
        assert self.process is not None
        chosen = [pid for pid in descendants(self.process.pid) if not names or any(n in title(pid) for n in names)]
        if not names:
            chosen += [self.process.pid, *self.postgres()]
        for pid in chosen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(chosen)

    def postgres(self) -> list[int]:
        """Process ids of its database."""
        data = Server(self.settings.root).data.resolve()
        return [pid for pid in _all() if _cwd(pid) == data and _POSTGRES in title(pid)]

    @contextlib.contextmanager
    def api(self) -> Iterator[AirflowApi]:
        """Give a client of its REST API."""
        with AirflowApi(f"http://127.0.0.1:{self.port}", USER, password(self.settings.root / "airflow")) as api:
            yield api

    def states(self) -> dict[str, tuple[str, list[str]]]:
        """Tell for each stage of the day the state of its newest run and of its tasks."""
        found: dict[str, tuple[str, list[str]]] = {}
        with contextlib.suppress(AirflowRefused, AirflowSilent, OSError), self.api() as api:
            for stage in tasks.CHAIN:
                if runs := api.runs(stage, self.day.isoformat()):
                    found[stage] = (runs[0].state, [task.state for task in api.tasks(runs[0])])
        return found

    def trigger(self, stage: str) -> None:
        """Begin a stage of the day, as a person does in the user interface."""
        for _ in range(60):
            self.keep()
            with contextlib.suppress(AirflowRefused, AirflowSilent, OSError), self.api() as api:
                api.trigger(stage, self.day.isoformat())
                return
            time.sleep(1)
        raise RuntimeError(f"{stage} could not be begun")

    @contextlib.contextmanager
    def weighed(self) -> Iterator[None]:
        """Look every other second how much memory all of it has, shared pages once."""
        done = threading.Event()

        def look() -> None:
            while not done.wait(2):
                if self.process is not None:
                    pids = [self.process.pid, *descendants(self.process.pid), *self.postgres()]
                    self.peak_bytes = max(self.peak_bytes, sum(map(_pss, set(pids))))

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def title(pid: int) -> str:
    """The command line of a process, or what it calls itself."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _cwd(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _pss(pid: int) -> int:
    """Memory of a process in bytes, with its part of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
