"""The rule sets of each cube, as data. What each number means is in PRIVACY.md, P9 and P10.

`RULESET_VERSION` holds a digest of the rules, so that a changed number can never pass under an old version name.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final

from warehouse.areas import MOVEMENT_STATES, around


@dataclass(frozen=True, slots=True)
class NoiseRule:
    """Cell-key noise: whole numbers in [-bound, bound], mean zero, variance in advertisers squared."""

    bound: int = 5
    variance: float = 3.0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a cell of one cube must satisfy before its figure leaves.

    `threshold` counts identities, in the cell and in its complement, `day_threshold` those of a day, which tell more:
    where few come and go, a figure that is the same as yesterday says that nobody did (docs/protection.md). `dominance` is the largest share of a cell that
    one identity may hold; `rounding` is in advertisers; `share_denominator` is the smallest protected denominator of
    a share; `periods` and `settings` are the fixed windows and classes that exist; origins of movement are rolled up
    until cells with at least `rollup_share` of the moves can be published.
    """

    cube: str
    threshold: int = 10
    day_threshold: int = 20
    dominance: float = 0.5
    rounding: int = 5
    noise: NoiseRule = NoiseRule()
    share_denominator: int = 20
    share_digits: int = 2
    periods: tuple[str, ...] = ("block",)
    settings: tuple[str, ...] = ("all",)
    rollup_share: float = 0.8


VOLUME: Final = RuleSet(cube="volume", periods=("day", "week", "block"), settings=("all", "home", "club", "escort"))
SHARE: Final = RuleSet(cube="setting_share", settings=("home", "club", "escort"))
MOVEMENT: Final = RuleSet(cube="movement")
LANGUAGE: Final = RuleSet(cube="language")
STAY: Final = RuleSet(cube="stay", periods=("quarter",))
COUNT_STEP: Final = RuleSet(cube="count_step", periods=("week",))
POLICY_EFFECT: Final = RuleSet(cube="policy_effect", periods=("week", "block"))
CUBES: Final = (VOLUME, SHARE, MOVEMENT, LANGUAGE, STAY, COUNT_STEP, POLICY_EFFECT)

# What stays are rounded to, in their own unit.
STAY_ROUNDING: Final[dict[str, int]] = {"days": 5, "weeks": 1}
# A count of what identities hold is blurred by the first of these that holds all that any one of them has.
HOLDINGS: Final = (1, 5, 20, 100, 500, 2_500)
# Ratios of levels are rounded to this.
RATIO_ROUNDING: Final = 0.05

# Days carry the total only: a class by day would be read as a diary of a handful of people.
SETTINGS_OF_PERIOD: Final[dict[str, tuple[str, ...]]] = {
    "day": ("all",),
    "week": VOLUME.settings,
    "block": VOLUME.settings,
}

# Refusals that say "we could not see", not "there were few". Found for the whole country they outrank "minder dan 10",
# because missing is not zero; found for one small area they would tell an empty area from one with a single person.
BLIND_REFUSALS: Final = frozenset({"low_completeness", "too_few_source_groups", "epoch_boundary", "no_data"})

# Levels of areas from the finest up; a municipality lies in a COROP region, that in a province, that in the country.
LEVELS: Final = ("municipality", "corop", "province", "country")


def ruleset() -> dict[str, Any]:
    """Give all rules in force: `cubes`, one rule set each, and what holds for more than one."""
    return {
        "cubes": [asdict(cube) for cube in CUBES],
        "settings": SETTINGS_OF_PERIOD,
        "states": {state: around(state) for state in MOVEMENT_STATES},
        "blind": sorted(BLIND_REFUSALS),
        "stay_rounding": STAY_ROUNDING,
        "holdings": HOLDINGS,
        "ratio_rounding": RATIO_ROUNDING,
    }


def _digest(rules: Mapping[str, Any]) -> str:
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:12]


def ruleset_version() -> str:
    """Name the rules in force: a number for people and a digest for the ledger."""
    return "2-" + _digest(ruleset())


def digest_of(rows: Iterable[tuple[str, str, str]]) -> str:
    """Give the digest of rules kept as `rule_rows` tells them; their version ends in it where nothing was changed.

    Raises:
        ValueError: a value is not JSON.
    """
    order = {rules.cube: place for place, rules in enumerate(CUBES)}
    told: dict[str, Any] = {}
    cubes: dict[str, dict[str, Any]] = {}
    for cube, rule, value in rows:
        (cubes.setdefault(cube, {"cube": cube}) if cube else told)[rule] = json.loads(value)
    told["cubes"] = sorted(cubes.values(), key=lambda rules: order.get(rules["cube"], len(order)))
    return _digest(told)


def rule_rows() -> list[tuple[str, str, str]]:
    """Write the rules in force as readers see them: cube (empty where a rule is for all), rule, value as JSON."""
    rules = ruleset()
    told = [("", name, value) for name, value in rules.items() if name != "cubes"]
    told += [(cube["cube"], name, value) for cube in rules["cubes"] for name, value in cube.items() if name != "cube"]
    return sorted((cube, name, json.dumps(value, sort_keys=True)) for cube, name, value in told)


RULESET_VERSION: Final = ruleset_version()
