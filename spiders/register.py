"""The register of sources: one contract a source (`sources/<name>.yml`), found, read and checked.

An installation may have sources of its own in a folder that ADVERTENTIEMONITOR_SOURCES names; they stand beside ours.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from spiders.entries import ExcludedSource, SourceEntry
from spiders.errors import NoSuchFolder, RegisterInvalid, SourceExcluded, UnknownSource

SOURCES = Path(__file__).parent / "sources"
OWN_FOLDER = "ADVERTENTIEMONITOR_SOURCES"


def folders() -> tuple[Path, ...]:
    """Give the folders that hold the register: ours, and the installation's own where there is one.

    Raises:
        NoSuchFolder: the environment names a folder that is not there; its sources would be missed silently.
    """
    named = os.environ.get(OWN_FOLDER)
    if not named:
        return (SOURCES,)
    own = Path(named).expanduser().absolute()
    if not own.is_dir():
        raise NoSuchFolder(OWN_FOLDER, own)
    return SOURCES, own


def contracts(*among: Path) -> dict[str, Path]:
    """Give the file of each entry, by name; `among` folders, or those of the register.

    Raises:
        RegisterInvalid: a name stands in two folders.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in among or folders() for path in sorted(folder.glob("*.yml"))):
        if path.stem in found:
            raise RegisterInvalid(path.stem, [f"name: it stands in {found[path.stem].parent} and in {path.parent}"])
        found[path.stem] = path
    return found


def load(*among: Path) -> dict[str, SourceEntry]:
    """Read every source of the register, by name; those that are not crawled at all are left out.

    An entry that cannot be read is left out too, so that one source's mistake does not stop the others; `problems`
    names it, and `sources check`, `doctor` and every run say so.
    """
    return {name: entry for name, entry in _entries(among).items() if isinstance(entry, SourceEntry)}


def excluded(*among: Path) -> dict[str, ExcludedSource]:
    """Read every entry that says why a site is not crawled, by name."""
    return {name: entry for name, entry in _entries(among).items() if isinstance(entry, ExcludedSource)}


def problems(*among: Path) -> dict[str, RegisterInvalid]:
    """Give what is wrong with the entries that cannot be read, by name."""
    return {name: entry for name, entry in _entries(among).items() if isinstance(entry, RegisterInvalid)}


def _entries(among: tuple[Path, ...]) -> dict[str, SourceEntry | ExcludedSource | RegisterInvalid]:
    found: dict[str, SourceEntry | ExcludedSource | RegisterInvalid] = {}
    for name, path in contracts(*among).items():
        try:
            found[name] = _read(path)
        except RegisterInvalid as error:
            found[name] = error
    return found


def read_entry(path: Path) -> SourceEntry:
    """Read one entry; its file is named after it.

    Raises:
        RegisterInvalid: the file cannot be read or does not fit.
        SourceExcluded: it is the entry of a site that is not crawled.
    """
    entry = _read(path)
    if isinstance(entry, ExcludedSource):
        raise SourceExcluded(entry.name, entry.because, entry.instead)
    return entry


def _read(path: Path) -> SourceEntry | ExcludedSource:
    try:
        return parse(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RegisterInvalid(path.stem, [f"it cannot be read ({type(error).__name__})"]) from None


class _Strict(yaml.SafeLoader):
    """YAML in which a key may stand once only (of two, one would be ignored without a word) and errors tell their line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        try:
            return super().construct_object(node, deep=deep)
        # What the loader lets out for a date that does not exist, a number that is none or too long, a tag that lies.
        except (ValueError, KeyError, IndexError, AttributeError, OverflowError):
            raise yaml.constructor.ConstructorError(None, None, "a value that cannot be", node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        # What is no mapping, whatever its tag says, is refused by the loader itself.
        keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        double = next((key for key in keys if keys.count(key) > 1), None)
        if double is not None:
            raise yaml.constructor.ConstructorError(None, None, "a key stands there twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def parse(name: str, text: str) -> SourceEntry | ExcludedSource:
    """Read the text of the entry called `name`.

    Raises:
        RegisterInvalid: it cannot be read or does not fit.
    """
    try:
        data: Any = yaml.load(text, _Strict)  # noqa: S506 - a safe loader, and stricter
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RegisterInvalid(name, [f"it is no YAML{where}: {error.problem or 'unknown'}"]) from None
    except (yaml.YAMLError, RecursionError):
        raise RegisterInvalid(name, ["it is no YAML"]) from None
    try:
        entry = _model_for(data).model_validate(data)
    except ValidationError as error:
        raise RegisterInvalid(name, _problems(error)) from None
    if entry.name != name:
        raise RegisterInvalid(name, ["name: differs from the name of the file"])
    return entry


def _model_for(data: Any) -> type[SourceEntry | ExcludedSource]:
    return ExcludedSource if isinstance(data, dict) and data.get("kind") == "excluded" else SourceEntry


def _problems(error: ValidationError) -> Sequence[str]:
    return [
        f"{'.'.join(map(str, found['loc'])) or 'entry'}: {found['msg']}" for found in error.errors(include_input=False)
    ]


def contract_path(name: str) -> Path:
    """Give the file of the entry called `name`.

    Raises:
        UnknownSource: there is none.
    """
    known = contracts()
    if name not in known:
        raise UnknownSource(name, sorted(known))
    return known[name]


def entry_of(name: str) -> SourceEntry:
    """Give the entry called `name`.

    Raises:
        UnknownSource: there is none.
        SourceExcluded: there is one that says why the site is not crawled.
    """
    return read_entry(contract_path(name))
