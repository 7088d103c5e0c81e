"""The matrix of roles, tables and verbs, against the live server."""

import pytest

from warehouse import db
from warehouse.errors import NotAllowed

CORE = (
    "source",
    "crawl",
    "listing",
    "listing_version",
    "sighting",
    "identity",
    "identity_member",
    "receipt",
    "exclusion",
)
EST = ("volume", "movement", "language", "pipeline_count")
RELEASE = ("area", "edition", "volume", "setting_share", "movement", "language", "quality_day")
READERS = ("analist", "handhaving", "beleid")
WRITE = "INSERT UPDATE"

ALLOWED: dict[tuple[str, str], str] = {
    **{("reader", f"core.{t}"): "SELECT INSERT UPDATE" for t in CORE[:5]},
    ("reader", "core.identity"): "SELECT INSERT UPDATE DELETE",
    ("reader", "core.identity_member"): "SELECT INSERT UPDATE DELETE",
    ("reader", "core.receipt"): "SELECT INSERT",
    ("reader", "core.exclusion"): "SELECT",
    **{("estimator", f"core.{t}"): "SELECT" for t in CORE[:7]},
    **{("estimator", f"est.{t}"): "SELECT INSERT UPDATE DELETE" for t in EST},
    ("releaser", "core.source"): "SELECT",
    ("releaser", "core.crawl"): "SELECT",
    **{("releaser", f"est.{t}"): "SELECT" for t in EST},
    **{("releaser", f"release.{t}"): "SELECT INSERT" for t in RELEASE},
    ("releaser", "release.area"): "SELECT INSERT UPDATE",
    **{(role, f"release.{t}"): "SELECT" for role in READERS for t in RELEASE},
}
TABLES = [
    *(f"core.{t}" for t in CORE),
    *(f"est.{t}" for t in EST),
    *(f"release.{t}" for t in RELEASE),
    "public.migration",
]
STATEMENTS = {
    "SELECT": "SELECT count(*) FROM {table}",
    "INSERT": "INSERT INTO {table} SELECT * FROM {table} WHERE false",
    "UPDATE": "UPDATE {table} SET {column} = NULL WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
}


def _verbs_that_work(conn: db.Connection, table: str, column: str) -> set[str]:
    """Try each verb for real; INSERT needs no SELECT, so it is tried by itself."""
    worked = set()
    for verb, statement in STATEMENTS.items():
        text = statement.format(table=table, column=column)
        if verb == "INSERT":
            text = f"INSERT INTO {table} DEFAULT VALUES"
        if verb in {"UPDATE", "DELETE"}:
            text = text.replace(" WHERE false", "")
        try:
            with db.transaction(conn, rollback=True):
                db.script(conn, text)
        except NotAllowed:
            continue
        except db.DatabaseFailed:  # allowed, but the row itself is no good
            pass
        worked.add(verb)
    return worked


@pytest.mark.parametrize("role", ["reader", "estimator", "releaser", *READERS])
def test_a_role_can_do_this_and_no_more(database, role):
    with database.connect() as owner:
        columns = {
            f"{schema}.{table}": column
            for schema, table, column in owner.execute(
                "SELECT table_schema, table_name, min(column_name) FROM information_schema.columns "
                "WHERE is_identity = 'NO' GROUP BY 1, 2"
            ).fetchall()
        }
    with database.connect(role) as conn:
        found = {table: _verbs_that_work(conn, table, columns[table]) for table in TABLES}
    assert found == {table: set(ALLOWED.get((role, table), "").split()) for table in TABLES}


@pytest.mark.parametrize("role", READERS)
def test_readers_of_figures_have_a_time_limit_and_make_nothing(database, role):
    with database.connect(role) as conn:
        assert conn.execute("SHOW statement_timeout").fetchone() == ("30s",)
        assert conn.execute("SELECT count(*) FROM volume").fetchone() == (0,)
        for statement in (
            "CREATE TABLE release.mine (a int)",
            "CREATE TABLE public.mine (a int)",
            "CREATE TEMP TABLE mine (a int)",
            "CREATE SCHEMA mine",
            "SELECT core.ensure_month('2026-10-12')",
            "SELECT core.object('E0003', '')",
            "SELECT pg_read_file('PG_VERSION')",
            "COPY release.volume TO PROGRAM 'cat'",
            "SET ROLE reader",
            "SET ROLE owner",
        ):
            with pytest.raises(NotAllowed):
                db.script(conn, statement)


@pytest.mark.parametrize("role", ["reader", "estimator", "releaser", *READERS, "airflow"])
def test_no_role_is_more_than_it_seems(server, database, role):
    with database.connect() as owner:
        row = owner.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, "
            "(SELECT count(*) FROM pg_auth_members AS m WHERE m.member = r.oid) FROM pg_roles AS r WHERE rolname = %s",
            [role],
        ).fetchone()
    assert row == (False, False, False, False, False, 0)


def test_airflow_and_the_warehouse_cannot_meet(server, database):
    with db.connect(server.dsn("airflow")) as conn:
        db.script(conn, "CREATE TABLE mine (a int); DROP TABLE mine")
    with pytest.raises(NotAllowed):
        db.connect(server.dsn("airflow", database.name))
    for role in ("reader", "analist"):
        for other in ("airflow", "postgres"):
            with pytest.raises(NotAllowed):
                db.connect(server.dsn(role, other))


def test_tables_of_later_migrations_get_the_same_rights(database):
    with database.connect() as owner:
        db.script(
            owner, "CREATE TABLE release.later (a int); CREATE TABLE est.later (a int); CREATE TABLE core.later (a int)"
        )
    with database.connect("beleid") as conn:
        db.script(conn, "SELECT * FROM release.later")
        for table in ("est.later", "core.later"):
            with pytest.raises(NotAllowed):
                db.script(conn, f"SELECT * FROM {table}")
    with database.connect("estimator") as conn:
        db.script(conn, "DELETE FROM est.later")
