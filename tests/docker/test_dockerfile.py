"""docker/Dockerfile, stage by stage: what the image that runs may hold, and that what it starts is there."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from advertentiemonitor.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
Instruction = tuple[str, str]
Stages = list[list[Instruction]]
Rule = Callable[[Stages], list[str]]


def stages(text: str) -> Stages:
    """Instructions of each stage, in order; the first list is what stands before the first FROM."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
    found: Stages = [[]]
    for line in filter(None, map(str.strip, joined.splitlines())):
        verb, _, rest = line.partition(" ")
        if verb == "FROM":
            found.append([])
        found[-1].append((verb, rest.strip()))
    return found


def of(stage: list[Instruction], verb: str) -> list[str]:
    return [rest for each, rest in stage if each == verb]


def several_stages_from_one_pinned_image(found: Stages) -> list[str]:
    wanted = r"python:\$\{PYTHON_VERSION\}-slim-\$\{DEBIAN\}\$\{PYTHON_DIGEST\} AS \w+"
    given = dict(each.partition("=")[::2] for each in of(found[0], "ARG"))
    faults = [each for stage in found[1:] for each in of(stage, "FROM") if not re.fullmatch(wanted, each)]
    if len(found) < 3:
        faults.append("one stage")
    if not re.fullmatch(r"3\.1[123]\.\d+", given.get("PYTHON_VERSION", "")):
        faults.append("the version of Python")
    if not re.fullmatch(r"(@sha256:[0-9a-f]{64})?", given.get("PYTHON_DIGEST", "none")):
        faults.append("the digest")
    return faults


def it_runs_as_somebody(found: Stages) -> list[str]:
    users = of(found[-1], "USER")
    return [] if users and re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]) else users or ["root"]


def nothing_is_built_where_it_runs(found: Stages) -> list[str]:
    faults = [
        run
        for run in of(found[-1], "RUN")
        if re.search(r"apt-get|apt |gcc|build-essential|pip3? install|uv |curl|wget", run)
    ]
    runs = " ".join(of(found[-1], "RUN"))
    if "pip uninstall --yes --quiet pip setuptools wheel" not in runs or "ensurepip" not in runs:
        faults.append("pip stays")
    return (
        faults + [each for each in of(found[-1], "COPY") if not each.startswith("--from=build ")] + of(found[-1], "ADD")
    )


def what_is_installed_has_its_hash(found: Stages) -> list[str]:
    installs = [
        part for stage in found for run in of(stage, "RUN") for part in run.split("&&") if "pip install" in part
    ]
    own = "--no-deps --no-build-isolation --no-index --editable ."
    return [part for part in installs if "--require-hashes" not in part and own not in part] or (
        [] if installs else ["none"]
    )


def it_is_looked_at_and_labelled(found: Stages) -> list[str]:
    labels = " ".join(of(found[-1], "LABEL"))
    wanted = ("title", "description", "licenses", "version", "revision")
    faults = [name for name in wanted if f"org.opencontainers.image.{name}=" not in labels]
    return faults + ([] if of(found[-1], "HEALTHCHECK") else ["no health check"])


def what_is_written_lies_on_volumes(found: Stages) -> list[str]:
    volumes = " ".join(of(found[-1], "VOLUME"))
    return [name for name in ('"/var/lib/advertentiemonitor"', '"/tmp"', '"/var/log/airflow"') if name not in volumes]


def nothing_secret_and_no_index_is_named(found: Stages) -> list[str]:
    text = " ".join(rest for stage in found for _, rest in stage)
    return re.findall(r"--(?:extra-)?index-url|--trusted-host|https?://\S+|\S*(?:PASSWORD|TOKEN|SECRET)\S*=\S+", text)


def its_commands_are_ours(found: Stages) -> list[str]:
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    named = re.findall(r'"advertentiemonitor", "([\w-]+)"', " ".join(rest for _, rest in found[-1]))
    return [name for name in named if name not in known] or ([] if len(named) == 2 else ["no command"])


