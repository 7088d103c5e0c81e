"""What can go wrong at the front door, each with the exit code of the command line.

Every room's root error has an `exit_code` too: 1 failed, 2 wrong use, 3 refused by a rule.
"""


class FrontDoorError(Exception):
    """Root of this room's errors."""

    exit_code = 1


class WrongUse(FrontDoorError):
    """The command was called with something it cannot work with."""

    exit_code = 2


class RefusedByRule(FrontDoorError):
    """A rule of the privacy statement forbids it."""

    exit_code = 3


class CrawlFailed(FrontDoorError):
    """A crawl process ended without a result."""

    def __init__(self, source: str, how: str) -> None:
        self.source = source
        self.how = how
        super().__init__(
            f"The crawl of {source} ended early ({how}). Nothing was kept of it; run the same day again to crawl it anew."
        )


class StateFolderUnusable(FrontDoorError):
    """The state folder cannot be written."""

    def __init__(self, folder: str, how: str) -> None:
        self.folder = folder
        super().__init__(
            f"The state folder {folder} cannot be used ({how}). "
            "Free some space or name another folder with ADVERTENTIEMONITOR_STATE; nothing was lost."
        )
