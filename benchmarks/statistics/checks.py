"""What a battery found: one figure beside its bar, and whether it was missed."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["at_least", "at_most", "shown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of one scenario of a battery. `bar` is None for a figure that is only shown."""

    battery: str
    scenario: str
    figure: str
    value: float
    bar: float | None = None
    kind: Kind = "shown"

    @property
    def missed(self) -> bool:
        """Whether the figure lies on the wrong side of its bar; a figure that is no number is missed too."""
        if self.bar is None:
            return False
        return not (self.value >= self.bar if self.kind == "at_least" else self.value <= self.bar)

    @property
    def asked(self) -> str:
        """Write the bar as readers know it; empty without one.

        >>> Check("closed", "N = 100", "coverage", 0.95, 0.93, "at_least").asked
        '>= 0.93'
        """
        if self.bar is None:
            return ""
        return f"{'>=' if self.kind == 'at_least' else '<='} {self.bar:g}"


def print_checks(checks: Iterable[Check]) -> bool:
    """Print one line a figure, those that miss their bar marked; tell whether none did."""
    good = True
    for check in checks:
        good &= not check.missed
        mark = "MISSED" if check.missed else ""
        print(
            f"{check.battery:<14} {check.scenario:<44} {check.figure:<26} {check.value:>9.4g} {check.asked:<10} {mark}"
        )
    return good


def command(about: str, results: Callable[[int, int], Iterable[Check]], runs: int, seed: int) -> int:
    """Be the command of a battery: read its size and seed, print every figure beside its bar, give 1 where one is missed."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--seed", type=int, default=seed)
    asked = parser.parse_args()
    return 0 if print_checks(results(asked.runs, asked.seed)) else 1
