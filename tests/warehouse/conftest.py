"""Handmade rows for the warehouse's tests. Numbers are of the simulated block and are never dialled."""

import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
import pytest

from warehouse import db
from warehouse.keys import PseudonymKeys
from warehouse.loading import LoadResult, load_day
from warehouse.records import CrawlLog, FactRow


class Handmade:
    """Rows and loads with the defaults that a test does not care about."""

    epoch = "E0003"
    monday = date(2026, 10, 12)
    keys = PseudonymKeys(b"test" * 8, epoch)

    def number(self, n: int) -> bytes:
        return self.keys.telephone(f"+3162000{n:04d}")

    def sketch(self, text: str) -> bytes:
        """Equal texts are equal, `text~k` has k of its 64 places changed, and an empty text is like nothing."""
        if not text:
            return b"\xff" * 128
        base, _, changed = text.partition("~")
        places = np.frombuffer(hashlib.shake_256(base.encode()).digest(128), dtype="<u2").copy()
        for place in range(int(changed or 0)):
            places[place * 7 % 64] ^= 0x5A5A
        return places.astype("<u2").tobytes()

    def row(self, source: str, listing: str, numbers: Iterable[int] = (), text: str = "", **changes: object) -> FactRow:
        fields: dict[str, object] = {
            "listing_key": self.keys.listing(source, listing),
            "contact_keys": tuple(self.number(n) for n in numbers),
            "content_key": self.keys.content(text or f"{source} {listing}"),
            "sketch": self.sketch(text),
            "area_codes": ("GM0153",),
            "area_probabilities": (0.9,),
            "language_code": "nl",
            "language_probability": 0.9,
            "setting_code": "home",
            "setting_probability": 0.8,
            "pipeline_version": "test",
        }
        return FactRow(**fields | changes)  # type: ignore[arg-type]

    def log(self, source: str, day: date, **changes: object) -> CrawlLog:
        fields: dict[str, object] = {
            "source": source,
            "source_group": f"group of {source}",
            "day": day,
            "state": "ok",
            "reason": "",
            "pages_expected": 3,
            "pages_fetched": 3,
            "listings_present": 2,
            "listings_read": 2,
            "parse_failures": 0,
            "completeness": 1.0,
            "spider_version": "1",
        }
        return CrawlLog(**fields | changes)  # type: ignore[arg-type]

    def load(
        self,
        conn: db.Connection,
        source: str,
        day: date,
        rows: Iterable[FactRow] = (),
        present: Iterable[str] = (),
        *,
        digest: bytes | None = None,
        mapping: dict[bytes, bytes] | None = None,
    ) -> LoadResult:
        """`mapping` is given in a bridge week: pseudonyms of what is present, with those of the epoch before."""
        return load_day(
            conn,
            source=source,
            day=day,
            crawl_log=self.log(source, day),
            rows=rows,
            present=mapping or [self.keys.listing(source, listing) for listing in present],
            epoch=self.epoch,
            spool_digest=digest or hashlib.sha256(f"{source} {day}".encode()).digest(),
        )


@pytest.fixture
def handmade() -> Handmade:
    return Handmade()
