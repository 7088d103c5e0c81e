"""Airflow's own database, which remembers its runs; on one machine `up` made it, on many Airflow's own first start did."""

from collections.abc import Iterator
from contextlib import contextmanager

from advertentiemonitor import databases
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.bootstrap import AIRFLOW


@contextmanager
def remembered(settings: Settings) -> Iterator[db.Connection | None]:
    """Connect to Airflow's own database; None where Airflow has made nothing in it yet. Nothing is made here.

    Raises:
        MissingKey: its password is not on this machine, so what Airflow remembers is not ours to see.
    """
    if not databases.is_made(settings):
        yield None
        return
    with databases.database(settings) as server, db.connect(server.dsn(AIRFLOW)) as conn:
        yield conn if db.tuples(conn, "airflow_made") == [(True,)] else None
