"""docker/helm/values.yaml: against the chart's schema, and our own rules; each rule bites."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "schemas" / "airflow_chart.json").read_text())
COMPONENTS = ("scheduler", "apiServer", "dagProcessor", "triggerer")
OTHERS = ("workers", "migrateDatabaseJob")
HARDENED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
Values = dict[str, Any]
Rule = Callable[[Values], list[str]]


def specification(values: Values) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(values)]


def nobody_is_root(values: Values) -> list[str]:
    """Of containers, what the chart calls the global key depends on whom one asks, so each component says it itself."""
    pod = values["securityContexts"]["pod"]
    task = yaml.safe_load(values["podTemplate"])["spec"]
    faults = [
        name
        for name in ("runAsUser", "runAsGroup", "fsGroup")
        if pod.get(name) != 10001 or task["securityContext"].get(name) != 10001
    ]
    if not pod.get("runAsNonRoot") or not task["securityContext"].get("runAsNonRoot"):
        faults.append("runAsNonRoot")
    containers = {name: values[name].get("securityContexts", {}).get("container") for name in (*COMPONENTS, *OTHERS)}
    containers["task"] = task["containers"][0]["securityContext"]
    return faults + [name for name, container in containers.items() if container != HARDENED]


def probes_are_of_our_image(values: Values) -> list[str]:
    """Where the schema knows a probe that runs a command, the chart's own runs /entrypoint, of Airflow's own image."""
    return [
        f"{name}: {probe}"
        for name, component in SCHEMA["properties"].items()
        for probe, known in (component.get("properties", {}) if isinstance(component, dict) else {}).items()
        if probe.endswith("Probe") and isinstance(known, dict) and "command" in known["properties"]
        if values[name].get(probe, {}).get("command", ["/entrypoint"])[0] not in {"airflow", "python"}
    ]


def nothing_stands_beside_it(values: Values) -> list[str]:
    return [
        name for name in ("postgresql", "redis", "pgbouncer", "statsd", "flower") if values[name] != {"enabled": False}
    ] + ([] if values["executor"] == "KubernetesExecutor" else ["executor"])


def no_task_holds_what_airflow_holds(values: Values) -> list[str]:
    """The chart would put Airflow's secrets in every pod's environment; only its own processes get them, as files."""
    faults = [name for name, is_given in values["enableBuiltInSecretEnvVars"].items() if is_given]
    named = {
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    }
    faults += sorted((named | {"AIRFLOW_CONN_AIRFLOW_DB"}) - set(values["enableBuiltInSecretEnvVars"]))
    for name in COMPONENTS:
        faults += [
            f"{name}: {each['name']}"
            for each in values[name]["env"]
            if not each["value"].startswith("cat /run/secrets/")
        ]
    if {each.get("secret", {}).get("secretName") for each in values["volumes"]} != {None}:
        faults.append("a secret for everybody")
    task = yaml.safe_load(values["podTemplate"])["spec"]
    faults += [volume["name"] for volume in task["volumes"] if "emptyDir" not in volume]
    return faults + ["token"] * (task.get("automountServiceAccountToken") is not False)


def nothing_secret_stands_here(values: Values) -> list[str]:
    faults = [
        name
        for name in ("fernetKey", "jwtSecret", "apiSecretKey", "webserverSecretKey", "extraSecrets")
        if name in values
    ]
    return faults + ["defaultUser"] * (values["apiServer"]["defaultUser"] != {"enabled": False})


def logs_and_state_do_not_pile_up(values: Values) -> list[str]:
    kept = {
        "logs": values["logs"],
        "triggerer": values["triggerer"],
        "workers": values["workers"],
        "dags": values["dags"],
    }
    return [name for name, it in kept.items() if it["persistence"] != {"enabled": False}]


def everybody_has_limits(values: Values) -> list[str]:
    task = yaml.safe_load(values["podTemplate"])["spec"]["containers"][0]
    asked = {name: values[name] for name in (*COMPONENTS, "migrateDatabaseJob")} | {"task": task}
    return [name for name, it in asked.items() if set(it.get("resources", {}).get("limits", {})) != {"cpu", "memory"}]


def nobody_without_a_login_sees_anything(values: Values) -> list[str]:
    said = values["config"]
    manager = said["core"].get("auth_manager", "").endswith("FabAuthManager")
    return ["auth_manager"] * (not manager) + ["auth_role_public"] * (said["fab"].get("auth_role_public") != "")


def images_are_pinned(values: Values) -> list[str]:
    image = f"{values['defaultAirflowRepository']}:{values['defaultAirflowTag']}"
    task = yaml.safe_load(values["podTemplate"])["spec"]["containers"][0]["image"]
    named = values["images"]["pod_template"]
    same = {image, task, f"{named['repository']}:{named['tag']}"}
    return sorted(same) if len(same) > 1 or not values["defaultAirflowTag"][0].isdigit() else []


RULES: list[Rule] = [
    specification,
    nobody_is_root,
    probes_are_of_our_image,
    nothing_stands_beside_it,
    no_task_holds_what_airflow_holds,
    nothing_secret_stands_here,
    logs_and_state_do_not_pile_up,
    everybody_has_limits,
    nobody_without_a_login_sees_anything,
    images_are_pinned,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_values_keep_the_rule(values: Values, rule: Rule) -> None:
    assert rule(values) == []


BREAKS: list[tuple[Rule, tuple[Any, ...], Any]] = [
    (specification, ("scheduler", "replica"), 2),
    (specification, ("scheduler", "replicas"), "two"),
    (specification, ("networkPolicies", "egress"), True),
    (specification, ("images", "airflow", "pullPolicy"), "Sometimes"),
    (specification, ("executor"), "kubernetes"),
    (specification, ("scheduler", "securityContexts", "container", "readOnly"), True),
    (specification, ("scheduler", "startupProbe", "command"), "airflow"),
    (specification, ("enableBuiltInSecretEnvVars", "AIRFLOW__CORE__FERNET"), False),
    (specification, ("migrateDatabaseJob", "extraVolumes"), [{"secret": {"secretName": "x"}}]),
    (specification, ("config", "core", "parallelism"), [2]),
    (nobody_is_root, ("securityContexts", "pod", "runAsUser"), 0),
    (nobody_is_root, ("triggerer", "securityContexts", "container", "readOnlyRootFilesystem"), False),
    (nobody_is_root, ("migrateDatabaseJob", "securityContexts"), {"containers": HARDENED}),
    (nobody_is_root, ("securityContexts", "pod", "runAsNonRoot"), False),
    (probes_are_of_our_image, ("scheduler", "startupProbe"), {"timeoutSeconds": 60}),
    (probes_are_of_our_image, ("dagProcessor", "livenessProbe", "command"), ["sh", "-c", "exec /entrypoint airflow"]),
    (nothing_stands_beside_it, ("redis", "enabled"), True),
    (nothing_stands_beside_it, ("executor",), "CeleryExecutor"),
    (no_task_holds_what_airflow_holds, ("enableBuiltInSecretEnvVars", "AIRFLOW__CORE__FERNET_KEY"), True),
    (no_task_holds_what_airflow_holds, ("enableBuiltInSecretEnvVars",), {}),
    (no_task_holds_what_airflow_holds, ("triggerer", "env"), [{"name": "AIRFLOW__CORE__FERNET_KEY", "value": "x"}]),
    (no_task_holds_what_airflow_holds, ("volumes", 0), {"name": "x", "secret": {"secretName": "x"}}),
    (nothing_secret_stands_here, ("fernetKey",), "x"),
    (nothing_secret_stands_here, ("apiServer", "defaultUser", "enabled"), True),
    (logs_and_state_do_not_pile_up, ("logs", "persistence", "enabled"), True),
    (everybody_has_limits, ("triggerer", "resources", "limits"), {"cpu": "1"}),
    (nobody_without_a_login_sees_anything, ("config", "fab", "auth_role_public"), "Viewer"),
    (images_are_pinned, ("defaultAirflowTag",), "latest"),
]


@pytest.mark.parametrize(("rule", "path", "instead"), BREAKS)
def test_values_that_break_the_rule_are_told(values: Values, rule: Rule, path: Any, instead: Any) -> None:
    values = json.loads(json.dumps(values))  # anchors share what a change would alter everywhere
    inner: Any = values
    *way, last = (path,) if isinstance(path, str) else path
    for key in way:
        inner = inner[key]
    inner[last] = instead
    assert rule(values)


def test_every_rule_is_broken_once() -> None:
    assert {rule for rule, _, _ in BREAKS} == set(RULES)


def test_airflow_knows_every_option(values: Values, airflow_options: dict[tuple[str, str], bool]) -> None:
    named = {(section, option) for section, options in values["config"].items() for option in options}
    assert named - airflow_options.keys() == set()
    task = yaml.safe_load(values["podTemplate"])["spec"]["containers"][0]["env"]
    asked = {each["name"] for each in (*task, *(each for name in COMPONENTS for each in values[name]["env"]))}
    options = {
        tuple(name.lower().removesuffix("_cmd").split("__")[1:]) for name in asked if name.startswith("AIRFLOW__")
    }
    assert options - airflow_options.keys() == set()


def test_values_say_the_same_as_compose(values: Values, compose: dict[str, Any]) -> None:
    """What both name, but for where things lie."""
    said = compose["services"]["scheduler"]["environment"]
    for section, options in values["config"].items():
        for option, value in options.items():
            assert str(value) == said.get(f"AIRFLOW__{section}__{option}".upper(), str(value)), option


def test_probes_ask_what_compose_asks(values: Values, compose: dict[str, Any]) -> None:
    for name, service in (("scheduler", "scheduler"), ("dagProcessor", "dag-processor"), ("triggerer", "triggerer")):
        asked = {tuple(it["command"]) for probe, it in values[name].items() if probe.endswith("Probe")}
        assert asked == {tuple(compose["services"][service]["healthcheck"]["test"][1:])}
