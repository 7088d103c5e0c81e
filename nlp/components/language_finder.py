"""Component: language of the text. Function words vote; lingua is asked only where the vote is not clear."""

import math
from functools import lru_cache

import numpy as np
from lingua import Language as LinguaLanguage
from lingua import LanguageDetector, LanguageDetectorBuilder
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import LanguageCue
from nlp.components.batches import Batched
from nlp.lexicon import ALPHABETIC, VOTE, ballot

# The fixed list: languages seen in such listings, and three neighbours so that Russian is not called Bulgarian.
LANGUAGES = (
    LinguaLanguage.DUTCH,
    LinguaLanguage.ENGLISH,
    LinguaLanguage.GERMAN,
    LinguaLanguage.FRENCH,
    LinguaLanguage.SPANISH,
    LinguaLanguage.PORTUGUESE,
    LinguaLanguage.ITALIAN,
    LinguaLanguage.ROMANIAN,
    LinguaLanguage.POLISH,
    LinguaLanguage.HUNGARIAN,
    LinguaLanguage.BULGARIAN,
    LinguaLanguage.RUSSIAN,
    LinguaLanguage.TURKISH,
    LinguaLanguage.CZECH,
)
_ALPHABETIC, _VOTE = np.uint64(ALPHABETIC), np.uint64(VOTE)
_UNREAD = LanguageCue(None, 0.0)
_FLOOR = 1e-4  # what lingua thinks impossible, many function words may still make likely
_VOTE_WEIGHT = 1.2  # log-odds of one function word that no other language has; measured on the tuned texts
_CLEAR_MARGIN = 4.0  # votes; odds of 120 to 1 by the weight above
_LINGUA_SHARPNESS = 1.6  # lingua doubts itself on short texts: with 0.7 it was right in all of 140 tuned texts
_LINGUA_WINDOW = 250  # characters; more text takes longer and decides nothing


@lru_cache(maxsize=1)
def detector() -> LanguageDetector:
    """Lingua's detector, built once per process; it loads its models when first asked.

    Letters in threes only: beside the vote of the function words, longer runs of letters added 350 MB and no right answer.
    """
    return LanguageDetectorBuilder.from_languages(*LANGUAGES).with_low_accuracy_mode().build()


class LanguageFinder(Batched):
    """Leaves `Reading.language`.

    Args:
        clear_votes: votes the first language must have for the vote to decide alone.
        clear_ratio: how many times the second's votes the first must have.
        shortest_asked: words under which lingua is not asked: then only the vote can decide.
        shortest: words from which `least` holds; shorter texts must reach `least_short`.
        least: probability under which the reader abstains.
        least_short: the same for short texts.
    """

    def __init__(
        self,
        *,
        clear_votes: float,
        clear_ratio: float,
        shortest_asked: int,
        shortest: int,
        least: float,
        least_short: float,
    ) -> None:
        attributes.register()
        self.clear_votes = clear_votes
        self.clear_ratio = clear_ratio
        self.shortest_asked = shortest_asked
        self.shortest = shortest
        self.least = least
        self.least_short = least_short
        self.codes, self.weights = ballot().codes, ballot().weights

    def __call__(self, doc: Doc) -> Doc:
        """Decide the language of `doc`, or abstain."""
        if len(doc) == 0:
            return doc
        reading = attributes.reading(doc)
        known = attributes.tokens(doc).known
        templates = reading.matches.turns.get("template")
        if templates:
            kept = np.ones(len(known), dtype=bool)
            for start, end in templates:
                kept[start:end] = False
            known = known[kept]
        rows = (known >> _VOTE).view(np.int64)
        votes = np.add.reduce(self.weights.take(rows[rows.nonzero()[0]], axis=0))
        reading.language = self._decide(doc, votes, known)
        return doc

    def _decide(self, doc: Doc, votes: NDArray[np.float64], known: NDArray[np.uint64]) -> LanguageCue:
        column = int(votes.argmax())
        code, first = self.codes[column], float(votes[column])
        second = max(vote for index, vote in enumerate(votes.tolist()) if index != column)
        if first >= self.clear_votes and (first >= self.clear_ratio * second or first - second >= _CLEAR_MARGIN):
            return LanguageCue(code, 1.0 / (1.0 + math.exp(-_VOTE_WEIGHT * (first - second))))
        word_count = int(np.count_nonzero(known & _ALPHABETIC))
        if word_count < self.shortest_asked:
            return _UNREAD
        values = detector().compute_language_confidence_values(_letters(doc))
        heard = {value.language.iso_code_639_1.name.lower(): value.value for value in values}
        # Lingua weighs letters, the vote weighs words: nearly independent, so their odds multiply.
        likelihood = np.array([max(heard.get(code, 0.0), _FLOOR) for code in self.codes]) ** _LINGUA_SHARPNESS
        posterior = likelihood * np.exp(_VOTE_WEIGHT * (votes - first))
        posterior /= posterior.sum()
        best = int(np.argmax(posterior))
        sure = float(posterior[best])
        if not any(heard.values()) or sure < (self.least if word_count >= self.shortest else self.least_short):
            return _UNREAD
        return LanguageCue(self.codes[best], min(sure, 0.999))


def _letters(doc: Doc) -> str:
    """The text without place names, phrases of the site, digits and signs: lingua would weigh all letters it is shown."""
    text = attributes.reading(doc).text[: 2 * _LINGUA_WINDOW]
    characters = [c if c.isalpha() or c in " '’-" else " " for c in text]
    tokens = attributes.tokens(doc)
    matches = attributes.reading(doc).matches
    names = [(first, last) for entry, first, last in matches.names if not entry.ordinary]
    for first, last in (*names, *matches.turns.get("template", ())):
        start, end = tokens.span(first, last)
        characters[start:end] = " " * len(characters[start:end])
    return " ".join("".join(characters).split())[:_LINGUA_WINDOW]


@Language.factory(
    "advertentiemonitor_language_finder",
    assigns=["doc._.language_cue"],
    requires=["doc._.phrase_matches"],
    default_config={
        "clear_votes": 3.0,
        "clear_ratio": 2.5,
        "shortest_asked": 5,
        "shortest": 20,
        "least": 0.9,
        "least_short": 0.92,
    },
)
def make_language_finder(
    nlp: Language,  # noqa: ARG001 (spaCy gives each factory its pipeline and name)
    name: str,  # noqa: ARG001
    *,
    clear_votes: float,
    clear_ratio: float,
    shortest_asked: int,
    shortest: int,
    least: float,
    least_short: float,
) -> LanguageFinder:
    """Build the component from its config block."""
    return LanguageFinder(
        clear_votes=clear_votes,
        clear_ratio=clear_ratio,
        shortest_asked=shortest_asked,
        shortest=shortest,
        least=least,
        least_short=least_short,
    )
