"""The audit of what is installed, on folders that were tampered with, and the bill of materials."""

import base64
import hashlib
import importlib
import json
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

SUPPLY = Path(__file__).parents[2] / "benchmarks" / "supply"
REFUSED, UNKNOWN = "has a licence that is not allowed", "has a licence that licences.csv does not know"
CLASSIFIER = "Classifier: License :: OSI Approved ::"
HASH = f"    --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def tools(monkeypatch):
    """Give a module of the tools by its name, as the command would import it."""
    monkeypatch.syspath_prepend(str(SUPPLY))
    yield importlib.import_module
    for name in ("advisories", "audit", "licences", "lock", "sbom"):
        sys.modules.pop(name, None)


class Installed:
    """A folder with one distribution and a lock that pins it: as it should be, until a test changes something."""

    def __init__(self, tools, tmp_path: Path) -> None:
        self.tools = tools
        self.folder = tmp_path / "site-packages"
        self.lock = tmp_path / "requirements.lock"
        self.advisories = tmp_path / "osv"
        self.advisories.mkdir()
        (self.advisories / "X-0.json").write_text(json.dumps({"id": "X-0", "withdrawn": "2026-01-01T00:00:00Z"}))
        self.lock.write_text(f"lamp==1.5 \\\n{HASH}    # via advertentiemonitor (pyproject.toml)\n")
        self.put("lamp", "1.5", "License-Expression: MIT")

    def put(self, name: str, version: str, licence: str) -> None:
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        files = {
            f"{name}.py": "LIGHT = 1\n",
            f"{info.name}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{licence}\n",
        }
        for path, text in files.items():
            (self.folder / path).write_text(text)
        lines = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
        (info / "RECORD").write_text("\n".join([*lines, f"{info.name}/RECORD,,", f"__pycache__/{name}.pyc,,", ""]))

    def found(self, *, with_advisories: bool = False) -> list[tuple[str, str]]:
        licences = self.tools("licences").Licences.read()
        folder = self.advisories if with_advisories else None
        findings = self.tools("audit").found([str(self.folder)], [self.lock], licences, folder)
        return [(finding.name, finding.what) for finding in findings]

    def warn(self, name: str = "lamp", ecosystem: str = "PyPI", **affected: object) -> None:
        told = {"id": "X-1", "affected": [{"package": {"name": name, "ecosystem": ecosystem}, **affected}]}
        (self.advisories / "X-1.json").write_text(json.dumps(told))


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def installed(tools, tmp_path) -> Installed:
    return Installed(tools, tmp_path)


def test_what_is_as_it_should_be_has_no_findings(installed):
    assert installed.found(with_advisories=True) == []


def test_a_changed_file_is_found(installed):
    (installed.folder / "lamp.py").write_text("LIGHT = 2\n")
    assert installed.found() == [("lamp", "lamp.py was changed")]


def test_a_file_that_is_gone_is_found(installed):
    (installed.folder / "lamp.py").unlink()
    assert installed.found() == [("lamp", "lamp.py is gone")]


def test_a_file_that_nobody_recorded_is_found(installed):
    (installed.folder / "start.pth").write_text("import lamp\n")
    assert installed.found() == [("-", "start.pth belongs to no distribution")]


def test_compiled_code_beside_the_sources_and_a_link_to_a_folder_are_found(installed, tmp_path):
    (installed.folder / "sitecustomize.pyc").write_bytes(b"runs at every start")
    (tmp_path / "elsewhere").mkdir()
    (installed.folder / "linked").symlink_to(tmp_path / "elsewhere")
    assert installed.found() == [
        ("-", "linked belongs to no distribution"),
        ("-", "sitecustomize.pyc belongs to no distribution"),
    ]


def test_a_folder_without_advisories_is_told(installed, tools, tmp_path):
    (installed.advisories / "X-0.json").unlink()
    (installed.advisories / "all.zip").write_bytes(b"")
    with pytest.raises(tools("advisories").NoAdvisories, match="unpacked"):
        installed.found(with_advisories=True)


def test_a_record_without_a_hash_is_found(installed):
    record = installed.folder / "lamp-1.5.dist-info" / "RECORD"
    record.write_text(record.read_text().replace(f"sha256={_digest('LIGHT = 1' + chr(10))},10", ","))
    assert installed.found() == [("lamp", "lamp.py is recorded without a hash")]


def test_a_distribution_without_a_record_is_found(installed):
    (installed.folder / "lamp-1.5.dist-info" / "RECORD").unlink()
    assert ("lamp", "has no record of its files") in installed.found()


