"""A login that serves one municipality: the matrix of logins, tables and areas, and ways around it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from warehouse import bootstrap, db
from warehouse.areas import all_areas, area_parents
from warehouse.errors import NotAllowed, ServerUnavailable, UnknownArea
from warehouse.release import release_areas

TOWNS = ("GM0153", "GM0141", "GM0363", "GM0518")  # two of Twente, two elsewhere
AREAS = sorted(release_areas())
BY_AREA = ("volume", "setting_share", "language", "stay", "policy_effect")
EVERYWHERE = ("area", "quality_day")
FILL = """
INSERT INTO release.area SELECT * FROM jsonb_to_recordset(%(areas)s) AS r (
    area_code text, area_name text, level_code text, parent_code text, population_count integer,
    latitude double precision, longitude double precision
);
"""
ROWS = """
INSERT INTO release.volume SELECT 'day', '2026-10-12', area_code, 'all', 1, '2026-10-12', 'published', '', 15, 10, 10, 20, 0.5, 2,
    0.9, '{}' FROM release.area;
INSERT INTO release.setting_share SELECT '2026-10-12', area_code, 'home', 1, '2026-10-12', 'published', '', 0.5, 0.4, 0.6
    FROM release.area;
INSERT INTO release.language SELECT '2026-10-12', area_code, 'nl', 1, '2026-10-12', 'published', '', 10 FROM release.area;
INSERT INTO release.movement SELECT '2026-10-12', o.area_code, d.area_code, 1, '2026-10-12', 'published', '', 5, 0, 10, '{}'
    FROM release.area AS o, release.area AS d
    WHERE o.area_code IN (SELECT unnest(%(some)s::text[])) AND d.area_code IN (SELECT unnest(%(some)s::text[]));
INSERT INTO release.alert SELECT 'week', '2026-10-12', area_code, 'level', 1, '2026-10-12', 'no_demonstrable_change', '', NULL, 1
    FROM release.area WHERE area_code ~ '^(GM|CR..$|PV-|NL$)';
INSERT INTO release.stay SELECT '2026-10-01', area_code, 'dwell_median_days', 1, '2026-10-12', 'withheld', 'small_denominator'
    FROM release.area;
INSERT INTO release.count_step SELECT '2026-10-12', area_code, 'identities', 1, '2026-10-12', 'withheld', 'dominance'
    FROM release.area WHERE area_code ~ '^(CR..$|NL$)';
INSERT INTO release.policy_effect
    SELECT area_code || '-1', '2026-10-12', 'all', area_code, 1, '2026-10-12', 'withheld', 'not_published', '', '', NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0 FROM release.area;
INSERT INTO release.quality_day VALUES ('2026-10-12', 'a', 'g', 1, '2026-10-12', 'ok', '', 1);
INSERT INTO release.edition
    SELECT '2026-10-12', 1, kind, 'r', 'e', 'i', 'f' || kind, 'p' || kind, 'd' || kind, '{}', '{"areas": ["GM0141"]}'
    FROM unnest(ARRAY['daily', 'custom']) AS kind;
"""
SOME = [*TOWNS, "CR12", "CR12X", "CR12R", "PV-Overijssel", "OVX", "NL", "NLX", "PVX", "DE", "NEW", "EXIT"]


class Figures:
    """A database with a row for every area in every table of figures, and a login for each town."""

    def __init__(self, dsns: dict[str, str]) -> None:
        self.dsns = dsns

    def connect(self, login: str) -> db.Connection:
        return db.connect(self.dsns[login])


@pytest.fixture(scope="module")
def figures(server) -> Iterator[Figures]:
    name, dsns = "test_municipalities", {}
    logins = [bootstrap.role_of(town) for town in TOWNS]
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"CREATE DATABASE {name} OWNER owner")
        try:
            with db.connect(server.dsn("owner", name)) as owner:
                db.migrate(owner)
                areas = [
                    vars(area) if hasattr(area, "__dict__") else _fields(area) for area in release_areas().values()
                ]
                owner.execute(FILL.encode(), {"areas": db.Json(areas)})
                with db.transaction(owner):
                    for statement in ROWS.split(";\n"):
                        owner.execute(statement.encode(), {"some": SOME} if "%(some)s" in statement else None)
                for town, login in zip(TOWNS, logins, strict=True):
                    password = bootstrap.add_municipality(owner, town)
                    dsns[town] = f"host={server.socket_folder} user={login} dbname={name} password={password}"
            for role in (*bootstrap.FIGURE_ROLES, "releaser", "owner", "admin"):
                dsns[role] = server.dsn(role, name)
            yield Figures(dsns)
        finally:
            db.script(admin, f"DROP DATABASE {name} WITH (FORCE)")
            for login in logins:
                db.script(admin, f"DROP ROLE IF EXISTS {login}")


def _fields(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in type(row).__slots__}


def column(conn: db.Connection, query: str) -> list[object]:
    return [row[0] if len(row) == 1 else row for row in conn.execute(query.encode()).fetchall()]


@pytest.mark.parametrize("town", TOWNS)
def test_a_municipality_sees_its_own_area_and_those_above_it(figures, town):
    own = {town, *area_parents(town)}
    with figures.connect(town) as conn:
        for table in BY_AREA:
            assert set(column(conn, f"SELECT area_code FROM release.{table}")) == own, table
            assert set(column(conn, f"SELECT area_code FROM release.{table}_current")) == own, table
        assert set(column(conn, "SELECT area_code FROM release.alert")) == own
        assert set(column(conn, "SELECT area_code FROM release.count_step")) == {
            code for code in own if code[:2] in ("CR", "NL")
        }
        moves = column(conn, "SELECT origin_code, destination_code FROM release.movement")
        assert set(moves) == {(a, b) for a in SOME for b in SOME if {a, b} & own}
        assert set(moves) == set(column(conn, "SELECT origin_code, destination_code FROM release.movement_current"))
        assert sorted(column(conn, "SELECT area_code FROM release.area")) == AREAS
        assert column(conn, "SELECT state_code FROM release.quality_day") == ["ok"]
        assert column(conn, "SELECT kind_code FROM release.edition") == ["daily"]


MADE_ANEW = """
INSERT INTO release.movement SELECT '2026-09-14', o, d, v, '2026-10-12', 'published', '', 5, 0, 10, '{}'
    FROM (VALUES ('GM0153', 'GM0141', 1), ('GM0141', 'GM0363', 1), ('GM0141', 'GM0363', 2)) AS m (o, d, v);
