"""The register of sources: one contract a source (`sources/<name>.yml`), and why one may not run (PRIVACY P1, P2).

An installation may have sources of its own in a folder that ADVERTENTIEMONITOR_SOURCES names; they stand beside ours.
"""

import hashlib
import importlib
import importlib.util
import os
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spiders.errors import NoSuchFolder, RegisterInvalid, SourceExcluded, UnknownSource
from spiders.reading import Reading

if TYPE_CHECKING:
    from spiders.base import ListingSpider

SOURCES = Path(__file__).parent / "sources"
OWN_FOLDER = "ADVERTENTIEMONITOR_SOURCES"
LIVE_DELAY_SECONDS = 10.0  # least time between two requests to a live host (PRIVACY P2)

_NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)+$"
Name = Annotated[str, Field(pattern=_NAME, max_length=40)]
Share = Annotated[float, Field(ge=0, le=1)]
_NEEDED = ("owner", "scope", "legal_ground", "dpia_reference", "fg_advice")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decision(_Part):
    """A dated decision about what a site says of robots or of text and data mining."""

    allowed: bool
    decided_on: date
    because: str = Field(min_length=10)


class Night(_Part):
    """Local hours within which a live source may be crawled; may pass midnight."""

    start: time
    end: time

    def holds(self, moment: time) -> bool:
        """Tell whether `moment` (local) lies in [start, end).

        >>> Night(start=time(23), end=time(6)).holds(time(2))
        True
        """
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def seconds_left(self, now: datetime) -> float:
        """Give the seconds from `now` (local, with its zone) to the end of the window; 0 outside it.

        >>> Night(start=time(23), end=time(6)).seconds_left(datetime.fromisoformat("2026-11-26T23:00+01:00"))
        25200.0
        """
        if not self.holds(now.time()):
            return 0.0
        days = 0 if now.time() < self.end else 1
        end = datetime.combine(now.date() + timedelta(days=days), self.end, now.tzinfo)
        return end.timestamp() - now.timestamp()  # through the change of the clock too: this one has an hour more


class Assertions(_Part):
    """What a healthy crawl gives; fewer listings than `min_listings` is thin, more than `max_listings` a warning."""

    min_listings: int = Field(ge=0)
    max_listings: int = Field(ge=1)
    fill: dict[
        Literal["title", "body", "place", "contact", "category", "posted_date", "title_on_card", "place_in_text"], Share
    ] = Field(default_factory=dict, description="least share of listings that have the field, or that agree")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_listings > self.max_listings:
            raise ValueError("min_listings is over max_listings")
        return self


class SourceEntry(_Part):
    """One source as the register holds it."""

    name: Name
    version: str = Field(min_length=1, description="of this contract and its class; raise it with every change")
    title: str
    kind: Literal["synthetic", "live"]
    enabled: bool = False
    owner: str | None = None
    group: str = Field(min_length=1, description="sources of one owner or with automatic cross-posting share a group")
    scope: str | None = None
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...]
    base_url: Annotated[str, Field(pattern=r"^https?://[^/\s?#]+$")]
    other_hosts: tuple[str, ...] = ()
    every_days: int = Field(default=1, ge=1, le=7)
    delay_seconds: float = Field(ge=0)
    night: Night | None = None
    index_page_cap: int = Field(default=500, ge=1)
    page_cap: int = Field(default=10_000, ge=1)
    timeout_seconds: float = Field(default=30.0, gt=0, le=30)
    hours_cap: float = Field(default=6.0, gt=0, le=24)
    retry_after_cap_seconds: float = Field(default=120.0, ge=0)
    legal_ground: str | None = None
    dpia_reference: str | None = None
    fg_advice: str | None = None
    robots: Decision | None = None
    text_and_data_mining: Decision | None = None
    review_on: date | None = None
    assertions: Assertions
    reading: Reading | None = Field(default=None, description="left out where the source's class reads its pages")
    notes: str | None = None

    @property
    def contract_version(self) -> str:
        """Version with a digest of all that is declared, so that a crawl's log tells under which contract it ran."""
        said = self.model_dump_json(exclude={"notes"})
        return f"{self.version}+{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def is_due(self, day: date) -> bool:
        """Tell whether the source is crawled on `day`, every so many days counted from a fixed one."""
        return day.toordinal() % self.every_days == 0

    @property
    def is_loopback(self) -> bool:
        """Whether the source's own address is this machine."""
        return is_loopback(self.base_url)


class ExcludedSource(_Part):
    """A site that is not crawled, with the reason, and where its figures can lawfully come from instead."""

    name: Name
    version: str = Field(min_length=1)
    title: str
    kind: Literal["excluded"]
    decided_on: date
    because: str = Field(min_length=20)
    instead: str = Field(min_length=20)


def outside_night(entry: SourceEntry, now: datetime) -> str | None:
    """Say that `now` (local) lies outside the source's night hours; None within them."""
    if entry.night is None or entry.night.holds(now.time()):
        return None
    return f"night: it is {now:%H:%M}, and its hours are {entry.night.start:%H:%M} to {entry.night.end:%H:%M}"


