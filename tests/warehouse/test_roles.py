"""Roles against the live server: the matrix of `rights.txt`, and ways around it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from warehouse import bootstrap, db
from warehouse.errors import DatabaseFailed, NotAllowed, ServerUnavailable, StatementTooSlow

sys.path.insert(0, str(Path(__file__).parent))

import rights

WORKERS = ("reader", "estimator", "releaser")
READERS = (*bootstrap.FIGURE_ROLES, "gemeente")
TOWN = "GM0153"


@dataclass(frozen=True)
class House:
    """A migrated database that the tests of this module share, and how each role of the matrix connects to it.

    `gemeente` is the login of one municipality, made for the occasion.
    """

    dsns: dict[str, str]

    def connect(self, role: str = "owner") -> db.Connection:
        return db.connect(self.dsns[role])


@pytest.fixture(scope="module")
def house(server) -> Iterator[House]:
    name, login = "test_roles", bootstrap.role_of(TOWN)
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"CREATE DATABASE {name} OWNER owner")
        try:
            dsns = {role: server.dsn(role, name) for role in ("admin", "owner", *bootstrap.DOMAIN_ROLES)}
            with db.connect(dsns["owner"]) as owner:
                db.migrate(owner)
                db.script(owner, "SELECT core.ensure_month('2026-10-12')")
                password = bootstrap.add_municipality(owner, TOWN)
            dsns["gemeente"] = f"host={server.socket_folder} user={login} dbname={name} password={password}"
            yield House(dsns)
        finally:
            db.script(admin, f"DROP DATABASE {name} WITH (FORCE)")
            db.script(admin, f"DROP ROLE IF EXISTS {login}")


def one(conn: db.Connection, query: str) -> object:
    return conn.execute(query.encode()).fetchone()[0]


def test_the_server_says_what_is_written(house):
    names = {role: role for role in rights.ROLES} | {"gemeente": bootstrap.role_of(TOWN)}
    with house.connect() as owner:
        said, written = rights.said(owner, names), rights.written()
    differs = [rights.line(name, said[name]) for name in sorted(said) if said[name] != written.get(name)]
    assert not differs, "rights.txt should say:\n" + "\n".join(differs)
    assert set(written) == set(said), "rights.txt names what is not there"


@pytest.mark.parametrize("role", rights.ROLES)
def test_a_role_can_really_do_this_and_no_more(house, role):
    written = {name: cells[role].replace("x", "") or "-" for name, cells in rights.written().items()}
    with house.connect() as owner, house.connect(role) as conn:
        assert rights.done(conn, owner) == written


def test_public_and_airflow_have_nothing(house):
    """Row types are left out: PostgreSQL gives their use to everybody, and it says nothing of a row."""
    with house.connect() as owner:
        names = {role: role for role in (*rights.ROLES, "airflow")}
        granted = owner.execute(
            b"""
            SELECT what, acl.privilege_type
            FROM (
                SELECT oid::regclass::text AS what, relacl AS acl, relnamespace AS space FROM pg_class
                UNION ALL
                SELECT oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)), pronamespace FROM pg_proc
                UNION ALL
                SELECT nspname, nspacl, oid FROM pg_namespace
                UNION ALL
                SELECT datname, datacl, 'public'::regnamespace FROM pg_database WHERE datname = current_database()
            ) AS o CROSS JOIN LATERAL aclexplode(o.acl) AS acl
            JOIN pg_namespace AS n ON n.oid = o.space
            WHERE acl.grantee = 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """
        ).fetchall()
        assert granted == []
        assert {cells["airflow"] for cells in rights.said(owner, names).values()} == {"-"}


def test_no_role_is_more_than_it_seems(house):
    """No role has an attribute beyond logging in, and none is a member of another, but a municipality of `gemeente`."""
    with house.connect() as owner:
        found = owner.execute(
            b"SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname !~ '^pg_' AND rolname NOT IN ('admin', 'owner') "
            b"AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls) ORDER BY 1"
        ).fetchall()
        members = owner.execute(
            b"SELECT m.member::regrole::text, m.roleid::regrole::text, inherit_option, set_option, admin_option "
            b"FROM pg_auth_members AS m WHERE m.roleid::regrole::text !~ '^pg_' ORDER BY 1, 2"
        ).fetchall()
        builtin = owner.execute(
            b"SELECT m.member::regrole::text FROM pg_auth_members AS m WHERE m.roleid::regrole::text ~ '^pg_' "
            b"AND m.member::regrole::text !~ '^pg_'"
        ).fetchall()
        kind = owner.execute(
            b"SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'owner'"
        ).fetchone()
    everyone = sorted([*bootstrap.DOMAIN_ROLES, "airflow", "gemeente", "gemeente_gm0153"])
    assert found == [(role, role != "gemeente") for role in everyone]
    made = [(grant[0], grant[1]) for grant in members if grant[0] == "owner"]
    assert all(not (inherits or may_become) for who, _, inherits, may_become, _ in members if who == "owner")
    assert {role for _, role in made} == {*bootstrap.DOMAIN_ROLES, "gemeente", "gemeente_gm0153"}
    assert [grant for grant in members if grant[0] != "owner"] == [("gemeente_gm0153", "gemeente", True, False, False)]
    assert builtin == []
    assert kind == (False, False, False)


@pytest.mark.parametrize("role", READERS)
def test_readers_of_figures_have_limits_and_make_nothing(house, role):
    with house.connect(role) as conn:
        assert one(conn, "SHOW statement_timeout") == "30s"
        assert one(conn, "SHOW idle_in_transaction_session_timeout") == "1min"
        assert one(conn, "SHOW temp_file_limit") == "1GB"
        assert one(conn, "SELECT count(*) FROM volume") == 0  # search_path
        for statement in (
            "CREATE TABLE release.mine (a int)",
            "CREATE TABLE public.mine (a int)",
            "CREATE TEMP TABLE mine (a int)",
            "CREATE TEMP VIEW mine AS SELECT 1",
            "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE DOMAIN pg_temp.mine AS int",
            "CREATE SCHEMA mine",
            "DO $$ BEGIN END $$",
            "SELECT lo_create(0)",
            "SELECT lo_from_bytea(0, '')",
            "SELECT pg_advisory_lock(1)",
            "SELECT pg_try_advisory_xact_lock(hashtext('release.edition'))",
            "SET temp_file_limit = -1",
            "SELECT 1; LOCK TABLE release.volume IN ROW SHARE MODE",
            "SELECT pg_read_file('PG_VERSION')",
            "SELECT pg_ls_dir('.')",
            "COPY release.volume TO PROGRAM 'cat'",
            "COPY release.volume TO '/tmp/x'",
            "SET ROLE reader",
            "SET ROLE gemeente",
            "SET ROLE owner",
            "SET SESSION AUTHORIZATION owner",
            "SELECT pg_terminate_backend((SELECT min(pid) FROM pg_stat_activity WHERE usename <> current_user))",
            "ALTER ROLE gemeente RENAME TO gemeente_gm0363",
            f"ALTER ROLE {conn.info.user} CONNECTION LIMIT 100",
            "ALTER TABLE release.volume DISABLE ROW LEVEL SECURITY",
        ):
            with pytest.raises(NotAllowed):
                db.script(conn, statement)


@pytest.mark.parametrize("role", READERS)
def test_readers_of_figures_see_no_count_in_the_catalogue(house, role):
    """Exact numbers of rows of `core`, and so of identities day by day, stand in the statistics of PostgreSQL."""
    counts = (
        "SELECT n_tup_ins FROM pg_stat_all_tables",
        "SELECT idx_tup_read FROM pg_stat_all_indexes",
        "SELECT n_live_tup FROM pg_stat_user_tables",
        "SELECT n_tup_ins FROM pg_stat_xact_all_tables",
        "SELECT heap_blks_read FROM pg_statio_all_tables",
        "SELECT pg_stat_get_live_tuples(oid) FROM pg_class WHERE relname = 'listing'",
        "SELECT reltuples FROM pg_class",
        "SELECT relpages FROM pg_class",
        "SELECT c FROM pg_class AS c",
        "SELECT pg_relation_size(oid) FROM pg_class WHERE relname = 'listing'",
        "SELECT pg_total_relation_size(oid) FROM pg_class WHERE relname = 'listing'",
        "SELECT pg_database_size(current_database())",
        "SELECT * FROM pg_statistic",
        "SELECT last_value FROM core.listing_listing_id_seq",
        "EXPLAIN SELECT * FROM core.listing",
    )
    with house.connect(role) as conn:
        for query in counts:
            with pytest.raises(NotAllowed):
                db.script(conn, query)
        assert conn.execute(b"SELECT * FROM pg_stats WHERE schemaname IN ('core', 'est')").fetchall() == []
        assert one(conn, "SELECT count(*) FROM pg_sequences WHERE last_value IS NOT NULL") == 0
        assert one(conn, "SELECT count(*) FROM pg_class WHERE relname = 'listing'") == 1  # names are no secret
    with house.connect("reader") as conn:
        for query in counts[:1] + counts[6:7]:
            assert conn.execute(query.encode()).fetchone()  # whoever works here can look


def test_no_time_limit_of_a_reader_is_beyond_its_reach(house):
    """What docs/roles.md states as a limit, kept true: PostgreSQL lets a session set its own time limit."""
    with house.connect("analist") as conn:
        db.script(conn, "SET statement_timeout = '10ms'")
        with pytest.raises(StatementTooSlow):
            db.script(conn, "SELECT pg_sleep(5)")
        db.script(conn, "SET statement_timeout = 0")
        db.script(conn, "SELECT pg_sleep(0.05)")


def test_connections_of_a_reader_are_limited(house):
    opened = []
    try:
        with pytest.raises(ServerUnavailable, match="taken"):
            opened.extend(house.connect("gemeente") for _ in range(11))
        held = [house.connect("analist") for _ in range(10)]
        opened += held
        with pytest.raises(ServerUnavailable, match="taken"):
            house.connect("analist")
    finally:
        for conn in opened:
            conn.close()


def test_the_temporary_schema_comes_last_in_every_function(conn):
    """Unless it is named last it comes first, and a type in it stands before PostgreSQL's own."""
    found = conn.execute(
        b"""
        SELECT p.oid::regprocedure::text,
            (SELECT split_part(c, '=', 2) FROM unnest(p.proconfig) AS c WHERE c LIKE 'search_path=%%')
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        """
    ).fetchall()
    assert len(found) >= 10
    assert [name for name, path in found if path is None or path.split(", ")[-1] != "pg_temp"] == []