INSERT INTO release.language SELECT '2026-09-14', a, 'nl', v, '2026-10-12', 'published', '', 10
    FROM (VALUES ('GM0153', 1), ('GM0141', 1), ('GM0141', 2)) AS l (a, v);
"""


def test_what_a_later_version_left_out_is_not_known_now(figures):
    """Also for a municipality that sees no row of the later version, and so cannot see that there is one."""
    asked = "SELECT version_number FROM release.{}_current WHERE block_start_date = '2026-09-14'"
    with figures.connect("admin") as admin, db.transaction(admin, rollback=True):
        db.script(admin, MADE_ANEW)
        for login, seen in (("gemeente_gm0153", []), ("gemeente_gm0141", [2]), ("analist", [2])):
            db.script(admin, f"SET LOCAL ROLE {login}")
            for table in ("movement", "language"):
                assert column(admin, asked.format(table)) == seen, (login, table)
                if not seen:  # the version that was replaced can still be asked for by its number
                    former = column(admin, f"SELECT 1 FROM release.{table} WHERE block_start_date = '2026-09-14'")
                    assert former == [1]
            db.script(admin, "RESET ROLE")


@pytest.mark.parametrize("role", [*bootstrap.FIGURE_ROLES, "releaser", "owner"])
def test_the_general_roles_see_everything(figures, role):
    with figures.connect(role) as conn:
        for table in BY_AREA:
            assert sorted(column(conn, f"SELECT area_code FROM release.{table}")) == AREAS
        assert len(column(conn, "SELECT 1 FROM release.movement")) == len(SOME) ** 2
        assert sorted(column(conn, "SELECT kind_code FROM release.edition")) == ["custom", "daily"]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT count(*) FROM {table} WHERE {column} = 'GM0141'",
        "SELECT count(*) FROM {table} TABLESAMPLE SYSTEM (100) WHERE {column} = 'GM0141'",
        "SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%GM0141%' AND NOT t::text ~ 'GM0153|CR12|PV-Overijssel|NL'",
        # Conditions that would fail on a hidden row, if they were looked at before the policy.
        "SELECT count(*) FROM {table} WHERE 1 / (CASE WHEN {column} = 'GM0141' THEN 0 ELSE 1 END) = 0",
        "SELECT count(*) FROM {table} WHERE ({column} || CASE WHEN {column} = 'GM0141' THEN 'x' ELSE '1' END)::text = ''",
        "SELECT count(*) FROM release.area AS a JOIN {table} AS t ON t.{column} = a.area_code WHERE a.area_code = 'GM0141'",
        "SELECT count(*) FROM (TABLE {table} OFFSET 0) AS t WHERE {column} = 'GM0141'",
        "SELECT count(*) FROM pg_stats WHERE schemaname = 'release' AND tablename = split_part('{table}', '.', 2)",
    ],
)
def test_no_way_of_asking_shows_another_municipality(figures, question):
    with figures.connect("admin") as admin:
        db.script(admin, "ANALYZE release.volume, release.setting_share, release.language")
    with figures.connect("GM0153") as conn:
        for table in BY_AREA:
            assert column(conn, question.format(table=f"release.{table}", column="area_code")) == [0]


def test_a_municipality_cannot_go_around_its_policy(figures):
    with figures.connect("GM0153") as conn:
        db.script(conn, "SET row_security = off")
        with pytest.raises(NotAllowed):
            db.script(conn, "SELECT * FROM release.volume")
        db.script(conn, "RESET row_security")
        for statement in (
            "SELECT * FROM release.tabulate(ARRAY['municipality', 'day'], '2026-10-12', '2026-10-12')",
            "SELECT * FROM release.chosen_cells('municipality', 'day', false, '2026-10-12', '2026-10-12', NULL, NULL)",
            "SET ROLE gemeente",
            "SET ROLE gemeente_gm0141",
            "SET ROLE analist",
            "SET SESSION AUTHORIZATION gemeente_gm0141",
            "DROP POLICY own_area ON release.volume",
            "ALTER POLICY own_area ON release.volume USING (true)",
            "UPDATE release.area SET parent_code = 'GM0153'",
            "INSERT INTO release.area (area_code, area_name, level_code) VALUES ('x', 'x', 'municipality')",
            "CREATE TEMP VIEW area AS SELECT 'GM0141' AS area_code",
            "ALTER ROLE gemeente_gm0141 RENAME TO gemeente_gm0150",
        ):
            with pytest.raises(NotAllowed):
                db.script(conn, statement)
        # Another search path, or another name for this session, changes nothing.
        db.script(conn, "SET search_path = pg_temp, release; SET application_name = 'gemeente_gm0141'")
        assert set(column(conn, "SELECT area_code FROM volume")) == {"GM0153", *area_parents("GM0153")}


def test_who_serves_no_municipality_sees_no_figure(figures):
    """The group itself, and a login whose name is of no municipality, as when one was made by hand."""
    with figures.connect("admin") as admin, db.transaction(admin, rollback=True):
        db.script(admin, "CREATE ROLE gemeente_gm9999; GRANT gemeente TO gemeente_gm9999")
        for role in ("gemeente", "gemeente_gm9999"):
            db.script(admin, f"SET LOCAL ROLE {role}")
            for table in (*BY_AREA, "movement"):
                assert column(admin, f"SELECT * FROM release.{table}") == []
            db.script(admin, "RESET ROLE")


def test_every_table_with_an_area_has_a_policy(figures):
    """So that a table of a later migration does not forget it; views have to ask as whoever looks at them."""
    with figures.connect("owner") as owner:
        without = column(
            owner,
            """
            SELECT DISTINCT c.relname::text FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'release'
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relname <> 'area'
                AND a.attname IN ('area_code', 'origin_code', 'destination_code', 'municipality_code')
                AND NOT (c.relrowsecurity AND EXISTS (
                    SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND 'gemeente'::regrole = ANY (p.polroles)
                ))
            """,
        )
        views = column(
            owner,
            """
            SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('release', 'public') AND c.relkind = 'v'
                AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
            """,
        )
        # A function with its owner's rights sees past every policy: a municipality may run the one that gives no figure.
        functions = column(
            owner,
            "SELECT p.proname::text FROM pg_proc AS p WHERE p.prosecdef AND has_function_privilege('gemeente', p.oid, 'EXECUTE')",
        )
    assert without == []
    assert views == []
    assert functions == ["last_versions"]


def test_a_login_is_made_again_with_another_password(figures, server):
    with figures.connect("owner") as owner:
        first = bootstrap.add_municipality(owner, "GM0150")
        second = bootstrap.add_municipality(owner, "GM0150")
        dsn = f"host={server.socket_folder} user=gemeente_gm0150 dbname={owner.info.dbname} password="
    try:
        with db.connect(dsn + second) as conn:
            assert set(column(conn, "SELECT area_code FROM release.volume")) == {"GM0150", *area_parents("GM0150")}
        with pytest.raises(ServerUnavailable, match="password"):
            db.connect(dsn + first)
    finally:
        with figures.connect("admin") as admin:
            db.script(admin, "DROP ROLE gemeente_gm0150")


@pytest.mark.parametrize("code", ["GM9999", "gm0153", "NL", "CR12", "GM0153; DROP ROLE reader", ""])
def test_only_a_municipality_gets_a_login(figures, code):
    with figures.connect("owner") as owner, pytest.raises(UnknownArea):
        bootstrap.add_municipality(owner, code)


def test_every_municipality_can_have_one(figures):
    """The name holds the code, and no two names are alike."""
    codes = [area.code for area in all_areas() if area.level == "municipality"]
    with ExitStack() as stack:
        owner = stack.enter_context(figures.connect("owner"))
        known = set(
            column(owner, "SELECT 'gemeente_' || lower(area_code) FROM release.area WHERE level_code = 'municipality'")
        )
    assert known == {bootstrap.role_of(code) for code in codes}
    assert len(known) == len(codes) > 300
