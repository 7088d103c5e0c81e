"""What a new server gets before the first migration: databases, and a login role per trust domain (DESIGN 4)."""

import secrets
from collections.abc import Callable

from warehouse import db
from warehouse.areas import municipality

VERSION = "3"  # of what is made here; a server that was set up by another one is set up again

WAREHOUSE = "advertentiemonitor"  # its database, where no other name is given

ADMIN = "admin"
OWNER = "owner"
AIRFLOW = "airflow"
DOMAIN_ROLES = ("reader", "estimator", "releaser", "mailer", "analist", "handhaving", "beleid")
LOGIN_ROLES = (ADMIN, OWNER, AIRFLOW, *DOMAIN_ROLES)
FIGURE_ROLES = ("analist", "handhaving", "beleid")
MUNICIPALITY_ROLE = "gemeente"  # nobody logs in as it; a login per municipality is a member of it
# What a reader of figures may take. PostgreSQL lets nobody lift the first two; the others a session can set for itself,
# so they stop accidents, not intent (docs/roles.md).
_LIMITS = (
    "CONNECTION LIMIT 10",
    "SET temp_file_limit = '1GB'",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET search_path = release",
)


def database_of(role: str, warehouse: str) -> str:
    """Give the database that a role works in."""
    return AIRFLOW if role == AIRFLOW else warehouse


def role_of(municipality_code: str) -> str:
    """Name the login of a municipality; the policies of `release` read the code from it.

    Raises:
        UnknownArea: no municipality has that code.

    >>> role_of("GM0153")
    'gemeente_gm0153'
    """
    return f"{MUNICIPALITY_ROLE}_{municipality(municipality_code).code.lower()}"


def add_municipality(conn: db.Connection, municipality_code: str) -> str:
    """Make a login that sees the figures of one municipality and of the areas above it, or give it a new password.

    Args:
        conn: as role owner.
        municipality_code: e.g. GM0153; the login is `role_of` it.

    Returns:
        The password. It is kept nowhere here: hand it over, and call this again if it is lost.

    Raises:
        UnknownArea: no municipality has that code.
        WarehouseError: the database refused; nothing changed.
    """
    role, password = role_of(municipality_code), secrets.token_urlsafe(32)
    with db.transaction(conn):
        if (role,) not in db.tuples(conn, "role_list"):
            db.script(conn, f"CREATE ROLE {role}")
        db.script(conn, f"GRANT {MUNICIPALITY_ROLE} TO {role} WITH INHERIT TRUE, SET FALSE")
        for limit in _LIMITS:
            db.script(conn, f"ALTER ROLE {role} {limit}")
        db.set_password(conn, role, password)
    return password


def run(dsn: str, warehouse: str, password_of: Callable[[str, bool], str]) -> None:
    """Make what is missing; run again it changes nothing but sets the passwords anew.

    Args:
        dsn: of the administrator, database `postgres`.
        warehouse: name of the warehouse's database.
        password_of: gives the password of each of `LOGIN_ROLES`, asked with whether the role is there already.

    Raises:
        WarehouseError: the database refused.
    """
    with db.connect(dsn) as conn, db.alone(conn):
        there = {name for (name,) in db.tuples(conn, "role_list")}
        passwords = {role: password_of(role, role in there) for role in LOGIN_ROLES}
        _make_roles(conn)
        for role, password in passwords.items():
            db.set_password(conn, role, password)
        _close_catalogue(dsn, "template1")  # what is made from it is closed too
        databases = {name for (name,) in db.tuples(conn, "database_list")}
        for name, owner in ((warehouse, OWNER), (AIRFLOW, AIRFLOW)):
            if name in databases:
                _close_catalogue(dsn, name)
            else:
                db.script(conn, f"CREATE DATABASE {name} OWNER {owner}")
        for name in (warehouse, AIRFLOW, "postgres", "template1"):
            db.script(conn, f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")


def _make_roles(conn: db.Connection) -> None:
    there = {name for (name,) in db.tuples(conn, "role_list")}
    for role in (OWNER, AIRFLOW, *DOMAIN_ROLES, MUNICIPALITY_ROLE):
        if role not in there:
            db.script(conn, f"CREATE ROLE {role}")
    # The owner may grant to the domains' roles and set their limits, but does not become one of them.
    db.script(conn, f"ALTER ROLE {OWNER} CREATEROLE")
    db.script(conn, f"GRANT SET ON PARAMETER temp_file_limit TO {OWNER}")
    for role in (*DOMAIN_ROLES, MUNICIPALITY_ROLE):
        db.script(conn, f"GRANT {role} TO {OWNER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    for role in FIGURE_ROLES:
        for limit in _LIMITS:
            db.script(conn, f"ALTER ROLE {role} {limit}")


def _close_catalogue(dsn: str, database: str) -> None:
    with db.connect(f"{dsn} dbname={database}") as conn:
        db.execute(conn, "catalogue_close")
