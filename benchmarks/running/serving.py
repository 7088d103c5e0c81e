"""The simulation's own four sites over a country instead of its world, on loopback, in two processes as it serves them."""

import logging
import multiprocessing
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from simulation.serve import HOST, PROCESSES
from simulation.settings import SITE_NAMES


@dataclass
class Sites:
    """The running sites; `first_port` is that of the first, the others follow."""

    first_port: int
    processes: list[BaseProcess] = field(default_factory=list)
    _pipes: list[Connection] = field(default_factory=list)

    def set_day(self, day: date) -> None:
        """Show another day everywhere."""
        self._ask(day)

    def seconds(self) -> float:
        """Give the processor time that the sites have taken."""
        return sum(self._ask(None))

    def _ask(self, what: date | None) -> list[float]:
        for pipe in self._pipes:
            pipe.send(what)
        return [pipe.recv() for pipe in self._pipes]


def _serve(country: Any, sockets: dict[str, socket.socket], folder: Path, pipe: Connection) -> None:
    from simulation.sites import process, rubriek

    logging.disable(logging.CRITICAL)  # as in the simulation: a server's lines name paths
    rubriek.towns = country.towns  # the classifieds know areas by name
    sites = [process._site(country, name, folder, at.getsockname()[1]) for name, at in sockets.items()]  # noqa: SLF001
    for site, listening in zip(sites, sockets.values(), strict=True):
        process._serve(site, listening)  # noqa: SLF001 - as the simulation serves them
    try:
        while True:
            day = pipe.recv()
            if day is not None:
                for site in sites:
                    site.set_day(day)
            used = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(used.ru_utime + used.ru_stime)
    except EOFError:
        os._exit(0)


def _bound() -> dict[str, socket.socket]:
    """Take four free ports that follow each other, as an installation's settings name the first only."""
    while True:
        found: list[socket.socket] = []
        try:
            for _ in SITE_NAMES:
                found.append(socket.socket())
                found[-1].bind((HOST, found[0].getsockname()[1] + len(found) - 1 if len(found) > 1 else 0))
        except (OSError, OverflowError):
            for each in found:
                each.close()
        else:
            for each in found:
                each.listen(64)
            return dict(zip(SITE_NAMES, found, strict=True))


@contextmanager
def served(country: Any, folder: Path) -> Iterator[Sites]:
    """Serve a country's first day until the block ends."""
    fork, sockets = multiprocessing.get_context("fork"), _bound()
    sites = Sites(sockets[SITE_NAMES[0]].getsockname()[1])
    try:
        for names in PROCESSES:
            ours, theirs = fork.Pipe()
            own = {name: sockets[name] for name in names}
            process = fork.Process(target=_serve, args=(country, own, folder, theirs), daemon=True)
            process.start()
            theirs.close()
            sites.processes.append(process)
            sites._pipes.append(ours)  # noqa: SLF001
        sites.seconds()  # answered when they serve
        yield sites
    finally:
        for process in sites.processes:
            process.kill()
            process.join()
        for each in sockets.values():
            each.close()
