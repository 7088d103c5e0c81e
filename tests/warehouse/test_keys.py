import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.errors import KeyDestroyed, KeyExists, MissingKey, UnsafeKeyFile, WrongUse
from warehouse.keys import FileKeys, PseudonymKeys

ROOT, OTHER = b"r" * 32, b"s" * 32
VALUES = st.text(min_size=0, max_size=40)


@given(VALUES, VALUES)
def test_same_value_same_pseudonym_and_another_value_another(one, other):
    keys, again = PseudonymKeys(ROOT, "E0003"), PseudonymKeys(ROOT, "E0003")
    assert keys.telephone(one) == again.telephone(one)
    assert (keys.telephone(one) == keys.telephone(other)) == (one == other)
    assert (keys.listing("a", one) == keys.listing("a", other)) == (one == other)


@given(VALUES)
def test_no_value_meets_itself_under_another_purpose_epoch_or_root(value):
    provider = [PseudonymKeys(ROOT, "E0003"), PseudonymKeys(ROOT, "E0004"), PseudonymKeys(OTHER, "E0003")]
    made = [
        pseudonym
        for keys in provider
        for pseudonym in (
            keys.telephone(value), keys.content(value), keys.listing("a", value), keys.listing("b", value), keys.sketch_key(),
            keys.carried(value.encode()), keys.check,
        )
    ]  # fmt: skip
    assert len(set(made)) == len(made)
    assert {len(pseudonym) for pseudonym in made} == {32}
    assert all(value.encode() not in pseudonym for pseudonym in made if len(value) > 3)


def test_source_and_id_cannot_run_together():
    keys = PseudonymKeys(ROOT, "E0003")
    assert keys.listing("ab", "c") != keys.listing("a", "bc")


def test_a_key_does_not_show_itself():
    keys = PseudonymKeys(ROOT, "E0003")
    assert repr(keys) == "PseudonymKeys(epoch='E0003')"
    assert not hasattr(keys, "__dict__")


def test_keys_are_made_once_and_closed_to_others(tmp_path):
    folder = tmp_path / "keys"
    keys = FileKeys.create(folder, epochs=["E0003"])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(before) == ["pseudonym-E0003.key", "record.key", "spool.key"]
    assert len(set(before.values())) == 3
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    FileKeys.create(folder, epochs=["E0003", "E0004"])
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert keys.epochs() == ("E0003", "E0004")
    assert keys.spool() == before["spool.key"]
    assert keys.record() == before["record.key"]


def test_two_installations_differ_unless_made_from_the_same_seed(tmp_path):
    def spool(name: str, seed: bytes | None) -> bytes:
        return FileKeys.create(tmp_path / name, deterministic_from=seed).spool()

    assert spool("a", None) != spool("b", None)
    assert spool("c", b"1") == spool("d", b"1") != spool("e", b"2")
    assert FileKeys(tmp_path / "c").record() != FileKeys(tmp_path / "c").spool()


def test_a_key_is_never_overwritten(tmp_path):
    keys = FileKeys.create(tmp_path / "keys")
    kept = keys.spool()
    with pytest.raises(KeyExists):
        FileKeys.create(tmp_path / "keys", deterministic_from=b"seed")
    assert keys.spool() == kept


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda path: path.unlink(), MissingKey),
        (lambda path: path.chmod(0o640), UnsafeKeyFile),
        (lambda path: path.chmod(0o604), UnsafeKeyFile),
        (lambda path: path.parent.chmod(0o750), UnsafeKeyFile),
        (lambda path: path.write_bytes(b"short"), UnsafeKeyFile),
        (lambda path: path.write_bytes(b"x" * 33), UnsafeKeyFile),
        (lambda path: path.write_bytes(b""), UnsafeKeyFile),
    ],
)
def test_a_missing_or_unsafe_key_is_refused_by_name(tmp_path, spoil, error):
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003"])
    spoil(tmp_path / "keys" / "pseudonym-E0003.key")
    with pytest.raises(error) as caught:
        keys.pseudonyms("E0003")
    assert str(caught.value).endswith(".")


