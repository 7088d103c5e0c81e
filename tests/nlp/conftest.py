import pytest
from spacy.language import Language

from nlp.pipeline import load


@pytest.fixture(scope="session")
def reader() -> Language:
    return load()
