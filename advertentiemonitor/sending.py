"""Sending what lies in the outbox, by SMTP: to each recipient once, tried again while that can help (ADR 0019).

The outbox is the record of what is sent: each recipient gets the file of the digest, addressed to them alone. The ledger
(`warehouse.sendings`) is the record of whether it was sent.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from advertentiemonitor import databases
from advertentiemonitor.errors import MailNotSent, NoMailServer
from advertentiemonitor.settings import AMSTERDAM, Settings
from reports import outbox, smtp
from reports.errors import MailServerSilent, SenderRefused
from warehouse import db, sendings
from warehouse.retention import Line
from warehouse.sendings import Key, Sending, State

Outcome = State | Literal["lost"]

FRESH_DAYS = 7  # what is older is no news, and is not sent any more
# Seconds between rounds: half an hour, of the hour that a task has; with the DAG's retries over three hours. Whoever
# greylists wants a minute at least (RFC 6647).
PAUSES = (10.0, 60.0, 240.0, 600.0, 900.0)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in the outbox: the digest of a day, of a kind and a version."""

    day: date
    kind: str
    version: int

    @property
    def name(self) -> str:
        """Its file, without the ending."""
        return outbox.stem(self.day, self.version, self.kind)


def send(
    settings: Settings,
    mails: Iterable[Mail],
    today: date,
    *,
    pauses: Sequence[float] = (),
    sleep: Callable[[float], object] = time.sleep,
) -> int:
    """Send digests that are in the outbox, and others of the last days that are still due; give how many mails went out.

    Args:
        settings: of the installation; without a mail server nothing is done.
        mails: what has just been made; sent before, it is not sent again.
        today: the current local day.
        pauses: seconds to wait before each further round.
        sleep: waits.

    Raises:
        MailNotSent: some is still due or, of `mails`, was refused or is in doubt. The rest has been sent.
        ReportError: the mail server cannot be used as the settings say; what is due stays due.
    """
    if not settings.smtp_host:
        return 0
    first = today - timedelta(days=FRESH_DAYS)
    with databases.warehouse_as(settings, "mailer") as conn:
        fresh = [mail for mail in mails if mail.day >= first]
        for mail in fresh:
            for key in _addresses(settings, mail):
                sendings.enrol(conn, key)
        return _deliver(settings, conn, (first, date.max), {mail.day for mail in fresh}, pauses, sleep)


def again(
    settings: Settings,
    day: date,
    *,
    arrived: bool = False,
) -> int:
    """Do what a person decides about mail of `day` that was refused or is in doubt; give how many mails that were.

    Args:
        settings: of the installation.
        day: that the digest is about.
        arrived: what is in doubt did arrive; otherwise it is sent again, and what was refused too.

    Raises:
        NoMailServer: none is set.
        MailNotSent, ReportError: as in `send`.
    """
    if not settings.smtp_host:
        raise NoMailServer
    with databases.warehouse_as(settings, "mailer") as conn:
        if arrived:
            return sendings.decide(conn, day, ("begun",), "sent")
        sendings.decide(conn, day, ("begun", "refused"), "due")
        return _deliver(settings, conn, (day, day), {day}, (), time.sleep)


def server(settings: Settings) -> smtp.MailServer:
    """The mail server that the settings name."""
    return smtp.MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        helo=outbox.address(settings.sender, "sender").domain,
        user=settings.smtp_user,
        password_file=settings.smtp_password_file,
        ca_file=settings.smtp_ca_file,
    )


def doubts(settings: Settings, today: date) -> list[str]:
    """Tell in a sentence for each digest of the last days what of its mail wants a person, with the remedy."""
    told: dict[tuple[date, str], Counter[Outcome]] = {}
    for each in _wanting(settings, today):
        is_lost = each.state_code == "due" and not _file(settings, each).exists()
        told.setdefault((each.day_date, each.kind_code), Counter())["lost" if is_lost else each.state_code] += 1
    return [f"{kind} of {day}: {outcome(counts)}" for (day, kind), counts in sorted(told.items())]


def waiting(settings: Settings, today: date) -> dict[str, int]:
    """Count by state the mails of the last days that are due, were refused, or are in doubt (`begun`)."""
    return dict(Counter(each.state_code for each in _wanting(settings, today)))


def _wanting(settings: Settings, today: date) -> list[Sending]:
    """Give the mails of the last days that have not been sent, without what is under way at this moment."""
    with databases.warehouse_as(settings, "mailer") as conn:
        found = _open(settings, conn, (today - timedelta(days=FRESH_DAYS), date.max))
    return [each for each in found if each.is_doubtful or each.state_code != "begun"]


