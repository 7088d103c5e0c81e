"""The invariants can fail: the product is broken on purpose, in a forked process only, and they have to say so."""

from collections.abc import Iterator

import breaks
from rig import Rig
from trials import Day, Row, measured


def is_red(day: Day, name: str) -> list[str]:
    """Break the product on purpose, and give what the invariants say of it."""
    step, label, _ = breaks.SHOWS[name]
    point = {"label": label, "number": 1, "act": "kill"} if label else {}

    def fault(rig: Rig) -> list[str]:
        rig.run(step, **{"break": name}, **point)
        return []

    told = day.trial(step, fault)
    for pid in day.rig.processes():  # the one that was left behind on purpose
        day.rig.kill(pid)
    return told


def broken_on_purpose(day: Day) -> Iterator[Row]:
    """A row holds when its break was seen, as what it is."""
    for name, (step, _, told) in breaks.SHOWS.items():
        with measured(f"broken: {name}", step) as row:
            row.tried, seen = 1, is_red(day, name)
            if not any(told in each for each in seen):
                row.failures.append(f"was not seen: {seen}")
        yield row
