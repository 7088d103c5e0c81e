"""docs/analisten.md: every piece of SQL and Python on the page runs, as analist, and gives something."""

import os
import re
from pathlib import Path

import psycopg
import pytest

from reports.files import export
from warehouse import db

PAGE = (Path(__file__).parents[2] / "docs/analisten.md").read_text()
# What an analyst may ask that is refused, and a message of the page that comes back.
REFUSED = {
    "SELECT * FROM core.listing": "permission denied for schema core",
    "SELECT * FROM est.volume": "permission denied for schema est",
    "DELETE FROM release.volume": "permission denied for table",
    "INSERT INTO release.movement_current SELECT * FROM release.movement": "permission denied for view",
    "CREATE TABLE release.mine (a int)": "permission denied for schema release",
    "SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)": "canceling statement due to statement timeout",
    "SELECT release.tabulate(ARRAY['municipality'], '2026-10-12', '2026-10-11')": "the first day must not lie after the last",
    "SELECT release.tabulate(ARRAY['postcode'], '2026-10-12', '2026-10-18')": "by takes municipality, corop, province or country",
    "SELECT release.tabulate(ARRAY['municipality', 'corop'], '2026-10-12', '2026-10-18')": "name one level of areas",
    "SELECT release.tabulate(ARRAY['municipality', 'week'], '2026-10-13', '2026-10-19')": "windows are fixed",
    "SELECT release.tabulate(ARRAY['corop', 'setting', 'day'], '2026-10-13', '2026-10-14')": "days carry totals only",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def named(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:60]


@pytest.mark.parametrize("asked", blocks("sql"), ids=named)
def test_sql_gives_rows(released, asked):
    with released() as conn, db.transaction(conn, rollback=True):
        rows = conn.execute(asked).fetchall()
    assert rows
    assert any(value not in (None, "") for row in rows for value in row)


def test_there_are_enough_of_them():
    assert len(blocks("sql")) >= 12
    assert len(blocks("python")) >= 4


def test_python_runs_from_top_to_bottom(released, tmp_path, monkeypatch, capsys):
    with released() as conn:
        export.export(conn, tmp_path / "export")
        info = conn.info
        login = {"PGHOST": info.host, "PGUSER": info.user, "PGDATABASE": info.dbname, "PGPASSWORD": info.password}
    monkeypatch.chdir(tmp_path)
    for name, value in login.items():
        monkeypatch.setitem(os.environ, name, value)
    for block in blocks("python"):
        space: dict[str, object] = {}
        exec(compile(block, "docs/analisten.md", "exec"), space)
        assert len(space["tabel"]), block
        assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(("asked", "message"), REFUSED.items(), ids=map(named, REFUSED))
def test_a_refusal_is_on_the_page(released, asked, message):
    with released() as conn, pytest.raises(psycopg.Error) as caught, conn.transaction():
        conn.execute(asked)
    said = str(caught.value).splitlines()[0]
    assert message in said
    shown = [
        text for line in re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE) for text in re.findall(r"`([^`]+)`", line)
    ]
    assert any(said.startswith(text.removesuffix(" ...")) for text in shown), said


def test_nothing_released_is_on_the_page(conn):
    with pytest.raises(psycopg.Error, match="nothing has been released yet"), conn.transaction():
        conn.execute("SELECT release.tabulate(ARRAY['municipality'], '2026-10-12', '2026-10-18')")
    assert "`nothing has been released yet`" in PAGE
