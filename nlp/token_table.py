"""The tokens of a Doc as a table of numbers, made once: asking a Doc token by token costs a hundred times more."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from spacy import attrs
from spacy.tokens import Doc

from nlp import attributes

# spaCy's attributes are compiled and tell a type checker nothing.
NORM: Final[int] = attrs.NORM
_ATTRIBUTES: Final[list[int | str]] = [attrs.NORM, attrs.IDX, attrs.LENGTH, attrs.IS_ALPHA]
HASH, START, LENGTH, IS_ALPHA = range(4)  # columns: hash of the folded form, first character, characters, all letters


def table(doc: Doc) -> NDArray[np.uint64]:
    """One row a token; columns HASH, START, LENGTH, IS_ALPHA."""
    reading = attributes.reading(doc)
    if reading.table is not None:
        return reading.table
    made = np.zeros((0, len(_ATTRIBUTES)), dtype=np.uint64)
    if len(doc):
        made = np.asarray(doc.to_array(_ATTRIBUTES), dtype=np.uint64)
    reading.table = made
    return made
