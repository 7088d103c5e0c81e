"""All batteries of the estimates and of their protection in one page: what was asked, what came out, and what is missed.

    python -P benchmarks/statistics/report.py [--runs N] [--seed S] [--full] [--only NAME ...] [--out build/batteries.html]

`--full` takes each battery's own size, as `make test-full` would; without it a tenth of that, and at least what a battery
can be told from. `--runs` sets one size for all. Prints every figure and writes one page without scripts or anything from
elsewhere. Ends with 1 where a bar is missed, and says which.
"""

import argparse
import importlib.util
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
sys.path[:0] = [str(ROOT), str(HERE)]

import jinja2  # noqa: E402
import numpy as np  # noqa: E402
import scipy  # noqa: E402
from checks import Check, print_checks  # noqa: E402

from warehouse.estimates import vintage  # noqa: E402

BATTERIES = (
    "closed",
    "hidden",
    "crawls",
    "trend",
    "shares",
    "market",
    "movement",
    "dwell",
    "policy",
    "alerts",
    "speed",
    "protection/year",
    "protection/utility",
    "protection/red_team",
    "protection/membership",
    "protection/beside",
    "protection/open_data",
    "protection/speed",
)
FEWEST = {"market": 2, "speed": 3, "protection/utility": 4}  # runs of the small size
RUNS, SEED = 200, 977  # of a battery that names none
OUT = ROOT / "build" / "batteries.html"


@dataclass
class Told:
    """What one battery said, or why it said nothing."""

    name: str
    title: str
    runs: int
    seed: int
    seconds: float = 0.0
    checks: list[Check] = field(default_factory=list)

    @property
    def missed(self) -> list[Check]:
        return [check for check in self.checks if check.missed]

    @property
    def barred(self) -> int:
        return sum(check.bar is not None for check in self.checks)

    @property
    def scenarios(self) -> list[tuple[str, list[Check]]]:
        """Figures of a scenario together, in the order in which they were told."""
        return [(name, list(each)) for name, each in groupby(self.checks, key=lambda check: check.scenario)]

    def dots(self) -> "list[Dot]":
        """Give the shares that have a bar of 'at least', as dots beside it; one dot is no picture."""
        found = [
            Dot.of(check, self.runs) for check in self.checks if check.figure == "coverage" and check.bar is not None
        ]
        return found if len(found) > 1 else []


@dataclass(frozen=True)
class Dot:
    """A share of `runs`, with the 95 % interval of a binomial share (Wilson 1927)."""

    name: str
    value: float
    bar: float
    lower: float
    upper: float
    missed: bool

    @classmethod
    def of(cls, check: Check, runs: int) -> "Dot":
        z, p = 1.959964, check.value
        centre = (p + z**2 / (2 * runs)) / (1 + z**2 / runs)
        half = z * math.sqrt(p * (1 - p) / runs + z**2 / (4 * runs**2)) / (1 + z**2 / runs)
        return cls(check.scenario, p, check.bar or 0.0, centre - half, centre + half, check.missed)


def battery(name: str) -> ModuleType | None:
    """Load the battery of that name; None where there is none yet."""
    path = (HERE.parent if "/" in name else HERE) / f"{name}.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"battery_{name.replace('/', '_')}", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look up their module
    spec.loader.exec_module(module)
    return module


def run(name: str, *, runs: int | None, seed: int | None, full: bool) -> Told | None:
    """Run one battery at its size; None where there is none of that name."""
    module = battery(name)
    if module is None:
        return None
    whole, own = getattr(module, "RUNS", RUNS), getattr(module, "SEED", SEED)
    size = runs or (whole if full else max(whole // 10, FEWEST.get(name, 1)))
    told = Told(name, (module.__doc__ or name).partition("\n")[0], size, own if seed is None else seed)
    began = time.perf_counter()
    told.checks = list(module.results(told.runs, told.seed))
    told.seconds = time.perf_counter() - began
    return told


def versions() -> dict[str, str]:
    """Give the versions on which the figures depend."""
    return {
        "estimator": vintage.VERSION,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "Python": sys.version.split()[0],
    }


def number(value: float) -> str:
    """Write a figure as briefly as it can be read beside its bar."""
    if math.isnan(value):
        return "none"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def page(told: Sequence[Told], *, full: bool) -> str:
    """Write the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["number"] = number
    return environment.get_template("report.html.j2").render(told=told, full=full, versions=versions())


def main(arguments: list[str] | None = None) -> int:
    """Run the batteries, print their figures, write the page and say what is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, help="one size for all batteries")
    parser.add_argument("--seed", type=int, help="one seed for all batteries; else each has its own")
    parser.add_argument("--full", action="store_true", help="the size that the bars were set for")
    parser.add_argument("--only", nargs="+", choices=BATTERIES, default=BATTERIES)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(arguments)
    told = []
    for name in asked.only:
        found = run(name, runs=asked.runs, seed=asked.seed, full=asked.full)
        if found is None:
            print(f"{name}: there is no battery of this name yet", file=sys.stderr)
            continue
        print_checks(found.checks)
        told.append(found)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(page(told, full=asked.full), encoding="utf-8")
    missed = [check for each in told for check in each.missed]
    for check in missed:
        print(f"missed: {check.battery}, {check.scenario}: {check.figure} {number(check.value)}, asked {check.asked}")
    print(f"{len(missed)} of {sum(each.barred for each in told)} bars missed; page: {asked.out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