ATTACK = """
CREATE TABLE pg_temp.who (name text);
GRANT ALL ON pg_temp.who TO PUBLIC;
CREATE FUNCTION pg_temp.note({kind}) RETURNS boolean LANGUAGE sql
    AS $$ INSERT INTO pg_temp.who VALUES (current_user) RETURNING true $$;
CREATE DOMAIN pg_temp.{name} AS {kind} CHECK (pg_temp.note(VALUE));
"""


@pytest.mark.parametrize("kind", ["date", "text", "integer"])
def test_a_type_in_the_temporary_schema_makes_nobody_the_owner(database, kind):
    """The role has more than it gets here, code of its own: what is tried is the functions of the owner."""
    name = {"date": "date", "text": "text", "integer": "int4"}[kind]
    with db.connect(database.server.dsn("admin", database.name)) as admin:
        db.script(admin, "GRANT USAGE ON LANGUAGE sql TO reader")
    with database.connect("reader") as conn:
        db.script(conn, ATTACK.format(kind=f"pg_catalog.{kind}" if kind != "integer" else "pg_catalog.int4", name=name))
        db.script(conn, f"SELECT '1'::pg_temp.{name}" if kind != "date" else "SELECT '2026-10-12'::pg_temp.date")
        assert one(conn, "SELECT string_agg(DISTINCT name, ',') FROM pg_temp.who") == "reader"  # the trap works
        for call in (
            "SELECT core.ensure_month('2026-10-12')",
            "SELECT core.object('E0003', decode(repeat('00', 32), 'hex'))",
            "SELECT core.erase_listings('E0003', 'a', '{}')",
            "SELECT core.purge_month('2026-01-01')",
            "SELECT core.purge_rows('2026-01-01')",
        ):
            db.script(conn, call)
        assert one(conn, "SELECT string_agg(DISTINCT name, ',') FROM pg_temp.who") == "reader"


