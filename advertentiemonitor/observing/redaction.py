"""The last line of defence of the log: what is not on the list is dropped, and so is what looks like it is somebody's.

The first line is that nothing of the kind is ever handed to the log.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from advertentiemonitor.observing import vocabulary

REDACTED = "redacted"
_MOST_DIGITS = 4  # in a name; a postcode has four and two letters
_MAIL_OR_LINK = re.compile(r"@|://|\bwww\b|[a-z0-9]\.[a-z]{2,}", re.IGNORECASE)
_POSTCODE = re.compile(r"[1-9]\d{3}[\W_]*[a-z]{2}(?![a-z])", re.IGNORECASE)


def looks_personal(text: str) -> bool:
    """Tell whether a text could hold a number, a mail address, a link or a postcode; rather once too often.

    >>> [looks_personal(text) for text in ("nl_prikbord", "bel o6-2OOO 99 00", "a@gemeente.example", "7514 AB")]
    [False, True, True, True]
    """
    plain = unicodedata.normalize("NFKC", text)
    digits = sum(character.isdigit() or character in "OoIl" for character in plain if not character.isspace())
    has_digit = any(character.isdigit() for character in plain)
    return bool((has_digit and digits > _MOST_DIGITS) or _MAIL_OR_LINK.search(plain) or _POSTCODE.search(plain))


def _one_of(known: Callable[[], frozenset[str]]) -> Callable[[object], object]:
    return lambda value: value if isinstance(value, str) and value in known() and not looks_personal(value) else None


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < vocabulary.HIGHEST_COUNT
    return int(value) if is_count and isinstance(value, int) else None


def _seconds(value: object) -> float | None:
    is_time = isinstance(value, float) and 0 <= value < vocabulary.LONGEST_SECONDS
    return round(value, 1) if is_time and isinstance(value, float) else None


KINDS: Mapping[str, Callable[[object], object]] = {
    "event": _one_of(lambda: vocabulary.EVENTS),
    "level": _one_of(lambda: frozenset({"info", "warning", "error"})),
    "stage": _one_of(vocabulary.stages),
    "day": vocabulary.day_of,
    "source": _one_of(vocabulary.sources),
    "count": _count,
    "seconds": _seconds,
    "error": vocabulary.name_of,
    "logger": _one_of(lambda: vocabulary.LIBRARIES | vocabulary.ROOMS | {vocabulary.FOREIGN}),
}
"""Every key that a line may have besides its time, with what makes of a value what may be written; None drops it."""


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Keep of an event what is on the list; a structlog processor."""
    kept = {key: kind(event[key]) for key, kind in KINDS.items() if event.get(key) is not None}
    return {"event": REDACTED} | {key: value for key, value in kept.items() if value is not None}
