"""The tables of a snapshot as files hold them: typed columns with their comments, a key, and which columns name an area."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias, get_type_hints

from reports.figures import Alert, Area, Column, Movement, Quality, Share, Snapshot, Volume
from warehouse.protection.rows import Method, PolicyEffectFigure, PolicyEvent, StayFigure, StepFigure

Kind: TypeAlias = Literal["string", "integer", "number", "date", "datetime", "list"]

AREAS: Final = "gebieden"
EVENTS: Final = "beleid"
_KINDS: Final[dict[Any, Kind]] = {
    int: "integer",
    int | None: "integer",
    float: "number",
    float | None: "number",
    date: "date",
    date | None: "date",
    list[str]: "list",
}

# The primary keys of the release schema; of what is known on one day there is one version.
# `method` has none in a file: its source_code is empty but for ghost lags, and an empty cell is a missing value there.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "volume": ("period_code", "period_start_date", "area_code", "setting_code"),
    "setting_share": ("block_start_date", "area_code", "setting_code"),
    "movement": ("block_start_date", "origin_code", "destination_code"),
    "stay": ("quarter_start_date", "area_code", "figure_code"),
    "count_step": ("week_start_date", "area_code", "step_code"),
    "policy_event": ("event_code",),
    "policy_effect": ("event_code", "until_date", "outcome_code"),
    "quality_day": ("day_date", "source_code"),
    "alert": ("period_code", "period_start_date", "area_code", "series_code"),
    "area": ("area_code",),
    "open_figure": ("week_start_date", "query_code", "area_code", "setting_code"),
    "open_week": ("week_start_date",),
    "open_budget": ("week_start_date", "query_code"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, what its values are, and its comment in the database, empty where there is none."""

    name: str
    kind: Kind
    comment: str = ""


@dataclass(frozen=True)
class Table:
    """Rows that become a file.

    `name` is that of the file without its ending, `source` the table of the release schema, `key` what tells rows apart,
    `references` the file and column that a column of this one points at.
    """

    name: str
    source: str
    title: str
    fields: tuple[Field, ...]
    rows: Sequence[tuple[Any, ...]]
    key: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] | None = None

    @cached_property
    def columns(self) -> list[tuple[Any, ...]]:
        """The values by column, as long as there are rows."""
        return list(zip(*self.rows, strict=True)) if self.rows else [() for _ in self.fields]


@dataclass(frozen=True, slots=True)
class Download:
    """A file with the table of the release schema that it comes from, empty for the workbook of all."""

    name: str
    table: str
    title: str
    content: bytes
    fields: tuple[Field, ...]
    row_count: int
    format: Literal["csv", "ods", "parquet"] = "csv"
    key: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(field.name for field in self.fields)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


def of(
    name: str,
    source: str,
    title: str,
    row_type: type[Any],
    rows: Iterable[Any],
    dictionary: Sequence[Column],
    *,
    references: Mapping[str, tuple[str, str]] | None = None,
) -> Table:
    """Make a table of rows of one dataclass; comments are those of `source` in the dictionary."""
    hints = get_type_hints(row_type)
    told = {item.column_name: item.column_comment for item in dictionary if item.table_name == source}
    names = [field.name for field in fields(row_type)]
    made = tuple(Field(each, _KINDS.get(hints[each], "string"), told.get(each, "")) for each in names)
    return Table(name, source, title, made, list(map(attrgetter(*names), rows)), KEYS.get(source, ()), references)


def all_of(snapshot: Snapshot, dictionary: Sequence[Column]) -> list[Table]:
    """Give every table of a snapshot, languages excepted. Empty ones too: that there is nothing is told as well."""
    area = {"area_code": (AREAS, "area_code")}
    ends = dict.fromkeys(("origin_code", "destination_code"), (AREAS, "area_code"))
    known = (
        ("soorten", "setting_share", "Aandeel thuis, club en escort", Share, snapshot.shares, area),
        ("beweging", "movement", "Beweging tussen gebieden", Movement, snapshot.movements, ends),
        ("verblijf", "stay", "Hoe lang mensen blijven en of ze verder trekken", StayFigure, snapshot.stays, area),
        ("telstappen", "count_step", "Van advertenties naar adverteerders", StepFigure, snapshot.steps, area),
        (EVENTS, "policy_event", "Wat er in de regels veranderde", PolicyEvent, snapshot.events, area),
        (
            "beleidseffecten", "policy_effect", "Wat er na een nieuwe regel veranderde",
            PolicyEffectFigure, snapshot.effects, {**area, "event_code": (EVENTS, "event_code")},
        ),
        ("kwaliteit", "quality_day", "Hoe goed elke bron te zien was", Quality, snapshot.quality, None),
        ("meldingen", "alert", "Is er iets aantoonbaar veranderd", Alert, snapshot.alerts, area),
        (
            AREAS, "area", "Gebieden",
            Area, sorted(snapshot.areas.values(), key=lambda a: a.area_code), {"parent_code": (AREAS, "area_code")},
        ),
        ("methode", "method", "Hoe de cijfers zijn gemaakt", Method, snapshot.methods, None),
    )  # fmt: skip
    periods = (
        ("aantallen-per-week", "week", "Aantallen per week"),
        ("aantallen-per-dag", "day", "Aantallen per dag, laatste 28 dagen"),
        ("aantallen-per-vier-weken", "block", "Aantallen per vier weken"),
    )
    volumes: dict[str, list[Volume]] = {}
    for row in snapshot.volumes:
        volumes.setdefault(row.period_code, []).append(row)
    return [
        *(
            of(name, "volume", title, Volume, volumes.get(period, ()), dictionary, references=area)
            for name, period, title in periods
        ),
        *(
            of(name, source, title, kind, rows, dictionary, references=points)
            for name, source, title, kind, rows, points in known
        ),
    ]
