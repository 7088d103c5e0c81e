"""Labelled, harmless texts: `labelled/<signal>.<half>.jsonl`; what the labels mean is in `labelled/README.md`.

`declaration.jsonl` is public text that nobody here wrote, for the language only.

The tuned half may be looked at while working on the reading. The locked half is read by the report only, which prints
figures of it and never a text.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "labelled"
Half = Literal["tuned", "locked"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its labels; None where a signal was not judged. A `language` of "" says that nobody could tell."""

    id: str
    body: str
    tags: frozenset[str]
    title: str = ""
    place: str | None = None
    category: str | None = None
    numbers: frozenset[str] = frozenset()
    areas: frozenset[str] | None = None
    maybe_areas: frozenset[str] = frozenset()
    language: str | None = None
    setting: str | None = None


def labelled(half: Half) -> list[Labelled]:
    """All labelled texts of one half, in the order of their files."""
    return [
        _row(json.loads(line))
        for path in sorted(FOLDER.glob(f"*.{half}.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def declaration() -> list[Labelled]:
    """Articles of the Universal Declaration of Human Rights, each labelled with its language."""
    lines = (FOLDER / "declaration.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    return [
        Labelled(f"{a['language']}-{a['article']}", a["text"], frozenset({"declaration"}), language=a["language"])
        for a in articles
    ]


def _row(given: dict[str, object]) -> Labelled:
    values = dict(given)
    if "language" in values and values["language"] is None:
        values["language"] = ""
    for key in ("tags", "numbers", "areas", "maybe_areas"):
        if key in values:
            values[key] = frozenset(values[key])  # type: ignore[arg-type]
    return Labelled(**values)  # type: ignore[arg-type]
