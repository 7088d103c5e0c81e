"""Why a source may not run: what its entry lacks, what was decided against, and the hour (PRIVACY P1, P2)."""

from collections.abc import Iterator
from datetime import date, datetime, time

from spiders.addresses import is_loopback
from spiders.entries import SourceEntry

LIVE_DELAY_SECONDS = 10.0  # least time between two requests to a live host (PRIVACY P2)
_NEEDED = ("owner", "scope", "legal_ground", "dpia_reference", "fg_advice")


def reasons_against(entry: SourceEntry, today: date, *, to_record: bool = False) -> list[str]:
    """Say why the source may not run on `today`; empty when it may.

    To record its first pages it need not be switched on or verified yet; all else holds then too.

    A synthetic source holds made-up data of nobody and lives on this machine, so it needs no ground, assessment or
    review; the label is worth nothing for any other address.
    """
    reasons = [] if entry.enabled or to_record else ["enabled: it is switched off in the register"]
    if entry.reading is not None and entry.reading.still_open:
        reasons.append(f"reading: still to be filled in are {', '.join(entry.reading.still_open)}")
    if entry.kind == "synthetic":
        if not entry.is_loopback:
            reasons.append("base_url: a synthetic source must be on this machine (127.0.0.1)")
        if not all(is_loopback(f"https://{host}") for host in entry.other_hosts):
            reasons.append("other_hosts: those of a synthetic source must be on this machine")
        return reasons
    reasons.extend(f"{field}: missing" for field in _NEEDED if not getattr(entry, field))
    reasons.extend(_against_decisions(entry, today))
    reasons.extend(_against_reading(entry, today, to_record=to_record))
    if entry.review_on is None:
        reasons.append("review_on: missing")
    elif entry.review_on < today:
        reasons.append(f"review_on: was due on {entry.review_on.isoformat()}")
    if entry.night is None:
        reasons.append("night: no window of night hours")
    elif entry.night.start == entry.night.end or entry.night.holds(time(12)):
        reasons.append("night: these are no night hours")
    if entry.delay_seconds < LIVE_DELAY_SECONDS:
        reasons.append(f"delay_seconds: under {LIVE_DELAY_SECONDS:.0f} s for a live host")
    return reasons


def _against_reading(entry: SourceEntry, today: date, *, to_record: bool) -> Iterator[str]:
    if entry.reading is None:
        return
    if entry.reading.verified_on is None and not to_record:
        yield "reading.verified_on: nobody has held the selectors against recorded pages yet"
    if entry.reading.verified_on is not None and entry.reading.verified_on > today:
        yield "reading.verified_on: it is dated in the future"


def _against_decisions(entry: SourceEntry, today: date) -> Iterator[str]:
    for name, decision in (("robots", entry.robots), ("text_and_data_mining", entry.text_and_data_mining)):
        if decision is None:
            yield f"{name}: no dated decision"
        elif not decision.allowed:
            yield f"{name}: decided against on {decision.decided_on.isoformat()}"
        elif decision.decided_on > today:
            yield f"{name}: the decision is dated in the future"


def outside_night(entry: SourceEntry, now: datetime) -> str | None:
    """Say that `now` (local) lies outside the source's night hours; None within them."""
    if entry.night is None or entry.night.holds(now.time()):
        return None
    return f"night: it is {now:%H:%M}, and its hours are {entry.night.start:%H:%M} to {entry.night.end:%H:%M}"
