import spacy

from nlp import attributes


def test_a_plain_doc_reads_as_nothing() -> None:
    doc = spacy.blank("nl")("hallo daar")
    assert attributes.phones(doc) == ()
    assert attributes.reading(doc).text == "hallo daar"


def test_registering_twice_changes_nothing() -> None:
    attributes.register()
    attributes.register()
    doc = spacy.blank("nl")("hallo")
    assert doc._.phone_mentions == ()
    assert doc._.setting_cue.label == "unknown"
