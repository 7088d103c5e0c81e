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
from nlp.components.phrase_finder import Turn
from nlp.folding import fold_word
from nlp.gazetteer import Entry
from nlp.token_table import HASH, IS_ALPHA, table
from nlp.wordlists import DATA, languages_with, words
from nlp.wordlists import table as table_of

# The fixed list: languages seen in such listings, and three neighbours so that Russian is not called Bulgarian.
_LINGUA = (
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
_UNREAD = LanguageCue(None, 0.0)
_FLOOR = 1e-4  # what lingua thinks impossible, many function words may still make likely
_VOTE_WEIGHT = 1.2  # log-odds of one function word that no other language has; measured on the tuned texts
_CLEAR_MARGIN = 4.0  # votes; odds of 120 to 1 by the weight above
_LINGUA_SHARPNESS = 1.6  # lingua doubts itself on short texts: with 0.7 it was right in all of 140 tuned texts
_LINGUA_WINDOW = 250  # characters; more text takes longer and decides nothing


@lru_cache(maxsize=1)
def detector() -> LanguageDetector:
    """Lingua's detector, built once per process; it loads a model when first asked (400 MB for all, 80 MB less than ahead)."""
    return LanguageDetectorBuilder.from_languages(*_LINGUA).build()


class LanguageFinder(Batched):
    """Leaves `Reading.language`.

    Args:
        nlp: the pipeline, for its vocabulary.
        clear_votes: votes the first language must have for the vote to decide alone.
        clear_ratio: how many times the second's votes the first must have.
        shortest_asked: words under which lingua is not asked: then only the vote can decide.
        shortest: words from which `least` holds; shorter texts must reach `least_short`.
        least: probability under which the reader abstains.
        least_short: the same for short texts.
    """

    def __init__(
        self,
        nlp: Language,
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
        self.codes = languages_with("function_words.txt")
        self.keys, self.weights = self._ballot(nlp)

    def _ballot(self, nlp: Language) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
        """Hashes of the function words, ascending, with each language's share of the vote, (words, languages)."""
        speakers: dict[str, set[int]] = {}
        counting = languages_with("number_words.csv")
        for index, code in enumerate(self.codes):
            for word in words(DATA / code / "function_words.txt"):
                speakers.setdefault(fold_word(word), set()).add(index)
            if code in counting:  # a number spelt out tells its language too
                for word, value, _ in table_of(DATA / code / "number_words.csv", ("word", "value", "role")):
                    if value:
                        speakers.setdefault(fold_word(word), set()).add(index)
        hashes = {nlp.vocab.strings.add(word): indices for word, indices in speakers.items()}
        keys = np.array(sorted(hashes), dtype=np.uint64)
        weights = np.zeros((len(keys) + 1, len(self.codes)))
        for row, key in enumerate(keys.tolist()):
            for index in hashes[key]:
                weights[row, index] = 1.0 / len(hashes[key])
        return keys, weights

    def __call__(self, doc: Doc) -> Doc:
        """Decide the language of `doc`, or abstain."""
        if len(doc) == 0:
            return doc
        reading = attributes.reading(doc)
        matches = reading.phrase_matches
        rows = table(doc)
        norms, alphabetic = rows[:, HASH], rows[:, IS_ALPHA] != 0
        if any(isinstance(phrase, Turn) and phrase.role == "template" for phrase, _, _ in matches):
            kept = np.ones(len(doc), dtype=bool)
            for phrase, start, end in matches:
                if isinstance(phrase, Turn) and phrase.role == "template":
                    kept[start:end] = False
            norms, alphabetic = norms[kept], alphabetic[kept]
        found = np.searchsorted(self.keys, norms)
        last = len(self.keys) - 1
        found[self.keys[np.minimum(found, last)] != norms] = last + 1  # the row of words that vote for nobody
        votes = self.weights[found].sum(axis=0)
        reading.language = self._decide(doc, votes, int(alphabetic.sum()))
        return doc

    def _decide(self, doc: Doc, votes: NDArray[np.float64], word_count: int) -> LanguageCue:
        order = np.argsort(votes)
        first, second = float(votes[order[-1]]), float(votes[order[-2]])
        code = self.codes[int(order[-1])]
        if first >= self.clear_votes and (first >= self.clear_ratio * second or first - second >= _CLEAR_MARGIN):
            return LanguageCue(code, 1.0 / (1.0 + math.exp(-_VOTE_WEIGHT * (first - second))))
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
    """The text without place names, digits and signs, which lingua would weigh as letters of some language."""
    text = attributes.reading(doc).text[: 2 * _LINGUA_WINDOW]
    characters = [c if c.isalpha() or c in " '’-" else " " for c in text]
    for phrase, first, last in attributes.reading(doc).phrase_matches:
        if isinstance(phrase, Entry) and not phrase.ordinary:
            start, end = doc[first].idx, doc[last - 1].idx + len(doc[last - 1])
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
    nlp: Language,
    name: str,  # noqa: ARG001 (spaCy gives each factory its name)
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
        nlp,
        clear_votes=clear_votes,
        clear_ratio=clear_ratio,
        shortest_asked=shortest_asked,
        shortest=shortest,
        least=least,
        least_short=least_short,
    )
