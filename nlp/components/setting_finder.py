"""Component: kind of work advertised, by weighed cues from word lists, added up as log-odds. Abstains when they are few.

Some words say little by themselves and much by the words around them: a flat is somebody's home, the visitor's or to let.
Such an anchor (`_ANCHORS`) is weighed by its company, single words of a role in the same list: my, your, stay, send.

Roles in `setting_cues.csv`: the four settings (weight in log-odds); `nothing`; halves of pairs (`_HALVES`); anchors, with
the weight they have alone; counted cues and company (`phrase_finder`); `denial`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from spacy.language import Language
from spacy.strings import StringStore
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import SettingCue
from nlp.components.batches import Batched
from nlp.components.phrase_finder import COMPANY
from nlp.folding import fold_word
from nlp.lexicon import NEGATION
from nlp.phrases import Cue, CueSet
from nlp.place_reading.context import SITE_LANGUAGE, Context
from nlp.setting_evidence import Evidence, Particles, Weighing, Words
from nlp.tokens import Tokens
from nlp.wordlists import DATA, languages_with, table
from warehouse.records import SettingCode

Roles = dict[str, set[int]]  # hashes of folded words per role

_LABELS: tuple[SettingCode, ...] = ("home", "club", "escort", "other")
_EVERYWHERE = frozenset({"nl", "en"})  # languages whose strong cues stand in texts of any language
_STRONG = 1.4  # weaker words of another language are often words of this one: "door", "den"
_HALVES = frozenset({"receive", "own", "visit", "yours"})
_DENIAL = "denial"  # a phrase that denies what stands before it: "kan niet"
_NOTHING = "nothing"  # a phrase that says nothing and keeps the cues in it from counting: "of course"

_PAIR_REACH = 7  # tokens between the halves of a pair
_PAIRS: tuple[tuple[str, str, str, Evidence], ...] = (
    ("receive", "own", "dwelling", ("home", 2.2)),
    ("visit", "yours", "visit", ("escort", 2.2)),
)

# Per anchor, what its company makes of it, the first that fits: (company, where to look for it, evidence).
_BESIDE, _SENTENCE, _DENIED = "beside", "sentence", "denied"
_ANCHORS: dict[str, tuple[tuple[str, str, Evidence], ...]] = {
    "dwelling": (
        ("your", _BESIDE, ("escort", 2.4)),
        ("my", _BESIDE, ("home", 2.6)),
        ("receive", _SENTENCE, ("home", 2.0)),
        ("welcome", _SENTENCE, ("home", 1.8)),
        ("stay", _SENTENCE, ("home", 2.0)),
    ),
    "housecall": (("receive", _SENTENCE, ("home", 2.4)),),
    "door": (("your", _BESIDE, ("escort", 2.4)), ("my", _BESIDE, ("home", 2.0))),
    "address": (
        ("your", _BESIDE, ("escort", 2.2)),
        ("send", _SENTENCE, ("home", 2.0)),
        ("ask", _SENTENCE, ("escort", 1.8)),
    ),
    "spot": (("negation", _DENIED, ("escort", 2.4)), ("my", _BESIDE, ("home", 2.2))),
    "meet": (("negation", _DENIED, ("other", 2.4)),),
    "staff": (("seek", _SENTENCE, ("other", 4.0)),),
    "goods": (("sell", _SENTENCE, ("other", 2.6)),),
}
_BY_ITSELF: dict[str, SettingCode] = {"dwelling": "home", "door": "home", "housecall": "escort"}
_POSTPOSED = frozenset({"ro", "bg", "it"})  # languages that put "my" and "your" after the noun as well
_BESIDE_REACH = {"my": 3, "your": 2}  # "mijn eigen knusse flat", but not "ontvang je in een flat"
_NEGATION_REACH = 4
_DENIAL_REACH = 4  # tokens from the end of a cue in which a denial of it starts: "bij mij kan helaas niet"

_FIELD_WEIGHT = 1.5
_MOST_EVIDENCE = 12.0  # log-odds


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a phrase says in texts of one language: a cue, cues that are anchors, halves of pairs, a denial."""

    cues: tuple[Cue, ...]
    halves: tuple[str, ...]
    denies: bool


