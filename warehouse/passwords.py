"""Passwords of the database's roles: files in the folder of keys, readable by their owner only."""

import secrets
from pathlib import Path

from warehouse.errors import MissingKey


def password_of(keys: Path, role: str) -> str:
    """Give the password of a role, from `db-<role>`.

    Raises:
        MissingKey: there is none.
    """
    path = keys / f"db-{role}"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise MissingKey(path) from None


def ensure_password(keys: Path, role: str) -> str:
    """Give the password of a role, made now if it has none."""
    path = keys / f"db-{role}"
    if not path.exists():
        part = keys / f".db-{role}.{secrets.token_hex(4)}.part"
        try:
            part.touch(0o600, exist_ok=False)
            part.write_text(secrets.token_urlsafe(32), encoding="ascii")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return password_of(keys, role)
