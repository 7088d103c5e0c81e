"""Confusion counts as benchmarks/reading/evaluate.py --confusion writes them: counts, and nothing else."""

import sys
import tomllib
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "reading"))
import confusion

TUNED = {"nl": Counter(nl=900), "bg": Counter(bg=30), "cs": Counter(cs=2, none=1), "none": Counter(nl=3)}
LOCKED = {"nl": Counter(nl=300, none=4, sk=1), "bg": Counter(bg=18), "sv": Counter(nl=1), "none": Counter(ro=1)}


def test_labels_with_few_locked_texts_are_counted_on_both_halves_and_rare_ones_together():
    rows, both = confusion.language_rows(TUNED, LOCKED)
    assert both == ["bg", "other"]
    assert rows == {
        "nl": Counter(nl=300, und=4, other=1),
        "bg": Counter(bg=48),
        "other": Counter(other=2, und=1, nl=1),
    }


def test_the_file_holds_counts_only(tmp_path):
    rows, both = confusion.language_rows(TUNED, LOCKED)
    confusion.write("2.0.0", {"home": Counter(home=20, unknown=2)}, rows, both, tmp_path / "c.toml")
    told = tomllib.loads((tmp_path / "c.toml").read_text())
    assert told["reading"]["pipeline_version"] == "2.0.0"
    assert told["setting"] == {"both_halves": [], "counts": {"home": {"home": 20, "unknown": 2}}}
    assert told["language"]["both_halves"] == ["bg", "other"]
    assert told["language"]["counts"]["nl"] == {"nl": 300, "other": 1, "und": 4}


def test_the_committed_file_was_made_so():
    told = tomllib.loads(confusion.PATH.read_text())
    assert set(told) == {"reading", "setting", "language"}
    cells = [n for signal in ("setting", "language") for row in told[signal]["counts"].values() for n in row.values()]
    assert all(isinstance(n, int) and n > 0 for n in cells)
    assert sum(sum(row.values()) for row in told["language"]["counts"].values()) > 600
