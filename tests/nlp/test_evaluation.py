"""Floors under what is read, per figure and half: a change that reads worse fails here, whatever it reads better.

The figures are those of `benchmarks/reading/evaluate.py`; the bars of the report are what is aimed at, floors are what
was reached, less what a handful of texts may weigh. Of the locked half nothing but figures may be shown.
"""

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

READING = Path(__file__).parents[2] / "benchmarks" / "reading"
FLOORS = {
    "plain numbers, precision": 0.98,
    "plain numbers, recall": 0.98,
    "obfuscated numbers, precision": 0.97,
    "obfuscated numbers, recall": 0.94,
    "unseen homoglyphs, recall": 0.85,
    "municipality from a field, F1": 0.98,
    "municipality from free text, F1": 0.96,
    "language from 40 characters, accuracy": 0.96,
    "setting, macro F1": 0.88,
}
CEILINGS = {"texts with a false number": 0.005, "places, Brier score": 0.06, "setting, abstained": 0.08}
LABEL_FLOORS = {"home": 0.91, "club": 0.88, "escort": 0.88, "other": 0.81}


@pytest.fixture(scope="module", autouse=True)
def benchmark() -> Iterator[None]:
    """The report's modules stand beside it and are no package."""
    sys.path.insert(0, str(READING))
    yield
    sys.path.remove(str(READING))


@cache
def measured(half: str) -> tuple[dict[str, float], dict[str, float]]:
    """Every figure of a half, and F1 per setting."""
    import evaluate
    import scoring
    from labelled_texts import labelled

    from nlp.numbers.atoms import lookalikes

    score = scoring.score(evaluate.read(labelled(half)), lookalikes())
    return evaluate.figures(score), {label: c.f1 for label, c in scoring.setting_counts(score.setting).items()}


@pytest.mark.parametrize("half", ["tuned", "locked"])
@pytest.mark.parametrize("figure", [*FLOORS, *CEILINGS])
def test_figure(half: str, figure: str) -> None:
    value = measured(half)[0][figure]
    assert value >= FLOORS[figure] if figure in FLOORS else value <= CEILINGS[figure]


@pytest.mark.parametrize("half", ["tuned", "locked"])
@pytest.mark.parametrize("label", LABEL_FLOORS)
def test_setting_label(half: str, label: str) -> None:
    assert measured(half)[1][label] >= LABEL_FLOORS[label]


def test_halves_are_large_and_share_no_text() -> None:
    from labelled_texts import labelled

    tuned, locked = ({row.body for row in labelled(half)} for half in ("tuned", "locked"))
    assert len(tuned) + len(locked) >= 1200
    assert len(locked) >= 600
    assert not tuned & locked


def test_the_report_shows_no_text_of_the_locked_half() -> None:
    from labelled_texts import labelled

    command = [sys.executable, "-P", str(READING / "evaluate.py"), "--errors"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "locked:" in shown
    assert not [row.id for row in labelled("locked") if row.body in shown or f"\n{row.id} " in shown]
