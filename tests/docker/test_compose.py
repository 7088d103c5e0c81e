"""docker/compose.yaml: what the specification takes, and our own rules; each rule bites."""

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from warehouse.server_options import OPTIONS

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
SCHEMA = json.loads((HERE / "schemas" / "compose.json").read_text())
Compose = dict[str, Any]
Rule = Callable[[Compose], list[str]]

CONTROL = {"api-server", "scheduler", "dag-processor", "triggerer"}
OUTSIDE = {"verzamelen", "doorgang"}  # crawls, and the way through that reads nothing
KEY_FOLDER = "./geheim/keys"
QUEUE = {"airflow-broker", "airflow-results"}
SIGNING = "queue-signing.key"  # the scheduler's only: who has it runs what they like on any worker
FORGERY = {"airflow-jwt", "airflow-session", "airflow-fernet", "airflow-database"}
HELD = {  # DESIGN 4: who holds what, and nobody anything else
    **dict.fromkeys(CONTROL, QUEUE | FORGERY | {"ca.crt"}),
    "scheduler": QUEUE | FORGERY | {"ca.crt", SIGNING},
    "verzamelen": QUEUE | {"queue-signing.pub", "spool.key", "s3-verzamelen"},
    "magazijn": QUEUE | {"queue-signing.pub", "ca.crt", "s3-magazijn", "smtp", KEY_FOLDER},
    "init": QUEUE | FORGERY | {"ca.crt", "s3-magazijn", "beheer", KEY_FOLDER},
    "doorgang": set(),
    "redis": {"redis.conf"},
    "postgres": {"db-admin", "server.crt", "server.key"},
    "backup": {"ca.crt", "db-admin"},
    "mailtest": {"server.crt", "server.key"},
}
PLAIN = re.compile(r"://[^/@\s]+:[^/@\s]+@|requirepass|BEGIN [A-Z ]*PRIVATE KEY")
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|FERNET|_KEY$|_KEY_|SQL_ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND")


def specification(compose: Compose) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(compose)]


def nobody_is_root(compose: Compose) -> list[str]:
    return [
        name
        for name, it in compose["services"].items()
        if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(it.get("user", "")))
    ]