def test_a_folder_open_to_others_is_not_used(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o755)
    with pytest.raises(UnsafeKeyFile, match="chmod 700"):
        FileKeys.create(folder)
    assert list(folder.iterdir()) == []


def test_a_destroyed_key_is_under_no_hidden_name_either(tmp_path):
    """Killed between giving the key its name and taking the hidden one away, and again while its mark was written."""
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003", "E0004"])
    folder = tmp_path / "keys"
    other = folder / ".pseudonym-E0004.key.0a1b2c3d.part"
    other.hardlink_to(folder / "pseudonym-E0004.key")
    (folder / ".pseudonym-E0003.key.0a1b2c3d.part").write_bytes((folder / "pseudonym-E0003.key").read_bytes())
    # Killed between its two names, the mark that was being made is this file.
    (folder / "pseudonym-E0003.destroyed").touch()
    (folder / ".pseudonym-E0003.destroyed.0a1b2c3d.part").hardlink_to(folder / "pseudonym-E0003.destroyed")
    keys.destroy("E0003")
    assert [path.name for path in folder.glob("*E0003*")] == ["pseudonym-E0003.destroyed"]
    assert (folder / "pseudonym-E0003.destroyed").read_bytes() == b""
    assert [path.name for path in folder.glob(".*")] == [other.name]
    assert keys.pseudonyms("E0004")


def test_a_destroyed_epoch_gets_no_second_key(tmp_path):
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003", "E0004"])
    keys.destroy("E0003")
    assert (keys.epochs(), keys.destroyed()) == (("E0004",), ("E0003",))
    for ask in (keys.pseudonyms, keys.ensure_epoch):
        with pytest.raises(KeyDestroyed):
            ask("E0003")
    keys.destroy("E0003")
    with pytest.raises(MissingKey):
        keys.destroy("E0009")


def test_a_destruction_killed_half_way_is_refused_and_can_be_finished(tmp_path):
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003"])
    (tmp_path / "keys" / "pseudonym-E0003.destroyed").touch(0o600)
    with pytest.raises(KeyDestroyed):
        keys.pseudonyms("E0003")
    keys.destroy("E0003")
    assert not (tmp_path / "keys" / "pseudonym-E0003.key").exists()


@pytest.mark.parametrize("epoch", ["", "0003", "../E0003", "E00/3"])
def test_a_bad_epoch_names_no_file(tmp_path, epoch):
    keys = FileKeys.create(tmp_path / "keys")
    for ask in (keys.pseudonyms, keys.ensure_epoch):
        with pytest.raises(WrongUse):
            ask(epoch)


def test_no_half_key_is_left_behind(tmp_path):
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003"])
    keys.ensure_epoch("E0003")
    assert not [name for name in os.listdir(tmp_path / "keys") if name.endswith(".part")]  # noqa: PTH208


def test_a_folder_that_others_can_replace_is_refused(tmp_path):
    keys = FileKeys.create(tmp_path / "state" / "keys", epochs=["E0003"])
    (tmp_path / "state").chmod(0o777)
    with pytest.raises(UnsafeKeyFile, match="can be replaced"):
        keys.pseudonyms("E0003")
    (tmp_path / "state").chmod(0o1777)  # as /tmp: each may replace what is their own
    keys.pseudonyms("E0003")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_refused_also_behind_a_link(tmp_path):
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003"])
    path = keys.folder / "pseudonym-E0003.key"
    theirs = path.rename(tmp_path / "theirs")
    os.chown(theirs, 12345, 12345)
    path.symlink_to(theirs)
    with pytest.raises(UnsafeKeyFile, match="another user"):
        keys.pseudonyms("E0003")
    os.chown(keys.folder, 12345, 12345)
    with pytest.raises(UnsafeKeyFile, match="another user"):
        keys.spool()


def test_a_key_whose_destruction_was_broken_off_is_not_there(tmp_path):
    keys = FileKeys.create(tmp_path / "keys", epochs=["E0003", "E0004"])
    (keys.folder / "pseudonym-E0003.destroyed").touch()  # killed before the file went
    assert keys.epochs() == ("E0004",)
    assert keys.destroyed() == ("E0003",)
    keys.destroy("E0003")
    assert not (keys.folder / "pseudonym-E0003.key").exists()
