"""What the text around a would-be number says of it, worked out when asked."""

from functools import cached_property

from nlp.folding import fold
from nlp.numbers import masks

_BEFORE, _AFTER = 60, 70  # characters around a number that may speak for or against it
_LINKS = ("wa.me/", "wa.me/+", "tel:", "tel:+", "phone=", "phone=+", "phone=%2b", "callto:", "sms:")


class Around:
    """The text around the first digit of a would-be number."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start

    @cached_property
    def before(self) -> str:
        """The folded text before the first digit."""
        return fold(self._text[max(0, self._start - _BEFORE) : self._start])

    @property
    def linked(self) -> bool:
        """Whether the digits stand in a wa.me or tel: link, where the plus is left out by rule."""
        return self._text[max(0, self._start - 16) : self._start].lower().endswith(_LINKS)

    @cached_property
    def cued(self) -> bool:
        """Whether a word such as "bel" or "whatsapp" stands shortly before."""
        return masks.is_cued(self.before)

    def cued_after(self, end: int) -> bool:
        """Whether such a word follows the digits that end at character `end` of the text."""
        return masks.is_cued_after(self._after(end))

    def prefix_after(self, end: int) -> str:
        """The calling code, or a zero, that the text adds after the digits that end at `end`."""
        return masks.prefix_after(self._after(end))

    def _after(self, end: int) -> str:
        return fold(self._text[end : end + _AFTER])


def word_edge(text: str, edge: int, start: int) -> int:
    """Move `edge` forward to the start of a word, never past `start`."""
    while edge < start and edge > 0 and text[edge - 1].isalnum() and text[edge].isalnum():
        edge += 1
    return edge


def word_end(text: str, end: int, edge: int) -> int:
    """Move `edge` back to the end of a word, never before `end`."""
    while edge > end and edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum():
        edge -= 1
    return edge
