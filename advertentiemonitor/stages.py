"""The five stages of a day. Each takes what is missing: a rerun of any stage for any day changes nothing.

Airflow, `run` and `demo` call these same functions. They return counts, never rows.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import date, datetime
from functools import cache
from queue import SimpleQueue
from typing import TYPE_CHECKING

from advertentiemonitor import databases, retrying
from advertentiemonitor.crawler import Crawler, CrawlJob, crawl_log_path, is_settled, read_crawl_log, spool_path
from advertentiemonitor.disk import needs_room
from advertentiemonitor.errors import (
    CrawlLogDamaged,
    CrawlNotExpected,
    RefusedByRule,
    SourceNotSeen,
    TooFewCovered,
    WrongUse,
)
from advertentiemonitor.observing.observed import observed
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.unseen import complain_if_unseen
from spiders import permission, register
from spiders.entries import SourceEntry
from warehouse import db, key_providers
from warehouse.calendar import EPOCHS_FILE, Epochs, day_named
from warehouse.errors import EpochPassed, KeyDestroyed, LoadedElsewhere, MissingKey, StorageFull
from warehouse.keys import KeyProvider
from warehouse.records import CrawlLog, Listing
from warehouse.store import Place, dated

if TYPE_CHECKING:
    from spacy.language import Language

    from warehouse.epochs import Epoch
    from warehouse.retention import RetentionReport


def keys(settings: Settings) -> KeyProvider:
    """The installation's keys."""
    return key_providers.provider(settings.keys, settings.root / "keys")


def epoch_calendar(settings: Settings) -> Epochs:
    """When key epochs start in this installation: its state folder says so, and nobody else."""
    return Epochs.load(settings.root / EPOCHS_FILE)


def sources(_settings: Settings) -> list[str]:
    """Names of the sources that are enabled in the register, in order."""
    return [name for name, entry in sorted(register.load().items()) if entry.enabled]


@needs_room
def collect(settings: Settings, day: date, source: str, crawler: Crawler | None = None) -> int:
    """Crawl one source on its day and give the number of listings seen; a crawl that is there already stays.

    A source that is not due on the day, by its contract's cadence, is left alone: the day is missing for it, not zero.

    Raises:
        RefusedByRule: the register says that it may not run, or the day has passed or is yet to come.
        CrawlFailed: the crawl's process died; nothing of it was kept.
    """
    if is_settled(settings.shared, source, day):
        return read_crawl_log(crawl_log_path(settings.shared, source, day)).listings_present
    entry = register.entry_of(source)
    _refuse_unless_allowed(settings, entry, day)
    if not entry.is_due(day):
        return 0
    job = CrawlJob(
        source=source,
        day=day,
        state=settings.root,
        exchange=settings.exchange,
        contact=settings.contact,
        base_url=settings.market_url(entry.base_url) if entry.kind == "synthetic" else None,
    )
    if crawler is not None:
        return crawler.crawl(job).listings_present
    with Crawler() as own:
        return own.crawl(job).listings_present


def _refuse_unless_allowed(settings: Settings, entry: SourceEntry, day: date) -> None:
    today = settings.today(synthetic=entry.kind == "synthetic")
    reasons = permission.reasons_against(entry, today)
    if entry.kind == "live" and (outside := permission.outside_night(entry, datetime.now(AMSTERDAM))):
        reasons.append(outside)
    if reasons:
        raise RefusedByRule(f"{entry.name} may not run: {'; '.join(reasons)}. Nothing was fetched.")
    if day != today:
        raise RefusedByRule(
            f"{entry.name} cannot be crawled for {day}: it is {today} now, and a page shows only its own day. "
            "A day that has been collected can still be read, estimated and published."
        )


def collect_all(settings: Settings, day: date, crawlers: Sequence[Crawler]) -> int:
    """Crawl every enabled source, as many at once as there are crawlers; one that fails never stops the others.

    Raises:
        Exception: the error of the first source that failed, after all others are done.
    """
    free: SimpleQueue[Crawler] = SimpleQueue()
    for crawler in crawlers:
        free.put(crawler)

    def one(source: str) -> int | Exception:
        crawler = free.get()
        try:
            with observed("collect", day, settings, source) as ran:
                ran.count = collect(settings, day, source, crawler)
                complain_if_unseen(settings, day, source)
                return ran.count
        except SourceNotSeen:
            return ran.count or 0  # its crawl log says why, and the day goes on
        except Exception as error:  # noqa: BLE001 - kept and raised below: other sources go on
            return error
        finally:
            free.put(crawler)

    with ThreadPoolExecutor(len(crawlers)) as pool:
        outcomes = list(pool.map(one, sources(settings)))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    if failed:
        raise failed[0]
    return sum(outcome for outcome in outcomes if isinstance(outcome, int))


