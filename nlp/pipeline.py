"""Build the reading pipeline from its config file."""

import gc
from functools import lru_cache
from pathlib import Path

import spacy
from spacy.language import Language

from nlp.components import language_finder, phone_finder, phrase_finder, place_finder, setting_finder
from nlp.tokenizer import make_tokenizer

VERSION = "2.0.0"  # stamped on each fact; raise it with every change that may change a fact
CONFIG = Path(__file__).parent / "config" / "adverts.cfg"
# Importing a component registers its factory; naming them here keeps the imports from looking unused.
FACTORIES = (
    phrase_finder.make_phrase_finder,
    language_finder.make_language_finder,
    phone_finder.make_phone_finder,
    place_finder.make_place_finder,
    setting_finder.make_setting_finder,
    make_tokenizer,
)


@lru_cache(maxsize=1)
def load() -> Language:
    """The reading pipeline, ready: `nlp(text)` or `nlp.pipe(texts)`, then `nlp.attributes`.

    Takes two to three seconds and 150 MB; lingua's models (50 MB) come with the first text whose language the
    function words leave open. One process, one pipeline, however often it is asked for: scale by processes.

    Raises:
        DataFileBroken: a word list or table does not have its columns.
    """
    config = spacy.util.load_config(CONFIG)
    pipeline = spacy.util.load_model_from_config(config, auto_fill=True, validate=True)
    # The tables live as long as the process, and what a text leaves holds no cycles: looking for garbage among both every
    # 700 objects took 15 % of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    return pipeline
