"""The class of a source: `<name>.py` beside its contract."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from spiders import register
from spiders.errors import RegisterInvalid

if TYPE_CHECKING:
    from spiders.base import ListingSpider


def spider_class(name: str) -> "type[ListingSpider]":
    """Give the class of a source: `<name>.py` beside its contract, in capitals with `Spider` behind it.

    Raises:
        UnknownSource: there is no such entry.
        RegisterInvalid: there is no such module or class.
    """
    return class_of(register.contract_path(name))


def class_name(name: str) -> str:
    """Give the name of a source's class.

    >>> class_name("nl_kaartjes")
    'NlKaartjesSpider'
    """
    return "".join(part.capitalize() for part in name.split("_")) + "Spider"


def class_of(contract: Path) -> "type[ListingSpider]":
    """Give the class that stands beside a contract.

    Raises:
        RegisterInvalid: there is no such module or class.
    """
    name, path = contract.stem, contract.with_suffix(".py")
    if not path.exists():
        raise RegisterInvalid(name, [f"{path.name}: it is not there; `sources new` shows what it looks like"])
    module = importlib.import_module(f"spiders.sources.{name}") if path.parent == register.SOURCES else _module_at(path)
    found: type[ListingSpider] | None = getattr(module, class_name(name), None)
    if found is None:
        raise RegisterInvalid(name, [f"{path.name}: it has no class {class_name(name)}"])
    return found


def class_problem(contract: Path) -> str | None:
    """Say what is wrong with the class beside a contract, without a word of what its code says; None where it loads."""
    try:
        class_of(contract)
    except RegisterInvalid as error:
        return f"class: {error}"
    except SyntaxError as error:
        return f"class: {contract.stem}.py cannot be read (line {error.lineno})"
    except BaseException as error:  # noqa: BLE001 - somebody's module, run for the first time
        return f"class: {contract.stem}.py cannot be loaded ({type(error).__name__})"
    return None


def _module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"spiders.sources_of_this_installation.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise RegisterInvalid(path.stem, [f"{path.name}: it cannot be loaded"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
