"""Known weaknesses: a folder of OSV files (JSON, one advisory each), fetched elsewhere, held against versions.

Source: the OSV schema 1.6 (its algorithm of "evaluation"); ranges of kind GIT say nothing about a version and are passed over.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ECOSYSTEM = "pypi"  # as in a purl; compared without case


class AdvisoryUnread(Exception):
    """A file in the folder is no advisory, so that nobody can say what it warns of."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} is no OSV advisory that can be read. Fetch the folder of advisories anew.")


class NoAdvisories(Exception):
    """A folder holds no file of advisories, so that nothing would be found in it."""

    def __init__(self) -> None:
        super().__init__(
            "The folder holds no OSV files (*.json; archives are to be unpacked). Fetch the folder of advisories anew."
        )


def files(folder: Path) -> list[Path]:
    """Give the files of advisories in a folder and those below it, in order."""
    return sorted(folder.rglob("*.json"))


def against(versions: Mapping[str, Iterable[Version]], folder: Path) -> Iterator[tuple[str, Version, str]]:
    """Yield the name, version and advisory of all that is affected.

    Args:
        versions: by name as packages are compared.
        folder: OSV files, in folders below it too.

    Raises:
        NoAdvisories: there is none.
        AdvisoryUnread: a file holds something else.
    """
    if not files(folder):
        raise NoAdvisories
    for path in files(folder):
        try:
            told = json.loads(path.read_bytes())
            found = [] if told.get("withdrawn") else list(_hit(told, versions))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise AdvisoryUnread(path) from None
        for name, version in found:
            yield name, version, str(told["id"])


def _hit(told: Mapping[str, Any], versions: Mapping[str, Iterable[Version]]) -> Iterator[tuple[str, Version]]:
    hit = set()
    for affected in told["affected"]:
        package = affected.get("package", {})
        if package.get("ecosystem", "").partition(":")[0].casefold() != ECOSYSTEM:
            continue
        name = canonicalize_name(package["name"])
        hit |= {(name, version) for version in versions.get(name, ()) if _is_affected(affected, version)}
    yield from sorted(hit)


def _is_affected(affected: Mapping[str, Any], version: Version) -> bool:
    listed = affected.get("versions", ())
    ranges = [each for each in affected.get("ranges", ()) if each["type"] != "GIT"]
    if not listed and not ranges:
        return True  # names the package and no version: all of them
    return any(_same(each, version) for each in listed) or any(_is_in(each["events"], version) for each in ranges)


def _same(written: str, version: Version) -> bool:
    try:
        return Version(written) == version
    except InvalidVersion:  # of long ago; no version that we install is written so
        return False


def _is_in(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    """Follow the events of a range in the order of their versions."""
    moments = sorted((Version(at), kind == "last_affected", kind) for event in events for kind, at in event.items())
    inside = False
    for at, _, kind in moments:
        if kind == "introduced":
            inside = inside or version >= at
        elif kind in {"fixed", "limit"}:
            inside = inside and version < at
        else:
            inside = inside and version <= at
    return inside
