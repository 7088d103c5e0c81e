"""One crawl of a host at a time, and its delay between the last request of one crawl and the first of the next.

Airflow's pools see to the same between workers (`tasks.pools`); this holds on one machine whoever starts a crawl.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from spiders.addresses import host_of

UNDER_WAY = "under way"


@contextmanager
def turn(folder: Path, url: str, delay: float) -> Iterator[None]:
    """Wait until the host of `url` is free and `delay` seconds have passed since it was last asked for anything.

    Args:
        folder: where turns are kept, one file a host; the files hold a time and nothing else.
        url: an address of the host.
        delay: seconds; with 0 one has to wait for the host only.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / quote(host_of(url), safe=""), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # goes with the process, however that ends
        time.sleep(max(0.0, min(delay, _last_asked(handle) + delay - time.time())))
        _write(handle, UNDER_WAY)
        try:
            yield
        finally:
            _write(handle, f"{time.time():.3f}")
    finally:
        os.close(handle)


def _last_asked(handle: int) -> float:
    """Read when the host was last asked for anything, in seconds since 1970; 0 where it never was."""
    written = os.pread(handle, 32, 0).decode("ascii", "replace")
    if not written:
        return 0.0
    try:
        return float(written)
    except ValueError:
        return time.time()  # a crawl was killed under way: it may have asked a moment ago


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)
