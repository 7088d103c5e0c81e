"""What PostgreSQL's errors are called here. Of an error only its SQL state and table come through, never a value."""

from warehouse.errors import (
    DatabaseFailed,
    NotAllowed,
    PasswordRefused,
    ServerUnavailable,
    StatementTooSlow,
    StorageFull,
    WarehouseError,
)

_DISK = {"53100": "the disk is full", "58030": "input/output error"}


def named(state: str, table: str = "") -> WarehouseError:
    """Give the error of ours for an SQL state; an empty one means that the connection broke.

    Args:
        state: five characters as PostgreSQL's manual lists them (appendix A), or empty; the name of the exception where
            the driver could not even send the statement.
        table: name of the table concerned, where the server told it.
    """
    if state in _DISK:
        return StorageFull("the database's folder", _DISK[state])
    if state == "42501":
        return NotAllowed(state, table)
    if state == "57014":
        return StatementTooSlow(state, table)
    if state[:2] in {"", "08", "57"}:
        return ServerUnavailable(
            "the connection was lost", "Nothing of the step at hand was kept; run the same step again."
        )
    if state[:2] == "53":
        return ServerUnavailable("it has no memory or connections to spare", "Close other programs and run it again.")
    return DatabaseFailed(state, table)


def refused_connection(said: str) -> WarehouseError:
    """Give the error of ours for a connection that was not made.

    It has no SQL state in libpq, so what was said decides; the embedded server speaks English.
    """
    if 'authentication failed for user "admin"' in said:
        way_out = "Put keys/db-admin back from your backup of keys (docs/keys.md)."
        return PasswordRefused("it does not accept the administrator's password", way_out)
    if "authentication failed" in said or "no password supplied" in said:
        return PasswordRefused("it does not accept this role's password", "Run `init`, which sets passwords anew.")
    if 'database "' in said and "does not exist" in said:
        return ServerUnavailable("it has no such database", "Run `init`, which makes it.")
    if "starting up" in said or "shutting down" in said or "recovery" in said:
        return ServerUnavailable("it is starting or stopping", "Wait a moment and run the same command again.")
    if "too many" in said or "connection slots" in said:
        return ServerUnavailable("all its connections are taken", "Close other programs and run it again.")
    if "permission denied for database" in said:
        return NotAllowed()
    return ServerUnavailable("nothing answers at its socket", "Start it with `up`, or run `doctor`.")
