"""Keys: one random root of 32 bytes per domain, for pseudonyms one per epoch (ADR 0002).

A pseudonym is HMAC-SHA-256(HMAC-SHA-256(root of the epoch, purpose || epoch), value): values under another purpose or
epoch never meet, and without the key file nothing can be tried out (PRIVACY P3, A6). Roots are read from files with
mode 0600 in a folder with mode 0700; they are never in the database, an environment variable, an argument or a log.
"""

import contextlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from warehouse.calendar import epoch_start
from warehouse.errors import KeyDestroyed, KeyExists, MissingKey, StorageFull, UnsafeKeyFile

KEY_BYTES = 32


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


class PseudonymKeys:
    """Makes the pseudonyms of one epoch; 32 bytes each. About one microsecond a call."""

    __slots__ = ("_carried", "_content", "_listing", "_sketch", "_telephone", "check", "epoch")

    def __init__(self, root: bytes, epoch: str) -> None:
        self.epoch = epoch

        def key(purpose: str) -> bytes:
            return _mac(root, purpose.encode() + b"\0" + epoch.encode())

        self._telephone = key("telephone")
        self._listing = key("listing")
        self._content = key("content")
        self._sketch = key("sketch")
        self._carried = key("carried")
        self.check = _mac(key("check"), b"check")

    def __repr__(self) -> str:
        """Show the epoch only."""
        return f"PseudonymKeys(epoch={self.epoch!r})"

    def telephone(self, e164: str) -> bytes:
        """Pseudonym of a telephone number in E.164 form."""
        return _mac(self._telephone, e164.encode())

    def listing(self, source: str, listing_id: str) -> bytes:
        """Pseudonym of the id that a site gives to a listing."""
        return _mac(self._listing, source.encode() + b"\0" + listing_id.encode("utf-8", "surrogatepass"))

    def content(self, text: str) -> bytes:
        """Pseudonym of a normalised text."""
        return _mac(self._content, text.encode("utf-8", "surrogatepass"))

    def sketch_key(self) -> bytes:
        """Key of the text sketches (`warehouse.sketches`)."""
        return self._sketch

    def carried(self, value: bytes) -> bytes:
        """What stands in the next epoch for a pseudonym of this one: equal where equal, and a dead end without this key."""
        return _mac(self._carried, value)


def check_of(key: bytes) -> bytes:
    """Give what tells a key from a wrong one: 32 bytes that say nothing of what was made with it."""
    return _mac(key, b"check")


class KeyProvider(Protocol):
    """Where keys come from. `FileKeys` is the default; others are in `warehouse.key_providers`."""

    def spool(self) -> bytes:
        """Key of the encrypted files of the collection domain."""

    def record(self) -> bytes:
        """Key of the releaser's noise."""

    def pseudonyms(self, epoch: str) -> PseudonymKeys:
        """Pseudonym keys of an epoch."""

    def epochs(self) -> tuple[str, ...]:
        """Epochs whose key is there, oldest first."""

    def destroyed(self) -> tuple[str, ...]:
        """Epochs whose key was destroyed, oldest first."""

    def ensure_epoch(self, epoch: str) -> PseudonymKeys:
        """Give the keys of an epoch, made now if it never had any."""

    def destroy(self, epoch: str) -> None:
        """Destroy the key of an epoch for good."""


