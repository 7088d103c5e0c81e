"""What can go wrong in telling. Each sentence ends in the way out.

`exit_code` is what the command line gives back: 1 failed, 2 wrong use, 3 refused by a rule.
"""

from datetime import date
from pathlib import Path


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
            f"The {which} is not a mail address of the form name@domain. Correct ADVERTENTIEMONITOR_RECIPIENTS, "
            "ADVERTENTIEMONITOR_OUTREACH_RECIPIENTS or ADVERTENTIEMONITOR_SENDER."
        )


class NoRecipients(ReportError):
    """There is nobody to send the digest to."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("There are no recipients. Set ADVERTENTIEMONITOR_RECIPIENTS to a JSON list of mail addresses.")


class MailServerSilent(ReportError):
    """The mail server cannot be reached, or has no time now."""

    def __init__(self, host: str, how: str) -> None:
        self.host = host
        self.how = how
        super().__init__(
            f"The mail server {host} does not take mail now ({how}). What is due stays due; run the same command again."
        )


class NoEncryption(ReportError):
    """The mail server offers no STARTTLS; nothing was sent in the clear, the password least of all."""

    exit_code = 3

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"The mail server {host} offers no STARTTLS, so nothing was sent. Correct ADVERTENTIEMONITOR_SMTP_PORT, or set "
            "ADVERTENTIEMONITOR_SMTP_SECURITY to tls if it is encrypted from the start."
        )


class UntrustedServer(ReportError):
    """The mail server could not show that it is the one that was named."""

    exit_code = 3

    def __init__(self, host: str, how: str) -> None:
        self.host = host
        self.how = how
        super().__init__(
            f"The mail server {host} is not trusted ({how}), so nothing was sent. Correct ADVERTENTIEMONITOR_SMTP_HOST or "
            "_PORT, or name your own authority's certificate with ADVERTENTIEMONITOR_SMTP_CA_FILE."
        )


class LoginRefused(ReportError):
    """The mail server did not let us in. Not tried again by itself: some servers lock whoever keeps trying."""

    exit_code = 2

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"The mail server {host} does not let this user in, so nothing was sent. Correct ADVERTENTIEMONITOR_SMTP_USER "
            "and what is in ADVERTENTIEMONITOR_SMTP_PASSWORD_FILE, or leave both out if it wants no login."
        )


class SenderRefused(ReportError):
    """The mail server takes no mail from us, whoever it is for. Trying again changes nothing until settings do."""

    exit_code = 2

    def __init__(self, host: str, number: int) -> None:
        self.host = host
        self.number = number
        super().__init__(
            f"The mail server {host} takes no mail from this sender (answer {number}), so it was not sent and stays due. Correct "
            "ADVERTENTIEMONITOR_SENDER, or set ADVERTENTIEMONITOR_SMTP_USER if it wants a login."
        )


class MailFileUnusable(ReportError):
    """A file with the password, or with certificates, cannot be used. What is in it is not repeated."""

    exit_code = 2

    def __init__(self, path: Path, how: str) -> None:
        self.path = path
        super().__init__(f"{path} {how}. Nothing was sent; mend the file or name another one in the settings.")


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
