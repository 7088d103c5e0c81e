"""Encrypted files: streams of authenticated chunks, whole or absent.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizar 2015): each chunk is sealed with ChaCha20-Poly1305
under a nonce that holds its number and whether it is the last, so that chunks cannot be left out, swapped, doubled or
cut off unseen. Each file has its own key, derived from the given key and a random salt; the salt and the kind of file
are authenticated with every chunk. Nothing is ever on disk in plain, not even under a temporary name.
"""

import contextlib
import errno
import hmac
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from warehouse.errors import SpoolCorrupt, StorageFull

MAGIC = b"ADMON\x01"
CHUNK_BYTES = 64 * 1024
_SALT_BYTES = 16
_TAG_BYTES = 16
_KIND_BYTES = 10
_HEADER_BYTES = len(MAGIC) + _KIND_BYTES + _SALT_BYTES


def _cipher(key: bytes, header: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hmac.digest(key, b"sealed file\0" + header, "sha256"))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class SealedWriter:
    """Writes an encrypted file; it gets its name only when it is whole.

    Leaving the context without an exception seals and renames; with one, the partial file is removed. A partial file
    of a killed writer is removed by the next one with the same path.
    """

    def __init__(self, path: Path, key: bytes, kind: str) -> None:
        self.path = path
        self._part = path.with_name(f".{path.name}.part")
        self._header = MAGIC + kind.encode().ljust(_KIND_BYTES, b"\0") + secrets.token_bytes(_SALT_BYTES)
        self._cipher = _cipher(key, self._header)
        self._buffer = bytearray()
        self._number = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        with self._named_errors():
            self._part.unlink(missing_ok=True)
            handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            self._file = os.fdopen(handle, "wb")
            self._file.write(self._header)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            with self._named_errors():
                self._finish()
        except BaseException:
            self._discard()
            raise

    def append(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            StorageFull: the disk is full or read-only.
        """
        self._buffer += data
        # A full chunk is sealed only when more follows: the last one must carry the mark that it is the last.
        if len(self._buffer) > CHUNK_BYTES:
            with self._named_errors():
                view = memoryview(bytes(self._buffer))
                whole = (len(view) - 1) // CHUNK_BYTES * CHUNK_BYTES
                for start in range(0, whole, CHUNK_BYTES):
                    self._seal(view[start : start + CHUNK_BYTES], last=False)
                self._buffer = bytearray(view[whole:])

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            message = "a sealed file is written inside its `with` block"
            raise RuntimeError(message)
        return self._file

    def _seal(self, chunk: memoryview, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._open_file().write(self._cipher.encrypt(nonce, bytes(chunk), self._header))
        self._number += 1

    def _finish(self) -> None:
        file = self._open_file()
        self._seal(memoryview(bytes(self._buffer)), last=True)
        file.flush()
        os.fsync(file.fileno())
        file.close()
        self._part.replace(self.path)
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)  # the new name itself must survive a power cut
        finally:
            os.close(handle)

    def _discard(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageFull(
                str(self.path.parent), error.strerror or errno.errorcode.get(error.errno or 0, "")
            ) from None


def chunks(path: Path, key: bytes, kind: str) -> Iterator[bytes]:
    """Yield the plain chunks of an encrypted file, each authenticated before it is given out.

    A file that was cut off is found out at its end only: load what you read in one transaction.

    Raises:
        SpoolCorrupt: torn, changed, of another kind, or under another key.
        FileNotFoundError: there is no such file.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        expected = MAGIC + kind.encode().ljust(_KIND_BYTES, b"\0")
        if len(header) < _HEADER_BYTES or not header.startswith(expected):
            raise SpoolCorrupt(path, "its head is not right")
        cipher = _cipher(key, header)
        number = 0
        sealed = file.read(CHUNK_BYTES + _TAG_BYTES)
        while True:
            following = file.read(CHUNK_BYTES + _TAG_BYTES)
            try:
                chunk = cipher.decrypt(_nonce(number, last=not following), sealed, header)
            except InvalidTag:
                raise SpoolCorrupt(path, f"part {number + 1} does not fit") from None
            yield chunk
            if not following:
                return
            sealed, number = following, number + 1
