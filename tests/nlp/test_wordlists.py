from pathlib import Path

import pytest

from nlp.errors import DataFileBroken
from nlp.wordlists import DATA, languages_with, table, words


def test_broken_files_are_named(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n3\n")
    with pytest.raises(DataFileBroken, match=r"x\.csv"):
        list(table(file, ("a", "c")))
    with pytest.raises(DataFileBroken, match="1 values"):
        list(table(file, ("a", "b")))


def test_words_skips_comments(tmp_path: Path) -> None:
    file = tmp_path / "w.txt"
    file.write_text("# why\n\nde\n het \n")
    assert words(file) == ["de", "het"]


def test_every_language_has_its_lists() -> None:
    eleven = {"bg", "de", "en", "es", "fr", "hu", "it", "nl", "pl", "pt", "ro"}
    for name in ("number_words.csv", "number_context.csv", "place_context.csv", "setting_cues.csv"):
        assert set(languages_with(name)) == eleven
    assert eleven <= set(languages_with("function_words.txt"))
    assert (DATA / "homoglyphs.csv").exists()
