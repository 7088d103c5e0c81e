"""What can go wrong when the database is copied, brought back or brought up to date."""

from pathlib import Path

from warehouse.errors import Refused, WarehouseError


class DataExists(Refused):
    """A database is never written over another."""

    def __init__(self, state: Path) -> None:
        self.state = state
        super().__init__(
            f"There is a database in {state} already, and none is ever written over. Choose an empty folder with "
            "ADVERTENTIEMONITOR_STATE, or take the old one away yourself."
        )


class BackupNeedsRestart(WarehouseError):
    """The running server was started before the first backup was asked for."""

    def __init__(self) -> None:
        super().__init__(
            "The database runs without an archive, which a backup needs. Stop what runs (Ctrl-C in `up`), give "
            "`advertentiemonitor backup` again, and start it again afterwards. This is needed once."
        )


class BackupFailed(WarehouseError):
    """A program of PostgreSQL that makes or checks a backup gave up."""

    def __init__(self, program: str, how: str) -> None:
        self.program = program
        super().__init__(f"No backup was made. {program} says: {how}. See whether there is room, and try again.")


class BackupDamaged(WarehouseError):
    """A backup is not as it was made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"The backup is damaged: {path} is missing or was changed. Look at the disk, and use another backup."
        )


class ArchiveDiffers(Refused):
    """The folder of backups belongs to another installation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path} belongs to another database. Choose a folder of its own for this installation with "
            "ADVERTENTIEMONITOR_BACKUPS."
        )


class NoBackup(WarehouseError):
    """There is no backup from which that moment can be reached."""

    def __init__(self, folder: Path, moment: str | None) -> None:
        self.folder = folder
        which, way_out = (
            (f" of before {moment}", "Choose a later moment") if moment else ("", "See whether the disk is there")
        )
        super().__init__(
            f"There is no backup{which} in {folder}. {way_out}, or name another folder with ADVERTENTIEMONITOR_BACKUPS."
        )


class MomentNotReached(WarehouseError):
    """The log does not reach to the moment asked for."""

    def __init__(self, moment: str) -> None:
        super().__init__(
            f"The archive does not reach to {moment}. Choose an earlier moment, leave --at out to go as far as it does, or "
            "make one more backup in the old folder first: it takes the last part of the archive along."
        )


class DataGone(WarehouseError):
    """There was a database, and its files are not where they were."""

    def __init__(self, data: Path) -> None:
        self.data = data
        super().__init__(
            f"The files of the database are gone: there is nothing in {data}, and no empty database is made in its place. "
            "Mount the disk that they are on, or give back the rights on the folders above it. If they are lost, give "
            "`advertentiemonitor restore`."
        )


class UpgradeFailed(Refused):
    """A new version could not change the database. Tried again it fails again: the migrations are the same."""

    def __init__(self, sqlstate: str, backup: Path | None) -> None:
        self.sqlstate = sqlstate
        self.backup = backup
        kept = f" There is a backup of before it too: {backup}." if backup else ""
        super().__init__(
            f"The database could not be brought up to date (SQL state {sqlstate}); nothing was changed.{kept} Put the version "
            "of before back, which goes on with it, and report this."
        )
