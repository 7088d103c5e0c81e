"""Component: kind of work advertised, by weighed cues from word lists, added up as log-odds. Abstains when they are few."""

import math
from typing import cast

from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import SettingCue
from nlp.components.batches import Batched
from nlp.phrases import Cue
from nlp.place_reading.context import Context
from warehouse.records import SettingCode

_LABELS: tuple[SettingCode, ...] = ("home", "club", "escort", "other")
_EVERYWHERE = frozenset({"nl", "en"})  # languages whose cues stand in texts of any language
_PAIR_REACH = 7  # tokens between the halves of a pair
_PAIRS: tuple[tuple[str, str, SettingCode, float], ...] = (
    ("receive", "own", "home", 2.2),
    ("visit", "yours", "escort", 2.2),
)
_NEGATION_REACH = 3
_FIELD_WEIGHT = 1.5


class SettingFinder(Batched):
    """Leaves `Reading.setting`.

    Args:
        nlp: the pipeline, for its vocabulary.
        least_evidence: log-odds the first label must have gathered.
        least: probability under which the reader abstains.
    """

    def __init__(self, nlp: Language, *, least_evidence: float, least: float) -> None:
        attributes.register()
        self.nlp = nlp
        self.least_evidence = least_evidence
        self.least = least
        contexts = Context.read(nlp.vocab.strings)
        self.negations = {language: context.roles["negation"] for language, context in contexts.items()}
        self.stops = {nlp.vocab.strings.add(sign) for sign in (".", ",", ";", "!", "?", ":", "\n", "-")}
        self.fields: dict[str, dict[SettingCode, float]] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Weigh the cues of `doc`."""
        reading = attributes.reading(doc)
        scores = self.weigh(doc, reading.language.code) if reading.matches.cues else {}
        category = reading.hints.category
        if category:
            for label, score in self._field(category).items():
                scores[label] = scores.get(label, 0.0) + _FIELD_WEIGHT * score
        if scores:
            reading.setting = self._decide(scores)
        return doc

    def weigh(self, doc: Doc, language: str | None) -> dict[SettingCode, float]:
        """Evidence per label, in log-odds; each phrase counts once, a denied one counts against."""
        heard = None if language is None else _EVERYWHERE | {language}
        strongest: dict[tuple[int, int], Cue] = {}
        halves: list[tuple[str, int, int]] = []
        for phrase, start, end in attributes.reading(doc).matches.cues:
            if heard is not None and phrase.language not in heard:
                continue
            if phrase.weight == 0.0:
                halves.append((phrase.role, start, end))
                continue
            known = strongest.get((start, end))
            if known is None or phrase.weight > known.weight:
                strongest[start, end] = phrase
        if not strongest and not halves:
            return {}
        norms = attributes.tokens(doc).norms
        negations = self.negations.get(language, self.negations[None])
        scores: dict[SettingCode, float] = {}
        told: set[tuple[str, tuple[int, ...]]] = set()
        covered = -1
        for (start, end), cue in strongest.items():
            words = (cue.role, tuple(norms[start:end]))
            if end <= covered or words in told:  # inside a longer cue, or said before
                continue
            told.add(words)
            covered = max(covered, end)
            label = cast("SettingCode", cue.role)
            denied = self._denied(norms, start, negations)
            scores[label] = scores.get(label, 0.0) + (-1.2 * cue.weight if denied else cue.weight)
        for one, other, label, weight in _PAIRS:
            if self._paired(halves, one, other, norms, negations):
                scores[label] = scores.get(label, 0.0) + weight
        return scores

    def _paired(
        self, halves: list[tuple[str, int, int]], one: str, other: str, norms: list[int], negations: set[int]
    ) -> bool:
        firsts = [start for role, start, _ in halves if role == one and not self._denied(norms, start, negations)]
        seconds = [start for role, start, _ in halves if role == other and not self._denied(norms, start, negations)]
        return any(0 < abs(a - b) <= _PAIR_REACH for a in firsts for b in seconds)

    def _denied(self, norms: list[int], start: int, negations: set[int]) -> bool:
        for norm in reversed(norms[max(0, start - _NEGATION_REACH) : start]):
            if norm in self.stops:
                return False
            if norm in negations:
                return True
        return False

    def _field(self, category: str) -> dict[SettingCode, float]:
        """Evidence in a site's category field; the few categories of a site are read once."""
        if category not in self.fields:
            if len(self.fields) > 10_000:
                self.fields.clear()
            doc = self.nlp.get_pipe("phrase_finder")(self.nlp.make_doc(category))
            self.fields[category] = self.weigh(doc, None)
        return self.fields[category]

    def _decide(self, scores: dict[SettingCode, float]) -> SettingCue:
        odds = [math.exp(min(scores.get(label, 0.0), 12.0)) for label in _LABELS]
        total = sum(odds)
        shares = tuple((label, value / total) for label, value in zip(_LABELS, odds, strict=True))
        label, share = max(shares, key=lambda pair: pair[1])
        if scores.get(label, 0.0) < self.least_evidence or share < self.least:
            return SettingCue("unknown", round(1.0 - share, 4), shares)
        return SettingCue(label, round(min(share, 0.99), 4), shares)


@Language.factory(
    "advertentiemonitor_setting_finder",
    assigns=["doc._.setting_cue"],
    requires=["doc._.phrase_matches", "doc._.language_cue"],
    default_config={"least_evidence": 1.2, "least": 0.5},
)
def make_setting_finder(nlp: Language, name: str, least_evidence: float, least: float) -> SettingFinder:  # noqa: ARG001
    """Build the component from its config block."""
    return SettingFinder(nlp, least_evidence=least_evidence, least=least)
