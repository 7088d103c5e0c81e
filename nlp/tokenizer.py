"""A plain tokenizer: split at white space and at everything that is not a letter, a digit or an accent.

Telephone numbers, place names and cues need no linguistics from the tokens, only that "Enschede/Hengelo" and
"#Enschede" fall apart. Without special cases spaCy's tokenizer caches each chunk, which is where its time goes otherwise.
"""

import re
from collections.abc import Callable

from spacy import attrs
from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from nlp import attributes
from nlp.folding import fold_word
from nlp.lexicon import known_of
from nlp.tokens import KNOWN, NORM

# Combining accents, variation selectors, keycaps and joiners stay with the character they belong to.
_KEPT = r"\w\u0300-\u036f\u20e3\ufe0f\u200b-\u200d\u2060"
_APART = rf"[^{_KEPT}\s]|_"
_PIECE = re.compile(rf" |[^\S ]+|[^{_KEPT}\s]|_|(?:(?!_)[{_KEPT}])+")
LONGEST_CHUNK = 300
_LONG_CHUNK = re.compile(rf"\S{{{LONGEST_CHUNK}}}")
_ASKED = frozenset({attrs.LOWER, attrs.IS_ALPHA, attrs.IS_DIGIT, attrs.IS_SPACE, attrs.IS_PUNCT})
_MOST_CHUNKS = 500_000  # remembered; spaCy's own 10,000 are full once the place names and cues have been read
SHORT_TEXT = 3_000  # characters; no chunk of it takes long
READ_LIMIT = 200_000  # characters; what comes after is one token: no advertisement is that long
LONGEST_TEXT = 5_000_000  # characters; spaCy's own limit of 1,000,000 is meant for parsers


def make_norm(text: str) -> str:
    """The form under which words are compared: plain, lower case, no accents."""
    return fold_word(text)


class PlainTokenizer:
    """spaCy's tokenizer for ordinary text, one regular expression where a chunk without spaces is very long.

    spaCy cuts prefixes and suffixes off one at a time, which takes quadratic time on a chunk of a million plus signs.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.cached = Tokenizer(
            vocab,
            rules={},
            prefix_search=re.compile(rf"^(?:{_APART})").search,
            suffix_search=re.compile(rf"(?:{_APART})$").search,
            infix_finditer=re.compile(_APART).finditer,
            max_cache_size=_MOST_CHUNKS,
        )

    def __call__(self, text: str) -> Doc:
        """Tokenize; `doc.text == text` holds always."""
        if len(text) < SHORT_TEXT or (len(text) <= READ_LIMIT and not _LONG_CHUNK.search(text)):
            return _with_text(self.cached(text), text)
        words: list[str] = []
        spaces: list[bool] = []
        for found in _PIECE.finditer(text, 0, READ_LIMIT):
            piece = found.group()
            if piece == " " and words and not spaces[-1] and words[-1] != " ":
                spaces[-1] = True
            else:
                words.append(piece)
                spaces.append(False)
        if len(text) > READ_LIMIT:
            words.append(text[READ_LIMIT:])
            spaces.append(False)
        return _with_text(Doc(self.vocab, words=words, spaces=spaces), text)


def _with_text(doc: Doc, text: str) -> Doc:
    attributes.start(doc, text)
    return doc


@registry.tokenizers("advertentiemonitor.plain_tokenizer.v1")  # type: ignore[untyped-decorator]
def make_tokenizer() -> Callable[[Language], PlainTokenizer]:
    """For the config file: a function that builds the tokenizer for a pipeline."""

    def build(nlp: Language) -> PlainTokenizer:
        nlp.max_length = LONGEST_TEXT
        # A word's shape, affixes and resemblance to a URL or number would take longer than all that is asked of it.
        getters = nlp.vocab.lex_attr_getters  # type: ignore[attr-defined]
        for unasked in getters.keys() - _ASKED:
            del getters[unasked]
        getters.update({NORM: make_norm, KNOWN: known_of})
        return PlainTokenizer(nlp.vocab)

    return build
