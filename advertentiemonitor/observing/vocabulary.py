"""The closed lists from which log lines, run reports and metrics are made."""

from datetime import date, datetime

from spiders import register

EVENTS = frozenset({"stage begun", "stage done", "stage failed", "stage stopped", "library"})
ROOMS = frozenset({"advertentiemonitor", "spiders", "nlp", "warehouse", "reports", "simulation"})
LIBRARIES = frozenset(
    {"airflow", "asyncio", "botocore", "cryptography", "fsspec", "httpx", "numpy", "opendp", "psycopg", "py", "s3fs"}
    | {"scipy", "scrapy", "spacy", "sqlalchemy", "twisted", "urllib3"}
)
FOREIGN = "foreign"  # an error or a library that is on no list
HIGHEST_COUNT = 10_000_000  # seven digits: no number that can be called from elsewhere is as short
LONGEST_SECONDS = 1_000_000.0
STEP = 25

# Of these stages the count is of files, keys or groups of sources, and no single listing moves it.
_EXACT = frozenset({"publish", "rotate_keys", "calibrate"})


def stages() -> frozenset[str]:
    """Names of the stages."""
    from advertentiemonitor import tasks  # which writes by this package

    return frozenset((*tasks.CHAIN, tasks.GATE, *tasks.ON_THEIR_OWN))


def sources() -> frozenset[str]:
    """Names that have a contract in the register."""
    return frozenset(register.contracts())


def name_of(error: object) -> str | None:
    """Give the class name of an error, if it is ours or Python's own; None for what is no error.

    >>> name_of(KeyError("what it says is not told"))
    'KeyError'
    """
    kind = error if isinstance(error, type) else type(error)
    if not issubclass(kind, BaseException):
        return None
    is_known = kind.__module__.partition(".")[0] in {*ROOMS, "builtins"}
    return kind.__name__ if is_known and kind.__name__.isalpha() and kind.__name__.isascii() else FOREIGN


def day_of(value: object) -> str | None:
    """Write a day; a moment is no day, and a year far from ours could be any number."""
    is_day = isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year < 2100
    return value.isoformat() if is_day and isinstance(value, date) else None


def told_count(stage: str | None, count: int) -> int:
    """Round a count that could tell of one listing: from exact ones a day apart, one that came or left could be read.

    How many listings a source has is on its own pages. Still, logs and metrics travel further than this machine.

    >>> told_count("read", 1238), told_count("read", 7), told_count("publish", 7)
    (1250, 0, 7)
    """
    return count if stage in _EXACT else round(count / STEP) * STEP
