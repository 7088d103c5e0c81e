"""The spool: what one crawl of one source on one day saw, encrypted, until it has been loaded (PRIVACY P4, P7).

Format inside the encryption: one JSON array a record, UTF-8, lines end in a newline; the first element tells the kind.
"""

import json
from collections.abc import Iterator
from datetime import date
from types import TracebackType
from typing import Any, Self

from warehouse.errors import SpoolCorrupt
from warehouse.records import Listing, Presence
from warehouse.sealed import SealedWriter, chunks
from warehouse.store import Place

KIND = "spool"
RECORD_BYTES = 96 * 2**20
"""The most that a record can be: three fields, each a whole page of 5 MiB (`spiders.safety`) of characters that JSON writes in
six bytes; title and text are cut at 20,500 characters."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class SpoolWriter:
    """Sink of a crawl: `with SpoolWriter(path, key) as sink: sink.write(record)`.

    The file appears under `path` when the block ends well, and not at all when it ends in an exception.
    """

    def __init__(self, path: Place, key: bytes) -> None:
        self._sealed = SealedWriter(path, key, KIND)
        self.count = 0

    def __enter__(self) -> Self:
        self._sealed.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sealed.__exit__(kind, error, trace)

    def write(self, record: Listing | Presence) -> None:
        """Add one record.

        Raises:
            StorageFull: the disk is full or read-only. An exchange is written to at the end of the block.
        """
        fields: list[str | None]
        if isinstance(record, Listing):
            posted = record.posted_date.isoformat() if record.posted_date else None
            fields = ["L", record.source, record.listing_id, record.title, record.body]
            fields += [record.place, record.contact, record.category, posted]
        else:
            fields = ["P", record.source, record.listing_id]
        # A page may hold half of a surrogate pair; it has to come back as it was.
        self._sealed.append(_ENCODE(fields).encode("utf-8", "surrogatepass") + b"\n")
        self.count += 1


def read(path: Place, key: bytes) -> Iterator[Listing | Presence]:
    """Yield the records of a spool file in the order in which they were written.

    Raises:
        SpoolCorrupt: torn, changed, or under another key; possibly after some records were given out.
        FileNotFoundError: there is no such file.
    """
    begun: list[bytes] = []  # of a record that goes on in the next chunk
    for chunk in chunks(path, key, KIND):
        first, *more = chunk.split(b"\n")
        begun.append(first)
        if sum(map(len, begun)) > RECORD_BYTES:
            raise SpoolCorrupt(path, "a record in it is larger than a page can make one")
        for following in more:
            yield _record(path, _decoded(b"".join(begun)))
            begun = [following]
    if any(begun):
        raise SpoolCorrupt(path, "its last record is not whole")


def _decoded(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None


def _record(path: Place, fields: Any) -> Listing | Presence:
    # Who has the key of collecting can write anything that the cipher vouches for: reading believes no type.
    match fields:
        case ["P", str(source), str(listing_id)]:
            return Presence(source, listing_id)
        case ["L", str(source), str(listing_id), str(title), str(body), *more] if len(more) == 4 and _are_texts(more):
            place, contact, category, posted = more
            try:
                posted_date = date.fromisoformat(posted) if posted else None
            except ValueError:
                raise SpoolCorrupt(path, "a date in it is none") from None
            return Listing(source, listing_id, title, body, place, contact, category, posted_date)
        case _:
            raise SpoolCorrupt(path, "a record of an unknown kind is in it")


def _are_texts(fields: list[Any]) -> bool:
    return all(field is None or isinstance(field, str) for field in fields)
