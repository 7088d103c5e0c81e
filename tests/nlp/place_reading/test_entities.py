"""A stand-in for a Dutch model, installed as spaCy's models are: a package with an entry point."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import spacy

from nlp.pipeline import VERSION
from nlp.place_reading import entities

READ = """
    from nlp import attributes
    from nlp.pipeline import load
    from nlp.reading import facts
    doc = load()("Ik drink graag koffie met Anna Almelo en ik woon in Enschede.")
    for mention in attributes.places(doc):
        print(mention.municipality_code, mention.probability)
    print(facts(doc).pipeline_version)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder to put on the path, with nl_core_news_xs 1.2.3 in it."""
    model = spacy.blank("nl", meta={"name": "core_news_xs", "version": "1.2.3"})
    ruler = model.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [{"label": "PERSON", "pattern": "Anna Almelo"}, {"label": "GPE", "pattern": "Enschede"}]
    )
    package = tmp_path / "nl_core_news_xs"
    package.mkdir()
    model.to_disk(package / "data")
    (package / "__init__.py").write_text(
        "from pathlib import Path\nfrom spacy.util import load_model_from_path\n"
        "def load(**overrides):\n    return load_model_from_path(Path(__file__).parent / 'data', **overrides)\n"
    )
    info = tmp_path / "nl_core_news_xs-1.2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nl_core_news_xs\nVersion: 1.2.3\n")
    (info / "entry_points.txt").write_text("[spacy_models]\nnl_core_news_xs = nl_core_news_xs\n")
    return tmp_path


def read(*path: Path) -> list[str]:
    code = "\n".join([f"import sys; sys.path[:0] = {[str(folder) for folder in path]!r}", textwrap.dedent(READ)])
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")


def test_without_a_model_nothing_is_stamped() -> None:
    assert entities.installed() is None
    assert entities.stamp() == ""


@pytest.mark.full
def test_an_installed_model_speaks_for_and_against_a_name(site: Path) -> None:
    without, with_model = read(), read(site)
    believed = [dict(line.split() for line in lines if line.startswith("GM")) for lines in (without, with_model)]
    assert float(believed[1]["GM0153"]) > float(believed[0]["GM0153"])
    assert float(believed[1].get("GM0141", 0)) < max(0.5, float(believed[0].get("GM0141", 1)))
    assert without[-2] == VERSION
    assert with_model[-2] == f"{VERSION}+nl_core_news_xs-1.2.3"
