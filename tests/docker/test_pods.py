"""docker/helm: what each task's pod gets, who may go out, and keys from a mounted folder."""

import json
import os
import re
import subprocess
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiClient
from kubernetes.client.models import V1Pod

from advertentiemonitor.settings import PREFIX, Settings
from warehouse.errors import KeyProviderFailed, MissingKey
from warehouse.key_providers import CommandKeys
from warehouse.passwords import ensure_password

ROOT = Path(__file__).resolve().parents[2]
Values = dict[str, Any]


def kubernetes(content: dict[str, Any], kind: str) -> Any:
    """Read an object as Kubernetes' client does; words that it does not know would be gone."""
    client = ApiClient()
    read = client.deserialize(SimpleNamespace(data=json.dumps(content)), kind)
    assert client.sanitize_for_serialization(read) == content
    return read


@pytest.fixture
def template(values: Values) -> V1Pod:
    """The pod of a task without a domain."""
    read: V1Pod = kubernetes(yaml.safe_load(values["podTemplate"]), "V1Pod")
    return read


def pod_of(template: V1Pod, hook: dict[str, Any], dag: str, task: str = "run_stage") -> V1Pod:
    pod = deepcopy(template)
    pod.metadata.annotations = {"dag_id": dag, "task_id": task}
    hook["pod_mutation_hook"](pod)
    return pod


def secrets_of(pod: V1Pod) -> list[str]:
    return [volume.secret.secret_name for volume in pod.spec.volumes if volume.secret]


def settings_of(pod: V1Pod) -> dict[str, str]:
    return {each.name: each.value for each in pod.spec.containers[0].env}


def test_every_dag_has_a_domain(hook: dict[str, Any]) -> None:
    dags = {path.stem for path in (ROOT / "dags").glob("*.py") if not path.name.startswith("dag_")}  # those are modules
    assert set(hook["DOMAINS"]) == dags
    assert set(hook["DOMAINS"].values()) == set(hook["SETTINGS"])


@pytest.mark.parametrize(
    ("dag", "task", "domain"),
    [
        ("collect", "collect_owner_a", "verzamelen"),
        ("collect", "gate", "lezen"),
        ("read", "read", "lezen"),
        ("estimate", "estimate", "schatten"),
        ("release", "release", "vrijgeven"),
        ("publish", "publish", "publiceren"),
        ("rotate_keys", "rotate_keys", "opruimen"),
    ],
)
def test_a_pod_gets_the_secret_of_its_domain_only(
    template: V1Pod, hook: dict[str, Any], dag: str, task: str, domain: str
) -> None:
    pod = pod_of(template, hook, dag, task)
    assert secrets_of(pod) == [f"advertentiemonitor-{domain}"]
    assert pod.metadata.labels["domein"] == domain
    client = ApiClient()
    kubernetes(client.sanitize_for_serialization(pod), "V1Pod")
    assert {mount.name for mount in pod.spec.containers[0].volume_mounts} == {"tmp", "staat", "sleutels"}


@pytest.mark.parametrize(
    ("dag", "task"),
    [
        ("read", "read"),
        ("collect", "gate"),
        ("publish", "publish"),
        ("deadline", "deadline"),
        ("retention", "retention"),
        ("rotate_keys", "rotate_keys"),
    ],
)
def test_who_believes_the_calendar_of_keys_or_tells_has_the_folder_that_stays(
    template: V1Pod, hook: dict[str, Any], dag: str, task: str
) -> None:
    """`keys rotate` notes an early start in it; from an empty folder `read` would go on under the old key."""
    (kept,) = (volume for volume in pod_of(template, hook, dag, task).spec.volumes if volume.name == "staat")
    assert kept.persistent_volume_claim.claim_name == "advertentiemonitor-staat"
    assert kept.empty_dir is None


def test_who_needs_none_of_it_has_an_empty_folder(template: V1Pod, hook: dict[str, Any]) -> None:
    for dag in ("collect", "estimate", "calibrate", "release"):
        (kept,) = (volume for volume in pod_of(template, hook, dag).spec.volumes if volume.name == "staat")
        assert kept.empty_dir


def test_init_shares_the_calendar_that_stays(values: Values) -> None:
    (kept,) = (it for it in values["migrateDatabaseJob"]["extraVolumes"] if it["name"] == "staat")
    assert kept["persistentVolumeClaim"] == {"claimName": "advertentiemonitor-staat"}


def test_who_may_mail_knows_the_operator_and_how_to_log_in(template: V1Pod, hook: dict[str, Any]) -> None:
    said = {dag: settings_of(pod_of(template, hook, dag)) for dag in hook["DOMAINS"]}
    tell = {dag for dag, it in said.items() if "ADVERTENTIEMONITOR_OPERATOR_RECIPIENTS" in it}
    (row,) = re.findall(r"(?m)^\| een taak van (.*) mislukt \|", (ROOT / "docker/helm/README.md").read_text())
    assert tell == set(re.findall(r"`(\w+)`", row)) == {"publish", "deadline", "retention", "rotate_keys"}
    for dag in tell:
        assert said[dag]["ADVERTENTIEMONITOR_SMTP_USER"]
        assert said[dag]["ADVERTENTIEMONITOR_SMTP_PASSWORD_FILE"].startswith(f"{hook['STATE']}/keys/")


