"""The form of a crawl log: JSON, under the seal of who crawled.

A log lies where others can write too, and reading decides by it. Its seal is an HMAC-SHA256 over the canonical JSON of
all its fields, under a key that is derived from the spool key: who crawls and who reads have that, and the keeper of an
object storage has not. Nothing in it is secret.
"""

import dataclasses
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

from warehouse.records import CrawlLog, CrawlState, FieldShape

SEAL = "seal"
_MOST = 2**31 - 1  # what the database keeps in an integer
_NAMES = 100  # of fields of a listing, and of pages that are named as missing
_SOURCE = re.compile(r"[a-z0-9_]{1,64}")
_REASON = re.compile(r"[A-Za-z0-9_]{0,80}")
_TELEPHONE = re.compile(r"[0-9]{9}")
_VERSION = re.compile(r"[A-Za-z0-9._+-]{1,80}")
_PAGE = re.compile(r"([0-9]{1,6}:)?[0-9]{1,6}/[0-9]{1,6}")


def written(log: CrawlLog, key: bytes | None) -> bytes:
    """Give a log as it is kept.

    Args:
        log: the log.
        key: the spool key; without, the log has no seal and is believed in a state folder only.
    """
    fields = dataclasses.asdict(log) | {"day": log.day.isoformat()}
    if key is not None:
        fields[SEAL] = _seal(json.loads(json.dumps(fields)), key)
    return json.dumps(fields, indent=1, sort_keys=True).encode()


def read(content: bytes) -> CrawlLog:
    """Read what `written` gave; its seal is not looked at.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError: it is none: a field is missing, of another
            type, or out of its range.
    """
    fields = json.loads(content)
    fields.pop(SEAL, None)
    for name, value in fields.items():
        if not _FIELDS[name](value):
            raise ValueError(name)
    read: dict[str, Any] = {"day": date.fromisoformat(fields["day"])}
    read["index_pages_missing"] = tuple(fields.get("index_pages_missing", ()))
    read["fields"] = {name: FieldShape(**shape) for name, shape in fields.get("fields", {}).items()}
    return CrawlLog(**fields | read)


def is_sealed(content: bytes, key: bytes) -> bool | None:
    """Tell whether what `read` could read has a valid seal; None where it has none at all."""
    fields = json.loads(content)
    seal = fields.pop(SEAL, None)
    if seal is None:
        return None
    return isinstance(seal, str) and hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(fields, key).encode())


def _seal(fields: Mapping[str, Any], key: bytes) -> str:
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(hmac.digest(key, b"crawl log", "sha256"), canonical, "sha256").hex()


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MOST


def _count_or_none(value: Any) -> bool:
    return value is None or _count(value)


def _share(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= 1  # which no NaN is


def _flag(value: Any) -> bool:
    return type(value) is bool


def _text(form: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _reason(value: Any) -> bool:
    # A code of ours: nine digits in a row could be a telephone number.
    return _text(_REASON)(value) and not _TELEPHONE.search(value)


def _pages(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _NAMES and all(map(_text(_PAGE), value))


def _shapes(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= _NAMES
        and all(map(_text(_SOURCE), value))
        and all(isinstance(shape, dict) and all(map(_count, shape.values())) for shape in value.values())
    )


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "source": _text(_SOURCE),
    "source_group": lambda value: isinstance(value, str) and 0 < len(value) <= _NAMES and value.isprintable(),
    "day": lambda value: isinstance(value, str) and date.fromisoformat(value).isoformat() == value,
    "state": lambda value: isinstance(value, str) and value in get_args(CrawlState),
    "reason": _reason,
    "spider_version": _text(_VERSION),
    "completeness": _share,
    "is_trusted": _flag,
    "index_pages_missing": _pages,
    "listings_stated": _count_or_none,
    "expires_after_days": _count_or_none,
    "fields": _shapes,
    **dict.fromkeys(
        (
            *("pages_expected", "pages_fetched", "listings_present", "listings_read", "parse_failures"),
            *(
                "index_pages_expected",
                "index_pages_fetched",
                "listings_unchanged",
                "listings_before",
                "listings_stayed",
            ),
        ),
        _count,
    ),
}
"""What each field may hold; a field of no name here is none of a crawl log."""
