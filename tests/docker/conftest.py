"""The files that start it on several machines, read as text: there is no engine here to run them."""

import importlib.util
import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCKER = Path(__file__).resolve().parents[2] / "docker"


def _filled_in(read: Any) -> Any:
    match read:
        case dict():
            return {key: _filled_in(value) for key, value in read.items()}
        case list():
            return [_filled_in(value) for value in read]
        case str():
            return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", read).replace("$$", "$")
    return read


@pytest.fixture
def compose() -> dict[str, Any]:
    """docker/compose.yaml as Compose reads it where the operator sets nothing: `${NAME:-this}` is `this`, `$$` is `$`."""
    filled: dict[str, Any] = _filled_in(yaml.load((DOCKER / "compose.yaml").read_text(), yaml.CSafeLoader))
    return filled


@pytest.fixture
def values() -> dict[str, Any]:
    """docker/helm/values.yaml."""
    read: dict[str, Any] = yaml.load((DOCKER / "helm" / "values.yaml").read_text(), yaml.CSafeLoader)
    return read


@pytest.fixture
def hook(values: dict[str, Any]) -> dict[str, Any]:
    """The module that the scheduler loads as airflow_local_settings."""
    module: dict[str, Any] = {}
    exec(compile(values["airflowLocalSettings"], "airflow_local_settings.py", "exec"), module)
    return module


@cache
def _options() -> dict[tuple[str, str], bool]:
    found = importlib.util.find_spec("airflow")
    assert found is not None
    assert found.submodule_search_locations
    home = Path(found.submodule_search_locations[0])
    described = [yaml.load((home / "config_templates" / "config.yml").read_text(), yaml.CSafeLoader)]
    told = sorted((home / "providers").rglob("get_provider_info.py"))
    described += [runpy.run_path(str(path))["get_provider_info"]().get("config", {}) for path in told]
    return {
        (section, name): bool(option.get("sensitive"))
        for sections in described
        for section, content in sections.items()
        for name, option in content["options"].items()
    }


@pytest.fixture
def airflow_options() -> dict[tuple[str, str], bool]:
    """Section and name of every option that the installed Airflow and its providers describe; whether it is a secret."""
    return _options()
