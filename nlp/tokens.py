"""The tokens of a Doc as plain lists, made once a text: asking a Doc token by token costs a hundred times more."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from spacy import attrs
from spacy.tokens import Doc

from nlp.lexicon import MARKS

# spaCy's attributes are compiled and tell a type checker nothing. ID is what Lexeme.rank is kept under.
NORM: Final[int] = attrs.NORM
KNOWN: Final[int] = attrs.ID
_ATTRIBUTES: Final[list[int | str]] = [NORM, KNOWN, attrs.IDX, attrs.LENGTH]

_MARKS = np.uint64(MARKS)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Per token the hash of its folded form, its first character, its length in characters and what is known of the word.

    `known` has shape (tokens,): bits and rows as `nlp.lexicon` gives them. `marked` has (token, bits) of the few tokens
    that some component wants to look at, ascending.
    """

    text: str
    norms: list[int]
    starts: list[int]
    lengths: list[int]
    known: NDArray[np.uint64]
    marked: list[tuple[int, int]]

    @classmethod
    def read(cls, doc: Doc, text: str) -> Self:
        """Read them off a Doc whose text is `text`."""
        if not len(doc):
            return cls(text, [], [], [], np.zeros(0, dtype=np.uint64), [])
        columns = doc.to_array(_ATTRIBUTES).T
        norms, _, starts, lengths = columns.tolist()
        known = columns[1]
        bits = known & _MARKS
        at = bits.nonzero()[0]
        return cls(text, norms, starts, lengths, known, list(zip(at.tolist(), bits[at].tolist(), strict=True)))

    def with_any(self, bits: int) -> list[int]:
        """Tokens with one of the bits, all of them marks, ascending."""
        return [index for index, marks in self.marked if marks & bits]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Characters [start, end) of tokens [first, last)."""
        return self.starts[first], self.starts[last - 1] + self.lengths[last - 1]

    def written(self, index: int) -> str:
        """A token as written, or nothing past the end."""
        if index >= len(self.norms):
            return ""
        return self.text[self.starts[index] : self.starts[index] + self.lengths[index]]

    def norm(self, index: int) -> int:
        """The hash of a token's folded form, 0 outside the text."""
        return self.norms[index] if 0 <= index < len(self.norms) else 0
