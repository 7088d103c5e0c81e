"""Released figures as rows, and one snapshot of what was known on a day. `reports.loading` reads them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from reports.errors import NothingReleased
from warehouse.areas import FOCUS, REGION
from warehouse.protection.rows import Method, PolicyEffectFigure, PolicyEvent, StayFigure, StepFigure

PUBLISHED = "published"
BELOW = "below_threshold"
WITHHELD = "withheld"
UNRELIABLE = "unreliable"

DAYS_SHOWN = 28
DIGEST_WEEKS = 26
DASHBOARD_WEEKS = 104
BLOCKS_SHOWN = 26
KINDS: tuple[str, ...] = ("home", "club", "escort")


@dataclass(frozen=True, slots=True)
class Area:
    """A row of release.area."""

    area_code: str
    area_name: str
    level_code: str
    parent_code: str | None
    population_count: int | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Volume:
    """A row of release.volume; counts are advertisers, rounded to 5, None where not published."""

    period_code: str
    period_start_date: date
    area_code: str
    setting_code: str
    status_code: str
    reason_code: str
    advertiser_count: int | None
    floor_count: int | None
    lower_count: int | None
    upper_count: int | None
    coverage_share: float | None
    source_group_count: int
    completeness_share: float
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Share:
    """A row of release.setting_share; shares between 0 and 1, None where not published."""

    block_start_date: date
    area_code: str
    setting_code: str
    status_code: str
    reason_code: str
    advertiser_share: float | None
    lower_share: float | None
    upper_share: float | None


@dataclass(frozen=True, slots=True)
class Movement:
    """A row of release.movement; counts are moves, rounded to 5, None where not published."""

    block_start_date: date
    origin_code: str
    destination_code: str
    status_code: str
    reason_code: str
    move_count: int | None
    lower_count: int | None
    upper_count: int | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of release.alert; `false_alarm_count` in 180 days, all watched series together."""

    period_code: str
    period_start_date: date
    area_code: str
    series_code: str
    status_code: str
    reason_code: str
    since_date: date | None
    false_alarm_count: int


@dataclass(frozen=True, slots=True)
class Quality:
    """A row of release.quality_day; `completeness_share` between 0 and 1."""

    day_date: date
    source_code: str
    source_group_code: str
    state_code: str
    reason_code: str
    completeness_share: float


@dataclass(frozen=True, slots=True)
class Language:
    """A row of release.language: advertisers seen, by language of the advertisement text, regions only."""

    block_start_date: date
    area_code: str
    language_code: str
    status_code: str
    reason_code: str
    advertiser_count: int | None


@dataclass(frozen=True, slots=True)
class Edition:
    """A daily entry of the ledger, release.edition; digests in hexadecimal."""

    vintage_date: date
    version_number: int
    ruleset_version: str
    estimator_version: str
    inputs_digest: str
    figures_digest: str
    previous_digest: str
    entry_digest: str
    attacks: Any


