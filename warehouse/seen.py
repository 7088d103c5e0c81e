"""What was seen before: which listings need not be fetched again.

A snapshot per source and day, encrypted with the spool key; inside it ids and index cards are HMACs too. A crawl of day
D reads the snapshot of the last day before D, so that a repeated crawl of D decides as the first one did (ADR 0003).
"""

import hmac
import struct
from datetime import date
from typing import NamedTuple

from warehouse.calendar import BRIDGE_DAYS, day_named
from warehouse.errors import SpoolCorrupt
from warehouse.records import Validators
from warehouse.sealed import SealedWriter, chunks
from warehouse.store import Place

KIND = "seen"
KEEP_SNAPSHOTS = 2
FORGET_DAYS = 14
_ENTRY = struct.Struct(">32s32sII64s32s")
SUFFIX = ".seen2"  # the form of an entry; snapshots of an older form are not read: their pages are fetched once more


class _Entry(NamedTuple):
    """What is kept of a listing; days are ordinals, 0 for a page that was never read."""

    card: bytes
    read: int
    seen: int
    etag: bytes
    modified: bytes


class SeenIndex:
    """Listings of one source with the digest of their index card and the day on which their page was last read."""

    def __init__(self, key: bytes, entries: dict[bytes, _Entry] | None = None, epoch_start: date = date.min) -> None:
        self._key = key
        self._epoch_start = epoch_start.toordinal()
        self._id_key = hmac.digest(key, b"seen listing", "sha256")
        self._card_key = hmac.digest(key, b"seen card", "sha256")
        self._before = entries or {}
        self._last = max((entry.seen for entry in self._before.values()), default=0)
        self._noted: dict[bytes, tuple[bytes, int | None, Validators | None]] = {}

    def __repr__(self) -> str:
        """Show the sizes only."""
        return f"SeenIndex(known={len(self._before)}, noted={len(self._noted)})"

    @classmethod
    def load(cls, folder: Place, source: str, before: date, key: bytes, epoch_start: date = date.min) -> "SeenIndex":
        """Read the last snapshot of `source` from before a day; an empty index where there is none.

        Args:
            folder: holds a folder of snapshots for each source.
            source: name of the source.
            before: the day that is crawled.
            key: the spool key.
            epoch_start: first day of the key epoch that holds `before`: all that was read earlier has to be read again
                within the bridge week, while the old key can still tell what it was.

        Raises:
            SpoolCorrupt: the snapshot is torn, changed, or under another key.
            ExchangeFailed: the object storage does not give it.
        """
        days = [day for day in _days(folder / source) if day < before]
        if not days:
            return cls(key, epoch_start=epoch_start)
        path = _path(folder, source, max(days))
        content = b"".join(chunks(path, key, KIND))
        if len(content) % _ENTRY.size:
            raise SpoolCorrupt(path, "its length does not fit")
        return cls(key, {entry[0]: _Entry(*entry[1:]) for entry in _ENTRY.iter_unpack(content)}, epoch_start)

    def is_fresh(self, listing_id: str, card: str, day: date, max_age_days: int = 7) -> bool:
        """Tell whether the page need not be fetched: card unchanged and last read at most `max_age_days` ago."""
        known = self._before.get(self._id(listing_id))
        if known is None:
            return False
        # Read on the last day of an epoch, a page is due on the last of the bridge week.
        age = max_age_days if known.read >= self._epoch_start else min(max_age_days, BRIDGE_DAYS - 1)
        return known.card == self._card(card) and known.read > 0 and day.toordinal() - known.read <= age

    def before(self) -> int:
        """Give the number of listings that the last crawl saw."""
        return sum(entry.seen == self._last for entry in self._before.values())

    def was_there(self, listing_id: str) -> bool:
        """Tell whether the last crawl saw the listing."""
        known = self._before.get(self._id(listing_id))
        return known is not None and known.seen == self._last

    def validators(self, listing_id: str) -> Validators | None:
        """Give what the site said with the page when it was last read, to ask whether it changed since.

        None for a page read in an earlier key epoch: what it said has to be known under the new key too.
        """
        known = self._before.get(self._id(listing_id))
        if known is None or known.read < self._epoch_start or known.read == 0:
            return None
        etag, modified = (part.rstrip(b"\0").decode("latin-1") or None for part in (known.etag, known.modified))
        return Validators(etag, modified) if etag or modified else None

    def note(self, listing_id: str, card: str, read_day: date | None, validators: Validators | None = None) -> None:
        """Remember a listing seen today; `read_day` is today if its page was read now (or is as it was), None if not."""
        noted = (self._card(card), read_day.toordinal() if read_day else None, validators)
        self._noted[self._id(listing_id)] = noted

    def save(self, folder: Place, source: str, day: date) -> Place:
        """Write the snapshot of `day`, atomically; keep the one before it and drop what is older.

        Listings not seen for 14 days are left out. A listing that was seen but not read keeps its last reading; if its
        card has changed, it keeps the old card too, so that it is fetched next time.

        Raises:
            StorageFull, ExchangeFailed: it cannot be written.
        """
        today = day.toordinal()
        entries = dict(self._before)
        for key, (card, read, said) in self._noted.items():
            old = self._before.get(key)
            if read is not None:
                entries[key] = _Entry(
                    card,
                    read,
                    today,
                    _kept(said.etag if said else None, 64),
                    _kept(said.last_modified if said else None, 32),
                )
            else:
                entries[key] = old._replace(seen=today) if old else _Entry(card, 0, today, b"", b"")
        path = _path(folder, source, day)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with SealedWriter(path, self._key, KIND) as sealed:
            for key, entry in sorted(entries.items()):
                if today - entry.seen < FORGET_DAYS:
                    sealed.append(_ENTRY.pack(key, *entry))
        for old_day in sorted(d for d in _days(path.parent) if d <= day)[:-KEEP_SNAPSHOTS]:
            _path(folder, source, old_day).unlink(missing_ok=True)
        for outdated in path.parent.glob("*.seen"):
            outdated.unlink(missing_ok=True)
        return path

    def _id(self, listing_id: str) -> bytes:
        return hmac.digest(self._id_key, listing_id.encode("utf-8", "surrogatepass"), "sha256")

    def _card(self, card: str) -> bytes:
        return hmac.digest(self._card_key, card.encode("utf-8", "surrogatepass"), "sha256")


def forget(folder: Place, source: str, day: date) -> None:
    """Drop the snapshot of a day, whose crawl is done once more."""
    _path(folder, source, day).unlink(missing_ok=True)


def _path(folder: Place, source: str, day: date) -> Place:
    return folder / source / f"{day.isoformat()}{SUFFIX}"


def _days(folder: Place) -> list[date]:
    days = (day_named(path.stem) for path in folder.glob(f"????-??-??{SUFFIX}"))
    return [day for day in days if day is not None]


def _kept(said: str | None, size: int) -> bytes:
    """Give a validator as it is kept; one that is too long, or no header text, is left out: the page is then fetched."""
    raw = (said or "").encode("latin-1", "replace")
    return raw if len(raw) <= size else b""
