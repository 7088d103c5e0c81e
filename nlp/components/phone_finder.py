"""Component: telephone numbers."""

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.components.batches import Batched
from nlp.numbers.reader import find, is_seed
from nlp.token_table import LENGTH, START, table


class PhoneFinder(Batched):
    """Mark each number that a numbering plan accepts; see `nlp.numbers.reader`.

    Whether a token may be part of a number is asked once per word of the vocabulary and kept as a lexeme flag.
    """

    def __init__(self, nlp: Language) -> None:
        attributes.register()
        self.flag = nlp.vocab.add_flag(is_seed)

    def __call__(self, doc: Doc) -> Doc:
        """Read the numbers of `doc`."""
        if len(doc) == 0:
            return doc
        reading = attributes.reading(doc)
        seeds = table(doc)[doc.to_array(self.flag) != 0].astype(np.int64)
        starts = seeds[:, START]
        mentions = find(reading.text, starts, starts + seeds[:, LENGTH], reading.language.code)
        if mentions:
            reading.phones = mentions
            attributes.mark(doc, attributes.PHONES, [(m.start, m.end) for m in mentions])
        return doc


@Language.factory("advertentiemonitor_phone_finder", assigns=["doc._.phone_mentions", "doc.spans"])
def make_phone_finder(nlp: Language, name: str) -> PhoneFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PhoneFinder(nlp)