def test_one_file_of_two_distributions_may_be_either_ones(installed):
    """Some put a LICENSE in one and the same place: the last one installed wins."""
    installed.put("torch", "1", "License-Expression: MIT")
    installed.lock.write_text(installed.lock.read_text() + f"torch==1 \\\n{HASH}")
    for name, text in (("lamp-1.5", "ours"), ("torch-1", "theirs")):
        with (installed.folder / f"{name}.dist-info" / "RECORD").open("a") as record:
            record.write(f"LICENSE,sha256={_digest(text)},\n")
    (installed.folder / "LICENSE").write_text("theirs")
    assert installed.found() == []
    (installed.folder / "LICENSE").write_text("nobody's")
    assert installed.found() == [("lamp", "LICENSE was changed"), ("torch", "LICENSE was changed")]


def test_what_no_lock_pins_is_found(installed):
    installed.put("candle", "1", "License-Expression: MIT")
    assert installed.found() == [("candle", "is installed, but no lock pins it")]


@pytest.mark.parametrize("name", ["advertentiemonitor", "pip"])
def test_ours_and_what_python_brings_need_no_pin(installed, name):
    installed.put(name, "1", "License-Expression: MIT")
    assert installed.found() == []


def test_another_version_is_found(installed):
    installed.lock.write_text(installed.lock.read_text().replace("1.5", "1.6"))
    assert installed.found() == [("lamp", "is 1.5, but pinned at 1.6")]


def test_a_pin_for_another_python_does_not_count(installed):
    pin = f"lamp==1.5 ; python_full_version < '3.0' \\\n{HASH}lamp==1.6 ; python_full_version >= '3.0' \\\n{HASH}"
    installed.lock.write_text(pin)
    assert installed.found() == [("lamp", "is 1.5, but pinned at 1.6")]


def test_a_pin_without_a_hash_is_found(installed):
    installed.lock.write_text("lamp==1.5\n")
    assert installed.found() == [("lamp", "is pinned without a hash")]


@pytest.mark.parametrize("line", ["lamp>=1.5", "lamp", "lamp==1.*", "lamp @ file:///lamp.whl", "-r other.txt"])
def test_a_lock_that_pins_no_version_cannot_be_read(installed, tools, line):
    installed.lock.write_text(f"{line}\n{HASH}")
    with pytest.raises(tools("lock").LockUnread, match="line 1"):
        installed.found()


@pytest.mark.parametrize(
    ("licence", "what"),
    [
        ("License-Expression: GPL-3.0-only", f"{REFUSED}: GPL-3.0-only"),
        ("License-Expression: MIT AND AGPL-3.0-only", f"{REFUSED}: MIT AND AGPL-3.0-only"),
        ("License-Expression: MIT WITH LLVM-exception", f"{REFUSED}: MIT WITH LLVM-exception"),
        ("License: ask me", UNKNOWN),
        ("Summary: none told", UNKNOWN),
        (f"{CLASSIFIER} MIT License\n{CLASSIFIER} GNU Affero General Public License v3", UNKNOWN),
    ],
)  # fmt: skip
def test_a_licence_that_is_not_on_the_list_is_found(installed, licence, what):
    installed.put("candle", "1", licence)
    installed.lock.write_text(installed.lock.read_text() + f"candle==1 \\\n{HASH}")
    assert installed.found() == [("candle", what)]


@pytest.mark.parametrize(
    "licence",
    ["License-Expression: GPL-3.0-only OR MIT", "License-Expression: (MIT OR GPL-2.0-only) AND ISC", "License: mit",
     "Classifier: License :: OSI Approved :: Apache Software License", "License: Apache 2.0"],
)  # fmt: skip
def test_a_licence_on_the_list_is_none(installed, licence):
    installed.put("candle", "1", licence)
    installed.lock.write_text(installed.lock.read_text() + f"candle==1 \\\n{HASH}")
    assert installed.found() == []


def _range(*events: tuple[str, str], kind: str = "ECOSYSTEM") -> dict[str, object]:
    return {"ranges": [{"type": kind, "events": [{event: at} for event, at in events]}]}


@pytest.mark.parametrize(
    ("affected", "is_hit"),
    [
        (_range(("introduced", "0")), True),
        (_range(("introduced", "0"), ("fixed", "1.5")), False),
        (_range(("introduced", "0"), ("fixed", "1.5.1")), True),
        (_range(("introduced", "1.6"), ("fixed", "2")), False),
        (_range(("introduced", "0"), ("last_affected", "1.5")), True),
        (_range(("introduced", "0"), ("last_affected", "1.4")), False),
        (_range(("introduced", "0"), ("fixed", "1.2"), ("introduced", "1.4"), ("fixed", "1.6")), True),
        (_range(("fixed", "1.6"), ("introduced", "1.4"), ("fixed", "1.2"), ("introduced", "0")), True),
        (_range(("introduced", "0"), ("fixed", "1.10")), True),  # numbers, not letters
        (_range(("introduced", "0"), kind="GIT") | {"versions": ["1.4"]}, False),
        ({"versions": ["1.4", "1.5.0"]}, True),
        ({"versions": ["1.4", "of long ago"]}, False),
        ({}, True),
    ],
)
def test_a_weakness_is_found_by_its_versions(installed, affected, is_hit):
    installed.warn(**affected)
    assert installed.found(with_advisories=True) == [("lamp", "1.5 has a known weakness: X-1")] * is_hit


