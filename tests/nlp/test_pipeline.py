from pathlib import Path

import pytest
import spacy
from spacy.language import Language

import nlp.pipeline as pipeline_module
from nlp import attributes
from nlp.pipeline import CONFIG, load

FACTORIES = [
    ("phrase_finder", "advertentiemonitor_phrase_finder"),
    ("language_finder", "advertentiemonitor_language_finder"),
    ("phone_finder", "advertentiemonitor_phone_finder"),
    ("place_finder", "advertentiemonitor_place_finder"),
    ("setting_finder", "advertentiemonitor_setting_finder"),
]


def test_golden_list_of_factories(reader: Language) -> None:
    assert [(name, reader.get_pipe_meta(name).factory) for name in reader.pipe_names] == FACTORIES


def test_version_is_stamped() -> None:
    assert pipeline_module.VERSION.count(".") == 2


def test_misspelt_setting_is_an_error() -> None:
    config = spacy.util.load_config(CONFIG)
    config["components"]["setting_finder"]["leest"] = 0.5
    with pytest.raises(ValueError, match="leest"):
        spacy.util.load_model_from_config(config, auto_fill=True, validate=True)


def test_empty_text(reader: Language) -> None:
    doc = reader("")
    assert attributes.phones(doc) == attributes.places(doc) == ()
    assert attributes.language(doc).code is None
    assert attributes.setting(doc).label == "unknown"


def test_pipe_reads_as_one_by_one(reader: Language) -> None:
    texts = ["Thuisontvangst in Enschede, bel 0620001234", "", "Escort in Almelo"]
    for doc, text in zip(reader.pipe(texts), texts, strict=True):
        alone = reader(text)
        assert attributes.places(doc) == attributes.places(alone)
        assert attributes.phones(doc) == attributes.phones(alone)
        assert attributes.setting(doc) == attributes.setting(alone)


def test_a_process_has_one_pipeline(reader: Language) -> None:
    assert load() is reader


def test_a_second_pipeline_reads_the_same(reader: Language) -> None:
    text = "Thuisontvangst in Hengelo Gld, bel 0620001234"
    config = spacy.util.load_config(CONFIG)
    second = spacy.util.load_model_from_config(config, auto_fill=True, validate=True)
    assert attributes.places(second(text)) == attributes.places(reader(text))


def test_only_what_is_allowed_is_extracted(reader: Language) -> None:
    """PRIVACY P5: no attribute, span or data file for nationality, age, body, services, prices or names."""
    doc = reader("Ik ben Anna, 29 jaar, uit Spanje, 100 euro, bel 0620001234, ik woon in Enschede")
    fields = set(attributes.Reading.__dataclass_fields__)
    assert fields == {
        *("text", "hints", "language", "setting", "phones", "places", "place_guesses", "matches", "tokens"),
    }
    assert not doc.spans
    assert not doc.ents
    kinds = {path.name for path in (Path(pipeline_module.__file__).parent / "data").rglob("*.*")}
    assert kinds == {
        *("number_words.csv", "number_context.csv", "place_context.csv", "function_words.txt", "setting_cues.csv"),
        *("template_phrases.txt", "homoglyphs.csv", "municipalities.csv", "places.csv", "aliases.csv", "regions.csv"),
        *("qualifiers.csv", "ordinary_words.csv", "postcodes.csv", "area_codes.csv"),
    }
