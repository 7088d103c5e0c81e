"""A folder of pages and files written whole, each file atomically, with what is no longer made removed."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from reports.errors import ReportNotWritten
from reports.outbox import write_atomically

MANIFEST = "bestanden.txt"
_SUFFIXES = (".html", ".csv", ".json", ".ods", ".parquet")


def write(out: Path, content: Mapping[str, bytes]) -> list[Path]:
    """Write files into `out` and give their paths in order of name.

    Only files that an earlier call listed in the manifest are ever removed; whatever else lies in the folder stays.

    Args:
        out: folder, made if need be.
        content: bytes by name relative to `out`.

    Raises:
        ReportNotWritten: the folder cannot be written.
    """
    names = sorted([*content, MANIFEST])
    old = _listed(out)
    made = []
    for name in names:
        data = "".join(f"{line}\n" for line in names).encode() if name == MANIFEST else content[name]
        path = out / name
        if not (path.is_file() and path.read_bytes() == data):
            write_atomically(path, data)
        made.append(path)
    try:
        for name in old - set(names):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise ReportNotWritten(str(out), error.strerror or type(error).__name__) from None
    return made


def _listed(out: Path) -> set[str]:
    """Read the manifest; names that would lead out of the folder are not ours."""
    manifest = out / MANIFEST
    if not manifest.is_file():
        return set()
    names = set()
    for line in manifest.read_text(encoding="utf-8").splitlines():
        path = PurePosixPath(line)
        if line and not path.is_absolute() and ".." not in path.parts and path.suffix in _SUFFIXES:
            names.add(line)
    return names
