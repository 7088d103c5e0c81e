"""spaCy's token attributes, with types: `spacy.attrs` is compiled and tells a type checker nothing."""

from typing import Final

from spacy import attrs

IDX: Final[int] = attrs.IDX
IS_ALPHA: Final[int] = attrs.IS_ALPHA
LENGTH: Final[int] = attrs.LENGTH
NORM: Final[int] = attrs.NORM
