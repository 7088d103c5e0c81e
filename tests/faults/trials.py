"""Trying a fault: a step suffers it, is taken again undisturbed, and what does not hold then is a line of the table."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from invariants import State, broken, left_behind, state_of
from points import Point, middle
from rig import STEPS, Rig

Fault = Callable[[Rig], list[str]]


@dataclass
class Row:
    """One line of the table: a fault, tried on a step at so many points; `failures` says what did not hold, and where."""

    fault: str
    step: str
    tried: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether it was tried at all and every invariant held each time."""
        return self.tried > 0 and not self.failures

    def as_json(self) -> dict[str, Any]:
        """Give it for a file."""
        return asdict(self) | {"held": self.held}


class Day:
    """An undisturbed day, step by step: what was there before and after each, and which points it passed."""

    def __init__(self, rig: Rig, steps: tuple[str, ...] = STEPS) -> None:
        self.rig, self.steps = rig, steps
        self.passed: dict[str, list[str]] = {}
        self.before: dict[str, State] = {}
        self.after: dict[str, State] = {}
        rig.take("start")
        with rig.server():
            now = state_of(rig)
        for step in steps:
            rig.settled()
            rig.keep(step)
            rig.box.taken.clear()
            with rig.server():
                self.before[step], self.passed[step] = now, rig.points(step)
                self.after[step] = now = state_of(rig)
        rig.settled()

    def trial(self, step: str, fault: Fault) -> list[str]:
        """Let a step suffer a fault, take it again undisturbed, and give what does not hold."""
        self.rig.take(step)
        return fault(self.rig) + self.again(step, step)

    def again(self, first: str, last: str) -> list[str]:
        """Take the steps of the day from the first up to the last, undisturbed, and give what does not hold after it."""
        between = STEPS[STEPS.index(first) : STEPS.index(last) + 1]
        with self.rig.server():  # one server for all that looks, and for the steps
            ended = [self.rig.run(step) for step in between]
            told = broken(self.rig, self.before[last], self.after[last], ended)
        return told + left_behind(self.rig)

    def row(self, fault: str, step: str, trials: Mapping[str, Fault]) -> Row:
        """Try each, count and time; see `trial`."""
        with measured(fault, step) as row:
            for name, trial in trials.items():
                row.tried += 1
                row.failures += [f"{name}: {each}" for each in self.trial(step, trial)]
        return row


class measured:  # noqa: N801 - used as a function
    """`with measured(fault, step) as row`: a row that knows how long it took."""

    def __init__(self, fault: str, step: str) -> None:
        self._row, self._began = Row(fault, step), time.monotonic()

    def __enter__(self) -> Row:
        return self._row

    def __exit__(self, *_: object) -> None:
        self._row.seconds = round(time.monotonic() - self._began, 1)


def at_point(point: Point, act: str = "kill", **order: Any) -> Fault:
    """Make the fault that something happens at a point."""

    def fault(rig: Rig) -> list[str]:
        ended = rig.run(point.step, **point.order, act=act, **order)
        told = [] if ended.reached else [f"the point {point.label} was not reached"]
        if act == "kill" and point.victim in {"self", "stage"} and point.step != "collect" and ended.signal != 9:
            told.append(f"was not killed: {ended}")
        return told + ([] if ended.is_ours else [f"an error of no name: {ended.errors}"])

    return fault


def simply(step: str, changes: dict[str, Any] | None = None, *, must: str = "", **order: Any) -> Fault:
    """Make the fault that a step is taken otherwise than usual; it `must` "fail" or "succeed", or end by its own name."""

    def fault(rig: Rig) -> list[str]:
        ended = rig.run(step, changes, **order)
        told = [] if ended.is_ours and not ended.signal else [f"an error of no name: {ended}"]
        if (must == "fail" and not ended.errors) or (must == "succeed" and ended.errors):
            told.append(f"did not {must}: {ended.errors}")
        return told

    return fault


def halfway(day: Day, step: str, *acts: str) -> dict[str, Fault]:
    """Make each of some acts happen halfway a step."""
    return {act: at_point(middle(step, day.passed[step]), act) for act in acts}
