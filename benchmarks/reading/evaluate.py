"""How well listings are read: every figure that has a bar, on the tuned and on the locked half.

    python benchmarks/reading/evaluate.py [--errors] [--half tuned|locked] [--confusion]

`--errors` lists the faults of the tuned half, with the text. Of the locked half only figures are shown.
`--confusion` writes warehouse/data/confusion.toml, which shares are corrected by.
Ends with 1 where a bar on the locked half is missed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import confusion
from labelled_texts import Half, Labelled, declaration, labelled
from scoring import (
    SHORTEST_JUDGED,
    Counts,
    Pair,
    Score,
    abstained,
    language_accuracy,
    likely,
    score,
    setting_counts,
)

from nlp.numbers.atoms import lookalikes
from nlp.pipeline import VERSION, load
from nlp.reading import read_listings
from warehouse.records import Listing

# (name, bar, whether more is better)
BARS: tuple[tuple[str, float, bool], ...] = (
    ("plain numbers, precision", 0.995, True),
    ("plain numbers, recall", 0.99, True),
    ("obfuscated numbers, precision", 0.98, True),
    ("obfuscated numbers, recall", 0.95, True),
    ("unseen homoglyphs, recall", 0.85, True),
    ("texts with a false number", 0.005, False),
    ("municipality from a field, F1", 0.98, True),
    ("municipality from free text, F1", 0.92, True),
    ("places, Brier score", 0.08, False),
    (f"language from {SHORTEST_JUDGED} characters, accuracy", 0.97, True),
    ("setting, macro F1", 0.85, True),
    ("setting, abstained", 0.15, False),
)

FEWEST_COMPARED = 20


def read(rows: Sequence[Labelled]) -> list[Pair]:
    listings = (Listing("labelled", r.id, r.title, r.body, r.place, None, r.category) for r in rows)
    return list(zip(rows, read_listings(load(), listings), strict=True))


def figures(measured: Score) -> dict[str, float]:
    """Each barred figure by its name."""
    plain, obfuscated = measured.numbers["plain"], measured.numbers["obfuscated"]
    labels = setting_counts(measured.setting).values()
    values = (
        plain.precision,
        plain.recall,
        obfuscated.precision,
        obfuscated.recall,
        measured.unseen_homoglyphs.recall,
        measured.false_number_share,
        measured.places["field"].f1,
        _together(measured.places["free"], measured.places["none"]).f1,
        measured.place_brier,
        language_accuracy(measured.language),
        sum(counts.f1 for counts in labels) / len(labels),
        abstained(measured.setting),
    )
    return {name: value for (name, _, _), value in zip(BARS, values, strict=True)}


def _together(*parts: Counts) -> Counts:
    return Counts(sum(p.right for p in parts), sum(p.missed for p in parts), sum(p.false for p in parts))


def missed_bars(values: dict[str, float]) -> list[str]:
    """Names of the figures on the wrong side of their bar."""
    return [name for name, bar, more in BARS if (values[name] < bar if more else values[name] > bar)]


def show(half: Half, measured: Score) -> None:
    values = figures(measured)
    missed = missed_bars(values)
    print(f"\n{half}: {measured.texts} texts")
    for name, bar, more in BARS:
        print(
            f"  {name:42} {values[name]:.4f}  (bar {'>=' if more else '<='} {bar}){'  MISSED' if name in missed else ''}"
        )
    for style, counts in measured.numbers.items():
        print(f"  numbers {style:12} right {counts.right} missed {counts.missed} false {counts.false}")
    for kind, counts in measured.places.items():
        print(f"  places  {kind:12} right {counts.right} missed {counts.missed} false {counts.false}")
    print(f"  setting Brier {measured.setting_brier:.3f}")
    for label, counts in setting_counts(measured.setting).items():
        print(f"  setting {label:12} P {counts.precision:.3f} R {counts.recall:.3f} F1 {counts.f1:.3f}")
    _confusion("setting", measured.setting)
    _confusion("language", measured.language)
    _parity(measured)


def _parity(measured: Score) -> None:
    """Recall by language; languages with few texts are shown and not compared."""
    print(f"  recall by language of the text; {FEWEST_COMPARED} or more to find are compared")
    for code, signals in sorted(measured.by_language.items()):
        shown = [f"{s} {c.recall:.2f} ({c.right + c.missed})" for s, c in signals.items() if c.right + c.missed >= 10]
        if shown:
            print(f"    {code:3}", "  ".join(shown))
    for signal in ("numbers", "areas", "setting"):
        counted = [signals[signal] for code, signals in measured.by_language.items() if code != "?"]
        recalls = [c.recall for c in counted if c.right + c.missed >= FEWEST_COMPARED]
        if len(recalls) > 1:
            gap = max(recalls) - min(recalls)
            print(f"    {signal}: {gap:.3f} between the best and the worst of {len(recalls)} languages (aim: 0.05)")


def _confusion(what: str, rows: dict[str, Counter[str]]) -> None:
    print(f"  {what}: labelled -> read")
    for label, row in sorted(rows.items()):
        wrong = ", ".join(f"{other} {n}" for other, n in row.most_common() if other != label)
        print(f"    {label:8} {row[label]:4} of {row.total():4}" + (f"   else {wrong}" if wrong else ""))


def errors(pairs: Sequence[Pair]) -> None:
    """Every fault, with its text: of the tuned half only."""
    for row, facts in pairs:
        faults = []
        if set(facts.numbers) != row.numbers:
            faults.append(f"numbers {sorted(facts.numbers)} for {sorted(row.numbers)}")
        if row.areas is not None and likely(facts) - row.maybe_areas != row.areas - row.maybe_areas:
            told = [(guess.area_code, guess.probability) for guess in facts.places]
            faults.append(f"areas {told} for {sorted(row.areas)}")
        if row.language is not None and len(row.body) >= SHORTEST_JUDGED and (facts.language or "") != row.language:
            faults.append(f"language {facts.language} for {row.language or None}")
        if row.setting is not None and facts.setting != row.setting:
            faults.append(f"setting {facts.setting} for {row.setting}")
        if faults:
            field = f" [place: {row.place}]" if row.place else ""
            field += f" [category: {row.category}]" if row.category else ""
            print(f"\n{row.id} {sorted(row.tags)}{field}\n  {row.title} | {row.body}\n  -> " + "; ".join(faults))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="list the faults of the tuned half")
    parser.add_argument("--half", choices=("tuned", "locked"), help="one half only")
    parser.add_argument("--confusion", action="store_true", help="write the confusion counts of both halves")
    given = parser.parse_args()
    if given.confusion and given.half:
        parser.error("--confusion counts both halves: leave --half out")
    missed: list[str] = []
    found: dict[Half, Score] = {}
    for half in (given.half,) if given.half else ("tuned", "locked"):
        pairs = read(labelled(half))
        if half == "tuned" and given.errors:
            errors(pairs)
        measured = score(pairs, lookalikes())
        show(half, measured)
        found[half] = measured
        if half == "locked":
            missed = missed_bars(figures(measured))
    if given.confusion:
        tuned, locked = found["tuned"], found["locked"]
        rows, both = confusion.language_rows(tuned.language, locked.language)
        confusion.write(VERSION, locked.setting, rows, both)
    articles = read(declaration())
    right = sum(facts.language == row.language for row, facts in articles)
    print(
        f"\nUniversal Declaration of Human Rights, 14 languages: language right in {right} of {len(articles)} articles"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
