"""Keys over time: what there is, starting an epoch early, and destroying keys whose bridge week is over."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from advertentiemonitor import databases, stages
from advertentiemonitor.locking import alone
from advertentiemonitor.settings import Settings
from warehouse import clock, db, epochs
from warehouse.calendar import BRIDGE_DAYS, EPOCHS_FILE, Epochs, epoch_end
from warehouse.epochs import EpochRow
from warehouse.errors import CalendarDamaged, KeyDestroyed, KeyInUse, MissingKey, WarehouseError, WrongKey, WrongUse
from warehouse.keys import KeyProvider, check_of

AHEAD = ("ahead", "not made yet")
FINE = ("present", "in use", "bridge", "destroyed", *AHEAD)  # any other state is a sentence that says what is wrong
SPOOL_DAYS = 3  # what waits to be read is at most that old: a new epoch may start with it


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key: `state` is one of `FINE`, or the sentence that says what is wrong."""

    key: str
    epoch: str | None
    start: date | None
    state: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """An epoch started early. `is_break`: the key before it is gone, so that nothing is carried over."""

    epoch: str
    start: date
    former: str
    is_break: bool


def status(settings: Settings) -> list[KeyState]:
    """Tell of each key whether it is there, right and safe, and until when an epoch's key is needed."""
    provider, calendar = stages.keys(settings), stages.epoch_calendar(settings)
    today = settings.today(synthetic=True)
    with databases.warehouse_as(settings, "reader") as conn:
        rows = epochs.known(conn)
        coming = calendar.code(epoch_end(calendar.code(today)) + timedelta(days=1))
        codes = sorted(
            {calendar.code(today), coming, *provider.epochs(), *provider.destroyed(), *(r.code for r in rows)}
        )
        return [
            KeyState("spool", None, None, _told(provider.spool)),
            KeyState("record", None, None, _told(lambda: _record(conn, provider))),
            *(_state_of(conn, provider, calendar, rows, code, today) for code in codes),
        ]


def _state_of(
    conn: db.Connection, provider: KeyProvider, calendar: Epochs, rows: list[EpochRow], code: str, today: date
) -> KeyState:
    number = next((i for i, row in enumerate(rows) if row.code == code), None)
    following = rows[number + 1] if number is not None and number + 1 < len(rows) else None
    is_spare = code[-1].isalpha() and code not in calendar.early
    start = None if is_spare else calendar.start(code)
    if number is not None and (closed := rows[number].closed):
        return KeyState("pseudonym", code, start, "destroyed", closed)
    is_coming = number is None and calendar.start(code) > today
    if is_coming and code not in {*provider.epochs(), *provider.destroyed()} and not epochs.is_noted(conn, code):
        return KeyState("pseudonym", code, start, "not made yet")
    wrong = _told(lambda: epochs.verified(conn, provider, code))
    if wrong != "present":
        return KeyState("pseudonym", code, start, "destroyed" if code in provider.destroyed() else wrong)
    if following is not None:
        return KeyState("pseudonym", code, start, "bridge", following.bridge_end)
    if code != calendar.code(today) and number is None:
        return KeyState("pseudonym", code, start, "ahead")
    return KeyState("pseudonym", code, start, "in use", _bridge_end(calendar, code))


def _bridge_end(calendar: Epochs, code: str) -> date:
    """Give the day on which the key of an epoch is due, as far as is known now."""
    start, end = calendar.start(code), epoch_end(code)
    following = min((day for day in calendar.early.values() if start < day <= end), default=end + timedelta(days=1))
    return following + timedelta(days=BRIDGE_DAYS)


def _record(conn: db.Connection, provider: KeyProvider) -> None:
    if db.tuples(conn, "key_check_list", {"name": "record"}) not in ([], [(check_of(provider.record()),)]):
        raise WrongKey("record")


def _told(look: Callable[[], object]) -> str:
    try:
        look()
    except WarehouseError as error:
        return str(error)
    return "present"


def rotate(settings: Settings) -> Rotation:
    """Start a new epoch with the first day that has not been read yet: a key was lost, or is no longer trusted.

    Raises:
        KeyInUse: nothing was kept under the present key yet, or the key before it is still in its bridge week.
        ClockSetBack, ClockAhead: the clock is not to be believed.
        WarehouseError: the key cannot be made.
    """
    # Of two at once the second sees what the first did.
    with databases.opened(settings), alone(settings.root):
        return _rotate(settings)