RULES: list[Rule] = [
    several_stages_from_one_pinned_image,
    it_runs_as_somebody,
    nothing_is_built_where_it_runs,
    what_is_installed_has_its_hash,
    it_is_looked_at_and_labelled,
    what_is_written_lies_on_volumes,
    nothing_secret_and_no_index_is_named,
    its_commands_are_ours,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_file_keeps_the_rule(rule: Rule) -> None:
    assert rule(stages(DOCKERFILE)) == []


BREAKS: list[tuple[Rule, str, str]] = [
    (several_stages_from_one_pinned_image, r"PYTHON_VERSION=3\.11\.\d+", "PYTHON_VERSION=3.11"),
    (several_stages_from_one_pinned_image, "PYTHON_DIGEST=\n", "PYTHON_DIGEST=latest\n"),
    (several_stages_from_one_pinned_image, r"\$\{PYTHON_DIGEST\} AS run", " AS run"),
    (several_stages_from_one_pinned_image, "FROM python:[^\n]* AS run", ""),
    (it_runs_as_somebody, "USER 10001:10001\n", ""),
    (it_runs_as_somebody, "USER 10001:10001\n", "USER 10001:10001\nUSER 0:0\n"),
    (it_runs_as_somebody, "USER 10001:10001", "USER advertentiemonitor"),
    (nothing_is_built_where_it_runs, "RUN python -m pip uninstall", "RUN apt-get update && python -m pip uninstall"),
    (nothing_is_built_where_it_runs, "pip setuptools wheel", "setuptools wheel"),
    (nothing_is_built_where_it_runs, "COPY --from=build /opt", "COPY . /opt"),
    (what_is_installed_has_its_hash, "install --require-hashes --no-build-isolation", "install --no-build-isolation"),
    (it_is_looked_at_and_labelled, "HEALTHCHECK [^\n]*", ""),
    (it_is_looked_at_and_labelled, "image.licenses", "image.licence"),
    (what_is_written_lies_on_volumes, ', "/tmp"', ""),
    (nothing_secret_and_no_index_is_named, "UV_NO_CACHE=1", "UV_NO_CACHE=1 PIP_TOKEN=x"),
    (nothing_secret_and_no_index_is_named, "--only-binary :all:", "--index-url x"),
    (its_commands_are_ours, '"up"', '"upp"'),
    (its_commands_are_ours, '"advertentiemonitor", "doctor"', '"true"'),
]


@pytest.mark.parametrize(("rule", "wanted", "instead"), BREAKS)
def test_a_file_that_breaks_the_rule_is_told(rule: Rule, wanted: str, instead: str) -> None:
    broken, changes = re.subn(wanted, instead, DOCKERFILE)
    assert changes, "the file no longer says this"
    assert rule(stages(broken))


def test_every_rule_is_broken_once() -> None:
    assert {rule for rule, _, _ in BREAKS} == set(RULES)


def test_what_is_copied_is_let_in() -> None:
    """All of the code, and no more of the repository: keys, state and history stay out."""
    lines = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert all((ROOT / name).exists() for name in let_in)
    packages = set(
        re.findall(r'"(\w+)"', re.search(r"module-name = \[(.*?)\]", (ROOT / "pyproject.toml").read_text())[1])
    )
    named = {"pyproject.toml", "requirements.lock", "requirements-build.lock", "LICENSE", "NOTICE", "README.md"}
    assert let_in == packages | named | {"dags", "docker/init.sh", "docker/signed_celery.py", "docker/sleutels.sh"}


def test_uv_is_taken_from_the_lock() -> None:
    """The one line of awk that finds a package with its hashes."""
    program = re.search(r"awk '([^']*uv==[^']*)' requirements.lock", DOCKERFILE)
    assert program
    found = subprocess.run(
        ["awk", program[1], ROOT / "requirements.lock"], check=True, capture_output=True, text=True
    ).stdout
    assert re.match(r"uv==[\d.]+ \\\n", found)
    assert re.findall(r"(?m)^\S+==", found) == ["uv=="]
    assert found.count("--hash=sha256:") > 5


@pytest.mark.parametrize("script", ["init.sh", "geheimen.sh", "sleutels.sh", "backup.sh"])
def test_scripts_read_as_shell(script: str) -> None:
    path = ROOT / "docker" / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", path], check=True)


def test_init_gives_our_own_commands() -> None:
    named = re.findall(r"(?m)^advertentiemonitor (\w+)", (ROOT / "docker" / "init.sh").read_text())
    assert named == ["init"]
    assert typer.main.get_command(app).commands.keys() >= set(named)  # type: ignore[attr-defined]
