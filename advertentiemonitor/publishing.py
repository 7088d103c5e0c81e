"""What leaves the house: reports, custom tables, and the attacks on them. All read `release` only."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from advertentiemonitor import databases, sending, stages
from advertentiemonitor.accounting import system_facts
from advertentiemonitor.errors import BadSetting, MailNotSent, NoTls
from advertentiemonitor.observing.observed import watched
from advertentiemonitor.settings import PREFIX, Settings
from reports import accountability, dashboard, digest, outbox, quality
from reports.loading import last_day
from simulation.numbers import BLOCKS
from warehouse import auditing, binaries, db
from warehouse import release as gate
from warehouse.audit import Evidence
from warehouse.key_providers import without_keys
from warehouse.passwords import password_file, password_path
from warehouse.remote import Database
from warehouse.server import Server

SYNTHETIC_NOTICE = (
    "Dit zijn cijfers van een verzonnen markt, om het programma te laten zien. Ze gaan niet over echte mensen."
)
NUMBERS_TRIED = 10_000  # of the simulated block
FILES_OF_A_DIGEST: Final = 3  # page, PDF and mail
_DUMPED: Final = ("owner", "airflow")  # a role for each database


def notice(settings: Settings) -> str:
    """The line above every page; empty on live sources."""
    from spiders import register

    entries = register.load()
    live = any(entries[name].kind == "live" for name in stages.sources(settings))
    return "" if live else SYNTHETIC_NOTICE


def today(settings: Settings) -> date:
    """The current local day: by the real clock as soon as one source is live."""
    return settings.today(synthetic=bool(notice(settings)))


def publish(settings: Settings, day: date) -> int:
    """Write the digests of `day`, once, send them, once, and build the dashboard; give the number of files made.

    The digest for supervision goes first. What fails stops nothing else, and a rerun makes what is missing. The dashboard
    is of the last released day, also where `day` is an older one that is told again.

    Raises:
        Exception: the first error, after all the rest is done; of mail see `advertentiemonitor.sending.send`.
    """
    failed: list[Exception] = []
    pages: list[Path] = []
    with databases.opened(settings):
        made = _digests(settings, day, failed)
        tried: list[Exception] = []
        with _going_on(tried):
            _send(settings, made, ())
        with _going_on(failed), databases.warehouse_as(settings, "beleid") as conn:
            pages = _dashboard(settings, conn, max(day, last_day(conn)))
        if any(isinstance(error, MailNotSent) for error in tried):
            tried.clear()  # the dashboard did not have to wait for this
            with _going_on(tried):
                _send(settings, made, sending.PAUSES)
    if failed or tried:
        raise (failed + tried)[0]
    return len(pages) + FILES_OF_A_DIGEST * len(made)


@contextmanager
def _going_on(failed: list[Exception]) -> Iterator[None]:
    """Keep an error for later, so that the rest goes on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - raised by whoever reads `failed`
        failed.append(error)


def _dashboard(settings: Settings, conn: db.Connection, day: date) -> list[Path]:
    return dashboard.build(
        conn,
        settings.folder("dashboard"),
        day=day,
        contact=settings.contact,
        notice=notice(settings),
        theme=theme_of(settings),
    )


def theme_of(settings: Settings) -> str:
    """Give the style sheet of the dashboard that was chosen; empty where none was.

    Raises:
        BadSetting: its file cannot be read.
    """
    if settings.theme is None:
        return ""
    try:
        return settings.theme.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a text"
        raise BadSetting(f"{PREFIX}THEME", f"its file cannot be read ({why})") from None


def _digests(settings: Settings, day: date, failed: list[Exception]) -> list[digest.Digest]:
    """Write pages and mails of every variant that somebody gets. A digest's mail is its last file: it says that it is done."""
    made = []
    for variant, kind in digest.KINDS.items():  # the one for supervision first
        if variant == "supervision" or outbox.recipients_of(settings, kind):
            with _going_on(failed), databases.warehouse_as(settings, "handhaving") as conn:
                one = digest.build(conn, day, settings, notice=notice(settings), variant=variant)
                digest.write_page(one, settings.folder("digest"))
                digest.send(one, settings.folder("outbox"), settings)
                made.append(one)
    return made


def _send(settings: Settings, made: list[digest.Digest], pauses: Sequence[float]) -> int:
    mails = [sending.Mail(one.day, one.kind, one.version) for one in made]
    return sending.send(settings, mails, today(settings), pauses=pauses)


def send_again(settings: Settings, day: date, *, arrived: bool) -> int:
    """Send a day's mail again where it was refused or is in doubt, or say that it arrived; give how many mails that were.

    Raises:
        NoMailServer, MailNotSent, ReportError: see `advertentiemonitor.sending.again`.
    """
    databases.installed(settings)
    return sending.again(settings, day, arrived=arrived)


