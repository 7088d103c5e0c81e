"""Making an installation, and running Airflow on it."""

import itertools
import time
from collections.abc import Callable
from datetime import date
from typing import NoReturn

from advertentiemonitor import databases, disk, keyring, stages
from advertentiemonitor.airflow.running import PORT, Airflow, Progress
from advertentiemonitor.errors import DiskNearlyFull
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching.notifying import ServiceManager
from warehouse import store, upgrading
from warehouse.keys import FileKeys

DISK_SECONDS = 60


def initialise(settings: Settings, deterministic_from: bytes | None = None) -> list[str]:
    """Make the state folder, keys and database where they are missing; give what was made.

    Args:
        settings: of the installation.
        deterministic_from: bytes to derive the keys from, so that two demos are alike; synthetic market only.

    Raises:
        ExchangeKeepsVersions: what is deleted in the exchange would not be gone.
        MissingKey: a key is lost with which something was closed.
        DataGone: the files of the database are not where they were.
        WarehouseError: a key or the database could not be made.
    """
    made = []
    store.refuse_versions(settings.shared)
    for name in ("spool", "crawl", "seen", "outbox", "logs"):
        settings.folder(name)
    if keyring.share_calendar(settings):
        made.append("calendar of key epochs in the exchange")
    if settings.keys == "file" and _make_keys(settings, deterministic_from):
        made.append("keys")
    provider = stages.keys(settings)
    for look in (provider.spool, provider.record):  # others than files are made by whoever keeps them
        look()
    ran, backup = upgrading.upgrade(databases.database(settings), settings.root, settings.backup_folder)
    made += [f"backup {backup}"] if backup else []
    return made + [f"migration {name}" for name in ran]


def _make_keys(settings: Settings, deterministic_from: bytes | None) -> bool:
    """Make the root keys that are missing, where nothing was closed with them yet; tell whether any was made."""
    folder = settings.root / "keys"
    missing = [name for name in ("spool", "record") if not (folder / f"{name}.key").exists()]
    if not missing:
        return False
    if not upgrading.holds_anything(databases.database(settings)):
        epochs = stages.epoch_calendar(settings).ahead(settings.today(synthetic=True))
        FileKeys.create(folder, deterministic_from, epochs)
    elif missing == ["spool"] and not any(any(settings.shared.glob(f"{name}/*/*")) for name in ("spool", "seen")):
        FileKeys.create(folder, deterministic_from)  # it is lost, and what it closed was given up (docs/keys.md)
    else:
        return False  # whoever needs it says that it is missing
    return True


def run_airflow(settings: Settings, port: int, say: Callable[[str], None]) -> None:
    """Bring the database up to date, then run Airflow until Ctrl-C or SIGTERM; say where its user interface is.

    The service manager hears of it, if one started us. A process of Airflow that ends by itself ends us too, with an
    error, so that the manager starts all anew.

    Raises:
        WarehouseError: the database is newer than this program, or could not be brought up to date.
        FrontDoorError: Airflow did not start, or one of its processes ended.
    """
    manager = ServiceManager()
    manager.status("bringing the database up to date; a backup goes first if it has to change")
    try:
        for made in initialise(settings):
            say(f"Made: {made}.")
        manager.status("Airflow starts")
        with Airflow(settings, port=port) as airflow:
            say(f"Airflow: {airflow.url} (user beheer, password in {airflow.password_file}). Ctrl-C stops it.")
            manager.ready()
            try:
                _watch(settings, airflow, manager, say)
            finally:
                manager.stopping()
                manager.status("Airflow stops")
    finally:
        manager.status("stopped")


def _watch(settings: Settings, airflow: Airflow, manager: ServiceManager, say: Callable[[str], None]) -> NoReturn:
    """See once a second that all runs, and once a minute that there is room; say what changes."""
    last = fine = f"Airflow runs: {airflow.url}"
    for second in itertools.count():
        airflow.check()
        manager.alive()
        if second % DISK_SECONDS == 0:
            told = _room(settings) or fine
            if told != last:
                say("There is room again." if told == fine else told)
            last = told
            manager.status(told)
        time.sleep(1)
    raise AssertionError  # counting does not end


def _room(settings: Settings) -> str:
    """Say what is wrong with the disk; empty as long as a stage may begin."""
    try:
        disk.check(settings)
    except DiskNearlyFull:
        # Without figures, which would be another sentence every minute.
        return f"The disk of {settings.root} is nearly full: no stage begins until there is room. See `doctor`."
    return ""


def last_day_by_airflow(settings: Settings, day: date, say: Callable[[str], None], port: int = PORT) -> None:
    """Start Airflow, let it run one day from collect to publish, and stop it."""

    def told(progress: Progress) -> None:
        say(f"Airflow: {progress.stage}, {progress.tasks_done} of {progress.tasks} tasks")

    say("Airflow starts")
    with Airflow(settings, port=port) as airflow:
        airflow.run_day(day, told=told)
        say("Airflow stops")
