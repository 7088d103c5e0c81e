"""Encrypted files: streams of authenticated chunks, whole or absent.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizar 2015): each chunk is sealed with ChaCha20-Poly1305
under a nonce that holds its number and whether it is the last, so that chunks cannot be left out, swapped, doubled or
cut off unseen. Each file has its own key, derived from the given key and a random salt; the salt and the kind of file
are authenticated with every chunk. Nothing ever leaves the process in plain, not even under a temporary name.
"""

import hmac
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from warehouse.errors import SpoolCorrupt
from warehouse.store import Place, naming, writing

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

    Leaving the context without an exception seals it and gives it its name; with one, nothing is left (`store.writing`).
    """

    def __init__(self, path: Place, key: bytes, kind: str) -> None:
        self.path = path
        self._header = MAGIC + kind.encode().ljust(_KIND_BYTES, b"\0") + secrets.token_bytes(_SALT_BYTES)
        self._cipher = _cipher(key, self._header)
        self._buffer = bytearray()
        self._number = 0
        self._file: BinaryIO | None = None
        self._whole = ExitStack()

    def __enter__(self) -> Self:
        self._file = self._whole.enter_context(writing(self.path))
        self._file.write(self._header)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._whole.__exit__(kind, error, trace)
            return
        with self._whole:
            self._seal(memoryview(bytes(self._buffer)), last=True)

    def append(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            StorageFull: the disk is full or read-only.
        """
        self._buffer += data
        # A full chunk is sealed only when more follows: the last one must carry the mark that it is the last.
        if len(self._buffer) > CHUNK_BYTES:
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
        with naming(self.path):
            self._open_file().write(self._cipher.encrypt(nonce, bytes(chunk), self._header))
        self._number += 1


def chunks(path: Place, key: bytes, kind: str) -> Iterator[bytes]:
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