def digest_page(settings: Settings, day: date) -> Path:
    """The page of the newest digest of a day."""
    return max((settings.root / "digest").glob(f"dagbericht-{day.isoformat()}-v*.html"))


def is_published(settings: Settings, day: date) -> bool:
    """Whether the digest of a day is in the outbox."""
    return any((settings.root / "outbox").glob(f"dagbericht-{day.isoformat()}-v*.eml"))


def make(settings: Settings, kind: str, day: date | None) -> Path:
    """Make one report for a day, the last released day when None; give its path.

    Raises:
        reports.errors.NothingReleased: that day has no release.
        NoInstallation: there is none in the state folder.
    """
    databases.installed(settings)  # or a mistyped folder would get one for reports
    out = settings.folder("reports")
    contact, told = settings.contact, notice(settings)
    makers: dict[str, Callable[[db.Connection, date], Path]] = {
        "dashboard": lambda conn, on: _dashboard(settings, conn, on)[0],
        "quality": lambda conn, on: quality.build(
            conn, out / f"kwaliteit-{on}.html", day=on, contact=contact, notice=told
        ),
        "accountability": lambda conn, on: accountability.build(
            conn,
            out / f"verantwoording-{on}",
            facts=system_facts(settings),
            day=on,
            contact=contact,
            notice=told,
        ),
    }
    if kind == "digest":
        return _make_digest(settings, day)
    with databases.warehouse_as(settings, "beleid") as conn:
        return makers[kind](conn, day or last_day(conn))


def _make_digest(settings: Settings, day: date | None) -> Path:
    failed: list[Exception] = []
    with databases.warehouse_as(settings, "handhaving") as conn:
        on = day or last_day(conn)
        with watched("publish", on, settings) as ran:
            made = _digests(settings, on, failed)
            with _going_on(failed):
                _send(settings, made, ())  # a person waits, and can run it again
            for error in failed:
                raise error
            ran.count = FILES_OF_A_DIGEST * len(made)
    return settings.root / "digest" / f"{made[0].stem}.html"


def tabulate(settings: Settings, by: tuple[str, ...], start: date, end: date) -> gate.Table:
    """Make a protected custom table and enter it in the ledger."""
    with databases.warehouse_as(settings, "analist") as conn:
        return gate.tabulate(conn, by, start, end)


def psql(settings: Settings, arguments: list[str]) -> int:
    """Run psql as role analist and give its exit code.

    Raises:
        NoTls: the database has to be reached over TLS, which the psql that was found cannot.
    """
    with databases.opened(settings) as server:
        programs = binaries.find()
        if server.address.get("sslmode", "disable") != "disable" and not binaries.speak_tls(programs):
            raise NoTls
        command = [str(programs / "psql"), *arguments]
        with _login(server, "analist") as login:
            return subprocess.run(command, **login, check=False).returncode  # noqa: S603 - the analyst's own words


def audit(settings: Settings) -> auditing.Audit:
    """Attack everything released so far, and look through all that is kept for numbers of the simulated block.

    That is the state folder, the exchange, the server's files and archive of its log, and all rows of both databases: Airflow's holds
    what tasks hand to each other. The results enter the ledger.
    """
    numbers = [BLOCKS["NL"].number(index) for index in range(NUMBERS_TRIED)]
    with databases.opened(settings) as server, db.connect(server.dsn("owner")) as conn:
        evidence = Evidence(
            folders=[*_kept(settings.root, server), *({settings.shared} - {settings.root})],
            numbers=numbers,
            dumps={role: partial(dump, server, role) for role in _DUMPED},
        )
        return auditing.run(conn, evidence, today(settings))


def _kept(state: Path, server: Database) -> list[Path]:
    """Leave out what lies in the state folder; as root the server keeps its files elsewhere. A remote one's are not ours."""
    places = (server.data, server.archive) if isinstance(server, Server) else ()
    return [state, *(place for place in places if not place.resolve().is_relative_to(state.resolve()))]


def dump(server: Database, role: str) -> Iterator[bytes]:
    """Give every row of a role's database, as text, piece by piece while it is read.

    Raises:
        WarehouseError: the role may not read all of it.
    """
    with db.connect(server.dsn(role)) as conn:
        yield from auditing.everything(conn)


@contextmanager
def _login(server: Database, role: str) -> Iterator[dict[str, Any]]:
    """Give the arguments that let `subprocess` run a client program as a role; its password is no argument or variable."""
    with password_file(role, server.password(role)) as password:
        address = {f"PG{word.upper()}": value for word, value in server.address.items()}
        login = {"PGDATABASE": server.database_of(role), "PGUSER": role, "PGPASSFILE": password_path(password)}
        kept = {
            name: value for name, value in without_keys(os.environ).items() if name != "PGPASSWORD"
        }  # goes before a file
        yield {"env": kept | address | login, "pass_fds": [password]}
