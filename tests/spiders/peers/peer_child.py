"""The child's side of a peer: it serves a Django application and alters its rows on request, one JSON object a line.

It ends when standard input ends or when its parent is gone, whatever way the parent went, and removes its folder.
"""

import json
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from zoneinfo import ZoneInfo

from peer import Item
from waitress.server import create_server

ZONE = ZoneInfo("Europe/Amsterdam")
THREADS = 4
GRACE_SECONDS = 2.0  # for the main thread to tidy up, once the parent is gone


class Clock:
    """The time that the application believes it is."""

    def __init__(self, day: date) -> None:
        self.moment = self.noon(day)

    @staticmethod
    def noon(day: date) -> datetime:
        return datetime.combine(day, clock_time(12), ZONE).astimezone(UTC)

    def now(self) -> datetime:
        return self.moment

    def tick(self) -> None:
        """Move on a second, so that no two alterations bear the same stamp."""
        self.moment += timedelta(seconds=1)

    def install(self) -> None:
        """Let Django tell this time; before `django.setup()`, since applications import `now` by name."""
        from django.template import defaultfilters
        from django.utils import timesince, timezone

        timezone.now = self.now
        defaultfilters.timesince = lambda value, now=None: timesince.timesince(value, now or self.moment)


class Site(Protocol):
    """An application with its rows, in this process."""

    wsgi: WSGIApplication

    def truth(self) -> Mapping[str, Item]: ...

    def add(self, fields: Mapping[str, str]) -> str: ...

    def change(self, listing_id: str, fields: Mapping[str, str]) -> None: ...

    def remove(self, listing_id: str) -> None: ...


class Noted:
    """WSGI wrapper that notes when each request arrived and for what."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self.requests: list[tuple[float, str]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.requests.append((time.monotonic(), environ["REQUEST_URI"]))  # waitress: as the client wrote it
        return self._application(environ, start_response)


Factory = Callable[[int, Clock, Path, int], Site]
"""Seed, clock, folder and port to a site."""


def main(factory: Factory) -> int:
    """Serve until told to stop."""
    logging.disable(logging.CRITICAL)
    os.umask(0o077)
    folder = Path(tempfile.mkdtemp(prefix="peer-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_end_with, args=(os.getppid(), folder), daemon=True).start()
    try:
        _say({"folder": str(folder)})
        return _serve(factory, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(factory: Factory, folder: Path) -> int:
    first = sys.stdin.readline()
    if not first:
        return 0
    asked = json.loads(first)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    clock = Clock(date.fromisoformat(asked["day"]))
    try:
        site = factory(asked["seed"], clock, folder, port)
    except Exception as error:  # noqa: BLE001 - the parent must hear of it
        _say({"error": f"could not start: {error!r}"})
        return 1
    noted = Noted(site.wsgi)
    server = create_server(noted, map={}, sockets=[listening], threads=THREADS, ident="peer", expose_tracebacks=False)
    threading.Thread(target=server.run, daemon=True).start()
    _say({"base_url": f"http://127.0.0.1:{port}", "truth": _truth(site)})
    for line in sys.stdin:
        try:
            _say(_answer(json.loads(line), site, clock, noted))
        except Exception as error:  # noqa: BLE001 - the parent must hear of it
            _say({"error": repr(error)})
    return 0


def _answer(message: dict[str, Any], site: Site, clock: Clock, noted: Noted) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    match message["do"]:
        case "requests":
            return {"requests": noted.requests}
        case "day":
            clock.moment = clock.noon(date.fromisoformat(message["day"]))
        case "add":
            clock.tick()
            answer["id"] = site.add(message["fields"])
        case "change":
            clock.tick()
            site.change(message["id"], message["fields"])
        case "remove":
            clock.tick()
            site.remove(message["id"])
        case other:
            raise ValueError(other)
    return answer | {"truth": _truth(site)}


def _truth(site: Site) -> dict[str, Any]:
    return {listing_id: item.to_json() for listing_id, item in site.truth().items()}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _end_with(parent: int, folder: Path) -> None:
    # Standard input ends with the parent too, unless some process it forked still holds the other end.
    while os.getppid() == parent:
        time.sleep(0.5)
    time.sleep(GRACE_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def django_settings(folder: Path, apps: Iterable[str], **own: Any) -> dict[str, Any]:
    """Give what every Django project has to settle, for a database in `folder`; `own` is what an application adds."""
    return {
        "SECRET_KEY": "a peer on loopback",  # guards nothing: nobody logs in
        "DEBUG": False,
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost"],
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            *apps,
        ],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "db.sqlite3"),
                # The file can be made again in a second: nothing is lost when the machine stops.
                "OPTIONS": {"timeout": 20, "init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL;"},
            }
        },
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "STATIC_URL": "/static/",
        "MEDIA_ROOT": str(folder / "media"),
        "USE_TZ": True,
        "TIME_ZONE": "Europe/Amsterdam",
        "LOGGING_CONFIG": None,
    } | own


def start_django(clock: Clock, settings: dict[str, Any]) -> WSGIApplication:
    """Configure Django, make the tables and give the application with its static files."""
    import django
    from django.conf import settings as django_conf
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    clock.install()
    django_conf.configure(**settings)
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    application: WSGIApplication = StaticFilesHandler(get_wsgi_application())
    return application


class Urls:
    """A url configuration made of what an application's documentation says to include."""

    def __init__(self, patterns: Callable[[], list[Any]]) -> None:
        self._patterns = patterns

    @property
    def urlpatterns(self) -> list[Any]:
        return self._patterns()
