"""Row types on both sides of the gate: estimates as they go in, figures as they come out."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

Status = Literal["published", "below_threshold", "withheld", "unreliable"]
PUBLISHED: Status = "published"
BELOW: Status = "below_threshold"
WITHHELD: Status = "withheld"
UNRELIABLE: Status = "unreliable"
# Reasons of cells that are withheld for the sake of others: these may be of any size, labels among them.
SECONDARY = "secondary"
ATTACK = "attack"
FEW_FOR_A_DAY = "few_for_a_day"  # of a day, whatever was there: nobody up to the threshold of days
ROLLED_UP = "rolled_up"  # of a flow whose moves are in a wider one


class CellId(NamedTuple):
    """Public coordinates of a volume cell."""

    period_code: str
    period_start: date
    area_code: str
    setting_code: str

    def __str__(self) -> str:
        """Write the coordinates as an error message or a ledger shows them."""
        return f"{self.period_code} {self.period_start} {self.area_code} {self.setting_code}"


class MoveId(NamedTuple):
    """Public coordinates of a flow."""

    block_start: date
    origin_code: str
    destination_code: str

    def __str__(self) -> str:
        """Write the coordinates as an error message or a ledger shows them."""
        return f"move {self.block_start} {self.origin_code} {self.destination_code}"


class LanguageId(NamedTuple):
    """Public coordinates of a language of a region."""

    block_start: date
    area_code: str
    language_code: str

    def __str__(self) -> str:
        """Write the coordinates as an error message or a ledger shows them."""
        return f"language {self.block_start} {self.area_code} {self.language_code}"


AnyCell = CellId | MoveId | LanguageId


@dataclass(frozen=True, slots=True)
class Area:
    """A place that figures may be about; `parent_code` holds it, None at the top."""

    area_code: str
    area_name: str
    level_code: str
    parent_code: str | None
    population_count: int | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class VolumeEstimate:
    """One unprotected row of est.volume; counts are advertisers, `identity_count` identities seen."""

    period_code: str
    period_start_date: date
    area_code: str
    setting_code: str
    identity_count: int = field(repr=False)
    largest_share: float = field(repr=False)
    floor_count: float | None = field(repr=False)
    point_count: float | None = field(repr=False)
    lower_count: float | None = field(repr=False)
    upper_count: float | None = field(repr=False)
    coverage_share: float | None = field(repr=False)
    source_group_count: int
    completeness_share: float
    refusal_code: str | None
    warnings: list[str]
    cell_number: int = field(repr=False)

    @property
    def cell(self) -> CellId:
        """Coordinates of this row."""
        return CellId(self.period_code, self.period_start_date, self.area_code, self.setting_code)


@dataclass(frozen=True, slots=True)
class VolumeFigure:
    """One protected row of release.volume."""

    period_code: str
    period_start_date: date
    area_code: str
    setting_code: str
    status_code: Status
    reason_code: str
    advertiser_count: int | None
    floor_count: int | None
    lower_count: int | None
    upper_count: int | None
    coverage_share: float | None
    source_group_count: int
    completeness_share: float
    warnings: list[str]

    @property
    def cell(self) -> CellId:
        """Coordinates of this row."""
        return CellId(self.period_code, self.period_start_date, self.area_code, self.setting_code)


@dataclass(frozen=True, slots=True)
class ShareFigure:
    """One protected row of release.setting_share; shares in (0, 1)."""

    block_start_date: date
    area_code: str
    setting_code: str
    status_code: Status
    reason_code: str
    advertiser_share: float | None
    lower_share: float | None
    upper_share: float | None


@dataclass(frozen=True, slots=True)
class MovementEstimate:
    """One unprotected row of est.movement."""

    block_start_date: date
    origin_code: str
    destination_code: str
    identity_count: int = field(repr=False)
    point_count: float | None = field(repr=False)
    lower_count: float | None = field(repr=False)
    upper_count: float | None = field(repr=False)
    refusal_code: str | None
    warnings: list[str]
    cell_number: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class MovementFigure:
    """One protected row of release.movement."""

    block_start_date: date
    origin_code: str
    destination_code: str
    status_code: Status
    reason_code: str
    move_count: int | None
    lower_count: int | None
    upper_count: int | None
    warnings: list[str]

    @property
    def cell(self) -> MoveId:
        """Coordinates of this row."""
        return MoveId(self.block_start_date, self.origin_code, self.destination_code)


@dataclass(frozen=True, slots=True)
class LanguageEstimate:
    """One unprotected row of est.language."""

    block_start_date: date
    area_code: str
    language_code: str
    identity_count: int = field(repr=False)
    largest_share: float = field(repr=False)
    cell_number: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class LanguageFigure:
    """One protected row of release.language."""

    block_start_date: date
    area_code: str
    language_code: str
    status_code: Status
    reason_code: str
    advertiser_count: int | None

    @property
    def cell(self) -> LanguageId:
        """Coordinates of this row."""
        return LanguageId(self.block_start_date, self.area_code, self.language_code)


@dataclass(frozen=True, slots=True)
class AlertEstimate:
    """One unprotected row of est.alert."""

    period_code: str
    period_start_date: date
    area_code: str
    series_code: str
    status_code: str
    reason_code: str | None
    since_date: date | None
    false_alarm_value: float


@dataclass(frozen=True, slots=True)
class AlertFigure:
    """One protected row of release.alert."""

    period_code: str
    period_start_date: date
    area_code: str
    series_code: str
    status_code: str
    reason_code: str
    since_date: date | None
    false_alarm_count: int