@needs_room
def read(settings: Settings, day: date) -> int:
    """Read and load every spool file up to `day`, day by day, and link each day; give the number of listings read.

    What cannot be read or believed holds up no other source and no other day. It stays until its term, and for that day
    its source is missing, not zero. Of an earlier day its own run has told, and `doctor` tells on.

    Raises:
        Exception: the first error about a source on `day`, or about that day itself, after all the rest is done.
        WarehouseError: of any day, at once: what the database, a key or the exchange did not do will not go better for the next.
    """
    from advertentiemonitor import keyring

    keyring.share_calendar(settings)
    calendar, count = epoch_calendar(settings), 0
    started = calendar.code(day)
    failed: list[Exception] = []
    with databases.warehouse_as(settings, "reader") as conn:
        for each in _days_to_read(settings, day):
            try:
                loaded, errors = _read_day(settings, conn, each, is_asked=each == day)
            except MissingKey:
                # Of a key that was lost and replaced by `keys rotate`: what waits under it holds up nothing, until its term.
                if started not in calendar.early or calendar.code(each) == started:
                    raise
            except (KeyDestroyed, EpochPassed):
                if each == day:
                    raise
            else:
                count += loaded
                failed += errors if each == day else []
    if failed:
        raise failed[0]
    return count


def _days_to_read(settings: Settings, day: date) -> list[date]:
    waiting = {day_named(path.stem) for path in (settings.shared / "spool").glob("*/*.spool")}
    return sorted({each for each in waiting if each is not None and each <= day} | {day})


def crawls_of(settings: Settings, day: date) -> list[CrawlLog]:
    """Give what each crawl of a day says of itself, in order of source; one that cannot be read is passed over."""
    found = []
    for path, _ in dated(settings.shared / "crawl", f"*/{day.isoformat()}.json"):
        with suppress(CrawlLogDamaged):
            found.append(read_crawl_log(path))
    return found


def waiting(settings: Settings, day: date) -> Iterator[tuple[str, CrawlLog | Exception]]:
    """Give the sources that were crawled on a day and wait to be read, each with its crawl log, or why that is not believed."""
    register_now = register.load()
    for path, _ in dated(settings.shared / "crawl", f"*/{day.isoformat()}.json"):
        source = path.parent.name
        if spool_path(settings.shared, source, day).exists():
            try:
                yield source, _believed(settings, path, register_now)
            except (CrawlLogDamaged, CrawlNotExpected) as error:
                yield source, error


def _believed(settings: Settings, path: Place, register_now: Mapping[str, SourceEntry]) -> CrawlLog:
    """Read a crawl log as far as it can be believed: it is sealed, of a source that we know, and of no day to come."""
    entry = register_now.get(path.parent.name)
    if entry is None:
        raise CrawlNotExpected
    log = read_crawl_log(path, keys(settings).spool())
    if log.day > settings.today(synthetic=entry.kind == "synthetic"):
        raise CrawlNotExpected
    return log


def _read_day(settings: Settings, conn: db.Connection, day: date, *, is_asked: bool) -> tuple[int, list[Exception]]:
    """Load what waits of a day and link it; give the number of listings read, and the errors of single sources."""
    from warehouse import epochs, identities

    crawled = [each for _, each in waiting(settings, day)]
    logs = [each for each in crawled if isinstance(each, CrawlLog)]
    failed = [each for each in crawled if isinstance(each, Exception)]
    if not (logs or is_asked):
        return 0, failed  # nothing that is believed says that there was such a day
    try:
        epoch = epochs.open_for(conn, keys(settings), epoch_calendar(settings), day)
    except (KeyDestroyed, EpochPassed):
        if logs:
            raise
        return 0, failed  # all that there was of it was read while there was a key
    count = 0
    for log in logs:
        try:
            count += _load(settings, conn, log, spool_path(settings.shared, log.source, day), epoch)
        except Exception as error:
            if retrying.verdict(error) == "passes":  # what is away is away for the next source too
                raise
            failed.append(error)
    # A day that was carried over is linked with the epoch's first day.
    identities.link_day(conn, max(day, epoch.start), epoch.code)
    return count, failed


def _load(settings: Settings, conn: db.Connection, log: CrawlLog, spool: Place, epoch: "Epoch") -> int:
    """Load one spool file and delete it once that has committed. Killed in between: the receipt tells, it is deleted."""
    from advertentiemonitor.facts import fact_rows
    from warehouse import loading
    from warehouse import spool as spool_files

    if loading.is_loaded(conn, log.source, log.day):
        spool.unlink(missing_ok=True)
        return 0
    try:
        digest = hashlib.sha256(spool.read_bytes()).digest()
        records = list(spool_files.read(spool, keys(settings).spool()))
    except FileNotFoundError:
        if loading.is_loaded(conn, log.source, log.day):  # by another run, a moment ago
            return 0
        raise
    ids = {(record.source, record.listing_id) for record in records}
    if any(source != log.source for source, _ in ids):
        raise LoadedElsewhere(log.source, log.day)
    former = {epoch.keys.listing(*each): epoch.former.listing(*each) for each in ids} if epoch.former else None
    # What is not to be believed is not kept: the listings were there, what they said waits for another night.
    listings = [record for record in records if isinstance(record, Listing) and log.is_trusted]
    loading.load_day(
        conn,
        source=log.source,
        day=log.day,
        crawl_log=log,
        rows=fact_rows(pipeline(), epoch.keys, listings, log.day, epoch.former),
        present=former or [epoch.keys.listing(*each) for each in ids],
        epoch=epoch.code,
        spool_digest=digest,
    )
    spool.unlink(missing_ok=True)  # another run of the same day may have been first
    return len(listings)


