"""Facts of the running system that a reader's role cannot see; the front door hands them over for the accountability pack.

None stands where something was not handed over: the pack then says so. No value of a key, no pseudonym, no row about anybody.
"""

from dataclasses import dataclass
from datetime import date

TO_FILL_IN = "nog in te vullen door de organisatie"


@dataclass(frozen=True, slots=True)
class SourceFact:
    """An entry of the register of sources."""

    name: str
    owner: str
    group: str
    legal_ground: str
    dpia: str
    review_date: date | None
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A key: what it is for, its epoch, its state, and the day on which it is to be, or was, destroyed. Never its value."""

    domain: str
    epoch: str
    state: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ReceiptFact:
    """Receipts of one kind (load, purge, retention, key): how many, over which days, how many rows."""

    kind: str
    receipts: int
    first_day: date
    last_day: date
    rows: int


@dataclass(frozen=True, slots=True)
class KeptFact:
    """One kind of thing that is kept for a time: how much (None: not to be seen from here), oldest day, when that one goes."""

    kind: str
    left: int | None
    oldest: date | None
    next_date: date | None


@dataclass(frozen=True, slots=True)
class EntryFact:
    """An entry of the ledger, of any kind; digests in hexadecimal."""

    vintage: str
    kind: str
    version: int
    figures_digest: str
    previous_digest: str
    entry_digest: str


@dataclass(frozen=True, slots=True)
class LedgerFact:
    """The ledger: whether its chain holds, how many entries it has, and the last of them, oldest first."""

    is_whole: bool
    entries: int
    last: tuple[EntryFact, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Facts of the running system that are not in `release`, as they were on `on`; None where they were not handed over."""

    organisation: str = ""
    on: date | None = None
    sources: tuple[SourceFact, ...] | None = None
    keys: tuple[KeyFact, ...] | None = None
    receipts: tuple[ReceiptFact, ...] | None = None
    kept: tuple[KeptFact, ...] | None = None
    objections: int | None = None
    ledger: LedgerFact | None = None


NO_FACTS = SystemFacts()
