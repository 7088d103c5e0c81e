"""How a synthetic world is asked for."""

from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, Self

from simulation.errors import DayOutsideWorld, WrongSettings

SITE_NAMES: tuple[str, ...] = ("nl_kaartjes", "nl_gegevens", "nl_prikbord", "nl_rubriek")
SITE_GROUPS: dict[str, str] = {
    "nl_kaartjes": "alfa",
    "nl_gegevens": "alfa",
    "nl_prikbord": "beta",
    "nl_rubriek": "gamma",
}
DEFAULT_PORTS: tuple[int, ...] = (18731, 18732, 18733, 18734)

LayoutChange = Literal["none", "mild", "breaking"]
Direction = Literal["relaxed", "tightened"]


@dataclass(frozen=True, slots=True)
class Canaries:
    """Numbers and sentences to plant, to see afterwards whether anything leaked.

    `listings` advertisements get one each. Number i goes to the i-th of them and to no other, so that planting ties no
    two advertisers together; sentences are dealt round. `numbers` are E.164, inside the blocks of `simulation.numbers`.
    """

    numbers: tuple[str, ...] = field(default=(), repr=False)
    sentences: tuple[str, ...] = field(default=(), repr=False)
    listings: int = 200


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule of one municipality that changes on a day.

    `tightened`: a share `effect` of who is or would come there is there no more. `relaxed`: there are so many more. With
    `is_displacing` they go to, or come from, neighbouring towns; else they stop, or are new.
    """

    area_code: str
    day: date
    direction: Direction = "tightened"
    effect: float = 0.3
    is_displacing: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.effect <= 1 or self.direction not in {"relaxed", "tightened"}:
            raise WrongSettings("A policy is relaxed or tightened, and its effect lies between 0 and 1.")


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """All that a world is a function of.

    `scale` multiplies the number of advertisers (1: about 670 active at a time, about 1,100 live advertisements).
    Rates are per source-day: `outage_rate` everything answers 503, `partial_rate` some index pages do. With
    `calm_edges` neither happens on the first and the last day. `generic_share` of all advertisements carry a number that
    many others carry too (`simulation.generic`). Without a `policy` the world is the same to the last bit.
    """

    seed: int = 1
    first_day: date = date(2026, 10, 12)
    days: int = 28
    scale: float = 1.0
    outage_rate: float = 0.02
    partial_rate: float = 0.03
    calm_edges: bool = True
    layout_change: LayoutChange = "mild"
    fake_share: float = 0.02
    generic_share: float = 0.0
    ghost_lag_days: float = 2.0
    canaries: Canaries = Canaries()
    policy: Policy | None = None

    def __post_init__(self) -> None:
        if self.seed < 0 or not 1 <= self.days <= 730 or not 0.02 <= self.scale <= 10:
            raise WrongSettings("A world needs a seed of 0 or more, 1 to 730 days and a scale of 0.02 to 10.")
        if not all(
            0 <= rate <= 1 for rate in (self.outage_rate, self.partial_rate, self.fake_share, self.generic_share)
        ):
            raise WrongSettings("Rates and shares of a world lie between 0 and 1.")
        if not 0 <= self.ghost_lag_days <= 60:
            raise WrongSettings("The mean ghost lag lies between 0 and 60 days.")
        if self.policy is not None:
            self.index_of(self.policy.day)

    @property
    def last_day(self) -> date:
        """Last day of the world, inclusive."""
        return self.first_day + timedelta(days=self.days - 1)

    def index_of(self, day: date) -> int:
        """Give the number of `day`, the first day being 0.

        Raises:
            DayOutsideWorld: the world does not have it.
        """
        index = (day - self.first_day).days
        if not 0 <= index < self.days:
            raise DayOutsideWorld(day, self.first_day, self.last_day)
        return index

    def to_dict(self) -> dict[str, Any]:
        """Give these settings as JSON can carry them; `from_dict` reads them back."""
        told = {**asdict(self), "first_day": self.first_day.isoformat()}
        if self.policy is None:
            del told["policy"]
        else:
            told["policy"]["day"] = self.policy.day.isoformat()
        return told

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what `to_dict` gave."""
        canaries, policy = values["canaries"], values.get("policy")
        return cls(
            **{
                **values,
                "first_day": date.fromisoformat(values["first_day"]),
                "canaries": Canaries(tuple(canaries["numbers"]), tuple(canaries["sentences"]), canaries["listings"]),
                "policy": Policy(**{**policy, "day": date.fromisoformat(policy["day"])}) if policy else None,
            }
        )
