"""Row types of the cubes beside volumes, flows and languages: estimates as they go into the gate, figures as they come out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from warehouse.protection.cells import Status


@dataclass(frozen=True, slots=True)
class StayEstimate:
    """One unprotected row of est.movement_figure; the part is that of a share, None of stays."""

    block_start_date: date
    figure_code: str
    area_code: str
    identity_count: int = field(repr=False)
    cell_number: int = field(repr=False)
    part_count: int | None = field(repr=False)
    part_cell_number: int | None = field(repr=False)
    point_value: float | None = field(repr=False)
    lower_value: float | None = field(repr=False)
    upper_value: float | None = field(repr=False)
    refusal_code: str | None


@dataclass(frozen=True, slots=True)
class StayFigure:
    """One protected row of release.stay: a share with its parts, or a length of stay."""

    quarter_start_date: date
    area_code: str
    figure_code: str
    status_code: Status
    reason_code: str
    advertiser_share: float | None = None
    lower_share: float | None = None
    upper_share: float | None = None
    part_count: int | None = None
    whole_count: int | None = None
    stay_count: int | None = None
    lower_count: int | None = None
    upper_count: int | None = None


@dataclass(frozen=True, slots=True)
class StepEstimate:
    """One counted row of est.count_step, with what est.volume knows of the same identities; None where it does not."""

    week_start_date: date
    area_code: str
    step_code: str
    point_count: float = field(repr=False)
    largest_count: int | None = field(repr=False)
    identity_count: int | None = field(repr=False)
    cell_number: int | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StepFigure:
    """One protected row of release.count_step."""

    week_start_date: date
    area_code: str
    step_code: str
    status_code: Status
    reason_code: str
    step_count: int | None = None
    lower_count: int | None = None
    upper_count: int | None = None
    rounding_count: int | None = None
    deflator_value: float | None = None
    lower_deflator_value: float | None = None
    upper_deflator_value: float | None = None


@dataclass(frozen=True, slots=True)
class PolicyEvent:
    """One row of release.policy_event: public facts, the same on both sides of the gate."""

    event_code: str
    area_code: str
    event_date: date | None
    precision_code: str
    event_name: str
    direction_code: str
    source_name: str


@dataclass(frozen=True, slots=True)
class PolicyEffectEstimate:
    """One unprotected row of est.policy_effect, with what readers know of the figures that it was made from.

    `hidden_count` and `hidden_neighbour_count` are periods with a figure behind it that was not published, of the area and of
    its neighbours; `level_count` is the mean published count of the periods after.
    """

    event_code: str
    until_date: date
    outcome_code: str
    area_code: str
    before_count: int
    after_count: int
    comparator_count: int
    neighbour_codes: list[str]
    detectable_fall_value: float | None
    detectable_rise_value: float | None
    ratio_value: float | None = field(repr=False)
    lower_ratio_value: float | None = field(repr=False)
    upper_ratio_value: float | None = field(repr=False)
    is_demonstrable: bool
    placebo_count: int
    beyond_count: int
    change_value: float | None = field(repr=False)
    lower_change_value: float | None = field(repr=False)
    upper_change_value: float | None = field(repr=False)
    neighbour_change_value: float | None = field(repr=False)
    lower_neighbour_change_value: float | None = field(repr=False)
    upper_neighbour_change_value: float | None = field(repr=False)
    verdict_code: str | None
    refusal_code: str | None
    hidden_count: int
    hidden_neighbour_count: int
    level_count: float | None


@dataclass(frozen=True, slots=True)
class PolicyEffectFigure:
    """One protected row of release.policy_effect."""

    event_code: str
    until_date: date
    outcome_code: str
    area_code: str
    status_code: Status
    reason_code: str
    effect_code: str
    verdict_code: str
    ratio_value: float | None
    lower_ratio_value: float | None
    upper_ratio_value: float | None
    detectable_fall_value: float | None
    detectable_rise_value: float | None
    change_count: int | None
    lower_change_count: int | None
    upper_change_count: int | None
    neighbour_codes: list[str]
    neighbour_change_count: int | None
    lower_neighbour_change_count: int | None
    upper_neighbour_change_count: int | None
    displaced_value: float | None
    before_count: int
    after_count: int
    comparator_count: int
    placebo_count: int
    beyond_count: int


@dataclass(frozen=True, slots=True)
class Method:
    """One row of release.method; holds no advertiser's data."""

    item_code: str
    source_code: str
    value_name: str
    age_count: int | None


class Beside(NamedTuple):
    """What a reader has of these cubes beside the volumes, flows and languages of a release."""

    stays: Sequence[StayFigure] = ()
    steps: Sequence[StepFigure] = ()
    effects: Sequence[PolicyEffectFigure] = ()


NOTHING_BESIDE: Final = Beside()
