"""The process that serves sites: started by `simulation.serve.Market`, never by hand.

It reads one JSON object a line from standard input: first what to serve, then `{"day": "2026-10-13"}` for each change of day,
and answers each with one line, `{"ok": true}` or `{"error": ...}`. The listening sockets are inherited. It ends when standard input
ends or when its parent is gone, whatever way the parent went; its threads go with it.
"""

import json
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.server import create_server  # type: ignore[import-untyped]  # waitress ships no types

from simulation.errors import SimulationError
from simulation.settings import WorldSettings
from simulation.sites.gegevens import Gegevens
from simulation.sites.kaartjes import Kaartjes
from simulation.sites.prikbord import Prikbord
from simulation.sites.rubriek import Rubriek
from simulation.world import World, generate

GRACE_SECONDS = 2.0  # for the main thread to tidy up, once the parent is gone
THREADS = 4  # more than one crawl of a site at a time happens in tests only


class Application(Protocol):
    """A site: a WSGI application whose day can be changed."""

    def set_day(self, day: date) -> None:
        """Show another day."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer one request."""


OWN: dict[str, Callable[[World], Application]] = {site.name: site for site in (Kaartjes, Gegevens, Prikbord)}


def main() -> int:
    """Serve until told to stop."""
    logging.disable(logging.CRITICAL)  # a server's log lines name paths, and paths name listings
    os.umask(0o077)
    parent = os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        asked = json.loads(sys.stdin.readline())
        world = generate(WorldSettings.from_dict(asked["settings"]))
        sites = [_site(world, one["name"], Path(asked["folder"]), one["port"]) for one in asked["sites"]]
        for site in sites:
            site.set_day(date.fromisoformat(asked["day"]))
        for site, one in zip(sites, asked["sites"], strict=True):
            _serve(site, socket.socket(fileno=one["descriptor"]))
    except SimulationError as error:
        _say({"error": str(error)})
        return 1
    except Exception as error:  # noqa: BLE001 - the parent must hear of it, by name only
        _say({"error": f"could not start ({type(error).__name__})"})
        return 1
    _say({"ok": True})
    try:
        _listen(sites)
    finally:
        for site in sites:
            if isinstance(site, Rubriek):
                site.close()
                if asked["is_temporary"]:
                    shutil.rmtree(asked["folder"], ignore_errors=True)
    return 0


def _site(world: World, name: str, folder: Path, port: int) -> Application:
    return Rubriek(world, folder, port) if name == Rubriek.name else OWN[name](world)


def _serve(site: Application, listening: socket.socket) -> None:
    server = create_server(
        site, map={}, sockets=[listening], threads=THREADS, ident="verzonnen", expose_tracebacks=False
    )
    threading.Thread(target=server.run, daemon=True).start()


def _listen(sites: list[Application]) -> None:
    for line in sys.stdin:
        try:
            day = date.fromisoformat(json.loads(line)["day"])
            for site in sites:
                site.set_day(day)
        except SimulationError as error:
            _say({"error": str(error)})
        except Exception as error:  # noqa: BLE001 - the parent must hear of it, by name only
            _say({"error": f"could not change the day ({type(error).__name__})"})
        else:
            _say({"ok": True})


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _end_with(parent: int) -> None:
    # Standard input ends with the parent too, unless some process it forked still holds the other end.
    while os.getppid() == parent:
        time.sleep(0.5)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
