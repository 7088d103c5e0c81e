"""The tokens of a Doc as arrays and lists, made once a text: asking a Doc token by token costs a hundred times more."""

from typing import Final

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


class Tokens:
    """Tokens of one text.

    Attributes:
        text: what was cut into tokens.
        norms: per token the hash of its folded form.
        known: per token what is known of the word, shape (tokens,): bits and rows as `nlp.lexicon` gives them.
        marked: (token, what is known, first character, characters) of the few that some component wants to look at,
            ascending.
    """

    __slots__ = ("_lengths", "_starts", "known", "marked", "norms", "text")

    def __init__(self, doc: Doc, text: str) -> None:
        """Read them off a Doc whose text is `text`."""
        columns = doc.to_array(_ATTRIBUTES).T if len(doc) else np.zeros((4, 0), dtype=np.uint64)
        self.text = text
        self.norms: list[int] = columns[0].tolist()
        self.known: NDArray[np.uint64] = columns[1]
        self._starts, self._lengths = columns[2], columns[3]
        at = (self.known & _MARKS).nonzero()[0]
        self.marked: list[tuple[int, int, int, int]] = list(zip(at.tolist(), *columns[1:, at].tolist(), strict=True))

    def with_any(self, bits: int) -> list[int]:
        """Tokens with one of the bits, all of them marks, ascending."""
        return [index for index, known, _, _ in self.marked if known & bits]

    def start(self, index: int) -> int:
        """First character of a token."""
        return int(self._starts[index])

    def length(self, index: int) -> int:
        """Characters of a token."""
        return int(self._lengths[index])

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Characters [start, end) of tokens [first, last)."""
        return int(self._starts[first]), int(self._starts[last - 1] + self._lengths[last - 1])

    def written(self, index: int) -> str:
        """A token as written, or nothing past the end."""
        if index >= len(self.norms):
            return ""
        start = int(self._starts[index])
        return self.text[start : start + int(self._lengths[index])]

    def norm(self, index: int) -> int:
        """The hash of a token's folded form, 0 outside the text."""
        return self.norms[index] if 0 <= index < len(self.norms) else 0
