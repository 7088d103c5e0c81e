"""Released figures beside the truth that only the synthetic market knows."""

from dataclasses import dataclass
from datetime import date, timedelta

from simulation.world import World
from warehouse import db
from warehouse.areas import FOCUS, MOVEMENT_STATES, REGION
from warehouse.calendar import block_start


@dataclass(frozen=True, slots=True)
class ReleasedVolume:
    """A row of `release.volume` as far as scoring needs it."""

    period_code: str
    period_start_date: date
    area_code: str
    area_name: str
    setting_code: str
    status_code: str
    reason_code: str
    advertiser_count: int | None
    lower_count: int | None
    upper_count: int | None


@dataclass(frozen=True, slots=True)
class ReleasedMove:
    """A row of `release.movement` as far as scoring needs it."""

    block_start_date: date
    origin_code: str
    origin_name: str
    destination_code: str
    destination_name: str
    status_code: str
    reason_code: str
    move_count: int | None
    lower_count: int | None
    upper_count: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """One released figure and its truth. `inside` is None where no figure was released."""

    what: str
    area: str
    period: str
    truth: int
    estimate: int | None
    lower: int | None
    upper: int | None
    status: str

    @property
    def inside(self) -> bool | None:
        """Whether the truth lies in the released interval, ends included."""
        if self.lower is None or self.upper is None:
            return None
        return self.lower <= self.truth <= self.upper

    @property
    def told(self) -> str:
        """The estimate, or why there is none."""
        return self.status if self.estimate is None else str(self.estimate)

    @property
    def verdict(self) -> str:
        """Yes, no, or a dash."""
        return {True: "yes", False: "NO", None: "-"}[self.inside]


def score(conn: db.Connection, world: World, first: date, last: date) -> tuple[Score, ...]:
    """Score every released figure of the focus municipality and region: weeks, the last day, settings and moves."""
    return (*_volumes(conn, world, first, last), *_moves(conn, world, first))


ROLLED_UP = "rolled_up"
_DAYS = {"day": 1, "week": 7, "block": 28}


def _volumes(conn: db.Connection, world: World, first: date, last: date) -> list[Score]:
    scores = []
    params = {"areas": [FOCUS, REGION], "first": first, "last": last}
    for row in db.rows(conn, "score_volume", ReleasedVolume, params):
        end = row.period_start_date + timedelta(days=_DAYS[row.period_code] - 1)
        setting = None if row.setting_code == "all" else row.setting_code
        scores.append(
            Score(
                what="advertisers" if setting is None else f"advertisers, {setting}",
                area=row.area_name,
                period=f"{row.period_code} {row.period_start_date}",
                truth=world.truth.advertisers(row.area_code, row.period_start_date, end, setting),
                estimate=row.advertiser_count,
                lower=row.lower_count,
                upper=row.upper_count,
                status=row.reason_code or row.status_code,
            )
        )
    return scores


def _moves(conn: db.Connection, world: World, first: date) -> list[Score]:
    rows = db.rows(conn, "score_movement", ReleasedMove, {"first": block_start(first)})
    rolled_up: dict[str, list[str]] = {}
    for row in rows:
        if row.reason_code == ROLLED_UP:
            rolled_up.setdefault(row.destination_code, []).append(row.origin_code)
    scores = []
    for row in rows:
        if row.reason_code == ROLLED_UP:
            continue  # its moves are in the origin that it was rolled up into
        end = row.block_start_date + timedelta(days=27)
        is_sum = row.origin_code not in {*MOVEMENT_STATES, "NEW"}
        origins = rolled_up.get(row.destination_code, []) if is_sum else [row.origin_code]
        scores.append(
            Score(
                what="moves",
                area=f"{row.origin_name} -> {row.destination_name}",
                period=f"block {row.block_start_date}",
                truth=sum(
                    _true_moves(world, origin, row.destination_code, row.block_start_date, end) for origin in origins
                ),
                estimate=row.move_count,
                lower=row.lower_count,
                upper=row.upper_count,
                status=row.reason_code or row.status_code,
            )
        )
    return scores


def _true_moves(world: World, origin: str, destination: str, start: date, end: date) -> int:
    """Count what the estimate is about: from one week to the next between places; any day for arrival and departure."""
    if origin == "NEW" or destination == "EXIT":
        return world.truth.moves(origin, destination, start, end)
    return world.truth.weekly_moves(origin, destination, start, end)
