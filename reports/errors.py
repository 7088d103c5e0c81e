"""What can go wrong in telling. Each sentence ends in the way out.

`exit_code` is what the command line gives back: 1 failed, 2 wrong use, 3 refused by a rule.
"""

from datetime import date


class ReportError(Exception):
    """Root of this room's errors."""

    exit_code = 1


class NothingReleased(ReportError):
    """There is no release to tell about."""

    def __init__(self, day: date | None) -> None:
        self.day = day
        what = "Nothing has been released yet" if day is None else f"Nothing has been released for {day}"
        super().__init__(f"{what}, so there is nothing to tell. Run `run --day` for it first.")


class YearNotReleased(ReportError):
    """There are no open data of that year."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            f"Open data of {year} have not been released, so there is nothing to write. Run `open-data release --year "
            f"{year}` first."
        )


class BadAddress(ReportError):
    """An address of a recipient or the sender is not one. It is not repeated: settings may hold private addresses."""

    exit_code = 2

    def __init__(self, which: str) -> None:
        self.which = which
        super().__init__(
            f"The {which} is not a mail address of the form name@domain. Correct ADVERTENTIEMONITOR_RECIPIENTS or "
            "ADVERTENTIEMONITOR_SENDER."
        )


class NoRecipients(ReportError):
    """There is nobody to send the digest to."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("There are no recipients. Set ADVERTENTIEMONITOR_RECIPIENTS to a JSON list of mail addresses.")


class ReportNotWritten(ReportError):
    """A report could not be written."""

    def __init__(self, where: str, how: str) -> None:
        self.where = where
        super().__init__(
            f"The report cannot be written to {where} ({how}). Make room or make it writable and run the same command "
            "again; what was there before is untouched."
        )


class WrongTheme(ReportError):
    """A stylesheet of one's own would leave the page."""

    exit_code = 2

    def __init__(self, why: str) -> None:
        super().__init__(f"The stylesheet cannot be used ({why}). Use plain rules on the tokens of static/tokens.css.")
