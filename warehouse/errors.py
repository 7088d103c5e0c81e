"""What can go wrong in the warehouse. Every sentence ends in the way out; none holds a value from a listing.

`exit_code` is what the command line gives back: 1 failed, 2 wrong use, 3 refused by a rule.
"""

from datetime import date
from pathlib import Path


class WarehouseError(Exception):
    """Root of this room's errors."""

    exit_code = 1


class WrongUse(WarehouseError):
    """A function was called with something that it cannot work with."""

    exit_code = 2


class Refused(WarehouseError):
    """A rule of the house forbids it."""

    exit_code = 3


class DayBeforeCalendar(WrongUse):
    """Epochs are counted from Monday 5 January 2026; earlier days have none."""

    def __init__(self, day: date) -> None:
        self.day = day
        super().__init__(f"{day} lies before 2026-01-05, where key epochs start. Ask for a later day.")


class UnknownArea(WrongUse):
    """No such area."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"{code} is not the code of a Dutch municipality. See warehouse/data/municipalities.csv.")


class MissingKey(WarehouseError):
    """A key file is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"The key file {path} is missing. Put it back from your backup; only for a new installation run `init`, "
            "since a new key cannot open what an old one closed."
        )


class UnsafeKeyFile(Refused):
    """A key file or its folder can be read by others, or is not a key."""

    def __init__(self, path: Path, how: str, way_out: str) -> None:
        self.path = path
        self.how = how
        super().__init__(f"{path} {how}. {way_out}")


class KeyDestroyed(Refused):
    """The key of this epoch was destroyed on purpose."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        super().__init__(f"The key of epoch {epoch} was destroyed, so its rows cannot be added to. Use a later day.")


class KeyExists(Refused):
    """A key is never overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists and differs; a key is never overwritten. Choose another state folder.")


class SpoolCorrupt(WarehouseError):
    """An encrypted file is torn, was changed, or belongs to another key."""

    def __init__(self, path: Path, how: str) -> None:
        self.path = path
        self.how = how
        super().__init__(
            f"{path} cannot be opened ({how}): it is torn, was changed, or was written under another key. "
            "Nothing of it was loaded. Put the right key back, or delete the file and accept the gap of that day."
        )


class StorageFull(WarehouseError):
    """The disk is full or read-only."""

    def __init__(self, where: str, how: str) -> None:
        self.where = where
        self.how = how
        super().__init__(
            f"Nothing can be written to {where} ({how}). Free some space or make it writable and run the same command "
            "again; nothing was lost."
        )


class ServerUnavailable(WarehouseError):
    """PostgreSQL cannot be started or reached."""

    def __init__(self, how: str, way_out: str = "Run the same command again; if it stays so, run `doctor`.") -> None:
        self.how = how
        super().__init__(f"The database server is not available: {how}. {way_out}")


class DatabaseFailed(WarehouseError):
    """PostgreSQL refused a statement. Holds the SQL state and the table only, never a value."""

    def __init__(self, sqlstate: str, table: str = "", way_out: str = "Run the same step again.") -> None:
        self.sqlstate = sqlstate
        self.table = table
        where = f" on {table}" if table else ""
        super().__init__(f"The database refused a statement{where} (SQL state {sqlstate}). {way_out}")


class NotAllowed(DatabaseFailed):
    """The role has no right to this."""

    exit_code = 3

    def __init__(self, sqlstate: str = "42501", table: str = "") -> None:
        super().__init__(sqlstate, table, "This role has no right to it; readers see the release schema only.")


class StatementTooSlow(DatabaseFailed):
    """The statement was stopped at the role's time limit."""

    def __init__(self, sqlstate: str = "57014", table: str = "") -> None:
        super().__init__(sqlstate, table, "It was stopped at the time limit of this role; ask for less at once.")


class MigrationChanged(WarehouseError):
    """A migration file was edited after it had run."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"The migration {name} was changed after it had run here. Put the original back and write a new migration."
        )


class MigrationMissing(WarehouseError):
    """This database was migrated by a newer program, or a migration file was removed."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The database has run migration {name}, which is not here. Install the program that has it.")


class LoadedDifferently(Refused):
    """A day of a source was loaded from another file before."""

    def __init__(self, source: str, day: date) -> None:
        self.source = source
        self.day = day
        super().__init__(
            f"{source} on {day} was loaded before, from another spool file; a loaded day is never replaced. "
            "Delete the second spool file."
        )


class NotANumber(WrongUse):
    """What was given is not a telephone number. The value is not repeated."""

    def __init__(self) -> None:
        super().__init__("That is not a valid telephone number. Give it with its country code, e.g. +31 6 ...")
