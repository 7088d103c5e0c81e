"""Where collecting leaves what reading takes: the state folder, or S3-compatible object storage (`exchange`).

A place in a folder is a `Path`. One in object storage is an `ObjectPath`, with the few verbs of a path that are used of
what lies there. Written is with `writing` and `write`, in either: whole or not at all. In object storage one request puts
an object, which is there when the storage has taken all of it, never by halves and never in parts that stay behind.
How it is spoken to stands in `warehouse.object_storage`.
"""

import contextlib
import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import reduce
from itertools import takewhile
from operator import truediv
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from warehouse.errors import ExchangeKeepsVersions, StorageFull, WrongUse
from warehouse.object_storage import call, client, named

ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*)/?")
_ONE_PUT = 5 * 2**30  # the most that S3 takes in one request; what is cut in parts can leave some behind
_NO_WILDCARDS = str.maketrans("", "", "*?[")


@dataclass(frozen=True, slots=True, order=True)
class ObjectPath:
    """A place in a bucket; reads like a `Path`. Each call asks the storage anew: others write there too.

    Raises:
        ExchangeFailed: of each call that asks the storage: it cannot be reached, has no such bucket, or refuses us.
    """

    bucket: str
    key: str

    @classmethod
    def of(cls, address: str) -> Self:
        """Read an address.

        Raises:
            WrongUse: it is none.

        >>> str(ObjectPath.of("s3://bucket/some/prefix/") / "spool" / "nl_bord")
        's3://bucket/some/prefix/spool/nl_bord'
        """
        found = ADDRESS.fullmatch(address)
        if not found:
            raise WrongUse("The address of a place in object storage looks like s3://bucket/prefix.")
        return cls(found[1], found[2].lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def __truediv__(self, name: str) -> "ObjectPath":
        return ObjectPath(self.bucket, f"{self.key}/{name}" if self.key else name)

    @property
    def name(self) -> str:
        """Last part, as of a path."""
        return PurePosixPath(self.key).name

    @property
    def stem(self) -> str:
        """Last part without its suffix."""
        return PurePosixPath(self.key).stem

    @property
    def parent(self) -> "ObjectPath":
        """The place that this one is in."""
        return ObjectPath(self.bucket, self.key.rpartition("/")[0])

    def relative_to(self, other: "ObjectPath") -> PurePosixPath:
        """What leads here from another place."""
        return PurePosixPath(self.key).relative_to(other.key)

    def mkdir(self, mode: int = 0o777, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: there are no folders in object storage."""

    def exists(self) -> bool:
        """Tell whether there is an object here."""
        # A HEAD does not tell a missing object from a missing bucket. Of a prefix, the name itself is listed first.
        with named(self.bucket):
            first = call("list_objects_v2", Bucket=self.bucket, Prefix=self.key, MaxKeys=1).get("Contents", [])
        return [each["Key"] for each in first] == [self.key]

    def read_bytes(self) -> bytes:
        """Read the whole object.

        Raises:
            FileNotFoundError: there is none.
        """
        with named(self.bucket):
            content: bytes = client().cat_file(f"{self.bucket}/{self.key}", max_concurrency=1)
        return content

    def open(self, _mode: str = "rb") -> BinaryIO:
        """Open the object as it is now, for reading."""
        return io.BytesIO(self.read_bytes())

    def write_bytes(self, content: bytes) -> None:
        """Put an object in place of what is there, whole or not at all."""
        with named(self.bucket):
            client().pipe_file(f"{self.bucket}/{self.key}", content, chunksize=_ONE_PUT)

    def unlink(self, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - as of a path
        """Delete the object.

        Raises:
            FileNotFoundError: there is none, and that matters.
        """
        if not missing_ok and not self.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))
        with named(self.bucket):
            client().rm_file(f"{self.bucket}/{self.key}")

    def glob(self, pattern: str) -> Iterator["ObjectPath"]:
        """Give the objects under this place whose parts fit the parts of a pattern, in order."""
        return (path for path, _ in self.dated(pattern))

    def dated(self, pattern: str) -> Iterator[tuple["ObjectPath", float]]:
        """Do as `glob`, with when each was last written, in seconds since 1970 by the storage's clock."""
        parts = pattern.split("/")
        fixed = [*takewhile(lambda part: part.translate(_NO_WILDCARDS) == part, parts[:-1])]
        for path, written in reduce(truediv, fixed, self).under():
            found = path.relative_to(self).parts
            if len(found) == len(parts) and all(map(fnmatchcase, found, parts)):
                yield path, written

    def under(self) -> Iterator[tuple["ObjectPath", float]]:
        """Give all objects under this place, in order, with when each was last written."""
        asked = {"Bucket": self.bucket, "Prefix": f"{self.key}/" if self.key else ""}
        while True:
            with named(self.bucket):
                page = call("list_objects_v2", **asked)
            for each in page.get("Contents", []):
                moment: datetime = each["LastModified"]
                yield ObjectPath(self.bucket, each["Key"]), moment.timestamp()
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def keeps_versions(self) -> bool:
        """Tell whether the bucket keeps, or has kept of what is here, versions that deleting an object does not destroy."""
        with named(self.bucket):
            state = call("get_bucket_versioning", Bucket=self.bucket).get("Status")
        if state != "Suspended":
            return state is not None
        asked = {"Bucket": self.bucket, "Prefix": f"{self.key}/" if self.key else ""}
        while True:  # those of before it was suspended stay
            with named(self.bucket):
                page = call("list_object_versions", **asked)
            if any(each["VersionId"] != "null" for each in page.get("Versions", [])):
                return True
            if not page.get("IsTruncated"):
                return False
            asked |= {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


Place = Path | ObjectPath


def shared(exchange: str, state: Path) -> Place:
    """Give the place that collecting and reading share: an exchange where one is set, else the state folder."""
    return ObjectPath.of(exchange) if exchange else state


def refuse_versions(place: Place) -> None:
    """See that what is deleted from object storage is gone: that no older versions of objects are kept there, or will be.

    Raises:
        ExchangeKeepsVersions: they are.
        ExchangeFailed: the storage does not tell.
    """
    if isinstance(place, ObjectPath) and place.keeps_versions():
        raise ExchangeKeepsVersions(f"s3://{place.bucket}")


def dated(place: Place, pattern: str) -> list[tuple[Place, float]]:
    """Give the files or objects that fit a pattern, in order, with when each was last written (seconds since 1970).

    Others may take them away meanwhile.
    """
    if isinstance(place, ObjectPath):
        return list(place.dated(pattern))
    found: list[tuple[Place, float]] = []
    for path in sorted(place.glob(pattern)):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                found.append((path, path.stat().st_mtime))
    return found


def write(place: Place, content: bytes) -> None:
    """Write something whole or not at all, in place of what is there.

    Raises:
        StorageFull: the disk is full or read-only.
        ExchangeFailed: the storage did not take it.
    """
    with writing(place) as file, naming(place):
        file.write(content)


def writing(place: Place) -> AbstractContextManager[BinaryIO]:
    """Give what to write to; it gets its name when the block ends well, and leaves nothing when it does not.

    In a folder it is a file that only its owner may read, under a hidden name until it is on the disk; what a killed
    writer left there is removed by the next one to the same place. For object storage it is kept in memory: give nothing
    that may not leave this process.

    Raises:
        StorageFull, ExchangeFailed: as `write`. What is raised by writing itself is named with `naming`.
    """
    return _whole_object(place) if isinstance(place, ObjectPath) else _whole_file(place)


@contextmanager
def naming(place: Place) -> Iterator[None]:
    """Say what kept us from writing to a place."""
    try:
        yield
    except OSError as error:
        raise StorageFull(str(place.parent), error.strerror or errno.errorcode.get(error.errno or 0, "")) from None


@contextmanager
def _whole_object(place: ObjectPath) -> Iterator[BinaryIO]:
    content = io.BytesIO()
    yield content
    place.write_bytes(content.getvalue())


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}.part")
    with naming(path):
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    file = os.fdopen(handle, "wb")
    try:
        yield file
        with naming(path):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            part.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the new name itself must survive a power cut
            finally:
                os.close(folder)
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
