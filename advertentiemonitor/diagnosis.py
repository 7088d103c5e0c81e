"""What is wrong here, and what has run: `doctor`, `status`, `keys status`."""

import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from advertentiemonitor import health, keyring, sending, stages
from advertentiemonitor.airflow import PORT as AIRFLOW_PORT
from advertentiemonitor.crawler import read_crawl_log
from advertentiemonitor.errors import NoInstallation
from advertentiemonitor.settings import Settings
from reports import smtp
from reports.errors import ReportError
from spiders import permission, register
from warehouse import db
from warehouse.errors import WarehouseError
from warehouse.server import Server

FREE_BYTES_NEEDED = 2_000_000_000  # database, Airflow's logs and a month of growth
DAYS_LOOKED_BACK = 28
SPOOL_HOURS = 72


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `told` ends in the remedy where something is wrong."""

    what: str
    ok: bool
    told: str


@dataclass(frozen=True, slots=True)
class DayRun:
    """What has run of one day."""

    day: date
    sources: int
    not_ok: tuple[str, ...]
    completeness: float
    released: str


@dataclass(frozen=True, slots=True)
class ReleasedDay:
    """A day in the ledger."""

    vintage_date: date
    version_number: int


@dataclass(frozen=True, slots=True)
class KeyPresent:
    """A key that should be there. Never its value."""

    domain: str
    epoch: str | None
    state: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything an installation needs; one finding each, in order of dependence."""
    looks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _folder,
        _keys,
        _database,
        _sources,
        _spool,
        _mail,
        _ports,
    )
    return [finding for look in looks for finding in look(settings)]


def _python(_settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", ok, version if ok else f"{version}: use 3.11, 3.12 or 3.13")


def _folder(settings: Settings) -> Iterator[Finding]:
    if not settings.root.exists():
        yield Finding("state folder", ok=False, told=f"{settings.root} is not there: run `advertentiemonitor init`")
        return
    probe = settings.root / ".probe"
    try:
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "state folder",
            ok=False,
            told=f"{settings.root} cannot be written ({error.strerror}): give this user rights on it",
        )
        return
    free = shutil.disk_usage(settings.root).free
    enough = free >= FREE_BYTES_NEEDED
    yield Finding(
        "state folder",
        enough,
        f"{free / 1e9:.0f} GB free" if enough else f"{free / 1e9:.1f} GB free: make room for 2 GB",
    )


def _keys(settings: Settings) -> Iterator[Finding]:
    for key in _keys_known(settings):
        name = f"key {key.domain}{f' {key.epoch}' if key.epoch else ''}"
        yield Finding(name, ok=key.state in keyring.FINE, told=key.state)


def _keys_known(settings: Settings) -> list[KeyPresent]:
    """Look at the keys with what the database knows of them; without, where it does not answer, which is told after this."""
    try:
        states = keyring.status(settings)
    except (NoInstallation, WarehouseError):
        return keys_present(settings)
    return [
        KeyPresent(key.key, key.epoch, key.state) for key in states if key.state not in {"destroyed", *keyring.AHEAD}
    ]


def keys_present(settings: Settings) -> list[KeyPresent]:
    """Tell for each key of now whether it is there and safe."""
    provider = stages.keys(settings)
    epoch = stages.epoch_calendar(settings).code(settings.today(synthetic=True))
    wanted: list[tuple[str, str | None, Callable[[], object]]] = [
        ("spool", None, provider.spool),
        ("record", None, provider.record),
        ("pseudonym", epoch, lambda: provider.pseudonyms(epoch)),
    ]
    return [KeyPresent(domain, of, _state(look)) for domain, of, look in wanted]


def _state(look: Callable[[], object]) -> str:
    try:
        look()
    except WarehouseError as error:
        return str(error)
    return "present"


def _database(settings: Settings) -> Iterator[Finding]:
    if not (settings.root / "pg").exists():
        yield Finding("database", ok=False, told="not made yet: run `advertentiemonitor init`")
        return
    try:
        with Server(settings.root) as server, db.connect(server.dsn("owner")) as conn:
            ran = db.migrate(conn)
    except WarehouseError as error:
        yield Finding("database", ok=False, told=str(error))
        return
    yield Finding(
        "database",
        ok=True,
        told=f"answers; {len(ran)} migrations were due and have run" if ran else "answers, up to date",
    )


def _sources(settings: Settings) -> Iterator[Finding]:
    for name, problem in sorted(register.problems().items()):
        yield Finding(f"source {name}", ok=False, told=str(problem))
    for name, entry in sorted(register.load().items()):
        if entry.enabled:
            reasons = permission.reasons_against(entry, settings.today(synthetic=entry.kind == "synthetic"))
            yield Finding(f"source {name}", ok=not reasons, told="; ".join(reasons) or "may run")
    for each in health.report(settings, DAYS_LOOKED_BACK):
        if each.is_dead and each.state != "not_crawled":
            told = f"nothing was seen of it for {each.days_not_ok} days ({each.reason}): {each.remedy}"
            yield Finding(f"source {each.source} alive", ok=False, told=told)


def _spool(settings: Settings) -> Iterator[Finding]:
    limit = time.time() - SPOOL_HOURS * 3600
    old = [path for path in (settings.root / "spool").glob("*/*.spool") if path.stat().st_mtime < limit]
    yield Finding(
        "spool",
        ok=not old,
        told=f"{len(old)} files older than {SPOOL_HOURS} h: run `advertentiemonitor retention run`"
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
    if (settings.root / "pg").exists():
        try:
            told = sending.doubts(settings, settings.today(synthetic=True))
        except WarehouseError:
            told = ["nobody knows what was sent while the database does not answer: mend that first"]
        for each in told:
            yield Finding("mail", ok=False, told=each)


def _ports(settings: Settings) -> Iterator[Finding]:
    for what, port in (("Airflow", AIRFLOW_PORT), ("synthetic market", settings.market_port)):
        with socket.socket() as probe:
            in_use = probe.connect_ex(("127.0.0.1", port)) == 0
        yield Finding(
            f"port {port}", ok=True, told=f"in use (by {what}, if that runs)" if in_use else f"free for {what}"
        )


def days_run(settings: Settings) -> list[DayRun]:
    """Tell of each day what was crawled and whether it was released, the newest first.

    Raises:
        NoInstallation: there is no state folder.
    """
    if not settings.root.exists():
        raise NoInstallation(settings.root)
    crawled: dict[date, list[tuple[str, str, float]]] = {}
    for path in (settings.root / "crawl").glob("*/*.json"):
        log = read_crawl_log(path)
        crawled.setdefault(log.day, []).append((log.source, log.state, log.completeness))
    released: dict[date, int] = {}
    if (settings.root / "pg").exists():
        with stages.warehouse_as(settings, "analist") as conn:
            released = {row.vintage_date: row.version_number for row in db.rows(conn, "released_days", ReleasedDay)}
    days = []
    for day in sorted(crawled.keys() | released.keys(), reverse=True):
        crawls = sorted(crawled.get(day, []))
        days.append(
            DayRun(
                day=day,
                sources=len(crawls),
                not_ok=tuple(f"{source} {state}" for source, state, _ in crawls if state != "ok"),
                completeness=round(sum(q for *_, q in crawls) / len(crawls), 3) if crawls else 0.0,
                released=f"version {released[day]}" if day in released else "no",
            )
        )
    return days
