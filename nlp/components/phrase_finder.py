"""Component: all fixed phrases in one pass - place names, regions, cues, site templates, turns like "minuten van".

One PhraseMatcher over the folded word forms serves the components after it: its cost hardly grows with the number of
phrases, so asking once for all is what makes reading fast.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from nlp import attributes
from nlp.components.batches import Batched
from nlp.gazetteer import Entry, Region, gazetteer, written_forms
from nlp.wordlists import DATA, languages_with, table, words


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase that speaks for a setting (`role`), or half of a pair such as receive + own; weight in log-odds."""

    language: str
    role: str
    weight: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of phrase around places (near_tail, club) or a phrase of the site itself (template)."""

    role: str


_SEVERAL = 2.4  # log-odds
Phrase = Entry | Region | Cue | Turn
Match = tuple[Phrase, int, int]


class PhraseFinder(Batched):
    """Leaves `Reading.phrase_matches`: (phrase, first token, one past the last token), by start, longest first."""

    def __init__(self, nlp: Language) -> None:
        attributes.register()
        self.matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        self.phrases: dict[int, tuple[Phrase, ...]] = {}
        texts: dict[str, set[str]] = {}
        phrases: dict[str, dict[Phrase, None]] = {}
        for text, phrase in (*_names(), *_cues(), *_turns()):
            key = " ".join(token.norm_ for token in nlp.make_doc(text))
            texts.setdefault(key, set()).add(text)
            phrases.setdefault(key, {})[phrase] = None
        for key, found in phrases.items():
            self.matcher.add(key, [nlp.make_doc(text) for text in texts[key]])
            self.phrases[nlp.vocab.strings[key]] = tuple(found)

    def __call__(self, doc: Doc) -> Doc:
        """Match all phrases in `doc`."""
        matches = self.matcher(doc)
        if matches:
            phrases = self.phrases
            found: list[Match] = [(phrase, start, end) for key, start, end in matches for phrase in phrases[key]]
            found.sort(key=lambda match: (match[1], -match[2]))
            attributes.reading(doc).phrase_matches = tuple(found)
        return doc


def _names() -> Iterator[tuple[str, Phrase]]:
    known = gazetteer()
    yield from known.entries.items()
    yield from known.regions.items()


def _cues() -> Iterator[tuple[str, Phrase]]:
    for code in languages_with("setting_cues.csv"):
        several = _several(code)
        for text, role, weight in table(DATA / code / "setting_cues.csv", ("phrase", "role", "weight")):
            if role == "ladies":  # "six ladies", "14 rooms": several of them make a club
                for number in several:
                    yield f"{number} {text}", Cue(code, "club", _SEVERAL)
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


def _several(code: str) -> list[str]:
    """Numbers from three to twenty, in digits and words: one or two people may work from a home."""
    rows = table(DATA / code / "number_words.csv", ("word", "value", "role"))
    return [str(n) for n in range(3, 21)] + [word for word, value, _ in rows if value and 3 <= int(value) <= 20]


@Language.factory("advertentiemonitor_phrase_finder", assigns=["doc._.phrase_matches"])
def make_phrase_finder(nlp: Language, name: str) -> PhraseFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PhraseFinder(nlp)
