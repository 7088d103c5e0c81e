"""Figures of a reading held against labels: precision, recall, F1, Brier score, confusion."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labelled_texts import Labelled

from warehouse.records import Facts

SETTINGS = ("home", "club", "escort", "other")
NUMBER_STYLES = ("plain", "obfuscated", "homoglyph")
SHORTEST_JUDGED = 40  # characters; language is judged from here on
Pair = tuple[Labelled, Facts]


@dataclass(slots=True)
class Counts:
    """Hits, misses and false alarms."""

    right: int = 0
    missed: int = 0
    false: int = 0

    def add(self, expected: Iterable[str], read: Iterable[str]) -> None:
        """Count one text."""
        expected, read = set(expected), set(read)
        self.right += len(expected & read)
        self.missed += len(expected - read)
        self.false += len(read - expected)

    @property
    def precision(self) -> float:
        """Share of what was read that is right; 1 where nothing was read."""
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that was read; 1 where nothing is there."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = 2 * self.right + self.missed + self.false
        return 2 * self.right / total if total else 1.0


@dataclass(slots=True)
class Score:
    """Everything measured on one half. Dictionaries are by style, language or label."""

    texts: int
    numbers: dict[str, Counts]
    unseen_homoglyphs: Counts
    false_number_share: float
    places: dict[str, Counts]
    place_brier: float
    language: dict[str, Counter[str]]
    setting: dict[str, Counter[str]]
    setting_brier: float
    by_language: dict[str, dict[str, Counts]] = field(default_factory=dict)


def likely(facts: Facts) -> set[str]:
    """Areas that are more likely than not."""
    return {guess.area_code for guess in facts.places if guess.probability >= 0.5}


def score(pairs: Sequence[Pair], drawn: Mapping[str, str]) -> Score:
    """Hold readings against labels.

    Args:
        pairs: texts with what was read in them.
        drawn: look-alikes in the word list; a text with another one holds an unseen homoglyph.
    """
    numbers = {style: Counts() for style in NUMBER_STYLES}
    unseen = Counts()
    places = {"field": Counts(), "free": Counts(), "none": Counts()}
    language: dict[str, Counter[str]] = {}
    setting: dict[str, Counter[str]] = {}
    by_language: dict[str, dict[str, Counts]] = {}
    squares: list[float] = []
    setting_squares: list[float] = []
    false_texts = 0
    for row, facts in pairs:
        false_texts += not set(facts.numbers) <= row.numbers
        spoken = by_language.setdefault(row.language or "?", {s: Counts() for s in ("numbers", "areas", "setting")})
        spoken["numbers"].add(row.numbers, facts.numbers)
        for style in NUMBER_STYLES:
            if f"numbers:{style}" in row.tags:
                numbers[style].add(row.numbers, facts.numbers)
                if style == "homoglyph" and _unseen(row.body, drawn):
                    unseen.add(row.numbers, facts.numbers)
        if row.areas is not None:
            kind = next((k for k in places if f"places:{k}" in row.tags), "field" if row.place else "free")
            read = likely(facts) - row.maybe_areas
            places[kind].add(row.areas, read)
            spoken["areas"].add(row.areas, read)
            squares += _squares(row, facts)
        if row.language is not None and len(row.body) >= SHORTEST_JUDGED:
            language.setdefault(row.language or "none", Counter())[facts.language or "none"] += 1
        if row.setting is not None:
            setting.setdefault(row.setting, Counter())[facts.setting] += 1
            if facts.setting != "unknown":
                setting_squares.append((facts.setting_probability - (facts.setting == row.setting)) ** 2)
            if row.setting != "unknown":
                spoken["setting"].add({row.setting}, {facts.setting} - {"unknown"})
    return Score(
        len(pairs),
        numbers,
        unseen,
        false_texts / len(pairs),
        places,
        _mean(squares),
        language,
        setting,
        _mean(setting_squares),
        by_language,
    )


def language_accuracy(confusion: Mapping[str, Counter[str]]) -> float:
    """Share of the texts in a language that were given that language; an abstention is not right."""
    told = {code: row for code, row in confusion.items() if code != "none"}
    return sum(row[code] for code, row in told.items()) / max(1, sum(row.total() for row in told.values()))


def setting_counts(confusion: Mapping[str, Counter[str]]) -> dict[str, Counts]:
    """Counts per label; a text that does not tell and was given a label counts as false for that label."""
    return {
        label: Counts(
            confusion.get(label, Counter())[label],
            confusion.get(label, Counter()).total() - confusion.get(label, Counter())[label],
            sum(row[label] for given, row in confusion.items() if given != label),
        )
        for label in SETTINGS
    }


def abstained(confusion: Mapping[str, Counter[str]]) -> float:
    """Share of the texts whose setting is told that were left unknown."""
    told = [row for label, row in confusion.items() if label != "unknown"]
    return sum(row["unknown"] for row in told) / max(1, sum(row.total() for row in told))


def _squares(row: Labelled, facts: Facts) -> list[float]:
    """Squared distances between the probability of an area and its truth, for every area named by either."""
    given = {guess.area_code: guess.probability for guess in facts.places}
    judged = (set(given) | set(row.areas or ())) - row.maybe_areas
    return [(given.get(area, 0.0) - (area in (row.areas or ()))) ** 2 for area in judged]


def _unseen(body: str, drawn: Mapping[str, str]) -> bool:
    strange = {c for c in body if not c.isascii() and not c.isspace()}
    return any(c not in drawn for c in strange)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