def test_an_unknown_dag_gets_nothing(template: V1Pod, hook: dict[str, Any]) -> None:
    pod = pod_of(template, hook, "another")
    assert secrets_of(pod) == []
    assert pod.spec == template.spec
    assert "domein" not in pod.metadata.labels


def test_collecting_knows_no_database_and_estimating_no_key(template: V1Pod, hook: dict[str, Any]) -> None:
    said = {dag: settings_of(pod_of(template, hook, dag)) for dag in hook["DOMAINS"]}
    assert "ADVERTENTIEMONITOR_DATABASE" not in said["collect"]
    assert "ADVERTENTIEMONITOR_KEYS" not in said["estimate"]
    assert "AWS_SHARED_CREDENTIALS_FILE" not in said["estimate"] | said["release"]
    names = {name.removeprefix(PREFIX).lower() for each in said.values() for name in each if name.startswith(PREFIX)}
    assert names <= set(Settings.model_fields)
    for each in said.values():
        Settings(
            **{
                name.removeprefix(PREFIX).lower(): json.loads(value) if value.startswith("[") else value
                for name, value in each.items()
                if name.startswith(PREFIX)
            }
        )


def test_who_may_go_out(hook: dict[str, Any]) -> None:
    policies = {
        it["metadata"]["name"]: it for it in yaml.safe_load_all((ROOT / "docker" / "helm" / "netwerk.yaml").read_text())
    }
    for policy in policies.values():
        kubernetes(policy, "V1NetworkPolicy")

    def domains(policy: dict[str, Any]) -> set[str]:
        chosen = policy["spec"]["podSelector"]
        listed = {
            value for each in chosen.get("matchExpressions", []) if each["key"] == "domein" for value in each["values"]
        }
        return listed | ({chosen["matchLabels"]["domein"]} if chosen.get("matchLabels") else set())

    def reaches(policy: dict[str, Any]) -> set[str]:
        return {to["ipBlock"]["cidr"] for rule in policy["spec"]["egress"] for to in rule["to"] if "ipBlock" in to}

    assert policies["niemand-naar-buiten"]["spec"]["podSelector"] == {}
    assert reaches(policies["niemand-naar-buiten"]) == set()
    outside = {name for name, it in policies.items() if "0.0.0.0/0" in reaches(it)}
    assert outside == {"verzamelen"}
    database = reaches(policies["database"])
    assert domains(policies["database"]) == set(hook["SETTINGS"]) - {"verzamelen"}
    withheld = {
        block
        for rule in policies["verzamelen"]["spec"]["egress"]
        for to in rule["to"]
        for block in to["ipBlock"].get("except", [])
    }
    assert database <= withheld
    assert domains(policies["opslag"]) == {
        name for name, it in hook["SETTINGS"].items() if "AWS_ENDPOINT_URL" in it
    } - {"verzamelen"}
    assert domains(policies["post"]) == {
        name for name, it in hook["SETTINGS"].items() if "ADVERTENTIEMONITOR_SMTP_HOST" in it
    }


class TestKeysFromFolder:
    """docker/sleutels.sh, as warehouse.key_providers asks a vault's client."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setitem(os.environ, "ADVERTENTIEMONITOR_STATE", str(tmp_path))
        (tmp_path / "keys").mkdir()
        return tmp_path / "keys"

    @pytest.fixture
    def provider(self, folder: Path) -> CommandKeys:
        return CommandKeys(["sh", str(ROOT / "docker" / "sleutels.sh")])

    def test_gives_what_is_there(self, folder: Path, provider: CommandKeys) -> None:
        for name in ("spool", "pseudonym-E0003", "db-reader"):
            (folder / name).write_text("ab" * 32)
        assert provider.spool() == bytes.fromhex("ab" * 32)
        assert provider.epochs() == ("E0003",)
        assert provider.ensure_epoch("E0003").epoch == "E0003"

    def test_says_what_is_not(self, provider: CommandKeys) -> None:
        with pytest.raises(MissingKey):
            provider.record()
        with pytest.raises(KeyProviderFailed):
            provider.ensure_epoch("E0003")
        assert provider.epochs() == ()

    def test_a_key_is_destroyed_where_it_is_kept(self, folder: Path, provider: CommandKeys) -> None:
        key = folder / "pseudonym-E0003"
        key.write_text("ab" * 32)
        with pytest.raises(KeyProviderFailed):
            provider.destroy("E0003")
        assert key.exists()
        key.unlink()
        provider.destroy("E0003")

    def test_other_words_are_wrong_use(self, folder: Path) -> None:
        assert subprocess.run(["sh", ROOT / "docker" / "sleutels.sh", "print"], check=False).returncode == 2


def test_a_password_that_the_store_forgot_is_named() -> None:
    """`init` with a mounted folder of keys: nobody can make a file in it, root neither; /sys is such a folder anywhere."""
    with pytest.raises(MissingKey, match="/sys/db-reader"):
        ensure_password(Path("/sys"), "reader")