def is_loopback(url: str) -> bool:
    """Tell whether the host of `url` is this machine by its very name: no look-up is made.

    >>> is_loopback("http://127.0.0.1:8000"), is_loopback("http://example.org")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Name the host that requests to `url` reach; on this machine each port is a host of its own.

    >>> host_of("https://WWW.site.example/x"), host_of("http://127.0.0.1:8000/")
    ('www.site.example', '127.0.0.1:8000')
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return f"{host}:{parts.port}" if is_loopback(url) else host


def reasons_against(entry: SourceEntry, today: date, *, to_record: bool = False) -> list[str]:
    """Say why the source may not run on `today`; empty when it may.

    To record its first pages it need not be switched on or verified yet; all else holds then too.

    A synthetic source holds made-up data of nobody and lives on this machine, so it needs no ground, assessment or
    review; the label is worth nothing for any other address.
    """
    reasons = [] if entry.enabled or to_record else ["enabled: it is switched off in the register"]
    if entry.reading is not None and entry.reading.still_open:
        reasons.append(f"reading: still to be filled in are {', '.join(entry.reading.still_open)}")
    if entry.kind == "synthetic":
        if not entry.is_loopback:
            reasons.append("base_url: a synthetic source must be on this machine (127.0.0.1)")
        if not all(is_loopback(f"https://{host}") for host in entry.other_hosts):
            reasons.append("other_hosts: those of a synthetic source must be on this machine")
        return reasons
    reasons.extend(f"{field}: missing" for field in _NEEDED if not getattr(entry, field))
    reasons.extend(_against_decisions(entry, today))
    reasons.extend(_against_reading(entry, today, to_record=to_record))
    if entry.review_on is None:
        reasons.append("review_on: missing")
    elif entry.review_on < today:
        reasons.append(f"review_on: was due on {entry.review_on.isoformat()}")
    if entry.night is None:
        reasons.append("night: no window of night hours")
    elif entry.night.start == entry.night.end or entry.night.holds(time(12)):
        reasons.append("night: these are no night hours")
    if entry.delay_seconds < LIVE_DELAY_SECONDS:
        reasons.append(f"delay_seconds: under {LIVE_DELAY_SECONDS:.0f} s for a live host")
    return reasons


def _against_reading(entry: SourceEntry, today: date, *, to_record: bool) -> Iterator[str]:
    if entry.reading is None:
        return
    if entry.reading.verified_on is None and not to_record:
        yield "reading.verified_on: nobody has held the selectors against recorded pages yet"
    if entry.reading.verified_on is not None and entry.reading.verified_on > today:
        yield "reading.verified_on: it is dated in the future"


def _against_decisions(entry: SourceEntry, today: date) -> Iterator[str]:
    for name, decision in (("robots", entry.robots), ("text_and_data_mining", entry.text_and_data_mining)):
        if decision is None:
            yield f"{name}: no dated decision"
        elif not decision.allowed:
            yield f"{name}: decided against on {decision.decided_on.isoformat()}"
        elif decision.decided_on > today:
            yield f"{name}: the decision is dated in the future"


def folders() -> tuple[Path, ...]:
    """Give the folders that hold the register: ours, and the installation's own where there is one.

    Raises:
        NoSuchFolder: the environment names a folder that is not there; its sources would be missed silently.
    """
    named = os.environ.get(OWN_FOLDER)
    if not named:
        return (SOURCES,)
    own = Path(named).expanduser().absolute()
    if not own.is_dir():
        raise NoSuchFolder(OWN_FOLDER, own)
    return SOURCES, own


def contracts(*among: Path) -> dict[str, Path]:
    """Give the file of each entry, by name; `among` folders, or those of the register.

    Raises:
        RegisterInvalid: a name stands in two folders.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in among or folders() for path in sorted(folder.glob("*.yml"))):
        if path.stem in found:
            raise RegisterInvalid(path.stem, [f"name: it stands in {found[path.stem].parent} and in {path.parent}"])
        found[path.stem] = path
    return found


def load(*among: Path) -> dict[str, SourceEntry]:
    """Read every source of the register, by name; those that are not crawled at all are left out.

    An entry that cannot be read is left out too, so that one source's mistake does not stop the others; `problems`
    names it, and `sources check`, `doctor` and every run say so.
    """
    return {name: entry for name, entry in _entries(among).items() if isinstance(entry, SourceEntry)}


def excluded(*among: Path) -> dict[str, ExcludedSource]:
    """Read every entry that says why a site is not crawled, by name."""
    return {name: entry for name, entry in _entries(among).items() if isinstance(entry, ExcludedSource)}


def problems(*among: Path) -> dict[str, RegisterInvalid]:
    """Give what is wrong with the entries that cannot be read, by name."""
    return {name: entry for name, entry in _entries(among).items() if isinstance(entry, RegisterInvalid)}


