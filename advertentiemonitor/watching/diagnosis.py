"""What is wrong with an installation, in order of dependence, each with its remedy: `doctor`, and the first line of `status`."""

import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from advertentiemonitor import databases, disk, failure_mail, keyring, sending, stages
from advertentiemonitor.airflow.running import PORT as AIRFLOW_PORT
from advertentiemonitor.errors import NoInstallation
from advertentiemonitor.publishing import theme_of
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.watching import health, nightly_checks, waiting
from advertentiemonitor.watching.findings import Finding, gathered, said, way_out
from reports import pages, smtp
from reports.errors import NoRecipients, ReportError
from spiders import permission, register
from warehouse import db, leftovers, upgrading
from warehouse.errors import MissingKey, WarehouseError
from warehouse.store import dated

DAYS_LOOKED_BACK = 28
_FOLDERS = (
    *("keys", "crawl", "spool", "seen", "hosts", "pg", "airflow"),
    *("digest", "outbox", "dashboard", "reports", "runs", "metrics", "logs"),
)


@dataclass(frozen=True, slots=True)
class KeyPresent:
    """A key that should be there. Never its value."""

    domain: str
    epoch: str | None
    state: str


def examine(settings: Settings, now: datetime | None = None) -> list[Finding]:
    """Look at everything an installation needs; one finding each, in order of dependence.

    Args:
        settings: of the installation.
        now: the moment, with its zone; by the clock when left out.
    """
    moment = now or datetime.now(AMSTERDAM)
    found = _all(_OF_THE_MACHINE, settings)
    if _is_there(settings):
        found += _all(_OF_WHAT_IS_KEPT, settings)
        # What is kept can be looked at only where the database answers, and is of this program.
        if found[-1].ok:
            found += gathered({"nights": partial(nightly_checks.look, settings, moment)})
    found += _all(_OF_THE_REST, settings)
    return list(dict.fromkeys(found))  # what several met is told once


def _all(looks: Mapping[str, Callable[[Settings], Iterator[Finding]]], settings: Settings) -> list[Finding]:
    return gathered({what: partial(look, settings) for what, look in looks.items()})


def _is_there(settings: Settings) -> bool:
    try:
        return settings.root.is_dir()
    except OSError:  # told by the look at the state folder
        return False


def _python(_settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", ok, version if ok else f"{version}: use 3.11, 3.12 or 3.13")


def _time_zone(_settings: Settings) -> Iterator[Finding]:
    summer, winter = (datetime(2026, month, 1, tzinfo=AMSTERDAM).utcoffset() for month in (7, 1))
    ok = (summer, winter) == (timedelta(hours=2), timedelta(hours=1))
    told = "known" if ok else "Europe/Amsterdam has no summer time here: install tzdata, or leave PYTHONTZPATH out"
    yield Finding("time zone", ok, told)


def _folder(settings: Settings) -> Iterator[Finding]:
    if not settings.root.exists():
        yield Finding("state folder", ok=False, told=f"{settings.root} is not there: run `advertentiemonitor init`")
        return
    try:
        with tempfile.TemporaryFile(dir=settings.root, buffering=0) as probe:
            probe.write(b"x")
    except OSError as error:
        how = way_out(error, "name a folder with ADVERTENTIEMONITOR_STATE")
        told = f"{settings.root} cannot be written ({error.strerror}): {how}"
        yield Finding("state folder", ok=False, told=told)
    # What looks into them finds nothing in what is no folder.
    for folder in map(settings.root.joinpath, _FOLDERS):
        if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
            told = f"{folder} is not a folder: move it away, and put the folder back from a backup"
            yield Finding(f"folder {folder.name}", ok=False, told=told)


def _disk(settings: Settings) -> Iterator[Finding]:
    for what, folder in (("disk", settings.root), ("disk of the backups", settings.backup_folder)):
        free = disk.free_bytes(folder)
        enough = free >= disk.WARNED_BYTES
        stops = f"; under {disk.REFUSED_BYTES / 1e9:.1f} GB no stage begins" if what == "disk" else ""
        short = f"{free / 1e9:.1f} GB free: make room for {disk.WARNED_BYTES / 1e9:.0f} GB{stops}"
        yield Finding(what, enough, f"{free / 1e9:.0f} GB free" if enough else short)


def _key_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.root / "keys"
    if folder.is_dir():  # passwords of the database are there wherever the keys are
        open_to_others = [path for path in (folder, *folder.iterdir()) if _is_open_to_others(path)]
        told = f"{len(open_to_others)} of {folder} can be read by others: `chmod -R go= {folder}`"
        yield Finding("key folder", not open_to_others, told if open_to_others else "for its owner only")


def _is_open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o077)
    except FileNotFoundError:  # a link to nowhere: the look at that key tells
        return False


def _keys(settings: Settings) -> Iterator[Finding]:
    for key in _keys_known(settings):
        name = f"key {key.domain}{f' {key.epoch}' if key.epoch else ''}"
        yield Finding(name, ok=key.state in keyring.FINE, told=key.state)


def _keys_known(settings: Settings) -> Iterator[KeyPresent]:
    """Look at the keys with what the database knows of them; without, where it does not answer, which is told after this."""
    try:
        states = keyring.status(settings)
    except (NoInstallation, WarehouseError, OSError, ValueError):
        yield from keys_present(settings)
        return
    for key in states:
        if key.state not in {"destroyed", *keyring.AHEAD}:
            yield KeyPresent(key.key, key.epoch, key.state)


