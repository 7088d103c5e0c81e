"""What must hold after any fault and an undisturbed run of the same step."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from rig import PLANTED, Ended, Rig
from same_rows import TABLES, Rows, named

from advertentiemonitor import sending
from advertentiemonitor.settings import Settings
from warehouse import db, ledger, leftovers, release
from warehouse.audit.brute_force import Haystack, needles_of_numbers, needles_of_texts, scan_files
from warehouse.keys import FileKeys
from warehouse.protection.errors import LedgerBroken
from warehouse.sealed import chunks

HAYSTACK = Haystack({**needles_of_numbers(PLANTED.numbers), **needles_of_texts(PLANTED.sentences)})
KEPT = ("spool", "crawl", "seen", "outbox", "digest", "dashboard", "keys")
# Of a sending, when it was begun and how often it was tried are no facts of the day.
_TIMES = {"begun_at", "attempt_count", "reply_number"}


@dataclass(frozen=True)
class State:
    """All that is kept: rows by table, files by name with what is in them, and what stands of mail."""

    rows: Rows
    files: dict[str, str]
    mail: dict[str, int]


def state_of(rig: Rig) -> State:
    """Look at the whole installation. Of what is sealed the content counts: its salt is drawn anew each time."""
    with rig.server() as server, db.connect(server.dsn("admin", "advertentiemonitor")) as admin:
        tables = [
            name for (name,) in admin.execute(TABLES.replace("'release'", "'release', 'post'").encode()).fetchall()
        ]
        found: dict[str, list[dict[str, Any]]] = {
            name: [row for (row,) in admin.execute(f"SELECT to_jsonb(t) FROM {name} AS t".encode()).fetchall()]
            for name in tables
        }
    mail = Counter(str(row["state_code"]) for row in found["post.sending"] if row["day_date"] == rig.day.isoformat())
    found["post.sending"] = [
        {name: value for name, value in row.items() if name not in {*_TIMES, "state_code"}}
        for row in found["post.sending"]
    ]
    for row in found["core.receipt"]:
        if row["kind_code"] in {"load", "purge"}:  # of the bytes of a spool file
            row.pop("digest")
    return State(named(found), dict(_files(rig)), dict(mail))


def _files(rig: Rig) -> Any:
    key = FileKeys(rig.state / "keys").spool()
    for name in KEPT:
        for path in sorted((rig.state / name).rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes()
            if path.name.startswith("."):
                content = b""
            elif path.suffix == ".spool":  # in the order in which the pages came
                content = b"\n".join(sorted(b"".join(chunks(path, key, "spool")).splitlines()))
            elif path.suffix.startswith(".seen"):
                content = b"".join(chunks(path, key, "seen"))
            yield str(path.relative_to(rig.state)), hashlib.sha256(content).hexdigest()


def broken(rig: Rig, before: State, expected: State, again: list[Ended]) -> list[str]:
    """Name what does not hold of rows and files, while the server runs, after a fault and the undisturbed runs `again`.

    - each run again ended as it should, or told of mail in doubt;
    - facts exactly once, `release` and all else row by row as in an undisturbed run, and each file with the same content;
    - the ledger's chain and each release's digest;
    - each recipient has one mail, or none or one and it is told as in doubt.
    """
    found = state_of(rig)
    told = [
        f"run again: {each}" for each in again if each.signal or not each.is_ours or set(each.errors) - {"MailNotSent"}
    ]
    told += _ledger(rig) + _mail(rig, found, expected, before) + _differences(found.rows, expected.rows)
    # A draft of a writer that was killed may lie there until retention takes it; nothing else may. A crawl that was killed
    # when its log was there has not remembered what it saw: the next one fetches those pages once more.
    rules = [rule for rule in leftovers.OTHERS if rule.kind in {"draft of a report", "seen snapshot"}]
    patterns = [pattern for rule in rules for pattern in rule.patterns if "/." in pattern]
    drafts = {str(path.relative_to(rig.state)) for pattern in patterns for path in rig.state.glob(pattern)}
    forgotten = {name for name in expected.files if name.startswith("seen/")} - {*found.files}
    names = {*found.files, *expected.files} - drafts - forgotten
    return told + [f"file {name}" for name in sorted(names) if found.files.get(name) != expected.files.get(name)]


def left_behind(rig: Rig) -> list[str]:
    """Name what is left that should not be, when nothing of the installation runs: nobody uses its server any more.

    - no process and no socket folder;
    - no planted number or sentence anywhere but in the keys' reach.
    """
    told = [f"orphan: {what}" for what in rig.settled().values()]
    if (folder := rig.server().socket_folder).exists():
        told.append(f"socket folder {folder.name} left")
    hits, count = scan_files(HAYSTACK, [rig.state, rig.printed])
    if not count:
        told.append("nothing was searched")
    return told + [f"leak: {hit}" for hit in sorted(map(str, hits))]


def _differences(found: Rows, expected: Rows) -> list[str]:
    return [
        f"{table}: {len(Counter(expected.get(table, ())) - Counter(rows))} rows missing, "
        f"{len(Counter(rows) - Counter(expected.get(table, ())))} too many"
        for table, rows in found.items()
        if rows != expected.get(table)
    ]


def _ledger(rig: Rig) -> list[str]:
    with rig.server() as server, db.connect(server.dsn("releaser")) as conn:
        try:
            ledger.verify_ledger(conn)
        except LedgerBroken as error:
            return [f"ledger: {error}"]
        days = [day for day, *_ in db.tuples(conn, "released_days")]
        return [
            f"release of {day} is not what the ledger says" for day in days if not release.verify_figures(conn, day)
        ]


def _mail(rig: Rig, found: State, expected: State, before: State) -> list[str]:
    """Twice is never right. None is right only for who is in doubt, and that is told once its time has passed."""
    copies = Counter(name for taken in rig.box.taken for name in taken.recipients)
    told = [f"{count} mails to one recipient" for count in copies.values() if count > 1]
    sent, doubtful = found.mail.get("sent", 0), found.mail.get("begun", 0)
    new = max(0, sent - before.mail.get("sent", 0))  # after 13 weeks it is forgotten
    if not new <= copies.total() <= new + doubtful:
        told.append(f"{copies.total()} mails taken, {new} known as sent, {doubtful} in doubt")
    if sent + doubtful != expected.mail.get("sent", 0):
        told.append(f"mail is {found.mail}, not {expected.mail}")
    if doubtful and not _is_told(rig):
        told.append("mail in doubt is not told")
    return told


def _is_told(rig: Rig) -> bool:
    with rig.server() as server, db.connect(server.dsn("admin", "advertentiemonitor")) as admin:
        db.script(admin, "UPDATE post.sending SET begun_at = begun_at - interval '1 hour' WHERE state_code = 'begun'")
        return bool(sending.doubts(Settings(**rig.settings("publish")), rig.day))
