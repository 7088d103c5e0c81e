"""The wall clock of a process, off by some time. Its monotonic clock and the database's go on as they are."""

import sys
import time
from datetime import datetime, timedelta
from typing import Any

OURS = {"advertentiemonitor", "spiders", "warehouse", "nlp", "reports"}
_RIGHT = time.time


class Shifted(datetime):
    """The clock that is off."""

    off = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        """Give what it shows."""
        # Not `+ off` on what has a zone: that counts hours of the wall, which a change of the clock doubles or skips.
        return datetime.fromtimestamp(_RIGHT() + cls.off.total_seconds(), tz)


def be_off(by: timedelta) -> None:
    """Let the clock of this process be off; what it loads later sees it by `time` only."""
    Shifted.off = by
    time.time = lambda: _RIGHT() + by.total_seconds()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS and getattr(module, "datetime", None) is datetime:
            module.datetime = Shifted  # type: ignore[attr-defined]


def be(moment: str) -> None:
    """Let the clock of this process show a moment, with its zone, and go on from there."""
    be_off(datetime.fromisoformat(moment) - datetime.fromtimestamp(_RIGHT()).astimezone())
