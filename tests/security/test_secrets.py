"""No secret is where somebody else could see it: not in arguments, environments, logs or files that others can read."""

import base64
import json

import pytest

from .conftest import KEYS, Day, Seen

CRAWLING = ("advertentiemonitor.crawler", "uname")  # the second is asked by Python itself, from within the first
SPOOL = "ADVERTENTIEMONITOR_KEY_SPOOL"


def forms(value: str) -> list[bytes]:
    """A secret as it is, and as bytes, in the ways in which it could be written down."""
    plain = value.encode()
    written = [plain, base64.b64encode(plain), plain.hex().encode(), repr(value)[1:-1].encode()]
    if len(value) == 64:  # a key: the bytes that it stands for too
        raw = bytes.fromhex(value) if set(value.lower()) <= set("0123456789abcdef") else plain
        written += [raw, base64.b64encode(raw).rstrip(b"="), value.upper().encode()]
    return written


def found(day: Day, text: str | bytes) -> set[str]:
    """Names of the secrets that stand in a text."""
    content = text.encode(errors="replace") if isinstance(text, str) else text
    return {name for name, value in day.secrets().items() if any(form in content for form in forms(value))}


def started(day: Day) -> list[Seen]:
    """Each program that a program of ours started."""
    lines = (day.root / "spied").read_text().splitlines()
    read = [json.loads(line) for line in lines]
    return [Seen("\n".join(one["command"]), "\n".join(f"{k}={v}" for k, v in one["env"].items())) for one in read]


def of_ours(day: Day, seen: Seen) -> bool:
    """Whether the test did not give it its environment itself: commands get the keys from whoever starts them."""
    return "advertentiemonitor.cli" not in seen.command and str(day.root) in seen.command + seen.environment


@pytest.fixture(params=["begun", pytest.param("day", marks=pytest.mark.full)])
def watched(request) -> Day:
    return request.getfixturevalue(request.param)


def test_what_was_looked_for_was_there(watched):
    """Without this the tests below could pass where nothing happened."""
    assert len(watched.secrets()) >= 12
    programs = " ".join(each.command for each in started(watched))
    for name in ("psql", "postgres", "initdb"):
        assert name in programs
    assert any("bin/postgres" in seen.command for seen in watched.seen)
    assert any(seen.environment.count("ADVERTENTIEMONITOR_KEY_") == len(KEYS) for seen in watched.seen)


@pytest.mark.full
def test_the_day_had_a_crawl_a_backup_and_a_mail(day):
    programs = " ".join(each.command for each in started(day))
    assert "advertentiemonitor.crawler" in programs
    assert "pg_basebackup" in programs
    assert len(day.box.taken) == 1
    assert day.box.taken[0].is_encrypted
    assert day.box.logins
    assert all(day.box.logins)


def test_no_secret_is_an_argument(watched):
    commands = {seen.command for seen in watched.seen + started(watched)}
    assert {command: found(watched, command) for command in commands if found(watched, command)} == {}


def test_an_environment_holds_only_the_keys_that_its_program_needs(watched):
    held = {}
    for seen in watched.seen + started(watched):
        if of_ours(watched, seen) and (names := found(watched, seen.environment)):
            who = "crawler" if any(name in seen.command for name in CRAWLING) else seen.command
            held.setdefault(who, set()).update(names)
    crawled = any("advertentiemonitor.crawler" in seen.command for seen in started(watched))
    assert held == ({"crawler": {SPOOL}} if crawled else {})


def test_no_secret_is_in_what_programs_say(watched):
    """Among it what `env` says inside psql: nothing that psql starts is handed the password."""
    said = "\n".join(watched.said)
    assert "PGPASSFILE" in said
    assert found(watched, said) == set()


def test_no_secret_is_in_a_file_but_its_own(watched):
    kept = {}
    for path in watched.state.rglob("*"):
        if path.is_file() and (names := found(watched, path.read_bytes())):
            kept[str(path.relative_to(watched.state))] = names
    assert kept == {f"keys/{name}": {name} for name in watched.secrets() if name.startswith("db-")}


AIRFLOWS_OWN = {"airflow/airflow.cfg", "airflow/secrets.json", "airflow/passwords.json"}
WITHOUT_KEYS = ("api-server", "api_server", "dag-processor", "dag_processor")  # as started, and as they call themselves


@pytest.mark.full
def test_of_airflows_processes_only_those_that_run_tasks_have_keys(airflow):
    assert any(line.startswith("Airflow:") for line in airflow.said)
    processes = [seen for seen in airflow.seen if "airflow" in seen.command and "cli" not in seen.command]
    assert any("scheduler" in seen.command and found(airflow, seen.environment) for seen in processes)  # it runs tasks
    assert {seen.command: found(airflow, seen.command) for seen in airflow.seen if found(airflow, seen.command)} == {}
    # `env` takes them out of its own environment before it becomes the program.
    wrong = {
        seen.command: found(airflow, seen.environment)
        for seen in processes
        if any(name in seen.command for name in WITHOUT_KEYS) and "/usr/bin/env" not in seen.command
    }
    assert len(wrong) >= 2
    assert {command: names for command, names in wrong.items() if names} == {}
    others = {name for seen in processes for name in found(airflow, seen.environment)}
    assert others <= KEYS.keys()  # no password, Fernet key or secret of a session is in an environment


@pytest.mark.full
def test_airflows_secrets_are_in_its_own_files_only(airflow):
    kept = {
        str(path.relative_to(airflow.state))
        for path in airflow.state.rglob("*")
        if path.is_file() and path.parent.name != "keys" and found(airflow, path.read_bytes())
    }
    assert kept == AIRFLOWS_OWN
    assert found(airflow, "\n".join(airflow.said)) == set()


def test_a_secret_that_leaks_is_seen(begun):
    """Positive control: the way of looking finds one, in each of its forms."""
    name, value = next(iter(KEYS.items()))
    raw = bytes.fromhex(value)
    for form in (value, f"x={value}", value.upper(), raw, base64.b64encode(raw), raw + b"more"):
        assert found(begun, form) == {name}
    assert found(begun, "nothing") == set()