def test_tables_and_operators_in_front_do_not_reach_a_function(database, handmade):
    """A table of one's own under the name of one of ours changes nothing for a function of the owner."""
    with database.connect("reader") as conn:
        handmade.load(conn, "a", handmade.monday, [handmade.row("a", "1", [1])], ["1"])
        db.script(
            conn, "CREATE TEMP TABLE listing AS SELECT * FROM core.listing; CREATE TEMP TABLE sighting (day_date date)"
        )
        db.script(conn, "SET search_path = pg_temp, core, pg_catalog")
        assert (
            one(conn, "SELECT core.erase_listings('E0003', 'a', (SELECT array_agg(listing_key) FROM core.listing))")
            == 1
        )
        assert one(conn, "SELECT count(*) FROM core.listing") == 0
        assert one(conn, "SELECT count(*) FROM pg_temp.listing") == 1


def test_airflow_and_the_warehouse_cannot_meet(server, database):
    with db.connect(server.dsn("airflow")) as conn:
        db.script(
            conn, "CREATE TABLE mine (a int); DROP TABLE mine; DO $$ BEGIN END $$; SELECT pg_advisory_xact_lock(1)"
        )
    with pytest.raises(NotAllowed):
        db.connect(server.dsn("airflow", database.name))
    for role in ("reader", "analist"):
        for other in ("airflow", "postgres", "template1"):
            with pytest.raises(NotAllowed):
                db.connect(server.dsn(role, other))