class FileKeys:
    """Keys in a folder: `spool.key`, `record.key` and a `pseudonym-E0003.key` for each epoch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        """Show the folder only."""
        return f"FileKeys({str(self.folder)!r})"

    @classmethod
    def create(cls, folder: Path, deterministic_from: bytes | None = None, epochs: Iterable[str] = ()) -> "FileKeys":
        """Make the keys that are not there yet: spool, record, and one for each of `epochs`. Existing ones stay.

        Args:
            folder: made with mode 0700 if need be.
            deterministic_from: for the synthetic market only: derive each root from these bytes, so that two demo runs
                are byte-identical. An installation leaves it out and gets random roots.
            epochs: codes such as E0003.

        Raises:
            KeyExists: a key made from other bytes is there already.
            UnsafeKeyFile: the folder can be entered by others.
            StorageFull: it cannot be written.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageFull(str(folder), error.strerror or "cannot be written") from None
        keys = cls(folder)
        keys._check_folder()
        for name in ("spool", "record", *(f"pseudonym-{epoch}" for epoch in epochs)):
            keys._make(name, deterministic_from)
        return keys

    def ensure_epoch(self, epoch: str, deterministic_from: bytes | None = None) -> PseudonymKeys:
        """Give the keys of an epoch, made now if it never had any.

        Raises:
            KeyDestroyed: it had a key, which was destroyed; it gets no second one.
        """
        self._make(f"pseudonym-{epoch}", deterministic_from)
        return self.pseudonyms(epoch)

    def spool(self) -> bytes:
        """Key of the encrypted files of the collection domain.

        Raises:
            MissingKey, UnsafeKeyFile: see there.
        """
        return self._read("spool")

    def record(self) -> bytes:
        """Key of the releaser's noise."""
        return self._read("record")

    def pseudonyms(self, epoch: str) -> PseudonymKeys:
        """Pseudonym keys of an epoch.

        Raises:
            KeyDestroyed: this epoch cannot be linked to any more.
        """
        epoch_start(epoch)
        if self._tombstone(epoch).exists():
            raise KeyDestroyed(epoch)
        return PseudonymKeys(self._read(f"pseudonym-{epoch}"), epoch)

    def epochs(self) -> tuple[str, ...]:
        """Epochs whose key is there and was not destroyed, oldest first."""
        found = (path.stem.removeprefix("pseudonym-") for path in self.folder.glob("pseudonym-E*.key"))
        return tuple(sorted(epoch for epoch in found if not self._tombstone(epoch).exists()))

    def destroyed(self) -> tuple[str, ...]:
        """Epochs whose key was destroyed, oldest first."""
        return tuple(
            sorted(path.name.removeprefix("pseudonym-").removesuffix(".destroyed") for path in self._tombstones())
        )

    def destroy(self, epoch: str) -> None:
        """Destroy the key of an epoch for good; what was written under it can never be linked again (PRIVACY P7).

        The mark that it is gone is written first: a kill in between leaves a key that is refused and can be destroyed
        again.

        Raises:
            MissingKey: it never had one.
        """
        path = self.folder / f"pseudonym-{epoch}.key"
        if not path.exists() and not self._tombstone(epoch).exists():
            raise MissingKey(path)
        _write_new(self._tombstone(epoch), b"")
        # Who was killed while it wrote the key, or the mark, left it under a hidden name too.
        for each in (path, *self.folder.glob(f".pseudonym-{epoch}.*.part")):
            with contextlib.suppress(FileNotFoundError):
                with each.open("r+b") as file:
                    file.write(bytes(os.fstat(file.fileno()).st_size))  # nothing over a mark: two names, one empty file
                    file.flush()
                    os.fsync(file.fileno())
                each.unlink()
        _sync_folder(self.folder)

    def _tombstone(self, epoch: str) -> Path:
        return self.folder / f"pseudonym-{epoch}.destroyed"

    def _tombstones(self) -> Iterable[Path]:
        return self.folder.glob("pseudonym-E*.destroyed")

    def _make(self, name: str, deterministic_from: bytes | None) -> None:
        path = self.folder / f"{name}.key"
        if name.startswith("pseudonym-"):
            epoch = name.removeprefix("pseudonym-")
            epoch_start(epoch)
            if self._tombstone(epoch).exists():
                raise KeyDestroyed(epoch)
        if deterministic_from is None:
            if not path.exists():
                _write_new(path, secrets.token_bytes(KEY_BYTES))
            return
        root = _mac(deterministic_from, b"root\0" + name.encode())
        _write_new(path, root)
        if not hmac.compare_digest(self._read(name), root):
            raise KeyExists(path)

    def _check_folder(self) -> None:
        there = self.folder.stat()
        mode = stat.S_IMODE(there.st_mode)
        if mode & 0o077:
            raise UnsafeKeyFile(
                self.folder, f"can be entered by others (mode {mode:04o})", f"Close it: `chmod 700 {self.folder}`."
            )
        _check_owner(self.folder, there)
        # Whoever may write the folder above can put another one in its place, with keys of their own for epochs to come.
        above = self.folder.resolve().parent
        mode = stat.S_IMODE(above.stat().st_mode)
        if mode & 0o002 and not mode & stat.S_ISVTX:
            raise UnsafeKeyFile(
                self.folder,
                f"can be replaced by others (mode {mode:04o} of {above})",
                f"Close it: `chmod o-w {above}`.",
            )

    def _read(self, name: str) -> bytes:
        path = self.folder / f"{name}.key"
        try:
            self._check_folder()
            with path.open("rb") as file:
                there = os.fstat(file.fileno())
                mode = stat.S_IMODE(there.st_mode)
                if mode & 0o077:
                    raise UnsafeKeyFile(
                        path, f"can be read by others (mode {mode:04o})", f"Close it: `chmod 600 {path}`."
                    )
                _check_owner(path, there)
                root = file.read(KEY_BYTES + 1)
        except FileNotFoundError:
            raise MissingKey(path) from None
        except PermissionError:
            raise UnsafeKeyFile(path, "cannot be read by this user", "Run as the user who made it.") from None
        if len(root) != KEY_BYTES:
            raise UnsafeKeyFile(path, f"is not a key of {KEY_BYTES} bytes", "Put it back from your backup.")
        return root


def _check_owner(path: Path, there: os.stat_result) -> None:
    if there.st_uid != os.geteuid():
        raise UnsafeKeyFile(path, "belongs to another user, who can read it", f"Take it over: `chown $(id -u) {path}`.")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only; one that exists stays as it is."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)  # unlike a rename, a link never replaces a key that another process just made
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageFull(str(path.parent), error.strerror or "cannot be written") from None
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