@dataclass(frozen=True, slots=True)
class Audit:
    """The newest audit in the ledger: the day on which it ran, its results, and how many things did not verify."""

    ran_date: date
    attacks: Any
    problem_count: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What one correction did to the printed volumes of one kind of period, each beside its version before.

    `compared_count` of the `row_count` rows have a number in both versions; the moves, in advertisers, are of those (None
    where there are none), and so is `outside_count`, new numbers outside the old interval.
    """

    vintage_date: date
    version_number: int
    period_code: str
    row_count: int
    compared_count: int
    moved_count: int
    switched_count: int
    outside_count: int
    mean_move_count: float | None
    largest_move_count: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the release schema with its comment."""

    table_name: str
    column_name: str
    type_name: str
    table_comment: str
    column_comment: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a report needs, as known on `day`. `editions` are those up to `day`, oldest first, never empty."""

    day: date
    editions: Sequence[Edition]
    areas: dict[str, Area]
    volumes: Sequence[Volume]
    shares: Sequence[Share] = ()
    movements: Sequence[Movement] = ()
    quality: Sequence[Quality] = ()
    alerts: Sequence[Alert] = ()
    stays: Sequence[StayFigure] = ()
    steps: Sequence[StepFigure] = ()
    events: Sequence[PolicyEvent] = ()
    effects: Sequence[PolicyEffectFigure] = ()
    methods: Sequence[Method] = ()
    languages: Sequence[Language] = ()
    audit: Audit | None = None
    revisions: Sequence[Revision] = ()
    focus: str = FOCUS
    region: str = REGION
    _index: dict[tuple[str, str, str], list[Volume]] = field(init=False, repr=False, compare=False)
    _shared: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.editions:
            raise NothingReleased(self.day)
        index: dict[tuple[str, str, str], list[Volume]] = {}
        for row in sorted(self.volumes, key=lambda row: row.period_start_date):
            index.setdefault((row.period_code, row.area_code, row.setting_code), []).append(row)
        object.__setattr__(self, "_index", index)
        names = Counter(area.area_name for area in self.areas.values() if area.level_code == "municipality")
        object.__setattr__(self, "_shared", frozenset(name for name, count in names.items() if count > 1))

    @property
    def edition(self) -> Edition:
        """The last edition."""
        return self.editions[-1]

    def name(self, code: str) -> str:
        """Give the name of an area, with its province where two municipalities have it; its code where it has no name."""
        found = self.areas.get(code)
        if found is None:
            return code
        return f"{found.area_name} ({self._province(found)})" if found.area_name in self._shared else found.area_name

    def _province(self, area: Area) -> str:
        while area.level_code != "province" and area.parent_code in self.areas:
            area = self.areas[area.parent_code]
        return area.area_name

    def series(self, period: str, area: str, setting: str = "all") -> list[Volume]:
        """Give the volumes of an area in order of time."""
        return list(self._index.get((period, area, setting), ()))

    def volume(self, period: str, start: date, area: str, setting: str = "all") -> Volume | None:
        """Give one volume, or None."""
        return next(
            (row for row in self._index.get((period, area, setting), ()) if row.period_start_date == start), None
        )

    def last_week(self, area: str) -> Volume | None:
        """Give the volume of the last whole week, or None where that week tells nothing of the area."""
        newest = max(
            (rows[-1].period_start_date for (period, _, _), rows in self._index.items() if period == "week"),
            default=None,
        )
        return self.volume("week", newest, area) if newest is not None else None

    def gapless(self, period: str, area: str) -> list[Volume]:
        """Give the volumes of an area in order of time; a period between two others without a row has no figure."""
        rows = self.series(period, area)
        step = timedelta(days={"day": 1, "week": 7, "block": 28}[period])
        made = rows[:1]
        for row in rows[1:]:
            while made[-1].period_start_date + step < row.period_start_date:
                made.append(_nothing(made[-1], made[-1].period_start_date + step))
            made.append(row)
        return made

    def members(self, parent: str) -> list[Area]:
        """Give the municipalities of an area, by name."""
        return sorted(
            (a for a in self.areas.values() if a.parent_code == parent and a.level_code == "municipality"),
            key=lambda a: a.area_name.casefold(),
        )

    def last_block(self) -> date | None:
        """Give the Monday of the last block of four weeks with figures on shares or moves, or None."""
        starts = [*(row.block_start_date for row in self.shares), *(row.block_start_date for row in self.movements)]
        return max(starts, default=None)

    def shares_of(self, area: str, block: date) -> dict[str, Share]:
        """Give the shares of an area in a block by setting."""
        return {row.setting_code: row for row in self.shares if row.area_code == area and row.block_start_date == block}

    def moves(self, block: date) -> list[Movement]:
        """Give the moves of a block."""
        return [row for row in self.movements if row.block_start_date == block]

    def alert(self, area: str, start: date | None, series: str = "level") -> Alert | None:
        """Give what is said of a series in the period that starts on a day, or None."""
        rows = (row for row in self.alerts if (row.area_code, row.series_code) == (area, series))
        return next((row for row in rows if row.period_start_date == start), None)

    def quality_on(self, day: date) -> list[Quality]:
        """Give how well each source could be seen on a day, by source."""
        return sorted((row for row in self.quality if row.day_date == day), key=lambda row: row.source_code)


def _nothing(beside: Volume, start: date) -> Volume:
    """A period of which nothing was released, beside one of which something was."""
    return replace(
        beside,
        period_start_date=start,
        status_code=UNRELIABLE,
        reason_code="no_data",
        advertiser_count=None,
        floor_count=None,
        lower_count=None,
        upper_count=None,
        coverage_share=None,
        source_group_count=0,
        completeness_share=0.0,
        warnings=[],
    )