class _InLanguage(dict[CueSet, _Heard | None]):
    """What phrases say in texts of `language`, None where nothing, worked out once a phrase; all languages if unknown."""

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, phrase: CueSet) -> _Heard | None:
        strongest: dict[str, Cue] = {}
        halves: set[str] = set()
        denies = False
        for cue in phrase.cues:
            everywhere = cue.weight >= _STRONG and cue.language in _EVERYWHERE
            if self.language and cue.language != self.language and not everywhere:
                continue
            if cue.role in _HALVES:
                halves.add(cue.role)
            elif cue.role == _DENIAL:
                denies = True
            else:
                anchor = cue.role if cue.role in _ANCHORS else ""
                if anchor not in strongest or cue.weight > strongest[anchor].weight:
                    strongest[anchor] = cue
        if strongest or halves or denies:
            self[phrase] = _Heard(tuple(strongest.values()), tuple(sorted(halves)), denies)
        else:
            self[phrase] = None
        return self[phrase]


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
        strings = nlp.vocab.strings
        self.company = {code: _company(code, strings) for code in languages_with("setting_cues.csv")}
        self.particles = {
            language: Particles(
                context.roles["negation"] | _heard(self.company, "negation", language),
                _heard(self.company, "determiner", language),
                _heard(self.company, "preposition", language),
            )
            for language, context in Context.read(strings).items()
        }
        self.stops = {strings.add(sign) for sign in (".", ",", ";", "!", "?", ":", "\n", "-")}
        self.ends = {strings.add(sign) for sign in (".", ";", "!", "?", "\n")}
        self.heard: dict[str | None, _InLanguage] = {}
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
        cues: list[tuple[CueSet, tuple[Cue, ...], int, int]] = []
        halves: list[tuple[str, int, int]] = []
        denials: set[int] = set()
        in_language = self.heard.get(language) or self.heard.setdefault(language, _InLanguage(language))
        for phrase, start, end in attributes.reading(doc).matches.cues:
            heard = in_language[phrase]
            if heard is None:
                continue
            if heard.cues:
                cues.append((phrase, heard.cues, start, end))
            if heard.halves:
                halves += [(role, start, end) for role in heard.halves]
            if heard.denies:
                denials.add(start)
        if not cues and not halves:
            return {}
        particles = self.particles.get(language, self.particles[None])
        words = self._words(attributes.tokens(doc), particles, denials)
        weighing = Weighing()
        self._weigh_cues(cues, words, weighing)
        if halves:
            _weigh_pairs(halves, words, weighing)
        return weighing.result()

    def _words(self, tokens: Tokens, particles: Particles, denials: set[int]) -> Words:
        norms = tokens.norms
        after: dict[int, int] = {}
        negations = [index for index in tokens.with_any(NEGATION) if norms[index] in particles.negations]
        for at in negations:
            after.pop(at, None)  # a phrase that is a negation denies by itself
            for index in range(at + 1, min(at + 1 + _NEGATION_REACH, len(norms))):
                after[index] = norms[at]
                if norms[index] in self.stops:
                    break
        return Words(norms, particles, self.ends, after, self._before(norms, negations), self._before(norms, denials))

    def _before(self, norms: list[int], words: Iterable[int]) -> set[int]:
        """Where a phrase may end that one of the tokens follows in the same clause, not far away."""
        ends: set[int] = set()
        for at in words:
            for index in range(at, max(at - _DENIAL_REACH, 0), -1):
                ends.add(index)
                if norms[index - 1] in self.stops:
                    break
        return ends

    def _weigh_cues(
        self, cues: list[tuple[CueSet, tuple[Cue, ...], int, int]], words: Words, weighing: Weighing
    ) -> None:
        told: set[CueSet] = set()
        covered = -1
        for phrase, heard, start, end in cues:
            if end <= covered:  # inside a longer cue
                continue
            covered = end
            for cue in heard:
                role = cue.role
                if role == _NOTHING:
                    continue
                if role in _ANCHORS:
                    self._weigh_anchor(cue, start, end, words, weighing)
                elif phrase not in told:
                    told.add(phrase)
                    label = cast("SettingCode", role)
                    if words.denied(start, end):
                        weighing.deny(label, cue.weight)
                    else:
                        weighing.add(label, cue.weight, start)

    def _weigh_anchor(self, cue: Cue, start: int, end: int, words: Words, weighing: Weighing) -> None:
        roles = self.company[cue.language]
        for company, where, (label, weight) in _ANCHORS[cue.role]:
            if where == _DENIED:
                found = words.negated(start, end)
            elif where == _BESIDE:
                found = words.beside(
                    roles[company], start, end, _BESIDE_REACH[company], postposed=cue.language in _POSTPOSED
                )
            else:
                found = words.near(roles[company], start, end)
            if not found:
                continue
            if where != _DENIED and words.denied(start, end):
                weighing.deny(label, weight)
            else:
                weighing.add_once(cue.role, label, weight, start)
            return
        if cue.weight and not words.denied(start, end):
            weighing.add_once(cue.role, _BY_ITSELF[cue.role], cue.weight, start)

    def _field(self, category: str) -> dict[SettingCode, float]:
        """Evidence in a site's category field; the few categories of a site are read once."""
        if category not in self.fields:
            if len(self.fields) > 10_000:
                self.fields.clear()
            doc = self.nlp.get_pipe("phrase_finder")(self.nlp.make_doc(category))
            self.fields[category] = self.weigh(doc, None)
        return self.fields[category]

    def _decide(self, scores: dict[SettingCode, float]) -> SettingCue:
        given = [scores.get(label, 0.0) for label in _LABELS]
        best = max(given)
        label = _LABELS[given.index(best)]
        odds = [math.exp(min(_MOST_EVIDENCE, score)) for score in given]
        total = sum(odds)
        share = max(odds) / total
        shares = tuple([(label, value / total) for label, value in zip(_LABELS, odds, strict=True)])
        if best < self.least_evidence or share < self.least:
            return SettingCue("unknown", round(1.0 - share, 4), shares)
        return SettingCue(label, round(min(share, 0.99), 4), shares)


