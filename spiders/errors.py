"""What can go wrong while collecting. No error carries a page's text, a listing's id or an address with one."""

from collections.abc import Sequence
from pathlib import Path


class SpiderError(Exception):
    """Root of this room's errors; `exit_code` is what the command line ends with."""

    exit_code = 1


class UnknownSource(SpiderError):
    """No source of that name is in the register."""

    exit_code = 2

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"No source is called {name!r}. Known are: {', '.join(known) or 'none'}.")


class RegisterInvalid(SpiderError):
    """A register entry cannot be read; the message names the fields, never their values."""

    exit_code = 2

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__(
            f"The register entry {name}.yml is not valid: {'; '.join(problems)}. Correct the file and try again."
        )


class NoSuchFolder(SpiderError):
    """The folder of the installation's own sources is not there."""

    exit_code = 2

    def __init__(self, variable: str, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{variable} names {folder}, which is no folder. Make it, or name another one.")


class SourceRefused(SpiderError):
    """A rule forbids that this source is crawled now (PRIVACY P1 and P2)."""

    exit_code = 3

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        self.name = name
        self.reasons = tuple(reasons)
        super().__init__(f"{name} may not be crawled: {'; '.join(reasons)}. Nothing was fetched.")


class SourceExcluded(SpiderError):
    """The register says that this site is not crawled at all."""

    exit_code = 3

    def __init__(self, name: str, because: str, instead: str) -> None:
        self.name = name
        self.because, self.instead = because, instead
        super().__init__(f"{name} is not crawled: {because} Instead: {instead}")


class BadAgent(SpiderError):
    """The crawler must say who it is and how to reach its keeper."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("A crawl needs a contact (an e-mail address or a web address) for its user agent. Give one.")


class CrawlInterrupted(SpiderError):
    """The crawl was stopped by a signal before it was done."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"The crawl of {source} was interrupted. Nothing was kept of it; run the same day again.")


class CrawlBroken(SpiderError):
    """The crawl could not be carried out because of a fault of ours."""

    def __init__(self, source: str, what: str) -> None:
        self.source = source
        self.what = what
        super().__init__(f"The crawl of {source} broke off ({what}). Nothing was kept of it; run the same day again.")


class ClassFault(SpiderError):
    """A source's class raised something that is no error of ours; only its type and place are told."""

    def __init__(self, name: str, what: str, place: str) -> None:
        self.name = name
        super().__init__(f"{name} has a fault: {what}{place}. What it said is withheld: it may hold a listing's text.")


class RecordingUnread(SpiderError):
    """A recorded page has no `expected.json` yet: what it reads as has to be read through by a person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{folder.name}: nobody has read through what this page reads as. Read expected.unread.json beside it "
            "against the page; where it is right, rename it to expected.json."
        )


class RecordingUnlike(SpiderError):
    """A scrubbed page no longer reads as the page did."""

    def __init__(self, name: str, what: Sequence[str]) -> None:
        self.name = name
        self.what = tuple(what)
        super().__init__(
            f"{name}: once scrubbed, the page differs in {', '.join(what)}. Nothing was written. A selector or pattern "
            "leans on a text that is not the site's own; lean on the markup instead, or name the words in the contract."
        )


class SiteSaidNo(SpiderError):
    """The site refuses: nothing is recorded of it, and it is left alone."""

    exit_code = 3

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: the site says no ({reason}). Leave it alone today; nothing was recorded.")


class NothingRecorded(SpiderError):
    """No page came that the source could read."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"{name}: no page was recorded ({reason}). Where its selectors are in doubt, save a page and look at it with: "
            f"advertentiemonitor sources check {name} --page FILE"
        )


class SourceUnfit(SpiderError):
    """A new source cannot begin with what was given."""

    exit_code = 2

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        super().__init__(f"{name!r} cannot begin: {what}. Nothing was written.")


class SourceExists(SpiderError):
    """A source of that name, or one of its files, is there already."""

    exit_code = 2

    def __init__(self, name: str, where: Path) -> None:
        self.name = name
        super().__init__(f"{name} is there already ({where}). Nothing was written; choose another name.")


class PageChanged(SpiderError):
    """A page does not look as its source promises: `what` names the selector or field, never what was found."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"The page changed: {what}. Look at the live page and adapt the source's class.")
