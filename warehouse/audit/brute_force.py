"""A6: try every number against every byte that was kept, without the keys; and look for planted words.

A telephone number hides behind nothing: all Dutch mobile numbers hash in seconds. So the attacker writes each number
of a block in the ways people write it, hashes each way with the usual unkeyed functions, and looks for the texts and
digests (raw, hexadecimal, base64, UTF-16) in files, unpacking what is packed by gzip, bzip2, xz or zip, in dumps, and in
all rows. Not found: sums of 32 bits (CRC), which among so many numbers are met by chance, and what was hashed with a salt.
"""

import base64
import bz2
import contextlib
import gzip
import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from warehouse.store import ObjectPath, Place

_KEY: Final = 8  # bytes of a needle's end that are compared at once
_CHUNK: Final = 1 << 22
_FILTER_BITS: Final = 26
_HEXADECIMAL: Final = frozenset(bytes([letter]) for letter in b"0123456789abcdef")
# Eight bytes of a digest are enough to be sure, and find it cut short too.
_HASHES: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
_CUT: Final = 8


_PACKED: Final[dict[bytes, Callable[[Path], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_TORN: Final = (OSError, EOFError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: where, and in which form. Never the thing itself."""

    where: str
    form: str

    def __str__(self) -> str:
        """Name the place and the form."""
        return f"{self.where}: {self.form}"


def needles_of_numbers(numbers: Iterable[str]) -> dict[bytes, str]:
    """Write numbers (E.164) as people and programs do, and hash each way without a key.

    Returns:
        What to look for, with the name of its form.
    """
    found: dict[bytes, str] = {}
    for e164 in numbers:
        bare = e164.lstrip("+")
        forms = [e164, bare, "00" + bare]
        if bare.startswith("31"):
            kind, pairs = bare[2], " ".join(bare[at : at + 2] for at in range(3, len(bare), 2))
            forms += [
                f"0{bare[2:]}",
                f"0{kind}-{bare[3:]}",
                f"0{kind} {bare[3:]}",
                f"0{kind} {pairs}",
                f"0{kind}-{pairs}",
            ]
            forms += [f"{kind} {bare[3:]}", f"(0){bare[2:]}"]
        for form in forms:
            for raw, name in _encodings(form.encode()):
                found[raw] = f"number in plain{name}"
            found[form.encode("utf-16-le")] = "number in UTF-16"
        for raw in (struct.pack("<q", int(bare)), struct.pack(">q", int(bare)), struct.pack("<d", float(bare))):
            found[raw] = "number as a binary one"
        for form in (e164, bare, forms[3] if len(forms) > 3 else bare):
            for algorithm in _HASHES:
                digest = hashlib.new(algorithm, form.encode(), usedforsecurity=False).digest()[:_CUT]
                found[digest] = f"unkeyed {algorithm}"
                found[digest.hex().encode()] = f"unkeyed {algorithm}, hexadecimal"
                found[digest.hex().upper().encode()] = f"unkeyed {algorithm}, hexadecimal"
                # The last of the eleven letters depends on what follows, if anything does.
                found[base64.b64encode(digest)[:10]] = f"unkeyed {algorithm}, base64"
                found[base64.urlsafe_b64encode(digest)[:10]] = f"unkeyed {algorithm}, base64"
    return {needle: form for needle, form in found.items() if len(needle) >= _KEY}


def needles_of_texts(texts: Iterable[str]) -> dict[bytes, str]:
    """Look for planted words and sentences as they are, in the usual encodings."""
    found: dict[bytes, str] = {}
    for text in texts:
        for raw, name in _encodings(text.encode()):
            found[raw] = f"planted text{name}"
        found[text.encode("utf-16-le")] = "planted text in UTF-16"
        found[text.encode("cp1252", errors="ignore")] = "planted text in windows-1252"
    return {needle: form for needle, form in found.items() if len(needle) >= _KEY}


def _encodings(raw: bytes) -> list[tuple[bytes, str]]:
    shifted = [(_within_base64(raw, lead), ", base64") for lead in range(3)]
    return [(raw, ""), (raw.hex().encode(), ", hexadecimal"), *shifted]


def _within_base64(raw: bytes, lead: int) -> bytes:
    """Give the letters of base64 that `raw` alone decides, `lead` bytes after a border of three.

    All of them: a needle of the middle groups only would be six digits of a number, which the hexadecimal text of a PDF also holds.
    """
    first, last = -(-8 * lead // 6), 8 * (lead + len(raw)) // 6
    return base64.b64encode(b"\0" * lead + raw)[first:last]


class Haystack:
    """Looks for many needles at once: one lookup a byte, whatever their number."""

    def __init__(self, needles: dict[bytes, str]) -> None:
        """Index needles by their last eight bytes."""
        self._needles = needles
        self._by_end: dict[int, list[bytes]] = {}
        for needle in needles:
            self._by_end.setdefault(int.from_bytes(needle[-_KEY:], "little"), []).append(needle)
        self._ends = np.array(sorted(self._by_end), dtype=np.uint64)
        self._filter = np.zeros(1 << _FILTER_BITS, dtype=bool)
        self._filter[_mixed(self._ends)] = True
        self._longest = max((len(needle) for needle in needles), default=0)

    def scan_stream(self, where: str, stream: IO[bytes]) -> set[Hit]:
        """Find needles in what is read piece by piece."""
        return self.scan_pieces(where, iter(partial(stream.read, _CHUNK), b""))

    def scan_pieces(self, where: str, pieces: Iterable[bytes]) -> set[Hit]:
        """Find needles in what comes in pieces, also where one goes on in the next."""
        found: set[Hit] = set()
        kept = b""
        for piece in pieces:
            window = kept + piece
            found |= self._scan_window(where, window)
            kept = window[-self._longest :]
        return found

    def scan(self, where: str, content: bytes) -> set[Hit]:
        """Find needles in one piece of content."""
        return self.scan_stream(where, io.BytesIO(content))

    def _scan_window(self, where: str, window: bytes) -> set[Hit]:
        if len(window) < _KEY or not len(self._ends):
            return set()
        found = set()
        for offset in range(_KEY):
            keys = np.frombuffer(window, dtype="<u8", count=(len(window) - offset) // _KEY, offset=offset)
            at = np.flatnonzero(self._filter[_mixed(keys)])
            place = np.searchsorted(self._ends, keys[at])
            hit = self._ends[np.minimum(place, len(self._ends) - 1)] == keys[at]
            for position, key in zip(at[hit], keys[at[hit]], strict=True):
                end = offset + _KEY * (int(position) + 1)
                for needle in self._by_end[int(key)]:
                    if window.endswith(needle, 0, end) and not _is_inside_hexadecimal(needle, window, end):
                        found.add(Hit(where, self._needles[needle]))
        return found


def _is_inside_hexadecimal(needle: bytes, window: bytes, end: int) -> bool:
    """Tell whether digits stand amid hexadecimal ones: in 100 MB of pseudonyms some number turns up by chance."""
    before, after = window[end - len(needle) - 1 : end - len(needle)], window[end : end + 1]
    return needle.isdigit() and before.lower() in _HEXADECIMAL and after.lower() in _HEXADECIMAL


def _mixed(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Spread eight bytes over the filter: those of digits and hexadecimal have few values each (Fibonacci hashing)."""
    return np.asarray((keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _FILTER_BITS), dtype=np.int64)


def scan_files(haystack: Haystack, folders: Sequence[Place], skip: Sequence[str] = ("keys",)) -> tuple[set[Hit], int]:
    """Look through all files under some folders, and all objects under places in object storage.

    Args:
        haystack: what to look for.
        folders: state folder, logs, dumps.
        skip: names of folders to leave out; the attacker has no keys.

    Returns:
        What was found, and how many files were read.
    """
    found: set[Hit] = set()
    count = 0
    for folder in folders:
        if isinstance(folder, ObjectPath):
            for thing, _ in folder.under():
                with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                    found |= haystack.scan(f"exchange {thing.relative_to(folder)}", thing.read_bytes())
                    count += 1
            continue
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.is_symlink() or not path.is_file() or any(part in skip for part in parts):
                continue
            count += 1
            for name, stream in _streams("/".join(parts), path):
                try:
                    found |= haystack.scan_stream(name, stream)
                except _TORN:
                    continue  # gone since it was listed, or a torn archive: its raw bytes were looked through before
    return found, count


def _streams(name: str, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Open a file, and what is packed in it."""
    try:
        with path.open("rb") as raw:
            start = raw.read(6)
            raw.seek(0)
            yield name, raw
        for magic, unpack in _PACKED.items():
            if start.startswith(magic):
                with unpack(path) as stream:
                    yield f"{name} (unpacked)", stream
        if start.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    with archive.open(member) as stream:
                        yield f"{name}/{member}", stream
    except _TORN:
        return


def is_control_won(numbers: Sequence[str]) -> bool:
    """Attack a twin that kept a number in plain, one as unkeyed SHA-256, one in base64 and one gzipped."""
    plain, hashed, coded, packed = numbers[:4]
    haystack = Haystack(needles_of_numbers(numbers[:4]))
    twin = {
        "plain": f"bel 0{plain[3]}-{plain[4:]} na zes".encode(),
        "hashed": b"\x00" * 7 + hashlib.sha256(hashed.encode()).digest() + b"tail",
        "coded": base64.b64encode(f"{{'phone': '{coded}'}}".encode()),
    }
    hits = [bool(haystack.scan(name, content)) for name, content in twin.items()]
    return all(hits) and bool(haystack.scan("packed", gzip.decompress(gzip.compress(packed.encode()))))