def _weigh_pairs(halves: list[tuple[str, int, int]], words: Words, weighing: Weighing) -> None:
    present = {role for role, _, _ in halves}
    for one, other, family, (label, weight) in _PAIRS:
        if one in present and other in present:
            firsts = [start for role, start, end in halves if role == one and not words.denied(start, end)]
            seconds = [start for role, start, end in halves if role == other and not words.denied(start, end)]
            near = (min(a, b) for a in firsts for b in seconds if 0 < abs(a - b) <= _PAIR_REACH)
            at = next(near, None)
            if at is not None:
                weighing.add_once(family, label, weight, at)


def _company(code: str, strings: StringStore) -> Roles:
    """The words of one language that are looked up around an anchor."""
    roles: Roles = {role: set() for role in (*COMPANY, "receive")}
    for text, role, _ in table(DATA / code / "setting_cues.csv", ("phrase", "role", "weight")):
        if role in roles and " " not in text:
            roles[role].add(strings.add(fold_word(text)))
    return roles


def _heard(company: dict[str, Roles], role: str, language: str | None) -> set[int]:
    """Words of a role in a text of that language; where it is unknown those of the site's language, English and German."""
    heard = ("nl", "en", "de") if language is None else (language, SITE_LANGUAGE)
    return set().union(*(company[code][role] for code in heard if code in company))


@Language.factory(
    "advertentiemonitor_setting_finder",
    assigns=["doc._.setting_cue"],
    requires=["doc._.phrase_matches", "doc._.language_cue"],
    default_config={"least_evidence": 1.2, "least": 0.5},
)
def make_setting_finder(nlp: Language, name: str, least_evidence: float, least: float) -> SettingFinder:  # noqa: ARG001
    """Build the component from its config block."""
    return SettingFinder(nlp, least_evidence=least_evidence, least=least)
