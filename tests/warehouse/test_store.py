"""Object storage does as a folder does: for any sequence of uses, and when something dies or refuses."""

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_connection, create_server, socket

import pytest
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parents[1]))

import object_storage
from object_storage import HOST, Storage

from warehouse import spool
from warehouse.errors import ExchangeFailed, StorageFull, WrongUse
from warehouse.records import Listing
from warehouse.store import ObjectPath, Place, dated, shared, write, writing

KEY = b"k" * 32
NAMES = ("spool/nl_een/2026-10-12.spool", "spool/nl_een/2026-10-13.spool", "spool/nl_twee/2026-10-12.spool")
NAMES += ("spool/nl_een/2026-10-12.spool2", "epochs.json", "crawl/nl_een/2026-10-12.json")
PATTERNS = ("spool/*/*.spool", "*/nl_een/????-??-??.json", "*", "spool/nl_twee/*", "*/*/2026-10-12.*")


@pytest.fixture(scope="module")
def served() -> Iterator[Storage]:
    with object_storage.storage() as made:
        yield made


@pytest.fixture
def place(served) -> ObjectPath:
    """An empty bucket, whatever a test before left in it."""
    for key in served.contents():
        served.client.delete_object(Bucket=served.bucket, Key=key)
    return ObjectPath.of(served.address)


class Broken(Exception):
    """What ends a block of writing."""


class BothAlike(RuleBasedStateMachine):
    """The same done in a folder and in a bucket has the same outcome, and leaves the same."""

    served: Storage

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="admon-store-"))
        self.bucket = ObjectPath.of(f"s3://{self.served.bucket}/{self.folder.name}")

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def both(self, do: Callable[[Place], object], name: str) -> None:
        outcomes: list[object] = []
        for root in (self.folder, self.bucket):
            try:
                outcomes.append(do(root / name))
            except (FileNotFoundError, Broken) as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    @rule(name=st.sampled_from(NAMES), content=st.binary(max_size=64))
    def write(self, name: str, content: bytes) -> None:
        def do(place: Place) -> None:
            place.parent.mkdir(parents=True, exist_ok=True)
            write(place, content)

        self.both(do, name)

    @rule(name=st.sampled_from(NAMES), content=st.binary(max_size=64))
    def write_and_break(self, name: str, content: bytes) -> None:
        def do(place: Place) -> None:
            place.parent.mkdir(parents=True, exist_ok=True)
            with writing(place) as file:
                file.write(content)
                raise Broken

        self.both(do, name)

    @rule(name=st.sampled_from(NAMES))
    def read(self, name: str) -> None:
        self.both(lambda place: place.read_bytes(), name)

    @rule(name=st.sampled_from(NAMES), size=st.integers(0, 70))
    def read_a_piece(self, name: str, size: int) -> None:
        def do(place: Place) -> bytes:
            with place.open("rb") as file:
                return file.read(size)

        self.both(do, name)

    @rule(name=st.sampled_from(NAMES), missing_ok=st.booleans())
    def unlink(self, name: str, missing_ok: bool) -> None:
        self.both(lambda place: place.unlink(missing_ok=missing_ok), name)

    @rule(pattern=st.sampled_from(PATTERNS))
    def find(self, pattern: str) -> None:
        found = [sorted(self._told(root, path) for path, _ in dated(root, pattern)) for root in self.places()]
        assert found[0] == found[1]
        # `glob` of a folder gives folders too, which a bucket has not.
        globbed = [sorted(self._told(root, path) for path in root.glob(pattern)) for root in self.places()]
        assert [each for each in globbed[0] if (self.folder / each).is_file()] == globbed[1]

    @rule(name=st.sampled_from(NAMES))
    def exists(self, name: str) -> None:
        self.both(lambda place: (place.exists(), place.name, place.stem), name)

    @invariant()
    def alike(self) -> None:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        objects = [path for path, _ in self.bucket.under()]
        assert [self._told(self.folder, path) for path in files] == [self._told(self.bucket, path) for path in objects]

    def places(self) -> tuple[Place, Place]:
        return self.folder, self.bucket

    @staticmethod
    def _told(root: Place, path: Place) -> str:
        return str(path).removeprefix(str(root))[1:]


