"""Serve the four listing sites of a world on loopback; `python -m simulation.serve --help` does it for people."""

import argparse
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulation.errors import PortInUse, SimulationError, SiteStopped
from simulation.settings import DEFAULT_PORTS, SITE_NAMES, WorldSettings
from simulation.world import World, generate
from warehouse.key_providers import without_keys

HOST = "127.0.0.1"
PROCESSES: tuple[tuple[str, ...], ...] = (SITE_NAMES[:3], SITE_NAMES[3:])
START_SECONDS = 90.0  # measured 3 s; a busy machine may need long
CLOSE_SECONDS = 5.0


@dataclass(slots=True)
class _Served:
    """One child process."""

    names: tuple[str, ...]
    process: subprocess.Popen[bytes]


class Market:
    """The four sites over real HTTP, as a context manager.

    Two child processes serve: one our own three sites, one django-classified. They end with the `with` block, and with this
    process however it ends; each makes the world again from its settings. Sockets are opened here, so that a port in use is known at once.

    Example:
        with Market(world, ports=(0, 0, 0, 0)) as market:
            market.set_day(world.days[3])
            market.base_urls["nl_kaartjes"]

    Args:
        world: what to serve.
        ports: four ports in the order of `SITE_NAMES`; 0 takes a free one.
        folder: where django-classified keeps its database while it runs (removed afterwards); None for a temporary folder.
        day: the day to show first; None for the world's first.
    """

    def __init__(
        self, world: World, ports: Sequence[int] = DEFAULT_PORTS, folder: Path | None = None, day: date | None = None
    ) -> None:
        if len(ports) != len(SITE_NAMES):
            raise SimulationError(f"A market needs {len(SITE_NAMES)} ports, not {len(ports)}.")
        self.world = world
        self.day = day or world.settings.first_day
        world.settings.index_of(self.day)
        self.base_urls: dict[str, str] = {}
        self._ports = tuple(ports)
        self._given_folder = folder
        self._temporary: Path | None = None
        self._served: list[_Served] = []

    def __enter__(self) -> Self:
        """Start serving.

        Raises:
            PortInUse: another program has one of the ports.
            SiteStopped: a child process could not start.
        """
        sockets = self._open()
        try:
            self.base_urls = {name: f"http://{HOST}:{s.getsockname()[1]}" for name, s in sockets.items()}
            folder = self._folder()
            for names in PROCESSES:
                self._served.append(self._start(names, sockets, folder))
            for served in self._served:
                self._answer(served, START_SECONDS)
        except BaseException:
            self.close()
            raise
        finally:
            for opened in sockets.values():
                opened.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.close()

    def set_day(self, day: date) -> None:
        """Show another day on all sites; returns when they do.

        Raises:
            DayOutsideWorld: the world does not have this day.
            SiteStopped: a child process is gone.
        """
        self.world.settings.index_of(day)
        for served in self._served:
            self._say(served, {"day": day.isoformat()})
        for served in self._served:
            self._answer(served, START_SECONDS)
        self.day = day

    def close(self) -> None:
        """Stop both processes and remove what they wrote; again is harmless."""
        for served in self._served:
            if served.process.stdin is not None:
                try:
                    served.process.stdin.close()
                except OSError:
                    continue
        deadline = time.monotonic() + CLOSE_SECONDS
        for served in self._served:
            _end(served.process, deadline)
        self._served.clear()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Ids of the running child processes."""
        return tuple(served.process.pid for served in self._served)

    def _open(self) -> dict[str, socket.socket]:
        sockets: dict[str, socket.socket] = {}
        for name, port in zip(SITE_NAMES, self._ports, strict=True):
            opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sockets[name] = opened
            try:
                opened.bind((HOST, port))
                opened.listen(64)
            except OSError as error:
                for each in sockets.values():
                    each.close()
                raise PortInUse(port, error.strerror or type(error).__name__) from None
        return sockets

    def _folder(self) -> Path:
        if self._given_folder is not None:
            self._given_folder.mkdir(parents=True, exist_ok=True)
            return self._given_folder
        self._temporary = Path(tempfile.mkdtemp(prefix="synthetic-market-"))
        return self._temporary

    def _start(self, names: tuple[str, ...], sockets: dict[str, socket.socket], folder: Path) -> _Served:
        descriptors = {name: sockets[name].fileno() for name in names}
        process = subprocess.Popen(
            [sys.executable, "-m", "simulation.sites.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=tuple(descriptors.values()),
            start_new_session=True,  # Ctrl-C is for the parent, which then stops its children
            # django-classified lists the words of a text in the order of a set; only a fixed hash makes pages repeatable.
            env={**without_keys(os.environ), "PYTHONHASHSEED": "0"},
            cwd=Path(__file__).resolve().parents[1],
        )
        served = _Served(names, process)
        sites = [{"name": n, "descriptor": d, "port": sockets[n].getsockname()[1]} for n, d in descriptors.items()]
        asked = {
            "settings": self.world.settings.to_dict(),
            "sites": sites,
            "folder": str(folder.resolve()),
            "is_temporary": self._temporary is not None,
            "day": self.day.isoformat(),
        }
        try:
            self._say(served, asked)
        except SiteStopped:
            _end(process, time.monotonic())
            raise
        return served

    def _say(self, served: _Served, message: dict[str, Any]) -> None:
        stream = served.process.stdin
        try:
            if stream is None:
                raise SiteStopped("has no input")
            stream.write(json.dumps(message).encode() + b"\n")
            stream.flush()
        except OSError:
            raise SiteStopped(f"ended early (exit code {served.process.poll()})") from None

    def _answer(self, served: _Served, seconds: float) -> None:
        stream = served.process.stdout
        if stream is None or not select.select([stream], [], [], seconds)[0]:
            raise SiteStopped(f"did not answer within {seconds:.0f} s")
        line = stream.readline()
        if not line:
            raise SiteStopped(f"ended early (exit code {served.process.wait(CLOSE_SECONDS)})")
        answer = json.loads(line)
        if "error" in answer:
            raise SiteStopped(f"says: {answer['error']}")


def _end(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Wait until `deadline` (monotonic), then insist; close the pipes."""
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one day of a world until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m simulation.serve", description="Serve the synthetic market on loopback."
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the world")
    parser.add_argument("--day", type=date.fromisoformat, help="day to show, e.g. 2026-10-12 (default: the first)")
    parser.add_argument("--days", type=int, default=28, help="length of the world in days")
    parser.add_argument("--port-base", type=int, default=DEFAULT_PORTS[0], help="first of four ports")
    asked = parser.parse_args(arguments)
    try:
        world = generate(WorldSettings(seed=asked.seed, days=asked.days))
        with Market(world, tuple(range(asked.port_base, asked.port_base + 4)), day=asked.day) as market:
            sys.stdout.write(f"Day {market.day} of the synthetic market, seed {asked.seed}. Ctrl-C stops it.\n")
            sys.stdout.writelines(f"  {name:12} {url}/\n" for name, url in market.base_urls.items())
            sys.stdout.flush()
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except SimulationError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
