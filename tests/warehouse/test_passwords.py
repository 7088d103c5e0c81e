"""Passwords of roles: what is none is named by its file, and never shown."""

import pytest

from warehouse.errors import MissingKey, UnsafeKeyFile
from warehouse.passwords import ensure_password, password_of


def test_a_password_is_made_once_and_read(tmp_path):
    made = ensure_password(tmp_path, "reader")
    assert ensure_password(tmp_path, "reader") == password_of(tmp_path, "reader") == made


@pytest.mark.parametrize("content", [b"", b" \n", bytes(range(128, 256)), b"geheim\0woord", b"geheim\nwoord"])
def test_what_is_no_password_is_named_and_not_shown(tmp_path, content):
    (tmp_path / "db-reader").write_bytes(content)
    for read in (password_of, ensure_password):
        with pytest.raises(UnsafeKeyFile, match="db-reader is not a password") as caught:
            read(tmp_path, "reader")
        assert "geheim" not in str(caught.value)


def test_a_folder_in_its_place_is_named(tmp_path):
    (tmp_path / "db-reader").mkdir()
    with pytest.raises(UnsafeKeyFile, match="db-reader is not a password"):
        password_of(tmp_path, "reader")


def test_one_that_is_not_there_is_missed(tmp_path):
    (tmp_path / "keys").write_text("no folder")
    for folder in (tmp_path, tmp_path / "keys"):
        with pytest.raises(MissingKey):
            password_of(folder, "reader")
