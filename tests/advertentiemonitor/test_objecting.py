"""An objection as it is made on the command line: nothing tells whether the number was known, nothing keeps it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from warehouse import db, retention
from warehouse.keys import FileKeys
from warehouse.server import Server

KNOWN, UNKNOWN = "+31620000001", "+31620000002"  # of the simulated block, never dialled
TODAY = date(2026, 10, 14)


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """An installation in which three listings name the known number, one of them with another's text."""
    base = Path(tempfile.mkdtemp(prefix="admon-objecting-"))
    base.chmod(0o711)
    folder = base / "state"
    assert call(folder, "init").returncode == 0
    keys = FileKeys(folder / "keys").pseudonyms("E0003")
    with Server(folder) as server, db.connect(server.dsn("owner")) as conn:
        conn.execute("INSERT INTO core.source VALUES ('a', 'a')")
        conn.execute("SELECT core.ensure_month('2026-10-12')")
        for n, numbers in enumerate(([KNOWN], [KNOWN, "+31620000003"], [KNOWN], ["+31620000003"])):
            conn.execute(
                "WITH l AS (INSERT INTO core.listing (source_code, epoch_code, listing_key) VALUES ('a', 'E0003', %s) "
                "RETURNING listing_id), v AS (INSERT INTO core.listing_version SELECT listing_id, '2026-10-12', '{}', "
                "'{}', NULL, 0, 'home', 0, %s, %s, decode(repeat('00', 128), 'hex'), 'x' FROM l), "
                "s AS (INSERT INTO core.sighting SELECT '2026-10-12', listing_id FROM l), "
                "i AS (INSERT INTO core.identity (epoch_code, record_number) VALUES ('E0003', %s) RETURNING identity_id) "
                "INSERT INTO core.identity_member SELECT listing_id, '2026-10-12', identity_id FROM l, i",
                [keys.listing("a", str(n)), [keys.telephone(each) for each in numbers], keys.content(str(n)), n],
            )
        conn.execute("INSERT INTO core.text_tie SELECT 1, 4, '2026-10-12'")
        conn.execute(
            "INSERT INTO core.shared_contact VALUES ('E0003', %s, '2026-10-12', 'texts')", [keys.telephone(KNOWN)]
        )
    yield folder
    Server(folder).stop()
    shutil.rmtree(base)


def call(state: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(state),
        "ADVERTENTIEMONITOR_MARKET_TODAY": str(TODAY),
        "NO_COLOR": "1",
    }
    program = [sys.executable, "-P", "-c", "from advertentiemonitor.cli import main; main()", *arguments]
    return subprocess.run(
        program, env=environment, input=said, capture_output=True, text=True, timeout=120, check=False
    )


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    """What can be seen from outside, but for the number of objections."""
    return done.returncode, re.sub(r"\d+", "N", done.stdout), re.sub(r"\d+", "N", done.stderr)


@pytest.fixture(scope="module")
def objected(state: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    return {number: call(state, "objections", "add", said=f"{number}\n") for number in (UNKNOWN, KNOWN)}


def test_nothing_tells_whether_the_number_was_known(objected):
    assert objected[KNOWN].returncode == 0, objected[KNOWN].stderr
    assert told(objected[KNOWN]) == told(objected[UNKNOWN])
    counts = [re.findall(r"\d+", objected[number].stdout) for number in (UNKNOWN, KNOWN)]
    assert counts == [["1"], ["2"]]  # one more for each, however many listings went


def test_it_is_gone_from_every_table(state, objected):
    """By the catalogue: no row of core but the objection itself holds the pseudonym, nor the number of a listing gone."""
    contact = FileKeys(state / "keys").pseudonyms("E0003").telephone(KNOWN)
    with Server(state) as server, db.connect(server.dsn("owner")) as conn:
        tables = conn.execute(
            "SELECT c.oid::regclass::text FROM pg_class AS c WHERE relnamespace = 'core'::regnamespace "
            "AND relkind IN ('r', 'p') AND NOT relispartition"
        ).fetchall()
        holding = [
            table
            for (table,) in tables
            if conn.execute(
                f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{contact.hex()}%"]
            ).fetchone()[0]
        ]
        assert holding == ["core.exclusion"]
        pointing = conn.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid "
            "WHERE relnamespace = 'core'::regnamespace AND relkind IN ('r', 'p') AND attname IN "
            "('listing_id', 'first_id', 'second_id') AND NOT attisdropped AND NOT relispartition"
        ).fetchall()
        assert len(pointing) >= 6
        for table, column in pointing:
            assert conn.execute(f"SELECT count(*) FROM {table} WHERE {column} IN (1, 2, 3)").fetchone() == (0,), table
        assert conn.execute("SELECT count(*) FROM core.listing").fetchone() == (1,)


def test_with_the_next_retention_run_no_trace_of_its_identity_is_left(state, objected):
    """Identities that nobody is in any more, and the bytes of what was deleted."""
    keys = FileKeys(state / "keys").pseudonyms("E0003")
    with Server(state) as server:
        with db.connect(server.dsn("reader")) as conn, db.connect(server.dsn("admin")) as admin:
            retention.run(conn, admin, state, state / "backups", TODAY)
            assert conn.execute("SELECT count(*) FROM core.identity").fetchone() == (1,)
        gone = [keys.listing("a", str(n)) for n in range(3)]
        here = [
            path.name for path in server.data.rglob("*") if path.is_file() and any(k in path.read_bytes() for k in gone)
        ]
        assert here == []


def test_the_number_is_in_no_file(state, objected):
    digits = KNOWN.removeprefix("+31").encode()
    for path in state.rglob("*"):
        if path.is_file():
            assert digits not in path.read_bytes(), path.name


@pytest.mark.parametrize("arguments", [(KNOWN,), ("--number", KNOWN), (f"--number={KNOWN}",)])
def test_a_number_on_the_command_line_is_refused_and_not_repeated(state, arguments):
    done = call(state, "objections", "add", *arguments)
    assert done.returncode == 2
    assert "620000001" not in done.stdout + done.stderr
    assert "shell" in done.stderr


@pytest.mark.parametrize("said", ["", "geen nummer 0620000\n", "12\n"])
def test_what_is_no_number_is_wrong_use_and_not_repeated(state, said):
    done = call(state, "objections", "add", said=said)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not said.strip() or said.strip() not in done.stdout + done.stderr
