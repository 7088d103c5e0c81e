"""What `doctor` finds, and the one sentence that `doctor` and `status` begin with."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `told` ends in the remedy where something is wrong."""

    what: str
    ok: bool
    told: str


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
