"""Whether the digest of a day is where it should be by now."""

from datetime import date

from advertentiemonitor import publishing, sending
from advertentiemonitor.errors import DigestLate
from advertentiemonitor.settings import Settings


def mails_or_late(settings: Settings, day: date) -> int:
    """Give the number of digests of `day` in the outbox.

    Raises:
        DigestLate: there is none, or some of its mail was not sent.
    """
    made = len(list((settings.root / "outbox").glob(f"*-{day.isoformat()}-v*.eml")))
    if not publishing.is_published(settings, day):
        raise DigestLate(day, "it has not been made")
    if unsent := sending.unsent(settings, day):
        raise DigestLate(day, f"it is made, but {unsent} of its mails are not sent")
    return made
