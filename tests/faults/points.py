"""Which points of a step are tried: those where something is just about to count, and others spread over the rest."""

import random
import re
from dataclasses import dataclass
from typing import Any

# By step: who dies, and a pattern of labels; `^` marks the first time that the point is passed, `$` the last.
CHOSEN: dict[str, list[tuple[str, str]]] = {
    "collect": [
        *(("self", each) for each in ("call __enter__^", "call write$", "return write^", "call _seal$", "call _finish^")),
        *(("self", each) for each in ("call fsync^", "return fsync^", "call replace^", "return replace^", "call save^")),
        *(("self", each) for each in ("return save^", "call write_crawl_log^", "return replace$")),
        ("helper", "call write^"),
        ("stage", "return write^"),
    ],
    "read": [
        *(("self", each) for each in ("call copy_in^", "call execute load_stage_rows^", "return execute load_listings$")),
        *(("self", each) for each in ("call execute load_versions^", "call execute load_sightings$")),
        *(("self", each) for each in ("call transaction__exit__^", "return transaction__exit__$", "call unlink^")),
        *(("self", each) for each in ("return unlink$", "call link_day^", "call tuples epoch_carry|call execute epoch_carry^")),
        ("server", "call execute load_versions^"),
    ],
    "estimate": [
        *(("self", each) for each in ("return execute est_erase^", "call transaction__exit__^", "return transaction__exit__$")),
        *(("self", each) for each in ("call copy_in^", "return copy_in$")),
        ("server", "call transaction__exit__^"),
    ],
    "release": [
        *(("self", each) for each in ("return tuples release_lock^", "call _write^", "call append^", "return append$")),
        *(("self", each) for each in ("call tuples release_enter^", "return tuples release_enter^")),
        *(("self", each) for each in ("call transaction__exit__$", "return transaction__exit__$")),
        ("server", "call tuples release_enter^"),
    ],
    "publish": [
        *(("self", each) for each in ("call write_atomically^", "call fsync^", "call replace^", "return replace^", "call link^")),
        *(("self", each) for each in ("return link^", "call unlink^", "return put^", "return execute sending_enrol^")),
        *(("self", each) for each in ("call begin^", "return execute sending_begin^", "call hand_over^", "return hand_over^")),
        *(("self", each) for each in ("return hand_over$", "return execute sending_settle^", "return execute sending_settle$")),
        *(("self", each) for each in ("call _dashboard^", "call replace$", "return replace$")),
        ("server", "return execute sending_begin^"),
    ],
    "rotate_keys": [
        *(("self", each) for each in ("call transaction__exit__^", "return transaction__exit__$", "call unlink^", "return unlink$")),
        *(("self", each) for each in ("call destroy^", "call link^", "return link^")),
    ],
    "retention": [
        *(("self", each) for each in ("return tuples retention_rows^", "return transaction__exit__^", "call unlink^")),
        *(("self", each) for each in ("return unlink$", "call rewrite^", "return rewrite$", "call purge^")),
        ("server", "return tuples retention_rows^"),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """The `number`th time that a label is passed in a step, and who dies there."""

    step: str
    label: str
    number: int
    victim: str = "self"

    @property
    def order(self) -> dict[str, Any]:
        """What `Rig.run` has to be told."""
        return {"label": self.label, "number": self.number, "victim": self.victim}


def chosen(step: str, passed: list[str]) -> list[Point]:
    """Give the named points of a step that it passes."""
    found = []
    for victim, pattern in CHOSEN[step]:
        names = [f"{step} {each}" for each in pattern[:-1].split("|")]
        label = next((name for name in names if name in passed), None)
        if label is not None:
            found.append(Point(step, label, 1 if pattern.endswith("^") else passed.count(label), victim))
    return found


def spread(step: str, passed: list[str], count: int, seed: int = 20261127) -> list[Point]:
    """Give so many other points of a step, all of different labels, at a time drawn by lot."""
    chance = random.Random(f"{seed} {step}")
    named = {each.label for each in chosen(step, passed)}
    labels = sorted(set(passed) - named)
    drawn = chance.sample(labels, min(count, len(labels)))
    return [Point(step, label, chance.randint(1, passed.count(label))) for label in drawn]


def middle(step: str, passed: list[str]) -> Point:
    """Give the point halfway a step: a query or a file, where it has any."""
    real = [n for n, label in enumerate(passed) if re.search(r"execute|tuples|copy_in|replace|fsync", label)]
    at = (real or list(range(len(passed))))[len(real or passed) // 2]
    return Point(step, passed[at], passed[: at + 1].count(passed[at]))
