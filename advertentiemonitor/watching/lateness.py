"""Whether the digest of a day is where it should be by now."""

from datetime import date
from itertools import chain

from advertentiemonitor import publishing, sending
from advertentiemonitor.errors import DigestLate
from advertentiemonitor.settings import Settings
from warehouse.calendar import day_named
from warehouse.store import dated


def mails_or_late(settings: Settings, day: date) -> int:
    """Give the number of digests of `day` in the outbox; 0 where no earlier day was collected or told either.

    Raises:
        DigestLate: there is none, or nobody got it.
    """
    made = len(list((settings.root / "outbox").glob(f"*-{day.isoformat()}-v*.eml")))
    if not publishing.is_published(settings, day):
        if _has_nights_before(settings, day):
            raise DigestLate(day, "it has not been made")
        return 0
    if left := sending.reached_nobody(settings, day):
        raise DigestLate(day, f"it is made, but {left} of its mails are not sent, and nobody has it")
    return made


def _has_nights_before(settings: Settings, day: date) -> bool:
    """Tell whether a day before was collected or told. At its first start Airflow makes up for the night before it too."""
    told = (
        path.name.removeprefix("dagbericht-")[:10] for path in (settings.root / "outbox").glob("dagbericht-*-v*.eml")
    )
    crawled = (path.stem for path, _ in dated(settings.shared / "crawl", "*/????-??-??.json"))
    days = (day_named(name) for name in chain(told, crawled))  # the exchange is asked if nothing was told before
    return any(each is not None and each < day for each in days)