def test_a_pinned_version_is_looked_up_where_it_is_not_installed(installed):
    installed.lock.write_text(f"{installed.lock.read_text()}candle==2 ; sys_platform == 'win32' \\\n{HASH}")
    installed.warn("Candle", **_range(("introduced", "0")))
    assert installed.found(with_advisories=True) == [("candle", "2 has a known weakness: X-1")]


def test_a_weakness_of_another_ecosystem_or_withdrawn_is_none(installed):
    installed.warn(ecosystem="npm")
    assert installed.found(with_advisories=True) == []
    installed.warn()
    path = installed.advisories / "X-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"withdrawn": "2026-01-01T00:00:00Z"}))
    assert installed.found(with_advisories=True) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI"}}]}',
                                  '{"id": "X-1", "affected": 3}'])  # fmt: skip
def test_an_advisory_that_cannot_be_read_is_not_passed_over(installed, tools, text):
    (installed.advisories / "X-2.json").write_text(text)
    with pytest.raises(tools("advisories").AdvisoryUnread, match=r"X-2\.json"):
        installed.found(with_advisories=True)


def test_every_installed_distribution_is_pinned_with_a_licence_we_may_use(tools):
    """All but the files themselves, which `make audit` goes through."""
    audit, lock = tools("audit"), tools("lock")
    pins, licences = [pin for path in lock.LOCKS for pin in lock.read(path)], tools("licences").Licences.read()
    folders = [folder for folder in sys.path if Path(folder).name == "site-packages"]
    installed = list(distributions(path=folders))
    assert len(installed) > 200
    assert all(pin.hashes for pin in pins)
    told = [
        (dist.name, what) for dist in installed for what in audit._of_version(canonicalize_name(dist.name), dist, pins)
    ]
    told += [(dist.name, what) for dist in installed for what in audit._of_licence(dist, licences)]
    assert told == []


def test_without_advisories_the_audit_does_not_call_itself_complete(tools, monkeypatch, capsys, installed):
    audit = tools("audit")
    monkeypatch.setattr(sys, "path", [str(installed.folder)])
    monkeypatch.setattr(audit.lock, "LOCKS", (installed.lock,))
    monkeypatch.setattr(sys, "argv", ["audit"])
    assert audit.main() == 0
    assert "no advisories given: known weaknesses were not checked" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["audit", "--advisories", str(installed.advisories)])
    installed.warn()
    assert audit.main() == 1
    assert (
        capsys.readouterr().out
        == "lamp: 1.5 has a known weakness: X-1\n1 distributions: 1 findings; held against 2 advisories.\n"
    )


def test_the_bill_of_materials_is_valid_whole_and_the_same_again(tools):
    made = [
        subprocess.run([sys.executable, "-P", SUPPLY / "sbom.py"], capture_output=True, check=True, text=True,
                       env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert made[0] == made[1]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made[0]) is None
    bill = json.loads(made[0])
    lock = tools("lock")
    pins = {f"{pin.name}@{pin.version}": pin for pin in lock.read(lock.LOCKS[0]) if pin.counts()}
    pins_by_name = {pin.name: pin.version for pin in pins.values()}
    parts = {part["bom-ref"]: part for part in bill["components"]}
    assert parts.keys() == pins.keys()
    for name, part in parts.items():
        assert {(each["alg"], each["content"]) for each in part["hashes"]} == {
            ("SHA-256", digest) for _, digest in pins[name].hashes
        }
    assert {name: parts[f"{name}@{pins_by_name[name]}"]["scope"] for name in ("scrapy", "celery", "pytest", "moto")} == {
        "scrapy": "required", "celery": "required", "pytest": "excluded", "moto": "excluded",
    }  # fmt: skip
    asked = {each["ref"]: set(each.get("dependsOn", ())) for each in bill["dependencies"]}
    assert asked.keys() == {*pins, "advertentiemonitor"}
    for name, pin in pins.items():
        assert {asker.partition("@")[0] for asker, parts in asked.items() if name in parts} >= set(pin.via) & {
            pin.name for pin in pins.values()
        }


def test_a_change_of_the_bill_is_refused_by_the_schema(tools):
    """The validator is one that can say no."""
    broken = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "lamp"}]})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None