def test_nobody_comes_in_without_a_password_or_over_a_network(server):
    with db.connect(server.dsn("admin", "postgres")) as admin:
        rules = admin.execute(
            b"SELECT type, database, user_name, auth_method FROM pg_hba_file_rules ORDER BY rule_number"
        ).fetchall()
        verifiers = admin.execute(b"SELECT rolname, left(rolpassword, 14) FROM pg_authid WHERE rolcanlogin").fetchall()
        without = admin.execute(b"SELECT rolname FROM pg_authid WHERE NOT rolcanlogin AND rolname !~ '^pg_'").fetchall()
        assert one(admin, "SHOW listen_addresses") == ""
        assert one(admin, "SHOW password_encryption") == "scram-sha-256"
    assert rules == [
        ("local", ["all"], ["all"], "scram-sha-256"),
        ("local", ["replication"], ["admin"], "scram-sha-256"),
    ]
    assert len(verifiers) >= len(bootstrap.LOGIN_ROLES)
    assert {start for _, start in verifiers} == {"SCRAM-SHA-256$"}
    assert without == [("gemeente",)]
    for role in (*bootstrap.LOGIN_ROLES, "gemeente", "nobody"):
        for password in ("", "password=wrong", f"password={role}"):
            with pytest.raises(ServerUnavailable, match="password"):
                db.connect(f"host={server.socket_folder} user={role} dbname=postgres {password}")


def test_tables_of_later_migrations_get_the_same_rights(database):
    with database.connect() as owner:
        for schema in ("release", "est", "core"):
            db.script(owner, f"CREATE TABLE {schema}.later (a int); CREATE SEQUENCE {schema}.later_number")
        db.script(owner, "CREATE FUNCTION release.later() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        said = rights.said(owner, {role: role for role in rights.ROLES})
    nothing = dict.fromkeys(rights.ROLES, "-")
    assert said["table core.later"] == nothing
    assert said["table est.later"] == nothing | {"estimator": "rawd", "releaser": "r"}
    # A municipality sees nothing of it until somebody has thought about which rows are its own.
    readers = dict.fromkeys(bootstrap.FIGURE_ROLES, "r")
    assert said["table release.later"] == nothing | readers | {"releaser": "ra"}
    assert {role for name in ("core", "est", "release") for role in said[f"sequence {name}.later_number"].values()} == {
        "-"
    }
    assert said["function release.later"] == nothing
    with database.connect("beleid") as conn:
        db.script(conn, "SELECT * FROM release.later")
        for statement in ("SELECT * FROM est.later", "SELECT * FROM core.later", "SELECT release.later()"):
            with pytest.raises(NotAllowed):
                db.script(conn, statement)


def test_a_server_set_up_by_an_older_version_is_set_up_again(server):
    """As an upgrade does it: what was made before stays, what is new is there."""
    with db.connect(server.dsn("admin", "postgres")) as admin:
        before = admin.execute(b"SELECT rolname, rolcanlogin FROM pg_roles ORDER BY 1").fetchall()
    passwords = {role: server.password(role) for role in bootstrap.LOGIN_ROLES}
    bootstrap.run(server.dsn("admin", "postgres"), "advertentiemonitor", lambda role, _: passwords[role])
    with db.connect(server.dsn("admin", "postgres")) as admin:
        assert admin.execute(b"SELECT rolname, rolcanlogin FROM pg_roles ORDER BY 1").fetchall() == before
    assert (server.state / "pg" / "ready").read_text() == bootstrap.VERSION


def test_a_wrong_row_is_no_missing_right(database):
    """The trial that the matrix rests on can tell the two apart."""
    with database.connect("reader") as conn:
        with pytest.raises(DatabaseFailed) as caught:
            db.script(conn, "INSERT INTO core.listing DEFAULT VALUES")
        assert not isinstance(caught.value, NotAllowed)
        with pytest.raises(NotAllowed):
            db.script(conn, "INSERT INTO est.volume DEFAULT VALUES")