def test_a_bucket_does_as_a_folder_does_for_any_sequence_of_uses(served):
    BothAlike.served = served
    run_state_machine_as_test(
        BothAlike, settings=how(max_examples=10, stateful_step_count=12, deadline=None, database=None)
    )


def test_more_objects_than_one_answer_holds_are_all_listed(place, served, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")  # of the server; a real one gives a thousand
    for number in range(5):
        served.client.put_object(Bucket=served.bucket, Key=f"proef/crawl/nl_een/{number}.json", Body=b"")
    assert [path.stem for path in place.glob("crawl/*/*.json")] == ["0", "1", "2", "3", "4"]


def test_what_lies_beside_a_prefix_is_not_in_it(place, served):
    served.client.put_object(Bucket=served.bucket, Key="proef2/epochs.json", Body=b"")
    served.client.put_object(Bucket=served.bucket, Key="proef/epochs.json.old", Body=b"")
    assert not (place / "epochs.json").exists()
    assert [path.name for path in place.glob("*")] == ["epochs.json.old"]


def test_a_file_is_its_owners_only_and_has_no_other_name_when_it_is_whole(tmp_path):
    write(tmp_path / "epochs.json", b"{}")
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("epochs.json", 0o600)]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(StorageFull, match="No such file"):
        write(tmp_path / "none" / "epochs.json", b"{}")


@pytest.mark.parametrize("address", ["s3:/x", "http://x", "s3://E", "s3://emmer/../a", "s3://who:secret@emmer", ""])
def test_what_is_no_address_is_refused_without_being_repeated(address):
    with pytest.raises(WrongUse) as refused:
        ObjectPath.of(address)
    assert not address or address not in str(refused.value)


def test_without_an_address_the_state_folder_is_shared(tmp_path):
    assert shared("", tmp_path) == tmp_path


def listings(count: int) -> Iterator[Listing]:
    for number in range(count):
        yield Listing("nl_een", f"a{number}", "kanarie in de titel", "kanarie fluit " * 20, "Zutphen", "", "", None)


def test_what_is_put_is_sealed_whole_in_one_request_and_comes_back(place, served):
    path = place / "spool" / "nl_een" / "2026-10-12.spool"
    with spool.SpoolWriter(path, KEY) as sink:
        for listing in listings(900):
            sink.write(listing)
        assert served.contents() == {}
    content = served.contents()["proef/spool/nl_een/2026-10-12.spool"]
    assert len(content) > 200_000
    assert b"kanarie" not in content
    assert list(spool.read(path, KEY)) == list(listings(900))
    assert served.client.list_multipart_uploads(Bucket=served.bucket).get("Uploads", []) == []


PUTTING = """
import sys
from warehouse.store import ObjectPath, write
write(ObjectPath.of(sys.argv[1]), bytes(300_000))
"""


@pytest.mark.parametrize("passed", [150_000])
def test_a_writer_killed_in_the_middle_of_its_upload_leaves_what_was_there(place, served, passed):
    """What the storage took of it is behind a wall that lets so many bytes through."""
    target = place / "epochs.json"
    write(target, b"of before")
    with create_server((HOST, 0)) as door:
        url = f"http://{HOST}:{door.getsockname()[1]}"
        environment = {"PATH": "/usr/bin:/bin", **object_storage.options(served, AWS_ENDPOINT_URL=url)}
        with subprocess.Popen([sys.executable, "-c", PUTTING, str(target)], env=environment) as writer:
            client, _ = door.accept()
            with client, create_connection((HOST, served.port)) as onward:
                _let_through(client, onward, passed)
                writer.send_signal(signal.SIGKILL)
        assert writer.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"of before"
    assert list(served.contents()) == ["proef/epochs.json"]


