"""Making sure that what was deleted is gone from the files too, as far as PostgreSQL allows (docs/keeping.md).

DELETE and VACUUM leave bytes behind: in the holes of pages, in a GIN index (which never forgets a key), in the planner's
statistics, in the write-ahead log. Writing a table anew leaves all of that; a checkpoint takes away the log of before.
"""

from warehouse import db

_LONGEST_WAIT = "5min"  # for readers of a table that is to be written anew; those who come later wait behind us


def tidy(conn: db.Connection) -> None:
    """Free the space of deleted rows and let go of the log that holds them. Readers and writers go on.

    Args:
        conn: as role admin to the warehouse's database, outside a transaction.

    Raises:
        WarehouseError: the database refused.
    """
    db.vacuum(conn, *_tables(conn))
    _let_go_of_the_log(conn)


def rewrite(conn: db.Connection) -> None:
    """Write the tables of `core` and the planner's statistics anew, without a trace of what was deleted.

    Each table is closed to others while it is written, and needs its own size on the disk once more.

    Args:
        conn: as role admin to the warehouse's database, outside a transaction.

    Raises:
        WarehouseError: the database refused, or a table was in use for five minutes; what was done stays done.
    """
    db.script(conn, f"SET lock_timeout = '{_LONGEST_WAIT}'")
    # Commonest values and histograms hold pseudonyms, also those of before the new ANALYZE; of a table that is empty by now,
    # such as the bridge, ANALYZE would leave those of when it was not.
    db.execute(conn, "erasure_statistics")
    for table in _tables(conn):
        db.script(conn, f"VACUUM (FULL, ANALYZE) {table}")
    db.script(conn, "VACUUM FULL pg_catalog.pg_statistic")
    _let_go_of_the_log(conn)


def _tables(conn: db.Connection) -> list[str]:
    return [str(name) for (name,) in db.tuples(conn, "erasure_tables")]


def _let_go_of_the_log(conn: db.Connection) -> None:
    # With wal_recycle off (warehouse.server) a checkpoint deletes the segments before its own instead of keeping them,
    # with all that is in them, for later use.
    db.script(conn, "SELECT pg_switch_wal()")
    db.script(conn, "CHECKPOINT")
