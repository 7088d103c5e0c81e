"""What a new server gets before the first migration: databases, and a login role per trust domain (DESIGN 4)."""

from collections.abc import Mapping

from warehouse import db

ADMIN = "admin"
OWNER = "owner"
AIRFLOW = "airflow"
DOMAIN_ROLES = ("reader", "estimator", "releaser", "analist", "handhaving", "beleid")
LOGIN_ROLES = (ADMIN, OWNER, AIRFLOW, *DOMAIN_ROLES)


def database_of(role: str, warehouse: str) -> str:
    """Give the database that a role works in."""
    return AIRFLOW if role == AIRFLOW else warehouse


def run(dsn: str, warehouse: str, passwords: Mapping[str, str]) -> None:
    """Make what is missing; run again it changes nothing but sets the passwords anew.

    Args:
        dsn: of the administrator, database `postgres`.
        warehouse: name of the warehouse's database.
        passwords: for each of `LOGIN_ROLES`.

    Raises:
        WarehouseError: the database refused.
    """
    with db.connect(dsn) as conn, db.alone(conn):
        there = {name for (name,) in db.tuples(conn, "role_list")}
        for role in (OWNER, AIRFLOW, *DOMAIN_ROLES):
            if role not in there:
                db.script(conn, f"CREATE ROLE {role}")
        # The owner may grant to the domains' roles and set their limits, but does not become one of them.
        db.script(conn, f"ALTER ROLE {OWNER} CREATEROLE")
        for role in DOMAIN_ROLES:
            db.script(conn, f"GRANT {role} TO {OWNER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
        for role in ("analist", "handhaving", "beleid"):
            db.script(conn, f"ALTER ROLE {role} CONNECTION LIMIT 10")
        for role in LOGIN_ROLES:
            db.set_password(conn, role, passwords[role])
        databases = {name for (name,) in db.tuples(conn, "database_list")}
        for name, owner in ((warehouse, OWNER), (AIRFLOW, AIRFLOW)):
            if name not in databases:
                db.script(conn, f"CREATE DATABASE {name} OWNER {owner}")
            db.script(conn, f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        for name in ("postgres", "template1"):
            db.script(conn, f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
