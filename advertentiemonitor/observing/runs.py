"""The report of a day's run: `runs/<day>.json` in the state folder. Each stage writes its own part as it ends.

On several machines each has those of the stages that ran on it. Reports hold counts of what was done and stay.
"""

import platform
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from advertentiemonitor.locking import alone
from advertentiemonitor.settings import Settings
from warehouse import db

Outcome = Literal["begun", "done", "failed", "stopped"]
_SOFTWARE = ("advertentiemonitor", "apache-airflow", "scrapy", "spacy", "psycopg")


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Part(_Told):
    """The last run of a stage; of collecting, of one source. `begun` and nothing more means that it was killed, or runs.

    `count` is what the stage gives; `error` the name of an error's class; `first_done` stays when the stage runs again.
    """

    stage: str
    source: str | None = None
    begun: AwareDatetime
    ended: AwareDatetime | None = None
    seconds: float | None = None
    count: int | None = None
    outcome: Outcome = "begun"
    error: str | None = None
    first_done: AwareDatetime | None = None


class SourceSeen(_Told):
    """How well a source was seen; completeness in [0, 1]."""

    state: str
    reason: str
    completeness: float


class Edition(_Told):
    """What was released last, with the outcome of each attack on it."""

    version: int
    attacks: dict[str, str]


class RunReport(_Told):
    """All that is known of a day's run.

    `mails` counts the sendings of the day's digests by state; `migration` is the last one that the software knows.
    """

    day: date
    parts: tuple[Part, ...] = ()
    sources: dict[str, SourceSeen] = Field(default_factory=dict)
    edition: Edition | None = None
    mails: dict[str, int] = Field(default_factory=dict)
    software: dict[str, str] = Field(default_factory=dict)
    migration: str = ""

    def part(self, stage: str, source: str | None = None) -> Part | None:
        """Give the part of a stage, where there is one."""
        return next((each for each in self.parts if (each.stage, each.source) == (stage, source)), None)

    def with_part(self, part: Part) -> "RunReport":
        """Put a part in the place of the one before; when it was first done is remembered."""
        former = self.part(part.stage, part.source)
        first = (former.first_done if former else None) or (part.ended if part.outcome == "done" else None)
        others = [each for each in self.parts if each is not former]
        return self.model_copy(update={"parts": (*others, part.model_copy(update={"first_done": first}))})


def report_of(settings: Settings, day: date) -> RunReport | None:
    """Give the report of a day; None where there is none, or where it cannot be read."""
    return _read(_path(settings.root, day))


def reports(settings: Settings, days: int) -> list[RunReport]:
    """Give the newest `days` reports, oldest first."""
    found = sorted((settings.root / "runs").glob("????-??-??.json"))[-days:]
    return [report for path in found if (report := _read(path)) is not None]


def change(settings: Settings, day: date, how: Callable[[RunReport], RunReport]) -> None:
    """Write a day's report anew; of processes that do so at once, one waits for the other.

    Raises:
        OSError, StateFolderUnusable: it cannot be written; the former is still there.
    """
    path = _path(settings.root, day)
    with alone(settings.folder("runs")):
        report = how(report_of(settings, day) or RunReport(day=day))
        whole = report.model_copy(update={"software": software(), "migration": newest_migration()})
        part = path.with_name(f".{path.name}.part")
        part.touch(0o600)
        part.write_text(whole.model_dump_json(indent=1), encoding="utf-8")
        part.replace(path)


@cache
def software() -> dict[str, str]:
    """Versions of what ran."""
    return {"python": platform.python_version()} | {name: version(name) for name in _SOFTWARE}


@cache
def newest_migration() -> str:
    """The last migration that this software has."""
    return max(path.stem for path in (db.HERE / "migrations").glob("[0-9]*.sql"))


def _path(root: Path, day: date) -> Path:
    return root / "runs" / f"{day.isoformat()}.json"


def _read(path: Path) -> RunReport | None:
    try:
        return RunReport.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
