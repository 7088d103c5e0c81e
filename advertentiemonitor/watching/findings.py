"""What `doctor` finds, and the one sentence that `doctor` and `status` begin with."""

import errno
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from advertentiemonitor.errors import Unforeseen
from advertentiemonitor.retrying import DISK_IS_FULL
from warehouse.errors import ExchangeFailed


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `told` ends in the remedy where something is wrong."""

    what: str
    ok: bool
    told: str


def gathered(looks: Mapping[str, Callable[[], Iterable[Finding]]]) -> list[Finding]:
    """Look by each of `looks`, which are named, on its own: what one of them meets is a finding, and the others go on."""
    found: list[Finding] = []
    for what, look in looks.items():
        try:
            for each in look():  # what it had found when it stopped stays
                found.append(each)  # noqa: PERF402
        except Exception as error:  # noqa: BLE001 - the boundary with whoever asked what is wrong
            told = said(error)
            if told not in {each.told for each in found}:  # what stops several is told once
                found.append(Finding("exchange" if isinstance(error, ExchangeFailed) else what, ok=False, told=told))
    return found


def said(error: Exception) -> str:
    """Give what an error of ours says, and the file that another one is about; never what that holds."""
    if hasattr(error, "exit_code"):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used ({error.strerror}): {way_out(error)}"
    return str(Unforeseen(error, "This look", "The others went on. Tell the makers this sentence."))


def way_out(error: OSError, otherwise: str = "see what is there, and put it right or back from a backup") -> str:
    """Say what to do about a file or a folder that the system did not let us use.

    >>> way_out(OSError(errno.ENOSPC, ""))
    'free some space, or make its disk writable'
    """
    if error.errno in DISK_IS_FULL:
        return "free some space, or make its disk writable"
    return "give this user rights on it" if error.errno in {errno.EACCES, errno.EPERM} else otherwise


def headline(findings: Sequence[Finding]) -> str:
    """Say in one sentence that all is well, or what is most wrong with its remedy.

    Args:
        findings: in order of dependence: what is first wrong may be the cause of the rest.

    >>> headline([Finding("disk", True, "9 GB free"), Finding("digest", True, "of today, made at 06:31")])
    'All is well: digest of today, made at 06:31.'
    >>> headline([Finding("disk", False, "1 GB free: make room"), Finding("mail", False, "due: send it")])
    'Not all is well: disk: 1 GB free: make room. (1 thing more below.)'
    """
    wrong = [finding for finding in findings if not finding.ok]
    if not wrong:
        news = next((f"{each.what} {each.told}" for each in findings if each.what == "digest"), "nothing is missing")
        return f"All is well: {news.rstrip('.')}."
    more = f" ({len(wrong) - 1} thing{'s' if len(wrong) > 2 else ''} more below.)" if len(wrong) > 1 else ""
    return f"Not all is well: {wrong[0].what}: {wrong[0].told.rstrip('.')}.{more}"
