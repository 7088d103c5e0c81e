"""What the locks promise: each pin with its hashes, its marker, and who asked for it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-build.lock")
_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")
_VIA = re.compile(r"#\s+(?:via\s+)?([A-Za-z0-9][\w.-]*)")


class LockUnread(Exception):
    """A line of a lock is none that its maker writes."""

    def __init__(self, lock: Path, number: int) -> None:
        super().__init__(f"{lock.name}, line {number}, cannot be read. Make it anew with `make lock`.")


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of one distribution.

    Attributes:
        name: as packages are compared, in lower case with hyphens.
        version: the one version.
        marker: where it counts, as in a requirement; empty: everywhere.
        hashes: of the files that may be installed, algorithm and hexadecimal digest.
        via: names of those that ask for it.
        is_ours: whether the project itself asks for it, not only what tests and tools need.
    """

    name: str
    version: Version
    marker: str
    hashes: tuple[tuple[str, str], ...]
    via: tuple[str, ...]
    is_ours: bool = False

    def counts(self) -> bool:
        """Tell whether the pin is for this Python on this machine."""
        return not self.marker or Marker(self.marker).evaluate()


def read(lock: Path) -> list[Pin]:
    """Read a lock, in its order.

    Raises:
        LockUnread: it holds a line that pins nothing.
    """
    return [_pin(lock, number, head, rest) for number, head, rest in _entries(lock)]


def _entries(lock: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Each line that does not begin with white space or `#`, with the lines under it."""
    entry: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), 1):
        if line[:1] not in {"", " ", "#"}:
            if entry:
                yield entry
            entry = (number, line.rstrip("\\ "), [])
        elif entry:
            entry[2].append(line)
    if entry:
        yield entry


def _pin(lock: Path, number: int, head: str, rest: list[str]) -> Pin:
    try:
        wanted = Requirement(head)
    except InvalidRequirement:
        raise LockUnread(lock, number) from None
    exact = [each for each in wanted.specifier if each.operator == "==" and "*" not in each.version]
    if len(exact) != 1 or wanted.url:
        raise LockUnread(lock, number)
    hashes = tuple(found for line in rest for found in _HASH.findall(line))
    via = {canonicalize_name(found[1]) for line in rest if (found := _VIA.search(line)) and found[1] != "via"}
    return Pin(
        canonicalize_name(wanted.name),
        Version(exact[0].version),
        str(wanted.marker or ""),
        hashes,
        tuple(sorted(via)),
        any(line.endswith("(pyproject.toml)") for line in rest),
    )


def running(pins: Sequence[Pin]) -> set[str]:
    """Give the names of what runs: what the project asks for, and all that those ask for in their turn."""
    by_asker: dict[str, list[Pin]] = {}
    found = {pin.name for pin in pins if pin.is_ours}
    for pin in pins:
        for asker in pin.via:
            by_asker.setdefault(asker, []).append(pin)
    left = sorted(found)
    while left:
        new = {pin.name for pin in by_asker.get(left.pop(), ())} - found
        found |= new
        left += sorted(new)
    return found
