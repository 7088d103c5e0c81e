"""Reading `rights.txt`, asking the server for the same matrix, and trying each cell of it for real."""

import re
from collections.abc import Callable
from pathlib import Path

from warehouse import db
from warehouse.errors import NotAllowed, WarehouseError

ROLES = ("reader", "estimator", "releaser", "mailer", "analist", "handhaving", "beleid", "gemeente")
TABLE, COLUMN, SEQUENCE = (
    "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER MAINTAIN",
    "UPDATE",
    "USAGE SELECT UPDATE",
)
LETTERS = {
    "SELECT": "r",
    "INSERT": "a",
    "UPDATE": "w",
    "DELETE": "d",
    "TRUNCATE": "D",
    "REFERENCES": "x",
    "TRIGGER": "t",
    "MAINTAIN": "m",
    "EXECUTE": "X",
    "USAGE": "U",
    "CREATE": "C",
    "CONNECT": "c",
    "TEMPORARY": "T",
}
Matrix = dict[str, dict[str, str]]

# Everything that is ours; months are partitions and stand as one line. Columns stand only where a right is theirs alone.
OBJECTS = """
SELECT 'table' AS kind, n.nspname || '.' || regexp_replace(c.relname, '_[0-9]{4}_[0-9]{2}$', '_*') AS name,
    c.oid AS oid, 0 AS number, format('%%I.%%I', n.nspname, c.relname) AS real_name
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'sequence', format('%%I.%%I', n.nspname, c.relname), c.oid, 0, format('%%I.%%I', n.nspname, c.relname)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'column', format('%%I.%%I.%%I', n.nspname, c.relname, a.attname), c.oid, a.attnum::int, format('%%I.%%I', n.nspname, c.relname)
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE a.attacl IS NOT NULL AND n.nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'function', format('%%I.%%I', n.nspname, p.proname), p.oid, 0, p.oid::regprocedure::text
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'schema', nspname, oid, 0, nspname FROM pg_namespace WHERE nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'database', 'warehouse', oid, 0, datname FROM pg_database WHERE datname = current_database()
"""
SCHEMAS = (
    "SELECT array_agg(nspname::text) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
)
VERBS = {
    "table": TABLE,
    "sequence": SEQUENCE,
    "column": COLUMN,
    "function": "EXECUTE",
    "schema": "USAGE CREATE",
    "database": "CONNECT CREATE TEMPORARY",
}


