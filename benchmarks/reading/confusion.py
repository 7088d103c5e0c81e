"""Confusion counts for the correction of shares: how texts of each label were read. Counts only, never a text.

Of the locked half, on which nothing was tuned. A label of which it has under `FEWEST_LOCKED` texts is counted on both
halves, which flatters the reading a little; languages that have under `FEWEST` on both together are one label, `other`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "warehouse/data/confusion.toml"
FEWEST_LOCKED = 20
FEWEST = 20
OTHER = "other"
Rows = Mapping[str, Counter[str]]


def language_rows(tuned: Rows, locked: Rows) -> tuple[dict[str, Counter[str]], list[str]]:
    """Readings by language, and the languages counted on both halves.

    Texts of which nobody could tell the language are left out: there are few, and they are mixed rather than silent.
    """
    chosen: dict[str, Counter[str]] = {}
    both: list[str] = []
    other: Counter[str] = Counter()
    for code in sorted((tuned.keys() | locked.keys()) - {"none"}):
        here, all_of_it = locked.get(code, Counter()), locked.get(code, Counter()) + tuned.get(code, Counter())
        if all_of_it.total() < FEWEST:
            other += all_of_it
        elif here.total() < FEWEST_LOCKED:
            chosen[code] = all_of_it
            both.append(code)
        else:
            chosen[code] = here
    chosen[OTHER] = other
    return {code: _folded(row, chosen) for code, row in chosen.items()}, [*both, OTHER]


def _folded(row: Counter[str], known: Mapping[str, Counter[str]]) -> Counter[str]:
    result: Counter[str] = Counter()
    for code, count in row.items():
        result["und" if code == "none" else code if code in known else OTHER] += count
    return result


def write(version: str, settings: Rows, languages: Rows, both: list[str], path: Path = PATH) -> None:
    lines = [
        "# Made by `python -P benchmarks/reading/evaluate.py --confusion`; do not edit. Texts by true label, then as read.",
        "",
        "[reading]",
        f'pipeline_version = "{version}"',
        f"counted_date = {date.today()}",  # noqa: DTZ011 - the day on which somebody counted
        'half = "locked"',
    ]
    for signal, rows in (("setting", settings), ("language", languages)):
        lines += ["", f"[{signal}]", f"both_halves = {[] if signal == 'setting' else both}".replace("'", '"'), ""]
        lines += [f"[{signal}.counts]"]
        for label, row in sorted(rows.items()):
            lines.append(f"{label} = {{ {', '.join(f'{read} = {n}' for read, n in sorted(row.items()))} }}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
