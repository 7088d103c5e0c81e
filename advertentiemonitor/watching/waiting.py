"""What is wrong with what collecting left for reading, and with where it lies."""

from collections import deque
from collections.abc import Iterator

from advertentiemonitor import databases, keyring, stages
from advertentiemonitor.crawler import spool_path
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching.findings import Finding
from warehouse import spool, store
from warehouse.calendar import day_named
from warehouse.errors import ExchangeKeepsVersions, SpoolCorrupt, WarehouseError


def look(settings: Settings) -> Iterator[Finding]:
    """Tell of the exchange, where one is set, and of what waits to be read.

    Raises:
        ExchangeFailed: the exchange does not answer.
    """
    if settings.exchange:
        yield from _exchange(settings)
    try:
        key = stages.keys(settings).spool()
    except (WarehouseError, OSError):
        return  # told where the state folder and the keys are looked at
    days = {day_named(path.stem) for path in (settings.shared / "spool").glob("*/*.spool")}
    bad = [
        f"{name} on {day}"
        for day in sorted(day for day in days if day is not None)
        for name, log in stages.waiting(settings, day)
        if isinstance(log, Exception) or not _opens(spool_path(settings.shared, name, day), key)
    ]
    if bad:
        told = (
            f"{len(bad)} of what waits cannot be opened or believed ({', '.join(bad)}): it was changed, or is under another "
            "key. It goes after two days; delete it to have its day read without it"
        )
        yield Finding("waiting crawls", ok=False, told=told)


def _exchange(settings: Settings) -> Iterator[Finding]:
    try:
        store.refuse_versions(settings.shared)
    except ExchangeKeepsVersions as error:
        yield Finding("exchange", ok=False, told=str(error))
    if databases.is_made(settings) and not keyring.is_shared(settings):
        told = (
            "says otherwise than the state folder when keys start, so somebody else wrote it: the next `read` puts it right; "
            "see who can write there"
        )
        yield Finding("calendar in the exchange", ok=False, told=told)


def _opens(path: store.Place, key: bytes) -> bool:
    try:
        deque(spool.read(path, key), maxlen=0)
    except FileNotFoundError:  # read meanwhile
        return True
    except (SpoolCorrupt, OSError):
        return False
    return True