def written() -> Matrix:
    """The matrix as it stands in the file: object -> role -> letters."""
    lines = (Path(__file__).parent / "rights.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    assert tuple(rows[0][2:]) == ROLES
    return {f"{kind} {name}": dict(zip(ROLES, cells, strict=True)) for kind, name, *cells in rows[1:]}


def line(name: str, cells: dict[str, str]) -> str:
    """One line of the file."""
    kind, name = name.split(" ")
    return f"{kind:<9} {name:<40}" + " ".join(f"{cells[role]:<10}" for role in ROLES).rstrip()


def objects(owner: db.Connection) -> list[tuple[str, str, int, int, str]]:
    (schemas,) = owner.execute(SCHEMAS.encode()).fetchone()
    return owner.execute(OBJECTS.encode(), {"schemas": schemas}).fetchall()


def said(owner: db.Connection, roles: dict[str, str]) -> Matrix:
    """What the server says that each role may do; `roles` names the login that stands for it."""
    matrix: Matrix = {}
    for kind, name, oid, number, _ in objects(owner):
        cells = matrix.setdefault(f"{kind} {name}", {})
        for role, login in roles.items():
            letters = ""
            for verb in VERBS[kind].split():
                if kind == "column":
                    query, what = "SELECT has_column_privilege(%s, %s::oid, %s::int2, %s)", [login, oid, number, verb]
                else:
                    query, what = f"SELECT has_{kind}_privilege(%s, %s::oid, %s)", [login, oid, verb]
                letters += LETTERS[verb] if owner.execute(query.encode(), what).fetchone()[0] else ""
            before = cells.get(role)
            assert before in {None, letters or "-"}, f"{name}: months or overloads differ in rights"
            cells[role] = letters or "-"
    return matrix


def done(conn: db.Connection, owner: db.Connection) -> dict[str, str]:
    """What the role of `conn` can really do, tried one by one and undone; object -> letters.

    REFERENCES cannot be tried by a role that can make no table, nor TEMPORARY apart from making one, nor anything but
    SELECT on a view: PostgreSQL says that it is one before it asks who may.
    """
    found: dict[str, str] = {}
    views = {oid for (oid,) in owner.execute(b"SELECT oid FROM pg_class WHERE relkind = 'v'").fetchall()}
    for kind, name, oid, _, real in objects(owner):
        letters = ""
        for verb in VERBS[kind].split():
            if verb == "REFERENCES" or (oid in views and verb != "SELECT"):
                continue
            letters += LETTERS[verb] if _works(conn, _trial(owner, kind, name, oid, real, verb)) else ""
        found[f"{kind} {name}"] = letters or "-"
    return found


def _trial(
    owner: db.Connection, kind: str, name: str, oid: int, real: str, verb: str
) -> Callable[[db.Connection], None]:
    if kind == "function":
        arguments = re.search(r"\((.*)\)$", real)[1]
        nulls = ", ".join(f"NULL::{each}" for each in arguments.split(",") if each)
        (trigger,) = owner.execute(
            b"SELECT prorettype = 'trigger'::regtype FROM pg_proc WHERE oid = %s", [oid]
        ).fetchone()
        # A trigger function is not called; whoever may not run it may not hang it on a table of his own either.
        statement = f"SELECT {name}({nulls})"
        if trigger:
            statement = (
                "CREATE TEMP TABLE own (a int); "
                f"CREATE TRIGGER own BEFORE INSERT ON own FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            )
        return lambda conn: db.script(conn, statement)
    columns = [
        each
        for (each,) in owner.execute(
            b"SELECT attname FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND attidentity = ''", [oid]
        ).fetchall()
    ]
    column = name.rpartition(".")[2] if kind == "column" else (columns or [""])[0]
    statements = {
        ("table", "SELECT"): f"SELECT count(*) FROM {real}",
        ("table", "INSERT"): f"INSERT INTO {real} DEFAULT VALUES",
        ("table", "UPDATE"): f"UPDATE {real} SET {column} = NULL",
        ("column", "UPDATE"): f"UPDATE {real} SET {column} = NULL",
        ("table", "DELETE"): f"DELETE FROM {real}",
        ("table", "TRUNCATE"): f"TRUNCATE {real}",
        ("table", "TRIGGER"): f"CREATE TRIGGER t BEFORE INSERT ON {real} "
        "EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
        ("table", "MAINTAIN"): f"REINDEX TABLE {real}",
        ("sequence", "USAGE"): f"SELECT nextval('{real}')",
        ("sequence", "SELECT"): f"SELECT last_value FROM {real}",
        ("sequence", "UPDATE"): f"SELECT setval('{real}', 1)",
        ("schema", "USAGE"): f"SELECT * FROM {real}.there_is_none",
        ("schema", "CREATE"): f"CREATE TABLE {real}.mine (a int)",
        ("database", "CONNECT"): "SELECT 1",
        ("database", "CREATE"): "CREATE SCHEMA mine",
        ("database", "TEMPORARY"): "CREATE TEMP TABLE mine (a int)",
    }
    return lambda conn: db.script(conn, statements[kind, verb])


def _works(conn: db.Connection, trial: Callable[[db.Connection], None]) -> bool:
    try:
        with db.transaction(conn, rollback=True):
            trial(conn)
    except NotAllowed:
        return False
    except WarehouseError:  # allowed, but what was asked is no good in itself
        return True
    return True
