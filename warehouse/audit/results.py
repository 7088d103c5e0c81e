"""What an attack test reports. Cells are named by their public coordinates, never by a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["passed", "failed", "not_run"]

NAMES: dict[str, str] = {
    "A1": "bounds over linked tables",
    "A2": "differencing",
    "A3": "ratios",
    "A4": "averaging",
    "A5": "re-keying",
    "A6": "brute force and canaries",
    "A7": "membership",
    "A8": "differential privacy of open data",
    "A9": "unicity",
    "A10": "dominance, groups, 0 and 100 %",
}


@dataclass(frozen=True, slots=True)
class AttackResult:
    """Outcome of one attack test.

    Attributes:
        code: A1 to A10.
        outcome: passed (nothing was recovered and the control succeeded), failed, or not_run.
        checked: cells, pairs or trials that were tried.
        cells: where the attack succeeded.
        reason: why it did not run or why it failed; empty where it passed.
        is_control_won: the same attack succeeds on an unprotected twin; False also when nothing ran.
        measures: figures of the attack, such as an area under the curve.
    """

    code: str
    outcome: Outcome
    checked: int = 0
    cells: tuple[str, ...] = ()
    reason: str = ""
    is_control_won: bool = False
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the attack tries."""
        return NAMES[self.code]

    def as_json(self) -> dict[str, object]:
        """Write the result as the ledger keeps it."""
        return {
            "outcome": self.outcome,
            "checked": self.checked,
            "cells": list(self.cells),
            "reason": self.reason,
            "control": self.is_control_won,
            "measures": {name: round(value, 6) for name, value in sorted(self.measures.items())},
        }


def judged(
    code: str,
    *,
    checked: int,
    cells: tuple[str, ...],
    is_control_won: bool,
    measures: Mapping[str, float] | None = None,
) -> AttackResult:
    """Judge an attack that ran: it passes when it found nothing and would have found something without protection."""
    reason = ""
    if not is_control_won:
        reason = "the control did not succeed on an unprotected twin: the test is worth nothing"
    elif cells:
        reason = "recovered"
    return AttackResult(
        code=code,
        outcome="failed" if reason else "passed",
        checked=checked,
        cells=cells,
        reason=reason,
        is_control_won=is_control_won,
        measures=measures or {},
    )


def not_run(code: str, reason: str) -> AttackResult:
    """Say that an attack did not run, and why."""
    return AttackResult(code=code, outcome="not_run", reason=reason)