def shut_in(compose: Compose) -> list[str]:
    return [
        f"{name}: {key}"
        for name, it in compose["services"].items()
        for key, wanted in {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}.items()
        if it.get(key) != wanted
    ] + [
        f"{name}: {key}"
        for name, it in compose["services"].items()
        for key in ("privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "env_file", "userns_mode")
        if key in it
    ]


def looked_after(compose: Compose) -> list[str]:
    faults = []
    for name, it in compose["services"].items():
        check, limits = it.get("healthcheck", {}), it.get("deploy", {}).get("resources", {}).get("limits", {})
        if not (check.get("test") or (check.get("disable") and it["restart"] == "no")):
            faults.append(f"{name} is not looked at")
        if not {"cpus", "memory", "pids"} <= limits.keys():
            faults.append(f"{name} has no limits")
        if not {"max-size", "max-file"} <= it.get("logging", {}).get("options", {}).keys():
            faults.append(f"{name} logs without end")
    return faults


def fits_a_server_of_8_gib(compose: Compose) -> list[str]:
    """At most 90 % of 8 GiB for what runs all night: `init` and `backup` are soon over, `mailtest` is for trying."""
    megabytes = sum(
        int(it["deploy"]["resources"]["limits"]["memory"].removesuffix("M"))
        for name, it in compose["services"].items()
        if name not in {"init", "backup", "mailtest"}
    )
    return [f"{megabytes} MiB"] if megabytes > 0.9 * 8192 else []


def images_are_pinned(compose: Compose) -> list[str]:
    pinned = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
    return [it["image"] for it in compose["services"].values() if not pinned.fullmatch(it["image"])]


def no_secret_in_plain(compose: Compose) -> list[str]:
    faults = [f"secret {name}" for name, it in compose["secrets"].items() if set(it) != {"file"}]
    for name, it in compose["services"].items():
        faults += [
            f"{name}: {variable}"
            for variable, value in it.get("environment", {}).items()
            if PLAIN.search(str(value))
            or (SECRET_NAME.search(variable) and not variable.endswith(("_CMD", "_FILE", "_TLS_KEY")))
        ]
        faults += [f"{name}: {value}" for value in it.get("environment", {}).values() if _is_inline_command(str(value))]
        faults += [f"{name}: command" for word in it.get("command", []) if PLAIN.search(word)]
    return faults


def _is_inline_command(value: str) -> bool:
    return value.startswith(("echo", "printf", "sh -c", "bash -c"))


def _is_way_out(network: dict[str, Any]) -> bool:
    masquerade = network.get("driver_opts", {}).get("com.docker.network.bridge.enable_ip_masquerade")
    return not network.get("internal") and masquerade != "false"


def only_collection_meets_the_outside(compose: Compose) -> list[str]:
    out = {name for name, it in compose["networks"].items() if _is_way_out(it)}
    faults = [
        f"{name} reaches {out & set(it['networks'])}"
        for name, it in compose["services"].items()
        if name not in OUTSIDE and out & set(it["networks"])
    ]
    faults += [name for name in OUTSIDE if "gegevens" in compose["services"][name]["networks"]]
    through = compose["services"]["doorgang"]
    faults += [f"doorgang has {key}" for key in ("secrets", "volumes", "ports") if key in through]
    faults += [
        f"{name} listens on {port}"
        for name, it in compose["services"].items()
        for port in it.get("ports", [])
        if not str(port).startswith("127.0.0.1:")
    ]
    return faults


def each_domain_holds_its_own(compose: Compose) -> list[str]:
    faults = []
    for name, it in compose["services"].items():
        held = {each if isinstance(each, str) else each["source"] for each in it.get("secrets", [])}
        held |= {each.split(":")[0] for each in it.get("volumes", []) if each.startswith((".", "/"))}
        if held != HELD[name]:
            faults.append(f"{name}: {held ^ HELD[name]}")
    collecting = compose["services"]["verzamelen"]["environment"]
    faults += [
        variable for variable in collecting if variable == "ADVERTENTIEMONITOR_DATABASE" or "SQL_ALCHEMY" in variable
    ]
    return faults


def each_domain_writes_its_own(compose: Compose) -> list[str]:
    """A volume that two domains write is a way from one to the other: by a link, or by a file of Python."""
    writers: dict[str, set[str]] = {}
    for name, it in compose["services"].items():
        for each in it.get("volumes", []):
            if not each.startswith((".", "/")) and not each.endswith(":ro"):
                writers.setdefault(each.split(":")[0], set()).add("besturing" if name in CONTROL else name)
    return [f"{volume}: {names}" for volume, names in writers.items() if len(names - {"init"}) > 1]


def workers_take_signed_work_only(compose: Compose) -> list[str]:
    faults = []
    for name in ("scheduler", "verzamelen", "magazijn"):
        said = compose["services"][name]["environment"]
        if said.get("AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS") != "signed_celery.CONFIG":
            faults.append(f"{name}: another configuration of Celery")
        if said.get("PYTHONPATH") != "/opt/advertentiemonitor/docker":
            faults.append(f"{name}: signed_celery is not found")
    for name in ("verzamelen", "magazijn"):
        command = compose["services"][name]["command"]
        faults += [f"{name}: {flag}" for flag in ("--without-gossip", "--without-mingle") if flag not in command]
    return faults


def logs_of_each_queue_lie_apart(compose: Compose) -> list[str]:
    """Each worker writes where the template of names puts its queue; the API server shows both and writes neither."""
    template = compose["services"]["scheduler"]["environment"].get("AIRFLOW__LOGGING__LOG_FILENAME_TEMPLATE", "")
    faults = [] if template.startswith("{{ ti.queue }}/") else ["one folder for all queues"]
    shown = compose["services"]["api-server"]["volumes"]
    for queue in ("verzamelen", "magazijn"):
        mount = f"logboeken-{queue}:/var/log/airflow/{queue}"
        faults += [] if mount in compose["services"][queue]["volumes"] else [f"{queue} writes elsewhere"]
        faults += [] if f"{mount}:ro" in shown else [f"logs of {queue} are not shown, or can be written"]
    return faults


def what_is_named_is_there(compose: Compose) -> list[str]:
    used: dict[str, set[str]] = {kind: set() for kind in ("services", "networks", "secrets", "configs", "volumes")}
    for it in compose["services"].values():
        used["services"] |= set(it.get("depends_on", {}))
        used["networks"] |= set(it["networks"])
        for kind in ("secrets", "configs"):
            used[kind] |= {each if isinstance(each, str) else each["source"] for each in it.get(kind, [])}
        used["volumes"] |= {each.split(":")[0] for each in it.get("volumes", []) if not each.startswith(".")}
    faults = [
        f"{kind}: {used[kind] ^ set(compose[kind])}"
        for kind in used
        if kind != "services" and used[kind] ^ set(compose[kind])
    ]
    faults += sorted(used["services"] - set(compose["services"]))
    return faults + [it["file"] for it in compose["configs"].values() if not (ROOT / "docker" / it["file"]).is_file()]


def the_database_tells_no_value(compose: Compose) -> list[str]:
    said = dict(word.removeprefix("--").split("=", 1) for word in compose["services"]["postgres"]["command"][1:])
    silent = {
        name: value for name, value in OPTIONS.items() if name.startswith("log_") or name in {"wal_recycle", "jit"}
    }
    faults = [name for name, value in silent.items() if said.get(name) != value]
    if said.get("ssl") != "on" or said.get("hba_file") != "/etc/advertentiemonitor/pg_hba.conf":
        faults.append("connections without TLS")
    url = compose["services"]["magazijn"]["environment"]["ADVERTENTIEMONITOR_DATABASE"]
    return faults + ([] if "sslmode=verify-full&sslrootcert=/run/secrets/ca.crt" in url else [url])


def nobody_without_a_login_sees_anything(compose: Compose) -> list[str]:
    said = compose["services"]["api-server"]["environment"]
    wanted = {
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__FAB__AUTH_ROLE_PUBLIC": "",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
    }
    return [name for name, value in wanted.items() if said.get(name) != value] + [n for n in said if "SIMPLE_AUTH" in n]


def workers_take_the_queues_of_the_dags(compose: Compose) -> list[str]:
    tree = ast.parse((ROOT / "dags" / "dag_wiring.py").read_text())
    named = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    wanted = {"verzamelen": named["COLLECTING"], "magazijn": named["WAREHOUSE"]}
    commands = {name: compose["services"][name]["command"] for name in wanted}
    return [name for name, queue in wanted.items() if commands[name][commands[name].index("--queues") + 1] != queue]


RULES: list[Rule] = [
    specification,
    nobody_is_root,
    shut_in,
    looked_after,
    fits_a_server_of_8_gib,
    images_are_pinned,
    no_secret_in_plain,
    only_collection_meets_the_outside,
    each_domain_holds_its_own,
    each_domain_writes_its_own,
    workers_take_signed_work_only,
    logs_of_each_queue_lie_apart,
    what_is_named_is_there,
    the_database_tells_no_value,
    nobody_without_a_login_sees_anything,
    workers_take_the_queues_of_the_dags,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_file_keeps_the_rule(compose: Compose, rule: Rule) -> None:
    assert rule(compose) == []


def put(*path: Any, to: Any) -> Callable[[Compose], None]:
    def mutate(compose: Compose) -> None:
        inner: Any = compose
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = to

    return mutate


def add(*path: Any, value: Any) -> Callable[[Compose], None]:
    def mutate(compose: Compose) -> None:
        inner: Any = compose
        for key in path:
            inner = inner[key]
        inner.append(value)

    return mutate


def drop(*path: Any) -> Callable[[Compose], None]:
    def mutate(compose: Compose) -> None:
        inner: Any = compose
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]

    return mutate


S = "services"
BREAKS: list[tuple[Rule, Callable[[Compose], None]]] = [
    (specification, put(S, "redis", "memory", to="1g")),
    (specification, put(S, "redis", "read_only", to=["yes"])),
    (specification, put("network", to={})),
    (specification, put(S, "redis", "healthcheck", "tests", to=["CMD", "true"])),
    (specification, put(S, "redis", "deploy", "resources", "limits", "ram", to="1g")),
    (specification, put("networks", "gegevens", "internl", to=True)),
    (specification, put(S, "init", "depends_on", "postgres", "condition", to="service_up")),
    (specification, put(S, "redis", "pull_policy", to="now")),
    (nobody_is_root, drop(S, "redis", "user")),
    (nobody_is_root, put(S, "postgres", "user", to="0:0")),
    (nobody_is_root, put(S, "magazijn", "user", to="postgres")),
    (shut_in, put(S, "magazijn", "read_only", to=False)),
    (shut_in, drop(S, "redis", "cap_drop")),
    (shut_in, put(S, "scheduler", "security_opt", to=[])),
    (shut_in, put(S, "verzamelen", "cap_add", to=["NET_ADMIN"])),
    (shut_in, put(S, "init", "privileged", to=True)),
    (looked_after, drop(S, "triggerer", "healthcheck")),
    (looked_after, put(S, "redis", "healthcheck", to={"disable": True})),
    (looked_after, drop(S, "redis", "deploy")),
    (looked_after, drop(S, "magazijn", "logging")),
    (fits_a_server_of_8_gib, put(S, "magazijn", "deploy", "resources", "limits", "memory", to="4096M")),
    (images_are_pinned, put(S, "redis", "image", to="redis")),
    (images_are_pinned, put(S, "redis", "image", to="redis:latest")),
    (images_are_pinned, put(S, "redis", "image", to="redis:8")),
    (no_secret_in_plain, put(S, "postgres", "environment", "POSTGRES_PASSWORD", to="x")),
    (no_secret_in_plain, put(S, "scheduler", "environment", "AIRFLOW__API_AUTH__JWT_SECRET", to="x")),
    (no_secret_in_plain, put(S, "magazijn", "environment", "WHERE", to="postgresql://me:word@postgres/airflow")),
    (no_secret_in_plain, put(S, "scheduler", "environment", "AIRFLOW__CORE__FERNET_KEY_CMD", to="echo x")),
    (no_secret_in_plain, put(S, "redis", "command", to=["redis-server", "--requirepass", "x"])),
    (no_secret_in_plain, put("secrets", "smtp", to={"environment": "SMTP"})),
    (only_collection_meets_the_outside, add(S, "magazijn", "networks", value="buiten")),
    (only_collection_meets_the_outside, add(S, "verzamelen", "networks", value="gegevens")),
    (only_collection_meets_the_outside, drop("networks", "gegevens", "internal")),
    (only_collection_meets_the_outside, drop("networks", "voordeur", "driver_opts")),
    (only_collection_meets_the_outside, put(S, "doorgang", "secrets", to=["smtp"])),
    (only_collection_meets_the_outside, put(S, "api-server", "ports", to=["8080:8080"])),
    (each_domain_holds_its_own, add(S, "verzamelen", "secrets", value="airflow-database")),
    (each_domain_holds_its_own, add(S, "verzamelen", "volumes", value="./geheim/keys:/keys")),
    (each_domain_holds_its_own, add(S, "verzamelen", "secrets", value="queue-signing.key")),
    (each_domain_writes_its_own, add(S, "verzamelen", "volumes", value="magazijn:/elsewhere")),
    (each_domain_writes_its_own, add(S, "magazijn", "volumes", value="logboeken:/var/log/airflow")),
    (workers_take_signed_work_only, drop(S, "magazijn", "environment", "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS")),
    (workers_take_signed_work_only, drop(S, "verzamelen", "environment", "PYTHONPATH")),
    (workers_take_signed_work_only, put(S, "magazijn", "command", to=["airflow", "celery", "worker"])),
    (logs_of_each_queue_lie_apart, drop(S, "scheduler", "environment", "AIRFLOW__LOGGING__LOG_FILENAME_TEMPLATE")),
    (logs_of_each_queue_lie_apart, put(S, "verzamelen", "volumes", to=["logboeken-verzamelen:/var/log/airflow"])),
    (
        logs_of_each_queue_lie_apart,
        put(S, "api-server", "volumes", to=["logboeken-magazijn:/var/log/airflow/magazijn"]),
    ),
    (
        each_domain_holds_its_own,
        put(S, "verzamelen", "environment", "ADVERTENTIEMONITOR_DATABASE", to="postgresql://postgres"),
    ),
    (each_domain_holds_its_own, add(S, "magazijn", "secrets", value="airflow-jwt")),
    (each_domain_holds_its_own, put(S, "scheduler", "secrets", to=["spool.key"])),
    (each_domain_holds_its_own, add(S, "redis", "secrets", value="smtp")),
    (what_is_named_is_there, drop("secrets", "smtp")),
    (what_is_named_is_there, put("volumes", "over", to={})),
    (what_is_named_is_there, put("configs", "pg_hba", "file", to="./pg_hba.cnf")),
    (what_is_named_is_there, put(S, "redis", "depends_on", to={"queue": {"condition": "service_started"}})),
    (the_database_tells_no_value, add(S, "postgres", "command", value="--log_statement=all")),
    (the_database_tells_no_value, add(S, "postgres", "command", value="--ssl=off")),
    (
        the_database_tells_no_value,
        put(S, "magazijn", "environment", "ADVERTENTIEMONITOR_DATABASE", to="postgresql://postgres"),
    ),
    (
        nobody_without_a_login_sees_anything,
        put(S, "api-server", "environment", "AIRFLOW__FAB__AUTH_ROLE_PUBLIC", to="Viewer"),
    ),
    (
        nobody_without_a_login_sees_anything,
        put(S, "api-server", "environment", "AIRFLOW__CORE__AUTH_MANAGER", to="simple"),
    ),
    (workers_take_the_queues_of_the_dags, put(S, "magazijn", "command", to=["airflow", "--queues", "default"])),
]


@pytest.mark.parametrize(("rule", "broken"), BREAKS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_file_that_breaks_the_rule_is_told(compose: Compose, rule: Rule, broken: Callable[[Compose], None]) -> None:
    compose = json.loads(json.dumps(compose))  # anchors share what a change would alter everywhere
    broken(compose)
    assert rule(compose)


def test_every_rule_is_broken_once() -> None:
    assert {rule for rule, _ in BREAKS} == set(RULES)
