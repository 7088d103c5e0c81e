"""Entities of a Dutch model as evidence on names, where one (nl_core_news_*) is installed; without it nothing changes.

Only what the model calls the names already found is asked; the other entities it sees, persons among them, are not kept.
"""

from collections.abc import Iterable
from functools import lru_cache

import spacy
from spacy.language import Language

from nlp.place_reading.naming import Name

_FAMILY = "nl_core_news_"
_UNASKED = ("tagger", "morphologizer", "parser", "lemmatizer", "attribute_ruler", "senter")
_PLACES = frozenset({"GPE", "LOC"})
_OTHERS = frozenset({"PERSON", "ORG", "PRODUCT", "EVENT", "WORK_OF_ART"})
_DOUBT_LEFT = 0.5  # of the doubt in a name, or of the belief, that an entity leaves: such models err in untidy text


@lru_cache(maxsize=1)
def installed() -> Language | None:
    """The model with its entity recogniser only, loaded once; the largest of several; None where there is none."""
    names = sorted(name for name in spacy.util.get_installed_models() if name.startswith(_FAMILY))
    return spacy.load(names[0], exclude=_UNASKED) if names else None


def stamp() -> str:
    """What to add to the pipeline's version: facts read with a model may differ from facts read without."""
    model = installed()
    return f"+{model.lang}_{model.meta['name']}-{model.meta['version']}" if model else ""


def weigh(names: Iterable[Name], text: str) -> None:
    """Raise or lower the belief in names by what the model calls them; does nothing without a model.

    Args:
        names: names found in `text`; their `belief` is changed.
        text: the whole text.
    """
    model = installed()
    if model is None:
        return
    entities = [(entity.start_char, entity.end_char, entity.label_) for entity in model(text).ents]
    for name in names:
        labels = {label for start, end, label in entities if start < name.end and name.start < end}
        if labels & _PLACES:
            name.belief = 1.0 - (1.0 - name.belief) * _DOUBT_LEFT
        elif labels & _OTHERS:
            name.belief *= _DOUBT_LEFT