def keys_present(settings: Settings) -> Iterator[KeyPresent]:
    """Tell for each key of now whether it is there and safe.

    Raises:
        CalendarDamaged: nobody knows which epoch it is, after the other keys were told.
    """
    provider = stages.keys(settings)
    yield KeyPresent("spool", None, _state(provider.spool))
    yield KeyPresent("record", None, _state(provider.record))
    epoch = stages.epoch_calendar(settings).code(settings.today(synthetic=True))
    yield KeyPresent("pseudonym", epoch, _state(lambda: provider.pseudonyms(epoch)))


def _state(look: Callable[[], object]) -> str:
    try:
        look()
    except (WarehouseError, OSError) as error:
        return said(error)
    return "present"


def _database(settings: Settings) -> Iterator[Finding]:
    if not databases.is_made(settings):
        yield Finding("database", ok=False, told="not made yet: run `advertentiemonitor init`")
        return
    try:
        with databases.database(settings) as server, db.connect(server.dsn("owner")) as conn:
            due = len(upgrading.pending(conn))
            with suppress(MissingKey):  # backups and erasing need this role; a worker of one trust domain has it not
                db.connect(server.dsn("admin", "postgres")).close()
    except WarehouseError as error:
        yield Finding("database", ok=False, told=str(error))
        return
    behind = (
        f"{due} migrations behind this program: stop `up` and run `advertentiemonitor init`, which makes a backup first"
    )
    yield Finding("database", ok=not due, told=behind if due else "answers, up to date")


def _recipients(settings: Settings) -> Iterator[Finding]:
    if not settings.recipients:
        yield Finding("recipients", ok=False, told=str(NoRecipients()))


def _theme(settings: Settings) -> Iterator[Finding]:
    if settings.theme is not None:
        pages.checked_theme(theme_of(settings))
        yield Finding("theme", ok=True, told="can be used")


def _sources(settings: Settings) -> Iterator[Finding]:
    for name, problem in sorted(register.problems().items()):
        yield Finding(f"source {name}", ok=False, told=str(problem))
    for name, entry in sorted(register.load().items()):
        if entry.enabled:
            reasons = permission.reasons_against(entry, settings.today(synthetic=entry.kind == "synthetic"))
            yield Finding(f"source {name}", ok=not reasons, told="; ".join(reasons) or "may run")


def _alive(settings: Settings) -> Iterator[Finding]:
    for each in health.report(settings, DAYS_LOOKED_BACK):
        if each.is_dead and each.state != "not_crawled":
            told = f"nothing was seen of it for {each.days_not_ok} days ({each.reason}): {each.remedy}"
            yield Finding(f"source {each.source} alive", ok=False, told=told)


def _crawl_logs(settings: Settings) -> Iterator[Finding]:
    for error in health.damaged(settings, DAYS_LOOKED_BACK):
        yield Finding("crawl log", ok=False, told=str(error))


def _spool(settings: Settings) -> Iterator[Finding]:
    limit = time.time() - leftovers.SPOOL_HOURS * 3600
    old = [path for path, written in dated(settings.shared / "spool", "*/*.spool") if written < limit]
    yield Finding(
        "spool",
        ok=not old,
        told=f"{len(old)} files older than {leftovers.SPOOL_HOURS} h: run `advertentiemonitor retention run`"
        if old
        else "nothing too old",
    )


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_host:
        yield Finding("mail", ok=True, told="none is sent, as no server is set; digests wait in the folder outbox")
        return
    try:
        with smtp.session(sending.server(settings)):
            yield Finding("mail server", ok=True, told=f"{settings.smtp_host} takes mail from us")
    except ReportError as error:
        yield Finding("mail server", ok=False, told=str(error))
    if waiting := failure_mail.waiting(settings):
        how = "the next task sends it, at a quarter to seven at the latest, once the mail server takes mail from us"
        yield Finding("mail about failures", ok=False, told=f"{len(waiting)} still to be sent: {how}")
    if databases.is_made(settings):
        try:
            told = sending.doubts(settings, settings.today(synthetic=True))
        except WarehouseError:
            told = ["nobody knows what was sent while the database does not answer: mend that first"]
        for each in told:
            yield Finding("mail", ok=False, told=each)


def _written_elsewhere(settings: Settings) -> Iterator[Finding]:
    """Look whether what is for other programs can be written: a service writes where its unit says, and nowhere else."""
    lineage = settings.lineage and settings.lineage.parent
    for what, folder in (("metrics", settings.metrics), ("lineage", lineage)):
        if folder is not None:
            try:
                with tempfile.TemporaryFile(dir=folder):
                    yield Finding(what, ok=True, told="can be written")
            except OSError as error:
                told = (
                    f"nothing can be written in {folder} ({error.strerror}): make it, for this user, and name it in "
                    "ReadWritePaths of the service (docs/storingen.md)"
                )
                yield Finding(what, ok=False, told=told)


def _ports(settings: Settings) -> Iterator[Finding]:
    for what, port in (("Airflow", AIRFLOW_PORT), ("synthetic market", settings.market_port)):
        with socket.socket() as probe:
            in_use = probe.connect_ex(("127.0.0.1", port)) == 0
        yield Finding(
            f"port {port}", ok=True, told=f"in use (by {what}, if that runs)" if in_use else f"free for {what}"
        )


_OF_THE_MACHINE = {"Python": _python, "time zone": _time_zone, "state folder": _folder, "disk": _disk}
_OF_WHAT_IS_KEPT = {"key folder": _key_folder, "keys": _keys, "database": _database}
_OF_THE_REST = {
    "mail": _mail,
    "recipients": _recipients,
    "theme": _theme,
    "sources": _sources,
    "sources alive": _alive,
    "crawl logs": _crawl_logs,
    "spool": _spool,
    "waiting crawls": waiting.look,
    "written elsewhere": _written_elsewhere,
    "ports": _ports,
}