def _entries(among: tuple[Path, ...]) -> dict[str, SourceEntry | ExcludedSource | RegisterInvalid]:
    found: dict[str, SourceEntry | ExcludedSource | RegisterInvalid] = {}
    for name, path in contracts(*among).items():
        try:
            found[name] = _read(path)
        except RegisterInvalid as error:
            found[name] = error
    return found


def read_entry(path: Path) -> SourceEntry:
    """Read one entry; its file is named after it.

    Raises:
        RegisterInvalid: the file cannot be read or does not fit.
        SourceExcluded: it is the entry of a site that is not crawled.
    """
    entry = _read(path)
    if isinstance(entry, ExcludedSource):
        raise SourceExcluded(entry.name, entry.because, entry.instead)
    return entry


def _read(path: Path) -> SourceEntry | ExcludedSource:
    try:
        return parse(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RegisterInvalid(path.stem, [f"it cannot be read ({type(error).__name__})"]) from None


class _Strict(yaml.SafeLoader):
    """YAML in which a key may stand once only: of two, one would be ignored without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = [key.value for key, _ in node.value]
        double = next((key for key in keys if keys.count(key) > 1), None)
        if double is not None:
            raise yaml.constructor.ConstructorError(None, None, "a key stands there twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def parse(name: str, text: str) -> SourceEntry | ExcludedSource:
    """Read the text of the entry called `name`.

    Raises:
        RegisterInvalid: it cannot be read or does not fit.
    """
    try:
        data: Any = yaml.load(text, _Strict)  # noqa: S506 - a safe loader, and stricter
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RegisterInvalid(name, [f"it is no YAML{where}: {error.problem or 'unknown'}"]) from None
    except (yaml.YAMLError, RecursionError):
        raise RegisterInvalid(name, ["it is no YAML"]) from None
    try:
        entry = _model_for(data).model_validate(data)
    except ValidationError as error:
        raise RegisterInvalid(name, _problems(error)) from None
    if entry.name != name:
        raise RegisterInvalid(name, ["name: differs from the name of the file"])
    return entry


def _model_for(data: Any) -> type[SourceEntry | ExcludedSource]:
    return ExcludedSource if isinstance(data, dict) and data.get("kind") == "excluded" else SourceEntry


def _problems(error: ValidationError) -> Sequence[str]:
    return [
        f"{'.'.join(map(str, found['loc'])) or 'entry'}: {found['msg']}" for found in error.errors(include_input=False)
    ]


def contract_path(name: str) -> Path:
    """Give the file of the entry called `name`.

    Raises:
        UnknownSource: there is none.
    """
    known = contracts()
    if name not in known:
        raise UnknownSource(name, sorted(known))
    return known[name]


def entry_of(name: str) -> SourceEntry:
    """Give the entry called `name`.

    Raises:
        UnknownSource: there is none.
        SourceExcluded: there is one that says why the site is not crawled.
    """
    return read_entry(contract_path(name))


def spider_class(name: str) -> "type[ListingSpider]":
    """Give the class of a source: `<name>.py` beside its contract, in capitals with `Spider` behind it.

    Raises:
        UnknownSource: there is no such entry, module or class.
    """
    return class_of(contract_path(name))


def is_name(name: str) -> bool:
    """Tell whether a source may be called so.

    >>> is_name("nl_kaartjes"), is_name("../x")
    (True, False)
    """
    return re.fullmatch(_NAME, name) is not None and len(name) <= 40


def class_name(name: str) -> str:
    """Give the name of a source's class.

    >>> class_name("nl_kaartjes")
    'NlKaartjesSpider'
    """
    return "".join(part.capitalize() for part in name.split("_")) + "Spider"


def class_of(contract: Path) -> "type[ListingSpider]":
    """Give the class that stands beside a contract.

    Raises:
        UnknownSource: there is no such module or class.
    """
    name, path = contract.stem, contract.with_suffix(".py")
    if not path.exists():
        raise RegisterInvalid(name, [f"{path.name}: it is not there; `sources new` shows what it looks like"])
    module = importlib.import_module(f"spiders.sources.{name}") if path.parent == SOURCES else _module_at(path)
    found: type[ListingSpider] | None = getattr(module, class_name(name), None)
    if found is None:
        raise RegisterInvalid(name, [f"{path.name}: it has no class {class_name(name)}"])
    return found


def class_problem(contract: Path) -> str | None:
    """Say what is wrong with the class beside a contract, without a word of what its code says; None where it loads."""
    try:
        class_of(contract)
    except (UnknownSource, RegisterInvalid) as error:
        return f"class: {error}"
    except SyntaxError as error:
        return f"class: {contract.stem}.py cannot be read (line {error.lineno})"
    except BaseException as error:  # noqa: BLE001 - somebody's module, run for the first time
        return f"class: {contract.stem}.py cannot be loaded ({type(error).__name__})"
    return None


def _module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"spiders.sources_of_this_installation.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UnknownSource(path.stem, [])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
