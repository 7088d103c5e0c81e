"""What is gathered on the setting of one text: evidence per label, and what the words around a phrase say about it."""

from dataclasses import dataclass, field
from typing import cast

from warehouse.records import SettingCode

Evidence = tuple[SettingCode, float]

_SENTENCE_REACH = 8
_DENIED_WEIGHT = -1.2
_LEAST_DENIED = 1.2
# Who denies one way of working hints at another: who does not receive visits, who denies club and agency works alone.
_DENIED_MEANS: dict[str, Evidence] = {"home": ("escort", 1.3), "club": ("home", 0.6)}
_ENOUGH = 3.0  # what comes on top counts half: people say the same thing in several ways
_NEITHER = 2.2  # neither receiving nor visiting
_BOTH = 2.0  # from here on a side counts as offered
_PUT_FIRST = 1.6  # for the side the text puts first


@dataclass(slots=True)
class Weighing:
    """Evidence of one text as it is gathered; of a family of cues (phrases on the dwelling, say) the strongest counts."""

    scores: dict[SettingCode, float] = field(default_factory=dict)
    families: dict[tuple[str, SettingCode], float] = field(default_factory=dict)
    denied: set[SettingCode] = field(default_factory=set)
    first: dict[SettingCode, int] = field(default_factory=dict)

    def add(self, label: SettingCode, weight: float, at: int) -> None:
        """Count evidence for `label` found at token `at`."""
        self.scores[label] = self.scores.get(label, 0.0) + weight
        self._seen(label, weight, at)

    def add_once(self, family: str, label: SettingCode, weight: float, at: int) -> None:
        """Count evidence that a text may repeat as often as it likes."""
        key = family, label
        self.families[key] = max(weight, self.families.get(key, 0.0))
        self._seen(label, weight, at)

    def deny(self, label: SettingCode, weight: float) -> None:
        """Count a denied cue; a weak one says nothing ("geen hond")."""
        if weight < _LEAST_DENIED:
            return
        self.scores[label] = self.scores.get(label, 0.0) + _DENIED_WEIGHT * weight
        self.denied.add(label)

    def _seen(self, label: SettingCode, weight: float, at: int) -> None:
        if weight >= 1.0 and at < self.first.get(label, at + 1):
            self.first[label] = at

    def result(self) -> dict[SettingCode, float]:
        """All evidence together."""
        scores = self.scores
        for (_, label), weight in self.families.items():
            scores[label] = scores.get(label, 0.0) + weight
        for label, score in scores.items():
            if score > _ENOUGH:
                scores[label] = _ENOUGH + (score - _ENOUGH) / 2
        if self.denied:
            for label in self.denied & _DENIED_MEANS.keys():
                means, weight = _DENIED_MEANS[label]
                scores[means] = scores.get(means, 0.0) + weight
            if self.denied >= {"home", "escort"}:
                scores["other"] = scores.get("other", 0.0) + _NEITHER
        if scores.get("home", 0.0) >= _BOTH and scores.get("escort", 0.0) >= _BOTH:
            label = "home" if self.first.get("home", 0) <= self.first.get("escort", 0) else "escort"
            scores[cast("SettingCode", label)] += _PUT_FIRST
        return scores


@dataclass(frozen=True, slots=True)
class Particles:
    """Small words of one language."""

    negations: set[int]
    determiners: set[int]  # negations of a noun: "geen haast bij mij thuis" does not deny "bij mij thuis"
    prepositions: set[int]


@dataclass(slots=True)
class Words:
    """The words of one text and what around a phrase says about it."""

    norms: list[int]
    particles: Particles
    ends: set[int]
    after_negation: dict[int, int]  # the last negation of the clause, by each token that it reaches
    before_negation: set[int]  # tokens soon followed by a negation
    before_denial: set[int]  # tokens soon followed by a phrase such as "kan niet"

    def denied(self, start: int, end: int) -> bool:
        """Whether the phrase at tokens [start, end) is denied: "geen ...", "... kan helaas niet"."""
        negation = self.after_negation.get(start)
        if negation is not None:
            particles = self.particles
            return negation not in particles.determiners or self.norms[start] not in particles.prepositions
        return end in self.before_denial

    def negated(self, start: int, end: int) -> bool:
        """Whether a negation stands before or after it: "niet afspreken", "afspreken doe ik niet"."""
        return self.denied(start, end) or end in self.before_negation

    def beside(self, words: set[int], start: int, end: int, reach: int, *, postposed: bool) -> bool:
        """Whether one of the words belongs to a noun: it stands at most `reach` tokens before, or right after."""
        if not words.isdisjoint(self.norms[max(0, start - reach) : start]):
            return True
        return postposed and not words.isdisjoint(self.norms[end : end + 2])

    def near(self, words: set[int], start: int, end: int) -> bool:
        """Whether one of the words stands in the same sentence, not far away."""
        first, last = max(0, start - _SENTENCE_REACH), min(end + _SENTENCE_REACH, len(self.norms))
        if words.isdisjoint(self.norms[first:last]):
            return False
        for index in range(start - 1, first - 1, -1):
            if self.norms[index] in self.ends:
                break
            if self.norms[index] in words:
                return True
        for index in range(end, last):
            if self.norms[index] in self.ends:
                break
            if self.norms[index] in words:
                return True
        return False
