"""Component: all fixed phrases in one pass - place names, regions, cues, site templates, turns like "minuten van".

One PhraseMatcher over the folded word forms serves the components after it: its cost hardly grows with the number of
phrases, so asking once for all is what makes reading fast.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Self

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from nlp import attributes
from nlp.components.batches import Batched
from nlp.gazetteer import Entry, Region, gazetteer, written_forms
from nlp.phrases import Cue, CueSet, Matches, Phrase, Turn
from nlp.tokens import NORM
from nlp.wordlists import DATA, languages_with, table, words

# "Six ladies", "we are five": several of them make a club; "3 hoog": up the stairs of somebody's home.
_COUNTED_CUES = {
    "ladies": ("club", "{number} {text}"),
    "crowd": ("club", "{text} {number}"),
    "floor": ("home", "{number} {text}"),
}
# Roles of single words that only count beside another cue: they are looked up there, not matched.
COMPANY = frozenset(
    {"my", "your", "welcome", "stay", "send", "ask", "seek", "sell", "negation", "determiner", "preposition"}
)
_COUNTED = ("nr", "no", "nummer", "number", "numero", "id", "code", "num")  # what follows a label in one word


class PhraseFinder(Batched):
    """Leaves `Reading.matches`."""

    def __init__(self, nlp: Language) -> None:
        attributes.register()
        self.matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        found: dict[bytes, tuple[int, dict[Phrase, None]]] = {}
        for text, phrase in chain(_names(), _cues(), _turns(), _number_turns()):
            doc = nlp.make_doc(text)
            words = doc.to_array(NORM).tobytes()
            if words not in found:
                key = str(len(found))  # the matcher makes a word of each key: a number is one that is soon made
                self.matcher.add(key, [doc])
                found[words] = nlp.vocab.strings[key], {}
            found[words][1][phrase] = None
        self.bearers = {key: _Bearers.of(phrases) for key, phrases in found.values()}

    def __call__(self, doc: Doc) -> Doc:
        """Match all phrases in `doc`."""
        found = self.matcher(doc)
        if found:
            # They come by start, the shortest first; a stable sort of the reverse has the longest first.
            found.reverse()
            found.sort(key=_START)
            attributes.reading(doc).matches = self._shared_out(found)
        return doc

    def _shared_out(self, found: list[tuple[int, int, int]]) -> Matches:
        matches = Matches()
        for key, first, last in found:
            bearers = self.bearers[key]
            if bearers.cues is not None:
                matches.cues.append((bearers.cues, first, last))
            if bearers.entry is not None:
                matches.names.append((bearers.entry, first, last))
            if bearers.region is not None:
                matches.regions.append(bearers.region)
            for role in bearers.turns:
                matches.turns.setdefault(role, []).append((first, last))
        return matches


@dataclass(frozen=True, slots=True)
class _Bearers:
    """All that one phrase stands for."""

    entry: Entry | None
    region: Region | None
    cues: CueSet | None
    turns: tuple[str, ...]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> Self:
        entries = [phrase for phrase in phrases if isinstance(phrase, Entry)]
        regions = [phrase for phrase in phrases if isinstance(phrase, Region)]
        cues = tuple(phrase for phrase in phrases if isinstance(phrase, Cue))
        turns = tuple(phrase.role for phrase in phrases if isinstance(phrase, Turn))
        return cls(
            entries[0] if entries else None, regions[0] if regions else None, CueSet(cues) if cues else None, turns
        )


_START = itemgetter(1)


def _names() -> Iterator[tuple[str, Phrase]]:
    known = gazetteer()
    yield from known.entries.items()
    yield from known.regions.items()


def _cues() -> Iterator[tuple[str, Phrase]]:
    for code in languages_with("setting_cues.csv"):
        several = _several(code)
        for text, role, weight in table(DATA / code / "setting_cues.csv", ("phrase", "role", "weight")):
            if role in COMPANY:
                continue
            if role in _COUNTED_CUES:
                label, pattern = _COUNTED_CUES[role]
                for number in several:
                    yield pattern.format(number=number, text=text), Cue(code, label, float(weight))
                continue
            for form in written_forms(text):
                yield form, Cue(code, role, float(weight))


def _turns() -> Iterator[tuple[str, Phrase]]:
    for code in languages_with("template_phrases.txt"):
        for text in words(DATA / code / "template_phrases.txt"):
            yield text, Turn("template")
    for code in languages_with("place_context.csv"):
        for text, role in table(DATA / code / "place_context.csv", ("phrase", "role")):
            if role == "near_tail" or " " in text:
                yield text, Turn(role)


def _number_turns() -> Iterator[tuple[str, Phrase]]:
    for code in languages_with("number_context.csv"):
        for text, role in table(DATA / code / "number_context.csv", ("word", "role")):
            if role in {"reverse", "told", "correction"}:
                yield text, Turn(role)
            elif role == "not_phone":
                yield text, Turn("label")
                for ending in _COUNTED:
                    yield text + ending, Turn("label")


def _several(code: str) -> list[str]:
    """Numbers from three to twenty, in digits and words: one or two people may work from a home."""
    rows = table(DATA / code / "number_words.csv", ("word", "value", "role"))
    return [str(n) for n in range(3, 21)] + [word for word, value, _ in rows if value and 3 <= int(value) <= 20]


@Language.factory("advertentiemonitor_phrase_finder", assigns=["doc._.phrase_matches"])
def make_phrase_finder(nlp: Language, name: str) -> PhraseFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PhraseFinder(nlp)