def _let_through(client: socket, onward: socket, most: int) -> None:
    """Hand on so many bytes of an upload; what the storage answers meanwhile (go on: 100) goes back."""

    def back() -> None:
        with suppress(OSError):
            while piece := onward.recv(65536):
                client.sendall(piece)

    threading.Thread(target=back, daemon=True).start()
    left = most
    while left > 0 and (piece := client.recv(min(left, 65536))):
        onward.sendall(piece)
        left -= len(piece)
    assert left == 0


def test_a_bucket_that_is_not_there_is_never_taken_for_an_empty_one(served):
    nowhere = ObjectPath.of("s3://no-such-bucket/proef")
    for use in (
        nowhere.exists,
        (nowhere / "x").read_bytes,
        lambda: (nowhere / "x").unlink(missing_ok=True),
        lambda: list(nowhere.glob("*")),
        lambda: write(nowhere / "x", b""),
    ):
        with pytest.raises(ExchangeFailed, match="no-such-bucket is not there: make the bucket") as told:
            use()
        assert told.value.exit_code == 1


def test_wrong_credentials_are_one_sentence_without_them(place, served):
    with served.asking_for_credentials():
        for use in (
            (place / "x").exists,
            (place / "x").read_bytes,
            lambda: list(place.glob("*")),
            lambda: write(place / "x", b""),
        ):
            with pytest.raises(ExchangeFailed, match="refuses us: give these credentials the right") as told:
                use()
            assert "whatever" not in str(told.value)


def test_no_credentials_at_all_are_one_sentence(place, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    object_storage.forget()
    with pytest.raises(ExchangeFailed, match="needs credentials: set AWS_ACCESS_KEY_ID"):
        place.exists()
    object_storage.forget()


@pytest.mark.parametrize(
    ("url", "told"), [("no address", "AWS_ENDPOINT_URL is no address"), ("http://127.0.0.1:1", "cannot be reached")]
)
def test_a_wrong_endpoint_is_one_sentence(place, monkeypatch, url, told):
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    object_storage.forget()
    with pytest.raises(ExchangeFailed, match=told):
        place.exists()
    object_storage.forget()


def test_without_the_extra_it_is_one_sentence(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ExchangeFailed, match="needs the extra `scale`"):
        place.exists()


@pytest.mark.parametrize("url", ["http://192.0.2.1:9000", "http://opslag.gemeente.example"])
def test_another_machine_is_not_spoken_to_unencrypted(place, monkeypatch, tmp_path, url):
    """Wherever its address comes from; nothing is sent before that is known."""
    config = tmp_path / "config"
    config.write_text(f"[default]\nendpoint_url = {url}\n")
    for name, value in (("AWS_ENDPOINT_URL", url), ("AWS_CONFIG_FILE", str(config))):
        monkeypatch.setenv(name, value)
        object_storage.forget()
        with pytest.raises(ExchangeFailed, match="unencrypted"):
            write(place / "epochs.json", b"{}")
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    object_storage.forget()


def test_a_bucket_keeps_versions_while_it_was_told_to_or_has_some_left(served):
    bucket = f"{served.bucket}-versioned"
    served.client.create_bucket(Bucket=bucket)
    place = ObjectPath.of(f"s3://{bucket}/proef")

    def switched(state: str) -> None:
        served.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": state})

    assert not place.keeps_versions()
    switched("Enabled")
    assert place.keeps_versions()
    (place / "epochs.json").write_bytes(b"{}")
    switched("Suspended")
    assert place.keeps_versions()  # deleted from now on, that one would stay
    for version in served.client.list_object_versions(Bucket=bucket)["Versions"]:
        served.client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    assert not place.keeps_versions()
    (place / "epochs.json").write_bytes(b"{}")
    assert not place.keeps_versions()
