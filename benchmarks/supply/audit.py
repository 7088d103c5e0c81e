"""Hold what is installed against the locks, without a network: `make audit [ADVISORIES=folder]`.

It finds: what no lock pins, another version than the pinned one, a pin without hashes, a file that differs from what its
distribution recorded or that nobody recorded, a licence that is not allowed, and, when a folder of OSV files is given, a
version with a known weakness. It does not see: compiled copies in `__pycache__`, which nobody records (start from a new
.venv in doubt), nor a record that was changed together with its file; against that the hashes of the lock stand, which
pip checks when it installs. A .venv that was moved has launchers in `bin` that were changed: make it anew.
"""

import argparse
import base64
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import advisories
import lock
from licences import Licences
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

OURS = "advertentiemonitor"
WITH_PYTHON = {"pip"}  # every virtual environment of Python begins with it; no lock can pin it before it is there
_RECORDS = ("RECORD", "RECORD.jws", "RECORD.p7s")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is not as it should be: the distribution, or `-`, and what about it."""

    name: str
    what: str


def found(
    folders: Sequence[str], locks: Sequence[Path], licences: Licences, advisory_folder: Path | None = None
) -> list[Finding]:
    """Give all that is wrong, in order of name.

    Args:
        folders: where distributions are installed, as in `sys.path`.
        locks: files of pins with hashes.
        licences: what is allowed.
        advisory_folder: OSV files; None: not checked.

    Raises:
        LockUnread, AdvisoryUnread: see there.
    """
    pins = [pin for path in locks for pin in lock.read(path)]
    installed = list(distributions(path=list(folders)))
    findings = {Finding(pin.name, "is pinned without a hash") for pin in pins if not pin.hashes}
    recorded = _recorded(installed)
    versions: dict[str, set[Version]] = {}
    for pin in pins:
        versions.setdefault(pin.name, set()).add(pin.version)
    for dist in installed:
        name = canonicalize_name(dist.name)
        findings |= {Finding(name, what) for what in _of_version(name, dist, pins)}
        findings |= {Finding(name, what) for what in _of_files(dist, recorded)}
        findings |= {Finding(name, what) for what in _of_licence(dist, licences)}
        try:
            versions.setdefault(name, set()).add(Version(dist.version))
        except InvalidVersion:
            findings.add(Finding(name, "has a version that cannot be read"))
    findings |= {Finding("-", f"{path} belongs to no distribution") for path in _strays(folders, recorded)}
    if advisory_folder:
        hits = advisories.against(versions, advisory_folder)
        findings |= {Finding(name, f"{version} has a known weakness: {which}") for name, version, which in hits}
    return sorted(findings)


def _of_version(name: str, dist: Distribution, pins: Sequence[lock.Pin]) -> Iterator[str]:
    if name == OURS or name in WITH_PYTHON:
        return
    wanted = [str(pin.version) for pin in pins if pin.name == name and pin.counts()]
    if not wanted:
        yield "is installed, but no lock pins it"
    elif dist.version not in wanted:  # the two locks may differ: what builds is installed first, the rest over it
        yield f"is {dist.version}, but pinned at {' and '.join(wanted)}"


def _recorded(installed: Sequence[Distribution]) -> dict[Path, set[tuple[str, str]]]:
    """Each file with the digests that were recorded of it: some distributions put a LICENSE in one and the same place."""
    recorded: dict[Path, set[tuple[str, str]]] = {}
    for dist in installed:
        for file in dist.files or ():
            digests = recorded.setdefault(_place(dist, file), set())
            if file.hash:
                digests.add((file.hash.mode, file.hash.value.rstrip("=")))
    return recorded


def _place(dist: Distribution, file: PackagePath) -> Path:
    return Path(os.path.normpath(str(dist.locate_file(file))))


def _of_files(dist: Distribution, recorded: Mapping[Path, set[tuple[str, str]]]) -> Iterator[str]:
    if not dist.files:
        yield "has no record of its files"
    for file in dist.files or ():
        path = _place(dist, file)
        if not recorded[path]:
            if file.name not in _RECORDS and file.suffix != ".pyc":
                yield f"{file} is recorded without a hash"
        elif not path.is_file():
            yield f"{file} is gone"
        elif not any(_digest(path, mode) == value for mode, value in sorted(recorded[path])):
            yield f"{file} was changed"


def _digest(path: Path, mode: str) -> str:
    with path.open("rb") as content:
        return base64.urlsafe_b64encode(hashlib.file_digest(content, mode).digest()).decode("ascii").rstrip("=")


def _of_licence(dist: Distribution, licences: Licences) -> Iterator[str]:
    expression = licences.of(dist)
    if expression is None:
        yield "has a licence that licences.csv does not know"
    elif not licences.allows(expression):
        yield f"has a licence that is not allowed: {expression}"


def _strays(folders: Sequence[str], recorded: Mapping[Path, object]) -> Iterator[str]:
    """Files beside the packages that nobody recorded; a `.pth` among them runs whenever Python starts."""
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            is_compiled = path.suffix == ".pyc" and path.parent.name == "__pycache__"
            if is_compiled or Path(os.path.normpath(path)) in recorded:
                continue
            if path.is_file() or path.is_symlink():  # of a folder too: what lies behind it can be imported
                yield str(path.relative_to(folder))


def main() -> int:
    """Print what was looked at and what was found; exit code 1 if anything was."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--advisories", type=Path, help="a folder of OSV files")
    given = parser.parse_args()
    if given.advisories and not given.advisories.is_dir():
        parser.error("the folder of advisories is not there")
    folders = [folder for folder in sys.path if Path(folder).name == "site-packages"]
    try:
        findings = found(folders, lock.LOCKS, Licences.read(), given.advisories)
    except (lock.LockUnread, advisories.AdvisoryUnread, advisories.NoAdvisories) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    for finding in findings:
        print(f"{finding.name}: {finding.what}")
    looked = f"{len(list(distributions(path=folders)))} distributions: {len(findings)} findings"
    known = "no advisories given: known weaknesses were not checked"
    if given.advisories:
        known = f"held against {len(advisories.files(given.advisories))} advisories"
    print(f"{looked}; {known}.")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
