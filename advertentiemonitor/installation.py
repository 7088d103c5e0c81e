"""Making an installation, and running Airflow on it."""

import time
from collections.abc import Callable
from datetime import date

from advertentiemonitor import stages
from advertentiemonitor.airflow import PORT, Airflow, Progress
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.keys import FileKeys
from warehouse.server import Server


def initialise(settings: Settings, deterministic_from: bytes | None = None) -> list[str]:
    """Make the state folder, keys and database where they are missing; give what was made.

    Args:
        settings: of the installation.
        deterministic_from: bytes to derive the keys from, so that two demos are alike; synthetic market only.
    """
    made = []
    for name in ("spool", "crawl", "seen", "outbox", "logs"):
        settings.folder(name)
    key_folder = settings.root / "keys"
    if settings.keys == "file" and not (key_folder / "spool.key").exists():
        epochs = stages.epoch_calendar(settings).ahead(settings.today(synthetic=True))
        FileKeys.create(key_folder, deterministic_from, epochs)
        made.append("keys")
    provider = stages.keys(settings)
    for look in (provider.spool, provider.record):  # others than files are made by whoever keeps them
        look()
    with Server(settings.root) as server, db.connect(server.dsn("owner")) as conn:
        made += [f"migration {name}" for name in db.migrate(conn)]
    return made


def run_airflow(settings: Settings, port: int, say: Callable[[str], None]) -> None:
    """Run Airflow until Ctrl-C; say where its user interface is."""
    initialise(settings)
    with Airflow(settings, port=port) as airflow:
        say(f"Airflow: {airflow.url} (user beheer, password in {airflow.password_file}). Ctrl-C stops it.")
        while True:
            airflow.check()
            time.sleep(1)


def last_day_by_airflow(settings: Settings, day: date, say: Callable[[str], None], port: int = PORT) -> None:
    """Start Airflow, let it run one day from collect to publish, and stop it."""

    def told(progress: Progress) -> None:
        say(f"Airflow: {progress.stage}, {progress.tasks_done} of {progress.tasks} tasks")

    say("Airflow starts")
    with Airflow(settings, port=port) as airflow:
        airflow.run_day(day, told=told)
        say("Airflow stops")
