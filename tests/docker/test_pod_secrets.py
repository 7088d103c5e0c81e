"""docker/helm/README.md: the secret of each domain holds what its stages ask for, and no password that none of them uses."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from postgres_elsewhere import Postgres, serving
from socket_ports import free_port

from advertentiemonitor import stages
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import lateness
from warehouse import bootstrap
from warehouse.calendar import Epochs
from warehouse.errors import MissingKey
from warehouse.remote import RemoteServer

ROOT = Path(__file__).resolve().parents[2]
TABLE = dict(
    re.findall(r"(?m)^\| `advertentiemonitor-(\w+)` \| (.*) \|$", (ROOT / "docker/helm/README.md").read_text())
)
KEYS = {"spool", "record", "pseudonym-E…"}
OPTIONAL = {"owner"}  # asked whether the database is newer than the program; who may not, does not ask


def held(domain: str) -> set[str]:
    """Names in a secret; `db-` with a list of roles behind it is one for each."""
    names = re.findall(r"`([^`]+)`", TABLE[domain])
    if "db-" in names:
        first = names.index("db-")
        names[first:] = [f"db-{role}" for role in names[first + 1 :]]
    return set(names)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Postgres]:
    """A database as `init` makes it, on a server that others run; the passwords are in `made/keys`."""
    with serving() as server:
        settings = Settings(state=server.folder / "made", database=f"{server.address}/pods")
        (settings.folder("keys") / "db-admin").write_text(server.password)
        initialise(settings)
        yield server


def pod(elsewhere: Postgres, told: dict[str, str], folder: Path, domain: str) -> Settings:
    """The settings of a pod, with a folder of keys as its secret would fill it."""
    settings = Settings(
        state=folder,
        database=f"{elsewhere.address}/pods",
        keys=f"command:sh {ROOT / 'docker' / 'sleutels.sh'}",
        smtp_host="127.0.0.1" if "ADVERTENTIEMONITOR_SMTP_HOST" in told else "",
        smtp_port=free_port(),
    )
    keys = settings.folder("keys")
    today = settings.today(synthetic=True)
    for name in held(domain):
        if name.startswith("db-"):
            shutil.copy2(elsewhere.folder / "made" / "keys" / name, keys)
        elif name.startswith("pseudonym-"):
            for code in Epochs().ahead(today):
                (keys / f"pseudonym-{code}").write_text("ab" * 32)
        else:
            (keys / name).write_text("ab" * 32)
    (settings.folder("outbox") / f"dagbericht-{today}-v1.eml").touch()  # so that `deadline` asks who has it
    return settings


def run(dag: str, settings: Settings) -> None:
    """Run what the task of a DAG runs. What it misses of a market, or of a mail server, is not what is looked at."""
    stage = lateness.mails_or_late if dag == "deadline" else getattr(stages, dag)
    try:
        stage(settings, settings.today(synthetic=True))
    except Exception as error:
        if isinstance(error, MissingKey) or dag == "retention" or not hasattr(error, "exit_code"):
            raise


@pytest.mark.parametrize("domain", sorted(TABLE.keys() - {"besturing", "init", "verzamelen"}))
def test_a_domain_holds_the_passwords_that_its_stages_ask_for(
    elsewhere: Postgres, hook: dict[str, Any], domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path))  # sleutels.sh asks for it
    settings = pod(elsewhere, hook["SETTINGS"][domain], tmp_path, domain)
    asked: set[str] = set()
    password = RemoteServer.password

    def seen(server: RemoteServer, role: str) -> str:
        asked.add(role)
        return password(server, role)

    monkeypatch.setattr(RemoteServer, "password", seen)
    for dag in (name for name, its in hook["DOMAINS"].items() if its == domain):
        run(dag, settings)
    assert {f"db-{role}" for role in asked - OPTIONAL} == {name for name in held(domain) if name.startswith("db-")}


def test_a_domain_holds_the_files_that_its_settings_name(hook: dict[str, Any]) -> None:
    for domain, told in hook["SETTINGS"].items():
        named = {name for value in told.values() for name in re.findall(rf"{hook['STATE']}/keys/([\w.]+)", value)}
        assert {name for name in held(domain) - KEYS if not name.startswith("db-")} == named, domain
        assert ("ADVERTENTIEMONITOR_KEYS" in told) == bool(held(domain) & KEYS), domain


def test_who_collects_has_no_password_and_who_starts_has_all() -> None:
    assert not [name for name in held("verzamelen") if name.startswith("db-")]
    assert {name for name in held("init") if name.startswith("db-")} == {f"db-{role}" for role in bootstrap.LOGIN_ROLES}