def reached_nobody(settings: Settings, day: date) -> int:
    """Give how many mails wait of digests of `day` that nobody got for certain; none where no mail server is set.

    Where somebody has the digest, what becomes of the others' mail is told by whoever sends it.
    """
    if not settings.smtp_host:
        return 0
    with databases.warehouse_as(settings, "mailer") as conn:
        known = [each for each in sendings.since(conn, day) if each.day_date == day]
        if known:
            told = {each.kind_code for each in known if each.state_code == "sent"}
            return sum(each.kind_code not in told for each in _open(settings, conn, (day, day)))
    return len(outbox.recipients_of(settings, "dagbericht"))  # not even begun


def purge(settings: Settings, today: date) -> Line:
    """Forget what was sent longer ago than the ledger keeps; give retention's line about it."""
    with databases.warehouse_as(settings, "mailer") as conn:
        return sendings.purge(conn, today)


def kept(settings: Settings) -> Line:
    """Tell what the ledger holds, as `purge` does; nothing is forgotten."""
    with databases.warehouse_as(settings, "mailer") as conn:
        return sendings.left(conn)


def outcome(counts: Mapping[Outcome, int], why: str = "") -> str:
    """Say what did not go out, with what to do about it; `why` is why it is still due.

    >>> outcome({"refused": 1})
    '1 refused by the mail server for good: correct or remove the address, then `report resend --day`'
    """
    remedies: dict[Outcome, str] = {
        "due": f"still due{f' ({why})' if why else ''}: the next run sends it, or `report digest --day`",
        "lost": "due, but gone from the outbox, so nothing is sent: `report digest --day` makes it again and sends it",
        "refused": "refused by the mail server for good: correct or remove the address, then `report resend --day`",
        "begun": (
            "may have arrived or not, for the link broke before the answer came: ask the recipients and, 20 "
            "minutes after it, give `report resend --day`, or `report resend --day --arrived` if it arrived"
        ),
    }
    return "; ".join(f"{counts[state]} {remedy}" for state, remedy in remedies.items() if state in counts)


def _deliver(
    settings: Settings,
    conn: db.Connection,
    between: tuple[date, date],
    days: Collection[date],
    pauses: Sequence[float],
    sleep: Callable[[float], object],
) -> int:
    """Try what is due of digests `between` two days, again after each pause; complain of what is left, and of `days`."""
    sent, why = 0, ""
    for number in range(len(pauses) + 1):
        waiting = [each for each in _in_outbox(settings, conn, between) if each.state_code == "due"]
        if not waiting:
            break
        if number:
            sleep(pauses[number - 1])
        try:
            sent += _round(settings, conn, waiting)
        except MailServerSilent as error:
            why = error.how
    left = [each for each in _in_outbox(settings, conn, between) if each.state_code == "due" or each.day_date in days]
    if left:
        states: Counter[Outcome] = Counter(each.state_code for each in left)
        raise MailNotSent(sent, outcome(states, why), may_pass=states["due"] > 0)
    return sent


def _round(settings: Settings, conn: db.Connection, waiting: Sequence[Sending]) -> int:
    """Try everything that is due once, over one link; give how many mails were taken."""
    sent = 0
    with smtp.session(server(settings)) as link:
        for each in waiting:
            address = _address(settings, each)
            mark, now = each.recipient_digest.hex()[:16], datetime.now(AMSTERDAM)
            content = outbox.addressed(_file(settings, each).read_bytes(), address, mark, now)
            if sendings.begin(conn, each.key):
                answer = smtp.hand_over(link, settings.sender, address, content)
                sendings.settle(conn, each.key, answer.state, answer.number)
                if answer.is_about_us:
                    raise SenderRefused(settings.smtp_host, answer.number or 0)
                sent += answer.state == "sent"
    return sent


def _open(settings: Settings, conn: db.Connection, between: tuple[date, date]) -> list[Sending]:
    """Give what has not been sent, of the last version of each digest, to those who are still recipients."""
    first, last = between
    known = [each for each in sendings.since(conn, first) if each.day_date <= last]
    newest: dict[tuple[date, str], int] = {}
    for each in known:
        of = (each.day_date, each.kind_code)
        newest[of] = max(newest.get(of, 0), each.version_number)
    return [
        each
        for each in known
        if each.state_code != "sent"
        and each.version_number == newest[each.day_date, each.kind_code]
        and each.key in _addresses(settings, _mail(each))
    ]


def _in_outbox(settings: Settings, conn: db.Connection, between: tuple[date, date]) -> list[Sending]:
    return [each for each in _open(settings, conn, between) if _file(settings, each).exists()]


def _mail(each: Sending) -> Mail:
    return Mail(each.day_date, each.kind_code, each.version_number)


def _addresses(settings: Settings, mail: Mail) -> dict[Key, str]:
    return {
        Key(mail.day, mail.kind, mail.version, sendings.digest_of(mail.name, address)): address
        for address in outbox.recipients_of(settings, mail.kind)
    }


def _address(settings: Settings, each: Sending) -> str:
    return _addresses(settings, _mail(each))[each.key]


def _file(settings: Settings, each: Sending) -> Path:
    return settings.root / "outbox" / f"{_mail(each).name}.eml"
