"""Released figures beside the truth that only the synthetic market knows."""

from dataclasses import dataclass
from datetime import date, timedelta

from simulation.world import World
from warehouse import db
from warehouse.areas import FOCUS, REGION
from warehouse.calendar import block_start
from warehouse.flows import flow_pairs
from warehouse.protection.cells import ROLLED_UP


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
    return [
        Score(
            what="moves",
            area=f"{row.origin_name} -> {row.destination_name}",
            period=f"block {row.block_start_date}",
            truth=_true_moves(world, row),
            estimate=row.move_count,
            lower=row.lower_count,
            upper=row.upper_count,
            status=row.reason_code or row.status_code,
        )
        for row in db.rows(conn, "score_movement", ReleasedMove, {"first": block_start(first)})
        if row.reason_code != ROLLED_UP  # its moves are in the row that it was rolled up into
    ]


def _true_moves(world: World, row: ReleasedMove) -> int:
    """Count what the estimate is about: changes of state from one week to the next."""
    end = row.block_start_date + timedelta(days=27)
    pairs = flow_pairs(row.origin_code, row.destination_code)
    return sum(world.truth.weekly_moves(*pair, row.block_start_date, end) for pair in pairs)
