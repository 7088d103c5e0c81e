"""Whether a crawl that ended in order saw its source; if not, that is an error of the task, and no zero."""

from datetime import date

from advertentiemonitor import retrying
from advertentiemonitor.crawler import crawl_log_path, read_crawl_log
from advertentiemonitor.errors import SourceNotSeen
from advertentiemonitor.settings import Settings


def complain_if_unseen(settings: Settings, day: date, source: str) -> None:
    """Do nothing if the last crawl of a source on a day saw it, if only in part, or if it was not due.

    Raises:
        SourceNotSeen: it ended in another state.
        CrawlLogDamaged: nobody knows how it ended.
    """
    path = crawl_log_path(settings.shared, source, day)
    if not path.exists():
        return
    log = read_crawl_log(path)
    if log.state not in ("ok", "thin"):
        how = f"{log.state}: {log.reason}" if log.reason else log.state
        raise SourceNotSeen(source, how, may_pass=retrying.crawl_may_pass(log.state, log.reason))
