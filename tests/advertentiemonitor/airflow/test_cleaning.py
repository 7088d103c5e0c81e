"""Airflow forgets its old runs, with Airflow's own command on its own database."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from postgres_elsewhere import serving

from advertentiemonitor import databases
from advertentiemonitor.airflow import cleaning as airflow_cleaning
from advertentiemonitor.airflow import home as airflow_home
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.server import Server


@pytest.fixture
def base() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="admon-cleaning-"))
    base.chmod(0o711)
    yield base
    Server(base / "state").destroy()
    shutil.rmtree(base)


def test_without_airflow_there_is_nothing_to_forget(base):
    settings = Settings(state=base / "state")
    line = airflow_cleaning.clean(settings)
    assert (line.gone, line.left) == (0, 0)
    assert airflow_cleaning.kept(settings) == line
    assert not (settings.root / "pg").exists()


@pytest.mark.full
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_runs_of_over_four_weeks_ago_are_forgotten(base, where):
    """With what their tasks returned; the last run of each DAG stays, however old."""
    settings = Settings(state=base / "state")
    with ExitStack() as stack:
        if where == "elsewhere":
            there = stack.enter_context(serving())
            (settings.folder("keys") / "db-admin").touch(0o600)
            (settings.root / "keys/db-admin").write_text(there.password)
            settings = settings.model_copy(update={"database": f"{there.address}/werk"})
            databases.database(settings).set_up()
        server = stack.enter_context(databases.database(settings))
        airflow_home.prepare(settings)
        if where == "elsewhere":
            shutil.rmtree(settings.root / "airflow")  # Airflow, and its settings, are on another machine
        now = datetime.now(UTC)
        with db.connect(server.dsn("airflow")) as conn:
            for dag, days in (("read", 60), ("read", 40), ("read", 3), ("rotate_keys", 90)):
                at = now - timedelta(days=days)
                conn.execute(
                    "INSERT INTO dag_run (dag_id, run_id, run_type, run_after, start_date, state, log_template_id, "
                    "clear_number, span_status, created_at, triggering_user_name) SELECT %s, %s, 'scheduled', %s, %s, 'success', "
                    "min(id), 0, 'ended', %s, 'x' FROM log_template",
                    [dag, str(days), at, at, at],
                )
        held = airflow_cleaning.kept(settings)
        assert (held.gone, held.left, held.oldest) == (0, 2, (now - timedelta(days=60)).date())
        line = airflow_cleaning.clean(settings)
        assert airflow_cleaning.kept(settings).left == 0  # the last of each has no term
        assert (line.gone, line.left, line.oldest) == (2, 2, (now - timedelta(days=90)).date())
        with db.connect(server.dsn("airflow")) as conn:
            left = conn.execute("SELECT run_id FROM dag_run ORDER BY 1").fetchall()
            assert left == [("3",), ("90",)]
            archives = conn.execute("SELECT count(*) FROM pg_tables WHERE tablename LIKE '%deleted%'").fetchone()
            assert archives == (0,)
        assert server.password("airflow") not in (settings.root / "airflow/logs/clean.log").read_text()
