"""Keys from the environment and from a program, as a vault's client would give them."""

import pytest

from warehouse.errors import KeyInUse, KeyProviderFailed, MissingKey, WrongUse
from warehouse.key_providers import CommandKeys, EnvironmentKeys, provider, without_keys
from warehouse.keys import FileKeys, KeyProvider

ROOT = "ab" * 32
ENVIRONMENT = {
    "ADVERTENTIEMONITOR_KEY_SPOOL": "01" * 32,
    "ADVERTENTIEMONITOR_KEY_RECORD": "02" * 32,
    "ADVERTENTIEMONITOR_KEY_PSEUDONYM_E0003": ROOT,
    "ADVERTENTIEMONITOR_KEY_PSEUDONYM_E0003a": "03" * 32,
}
VAULT = """#!/bin/sh
cd "$(dirname "$0")" || exit 9
case "$1" in
    get) [ -f "$2" ] || exit 4; cat "$2" ;;
    make) [ -f "$2" ] || head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > "$2"; cat "$2" ;;
    destroy) rm -f "$2" ;;
    list) ls | grep -v vault ;;
esac
"""


@pytest.fixture
def vault(tmp_path) -> CommandKeys:
    program = tmp_path / "vault.sh"
    program.write_text(VAULT)
    program.chmod(0o700)
    (tmp_path / "spool").write_text("01" * 32 + "\n")
    (tmp_path / "record").write_text("02" * 32)
    (tmp_path / "pseudonym-E0003").write_text(ROOT)
    return CommandKeys([str(program)])


@pytest.fixture(params=["environment", "command"])
def keys(request, vault) -> KeyProvider:
    return vault if request.param == "command" else EnvironmentKeys(ENVIRONMENT)


def test_the_same_root_gives_the_same_pseudonyms_wherever_it_comes_from(keys, tmp_path):
    folder = tmp_path / "keys"
    files = FileKeys.create(folder, epochs=["E0003"])
    (folder / "pseudonym-E0003.key").write_bytes(bytes.fromhex(ROOT))
    assert keys.spool() == b"\x01" * 32
    assert keys.record() == b"\x02" * 32
    assert keys.pseudonyms("E0003").telephone("+31620000000") == files.pseudonyms("E0003").telephone("+31620000000")
    assert keys.ensure_epoch("E0003").check == files.pseudonyms("E0003").check
    assert "E0003" in keys.epochs()
    assert ROOT not in repr(keys)


def test_a_key_that_is_not_there_is_missed(keys):
    with pytest.raises(MissingKey):
        keys.pseudonyms("E0009")
    with pytest.raises(WrongUse):
        keys.pseudonyms("../spool")


def test_the_environment_is_not_ours_to_change():
    keys = EnvironmentKeys(ENVIRONMENT)
    assert keys.epochs() == ("E0003", "E0003a")
    with pytest.raises(KeyInUse):
        keys.destroy("E0003")
    keys.destroy("E0002")
    with pytest.raises(MissingKey):
        keys.ensure_epoch("E0004")


def test_a_vault_makes_and_destroys(vault):
    made = vault.ensure_epoch("E0004")
    assert vault.ensure_epoch("E0004").check == made.check != vault.ensure_epoch("E0005").check
    assert vault.epochs() == ("E0003", "E0004", "E0005")
    vault.destroy("E0004")
    assert vault.epochs() == ("E0003", "E0005")
    with pytest.raises(MissingKey):
        vault.pseudonyms("E0004")


@pytest.mark.parametrize("printed", ["", "kort", "zz" * 32, "ab" * 31, "ab" * 33])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path, printed):
    program = tmp_path / "vault.sh"
    program.write_text(f"#!/bin/sh\necho '{printed}'\n")
    program.chmod(0o700)
    with pytest.raises(KeyProviderFailed) as caught:
        CommandKeys([str(program)]).spool()
    assert not printed or printed not in str(caught.value)
    with pytest.raises(KeyProviderFailed):
        EnvironmentKeys({"ADVERTENTIEMONITOR_KEY_SPOOL": printed}).spool()


@pytest.mark.parametrize("script", ["echo geheim-woord >&2; exit 1", "exit 3", "kill -9 $$"])
def test_a_program_that_fails_is_told_without_what_it_said(tmp_path, script):
    program = tmp_path / "vault.sh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    with pytest.raises(KeyProviderFailed) as caught:
        CommandKeys([str(program)]).spool()
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(KeyProviderFailed):
        CommandKeys(["/nergens/kluis"]).spool()


@pytest.mark.parametrize(
    ("setting", "kind"),
    [("file", FileKeys), ("environment", EnvironmentKeys), ("command:kluis --kort", CommandKeys)],
)
def test_a_setting_names_the_provider(tmp_path, setting, kind):
    assert isinstance(provider(setting, tmp_path), kind)


@pytest.mark.parametrize("setting", ["", "vault", "command:", "command", "command:'", 'command:kluis "x'])
def test_another_setting_is_refused(tmp_path, setting):
    with pytest.raises(WrongUse):
        provider(setting, tmp_path)


def test_a_program_is_handed_only_the_keys_that_it_may_see():
    other = {"PATH": "/bin", "ADVERTENTIEMONITOR_KEYS": "environment"}
    assert without_keys(ENVIRONMENT | other) == other
    spool = {"ADVERTENTIEMONITOR_KEY_SPOOL": ENVIRONMENT["ADVERTENTIEMONITOR_KEY_SPOOL"]}
    assert without_keys(ENVIRONMENT | other, "spool") == other | spool


def test_names_that_are_of_no_epoch_are_passed_over(tmp_path):
    program = tmp_path / "vault.sh"
    program.write_text(
        f"#!/bin/sh\necho pseudonym-E0003 pseudonym-E99999 pseudonym-E{'9' * 5000} pseudonym-E0003ab ../E0003\n"
    )
    program.chmod(0o700)
    assert CommandKeys([str(program)]).epochs() == ("E0003",)