def _rotate(settings: Settings) -> Rotation:
    provider, calendar = stages.keys(settings), stages.epoch_calendar(settings)
    today = settings.today(synthetic=True)
    with databases.warehouse_as(settings, "reader") as conn:
        rows = epochs.known(conn)
        if not rows:
            raise KeyInUse(calendar.code(today), "has no rows yet", "There is nothing to start anew.")
        clock.check(conn, today)
        start = max(epochs.last_read(conn) + timedelta(days=1), today - timedelta(days=SPOOL_DAYS))
        former = rows[-1]
        code = calendar.code(start)
        if former.code != code and not any(_is_lost(conn, provider, each) for each in (code, former.code)):
            raise KeyInUse(code, "has no rows yet", "There is nothing to start anew.")
        if former.former is not None and start < former.bridge_end:
            way_out = f"Wait until then, or end its bridge with `keys destroy {former.former} --now`."
            if rows[-2].closed is None:
                raise KeyInUse(former.former, f"is in its bridge week until {former.bridge_end}", way_out)
        try:
            epochs.checked(conn, provider, former.code)
            is_break = False
        except (MissingKey, WrongKey, KeyDestroyed):
            is_break = True
        code, tried = calendar.next_early(start), dict(calendar.early)
        # One under which objections were noted is passed over if it is lost: another key in its place would be refused.
        while _is_lost(conn, provider, code):
            tried[code] = start
            code = Epochs(tried).next_early(start)
    provider.ensure_epoch(code)
    keep_calendar(settings, {**calendar.early, code: start})
    return Rotation(code, start, former.code, is_break)


def keep_calendar(settings: Settings, early: Mapping[str, date]) -> None:
    """Note early starts of key epochs in the state folder, which alone decides, and publish them for who collects."""
    Epochs(early).save(settings.root / EPOCHS_FILE)
    share_calendar(settings)


def is_shared(settings: Settings) -> bool:
    """Tell whether the exchange, where one is set, says of early starts what the state folder says."""
    if not settings.exchange:
        return True
    there = settings.shared / EPOCHS_FILE
    try:
        return there.exists() and Epochs.load(there) == stages.epoch_calendar(settings)
    except CalendarDamaged:
        return False


def share_calendar(settings: Settings) -> bool:
    """Put in the exchange, where one is set, what the state folder knows of early starts; tell whether there was need.

    What lies there is for who collects, to know which pages are due again. It is never believed here: by it, whoever
    keeps the storage would decide which keys are destroyed.
    """
    if is_shared(settings):
        return False
    stages.epoch_calendar(settings).save(settings.shared / EPOCHS_FILE)
    return True


def _is_lost(conn: db.Connection, provider: KeyProvider, code: str) -> bool:
    """Tell whether the database has seen a key of an epoch that is not there any more, or not as it was."""
    if not epochs.is_noted(conn, code):
        return False
    try:
        epochs.verified(conn, provider, code)
    except (MissingKey, WrongKey, KeyDestroyed):
        return True
    return False


def destroy(settings: Settings, epoch: str | None = None, *, now: bool = False) -> dict[str, int]:
    """Destroy the keys that are due, or one; give the listings that had been bridged from each.

    Args:
        settings: of the installation.
        epoch: only this one.
        now: though its bridge week is not over.

    Raises:
        WrongUse: there never was a key of that epoch.
        KeyInUse: it is still needed.
        ClockSetBack, ClockAhead: the clock is not to be believed.
    """
    return _destroy(settings, settings.today(synthetic=True), epoch, now=now)


def _refuse_if_needed(epoch: str, rows: list[EpochRow], provider: KeyProvider, calendar: Epochs) -> None:
    if epoch not in {row.code for row in rows} | {*provider.epochs(), *provider.destroyed()}:
        raise WrongUse(f"There is no key of epoch {epoch}. `keys status` names those that there are.")
    if rows and epoch == rows[-1].code:
        following = max((code for code, start in calendar.early.items() if start > rows[-1].start), default="")
        if following and epoch < following <= f"{epoch[:5]}z":
            raise KeyInUse(epoch, f"is in use until the first night under {following} was read", "Wait for that night.")
        raise KeyInUse(epoch, "is in use", "Start another epoch with `keys rotate` and wait for its first night.")


def destroy_due(settings: Settings, day: date) -> int:
    """Make the keys ahead that are missing and destroy those whose bridge week is over by `day`; give their number."""
    share_calendar(settings)
    provider = stages.keys(settings)
    there = set(provider.epochs()) | set(provider.destroyed())
    with databases.warehouse_as(settings, "reader") as conn:
        for code in stages.epoch_calendar(settings).ahead(day):
            if code not in there and not epochs.is_noted(conn, code):
                with contextlib.suppress(MissingKey):  # one that comes from the environment is made there
                    provider.ensure_epoch(code)
    return len(_destroy(settings, day, None))


def _destroy(settings: Settings, today: date, epoch: str | None, *, now: bool = False) -> dict[str, int]:
    provider = stages.keys(settings)
    with databases.warehouse_as(settings, "reader") as conn:
        clock.check(conn, today)
        rows = epochs.known(conn)
        due = [*epochs.due(rows, today), *epochs.unused(rows, provider.epochs(), today)]
        codes = due if epoch is None else [epoch]
        if epoch is not None:
            _refuse_if_needed(epoch, rows, provider, stages.epoch_calendar(settings))
        if epoch is not None and not now:
            for row, following in pairwise(rows):
                if row.code == epoch and following.bridge_end > today:
                    way_out = "Wait until then, or add --now: what was not seen again by then is not bridged."
                    raise KeyInUse(epoch, f"is in its bridge week until {following.bridge_end}", way_out)
        return {code: epochs.destroy(conn, provider, code, today) for code in codes}
