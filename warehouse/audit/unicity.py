"""A9: four points in time and place identify most people; so no table may hold rows of one identity.

The attacker looks for columns that could tie rows to one subject, groups the rows by it into trajectories of (week,
place) points, and counts the subjects of whom some four points fit nobody else (after de Montjoye et al. 2013).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, islice
from random import Random
from typing import Final

POINTS: Final = 4
_TRIALS: Final = 200

Trajectory = frozenset[tuple[str, str]]

# What the data dictionary calls a place, a time, a class or a figure. Anything else might be a subject.
_HARMLESS: Final = ("_code", "_codes", "_date", "_count", "_share", "_value", "_digest", "_name", "_version")
_KNOWN: Final = frozenset({"version_number", "warnings", "attacks", "request", "latitude", "longitude"})
_SUBJECT_TYPES: Final = frozenset({"bytea", "uuid"})


def subject_columns(columns: Iterable[tuple[str, str]]) -> list[str]:
    """Find columns that could hold a subject.

    Args:
        columns: name and SQL type of each column of a table.
    """
    return sorted(
        name for name, kind in columns if kind in _SUBJECT_TYPES or not (name in _KNOWN or name.endswith(_HARMLESS))
    )


def unique_subjects(trajectories: Mapping[str, Trajectory], points: int = POINTS, trials: int = _TRIALS) -> list[str]:
    """Find the subjects of whom some `points` points fit nobody else.

    Args:
        trajectories: (week, place) points by subject.
        points: how many points the attacker knows.
        trials: at most so many sets of points are tried for each subject.
    """
    owners: dict[tuple[str, str], set[str]] = {}
    for subject, places in trajectories.items():
        for point in places:
            owners.setdefault(point, set()).add(subject)
    found = []
    for subject, places in sorted(trajectories.items()):
        for known in islice(combinations(sorted(places), points), trials):
            if len(set.intersection(*(owners[point] for point in known))) == 1:
                found.append(subject)
                break
    return found


def is_control_won(people: int = 200, weeks: int = 12, places: int = 8) -> bool:
    """Attack a twin: a table with one row a week for each person. Most must be unique on four points."""
    chance = Random(40_404)  # noqa: S311 - an invented table, not a secret
    table: Sequence[tuple[str, str, str]] = [
        (f"p{person}", f"w{week}", f"m{chance.randrange(places)}") for person in range(people) for week in range(weeks)
    ]
    columns = subject_columns([("identity_key", "bytea"), ("week_start_date", "date"), ("area_code", "text")])
    trajectories: dict[str, set[tuple[str, str]]] = {}
    for person, week, place in table:
        trajectories.setdefault(person, set()).add((week, place))
    frozen = {person: frozenset(points) for person, points in trajectories.items()}
    return columns == ["identity_key"] and len(unique_subjects(frozen)) > 0.5 * people