@cache
def pipeline() -> "Language":
    """The reading pipeline, loaded once a process."""
    from nlp.pipeline import load

    return load()


@needs_room
def estimate(settings: Settings, day: date) -> int:
    """Estimate as of `day` from what is kept; give the number of estimates."""
    from warehouse import estimation

    with databases.warehouse_as(settings, "estimator") as conn:
        return estimation.estimate_day(conn, day, settings.seed)


@needs_room
def release(settings: Settings, day: date) -> int:
    """Protect, attack and freeze the figures of `day`; give the number of figures released."""
    from warehouse import epochs
    from warehouse import release as gate
    from warehouse.keys import check_of

    with databases.warehouse_as(settings, "releaser") as conn:
        record = keys(settings).record()
        epochs.check(conn, "record", check_of(record))  # another key would draw other noise for the same cells
        return sum(gate.release_day(conn, day, record).rows.values())


@needs_room
def publish(settings: Settings, day: date) -> int:
    """Write the digests of `day` into the outbox, send them, once, and build the dashboard; give the number of files made.

    Raises:
        Exception: the first error, after all the rest is done.
    """
    from advertentiemonitor import publishing

    return publishing.publish(settings, day)


def _observed(stage: Callable[[Settings, date], int]) -> Callable[[Settings, date], int]:
    def watched(settings: Settings, day: date) -> int:
        with observed(stage.__name__, day, settings) as ran:
            ran.count = stage(settings, day)
            return ran.count

    return watched


CRAWLERS = 2  # sources crawled at once, each in turn with its own host
AFTER_COLLECTING = {stage.__name__: _observed(stage) for stage in (read, estimate, release, publish)}


def run_day(settings: Settings, day: date) -> dict[str, int]:
    """Run all stages of one day; give the count of each."""
    from advertentiemonitor.observing import metrics

    try:
        with databases.opened(settings), ExitStack() as stack:
            crawlers = [stack.enter_context(Crawler()) for _ in range(CRAWLERS)]
            counts = {"collect": collect_all(settings, day, crawlers)}
            return counts | {name: stage(settings, day) for name, stage in AFTER_COLLECTING.items()}
    finally:
        metrics.write(settings)


def retain(settings: Settings, said: date | None = None) -> "RetentionReport":
    """Destroy what is older than the rules allow, and say what went and what is left.

    Args:
        settings: of the installation.
        said: a person says that this is today, where the clock is not believed.

    Raises:
        WrongUse: the clock says another day.
        warehouse.errors.ClockSetBack, warehouse.errors.ClockAhead: the clock cannot be right; nothing was destroyed.
        warehouse.errors.StorageFull: a file cannot be removed; told when the rest is done.
    """
    from advertentiemonitor import sending
    from advertentiemonitor.airflow import cleaning as airflow_cleaning
    from warehouse import retention as rules

    today = settings.today(synthetic=True)
    if said not in {None, today}:
        raise WrongUse(f"By the clock it is {today}, not {said}. Set the clock right first.")
    with databases.opened(settings) as server, ExitStack() as stack:
        reader, admin = (stack.enter_context(db.connect(server.dsn(role))) for role in ("reader", "admin"))
        places = settings.root, settings.backup_folder
        try:
            told = rules.run(reader, admin, *places, today, exchange=settings.shared, is_sure=said is not None)
        except StorageFull:  # the clock was believed, and what could go went: so does the rest
            sending.purge(settings, today)
            airflow_cleaning.clean(settings)
            raise
        return told.with_lines(sending.purge(settings, today), airflow_cleaning.clean(settings))


def calibrate(settings: Settings, day: date) -> int:
    """Look whether hidden source groups were covered in the 12 weeks before that of `day`; give how many were judged.

    Raises:
        TooFewCovered: under 80 % over 12 weeks. Delta goes up by itself; somebody has to ask why.
    """
    from warehouse import hiding

    with databases.warehouse_as(settings, "estimator") as conn:
        cover = hiding.cover(conn, day)
        if cover.alarm:
            raise TooFewCovered(cover.covered, cover.judged, hiding.delta(conn, day))
    return cover.judged


def retention(settings: Settings, day: date) -> int:  # noqa: ARG001 - the same for every stage
    """Destroy what is older today than the rules allow; give the number of rows and files that went.

    A run is made for a day, but terms end by the clock: one that starts late, or again, destroys what is due by now.
    """
    return retain(settings).total


def rotate_keys(settings: Settings, day: date) -> int:
    """Make keys ahead and destroy those whose bridge week is over by `day`; give the number destroyed."""
    from advertentiemonitor import keyring

    return keyring.destroy_due(settings, day)
