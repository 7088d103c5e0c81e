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
    """A key is not there."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        is_of_epoch = "pseudonym" in Path(path).name.lower()
        lost = (
            "start a new epoch with `keys rotate`: figures go on, with a break" if is_of_epoch else "see docs/keys.md"
        )
        super().__init__(
            f"The key {path} is missing. Put it back from your backup; only for a new installation run `init`, "
            f"since a new key cannot open what an old one closed. If it is lost for good, {lost}."
        )


class WrongKey(Refused):
    """A key is not the one that the rows in the database were made with."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"The key {name} is not the one that the database knows, so nothing was done with it. Put the right key back "
            "from your backup."
        )


class KeyInUse(Refused):
    """A key that is needed cannot be destroyed, and no epoch starts while another key is in its bridge week."""

    def __init__(self, epoch: str, why: str, way_out: str) -> None:
        self.epoch = epoch
        super().__init__(f"The key of epoch {epoch} {why}. {way_out}")


class KeyProviderFailed(WarehouseError):
    """The program or the environment that gives the keys did not. What it printed is not repeated."""

    def __init__(self, name: str, how: str, way_out: str) -> None:
        self.name = name
        super().__init__(f"The key {name} could not be had: {how}. {way_out}")


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


class EpochPassed(Refused):
    """A later epoch has been opened, so this one cannot be any more."""

    def __init__(self, epoch: str, newest: str, start: date) -> None:
        self.epoch = epoch
        self.newest = newest
        way_out = "Use a later day."
        if newest[-1].isalpha():
            way_out = (
                f"Use a later day; or, if `epochs.json` in the state folder was lost or changed, put this back in it: "
                f'{{"{newest}": "{start}"}}.'
            )
        super().__init__(f"Epoch {epoch} cannot start any more: {newest} has started, on {start}. {way_out}")


class EpochMoved(WarehouseError):
    """While a file was being read, its day went to another epoch, or its epoch was closed."""

    def __init__(self, epoch: str, day: date, newest: str) -> None:
        self.epoch = epoch
        self.day = day
        super().__init__(
            f"{day} was read for epoch {epoch} while it was moved to {newest}, or closed; nothing was loaded. "
            "Run the same step again."
        )


class CalendarDamaged(WarehouseError):
    """The file that tells which epochs started early is not what was written."""

    def __init__(self, path: object) -> None:
        self.path = path
        super().__init__(
            f"{path} cannot be read. Put it back from a backup, or remove it: if an epoch had started early, the next step "
            "tells what it has to say."
        )


class EpochClosed(Refused):
    """What tied the rows of this epoch together was destroyed with its key."""

    def __init__(self, epoch: str, day: date) -> None:
        self.epoch = epoch
        self.day = day
        super().__init__(
            f"Nothing can be estimated for {day} any more: epoch {epoch} is closed, and who was one advertiser was "
            "destroyed with its key. Figures that were made for other days stay."
        )


class KeyExists(Refused):
    """A key is never overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists and differs; a key is never overwritten. Choose another state folder.")


class SpoolCorrupt(WarehouseError):
    """An encrypted file is torn, was changed, or belongs to another key."""

    def __init__(self, path: object, how: str) -> None:
        self.path, self.how = path, how
        super().__init__(
            f"{path} cannot be opened ({how}): it is torn, was changed, or was written under another key. "
            "Nothing of it was loaded. Put the right key back, or delete the file and accept the gap of that day."
        )


class StorageFull(WarehouseError):
    """The disk is full or read-only."""

    def __init__(self, where: str, how: str) -> None:
        self.where, self.how = where, how
        super().__init__(
            f"Nothing can be written to {where} ({how}). Free some space or make it writable and run the same command "
            "again; nothing was lost."
        )


class ServerUnavailable(WarehouseError):
    """PostgreSQL cannot be started or reached."""

    def __init__(self, how: str, way_out: str = "Run the same command again; if it stays so, run `doctor`.") -> None:
        self.how = how
        super().__init__(f"The database server is not available: {how}. {way_out}")


class PasswordRefused(ServerUnavailable):
    """PostgreSQL answers, and does not accept a role's password."""


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


class MigrationChanged(Refused):
    """A migration file was edited after it had run."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"The migration {name} was changed after it had run here. Put the original back and write a new migration."
        )


class MigrationMissing(Refused):
    """This database was migrated by a newer program, or a migration file was removed."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"The database has run migration {name}, which is not here: it is newer than this program. Install the version "
            "that has it, or restore a backup of before it."
        )


class DatabaseOlder(WarehouseError):
    """This program has migrations that the database has not run, and asked for something that they make."""

    def __init__(self) -> None:
        super().__init__(
            "The database is older than this program. Run `advertentiemonitor init`, which brings it up to date."
        )


class LoadedDifferently(Refused):
    """A day of a source was loaded from another file before."""

    def __init__(self, source: str, day: date) -> None:
        self.source = source
        self.day = day
        super().__init__(
            f"{source} on {day} was loaded before, from another spool file; a loaded day is never replaced. "
            "Delete the second spool file."
        )


class LoadedElsewhere(Refused):
    """A spool file lies under the name of another day or source."""

    def __init__(self, source: str, day: date) -> None:
        self.source = source
        self.day = day
        super().__init__(
            f"The spool file of {source} on {day} is not of that source and day: it has other records, or was loaded "
            "under its own name before. Nothing of it was loaded. Delete it."
        )


class ClockSetBack(Refused):
    """By the clock it is a day before one that has been."""

    def __init__(self, today: date, newest: date) -> None:
        self.today = today
        self.newest = newest
        super().__init__(
            f"By the clock it is {today}, but the database knows {newest} already, so nothing was destroyed. Set the clock "
            f"right. If it is right, say so each day until {newest}: `advertentiemonitor retention run --today {today}`, or "
            f"`restore --today {today}`."
        )


class ClockAhead(Refused):
    """By the clock it is long after the last day that is known."""

    def __init__(self, today: date, newest: date) -> None:
        self.today = today
        self.newest = newest
        super().__init__(
            f"By the clock it is {today}, {(today - newest).days} days after the last day that the database knows "
            f"({newest}), so nothing was done. Set the clock right. If it is right and this installation lay still, "
            f"say so: `advertentiemonitor retention run --today {today}`, or `restore --today {today}`."
        )


class NotANumber(WrongUse):
    """What was given is not a telephone number. The value is not repeated."""

    def __init__(self) -> None:
        super().__init__("That is not a valid telephone number. Give it with its country code, e.g. +31 6 ...")


class UnusableAddress(WrongUse):
    """An address of a database cannot be used. The address is not repeated: somebody may have put a password in it."""

    def __init__(self, how: str) -> None:
        super().__init__(how)


class ExchangeFailed(WarehouseError):
    """The object storage between collecting and reading did not do what was asked."""

    def __init__(self, where: str, how: str) -> None:
        self.where, self.how = where, how
        super().__init__(f"The exchange {where} {how}. Then run the same command again; nothing was lost.")


class ExchangeKeepsVersions(Refused):
    """A bucket keeps what is deleted from it, so that listings would stay longer than their term."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(
            f"The exchange {where} keeps older versions of objects, so that what is deleted after 72 hours would stay in it. Use a "
            "bucket in which versioning was never switched on; or suspend it there, and delete all older versions."
        )
