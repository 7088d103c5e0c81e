"""Passwords of the database's roles: files in the folder of keys, readable by their owner only."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from warehouse.errors import MissingKey, UnsafeKeyFile


def password_of(keys: Path, role: str) -> str:
    """Give the password of a role, from `db-<role>`.

    Raises:
        MissingKey: there is none.
        UnsafeKeyFile: it cannot be read, or holds what is no password.
    """
    path = keys / f"db-{role}"
    try:
        password = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingKey(path) from None
    except PermissionError:
        raise UnsafeKeyFile(path, "cannot be read by this user", "Run as the user who made it.") from None
    except (IsADirectoryError, UnicodeDecodeError):
        password = ""
    if not password or not password.isprintable():
        # The others' are set by the administrator, whose own nobody can set.
        without = " (docs/keys.md)" if role == "admin" else "; without one, remove it and run `init`"
        raise UnsafeKeyFile(path, "is not a password", f"Put it back from your backup{without}.")
    return password


def ensure_password(keys: Path, role: str) -> str:
    """Give the password of a role, made now if it has none.

    Raises:
        MissingKey: it has none and none may be written here, as where a store of secrets fills the folder.
    """
    path = keys / f"db-{role}"
    if not path.exists():
        part = keys / f".db-{role}.{secrets.token_hex(4)}.part"
        try:
            part.touch(0o600, exist_ok=False)
            part.write_text(secrets.token_urlsafe(32), encoding="ascii")
            part.replace(path)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
                raise
            raise MissingKey(path) from None
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return password_of(keys, role)


@contextlib.contextmanager
def password_file(role: str, password: str) -> Iterator[int]:
    """Hold a password in a file in memory, to hand to a client program that is started within the block.

    Arguments can be listed by everybody, and an environment goes on to whatever the program starts. A file on disk would
    stay behind when we are killed.

    Yields:
        The file's descriptor, for `pass_fds`; the program reads it as `password_path` of it.
    """
    handle = os.memfd_create("password")
    try:
        os.fchmod(handle, 0o600)  # libpq passes over a file that others can read
        escaped = password.replace("\\", r"\\").replace(":", r"\:")
        os.write(handle, f"*:*:*:{role}:{escaped}\n".encode())
        yield handle
    finally:
        os.close(handle)


def password_path(handle: int) -> str:
    """Give the path of a `password_file` as the program that inherited it sees it: libpq's `passfile`."""
    return f"/dev/fd/{handle}"
