"""How object storage is spoken to, and in which words it is told that it did not do what was asked.

Endpoint and credentials come as every program for S3 takes them: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, ~/.aws/config.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from warehouse.errors import ExchangeFailed
from warehouse.machine import is_here

_PATIENCE = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}  # s3fs tries again besides


@contextmanager
def named(bucket: str) -> Iterator[None]:
    """Say in one sentence what the storage did not do.

    Raises:
        ExchangeFailed: it cannot be reached, has no such bucket, or refuses us.
    """
    try:
        yield
    except ImportError:
        how = "needs the extra `scale`: install advertentiemonitor[scale]"
        raise ExchangeFailed(f"s3://{bucket}", how) from None
    except Exception as error:
        how = _how(error)
        if not how:
            raise
        raise ExchangeFailed(f"s3://{bucket}", how) from None


class _InTheClear(Exception):
    """The endpoint is another machine and is not spoken to over TLS."""


def client() -> Any:
    """Give the file system of the storage; only inside `named`."""
    from s3fs import S3FileSystem  # type: ignore[import-untyped]  # slow to load, and there with an extra only

    # Instances are kept by the class itself, for each thread, and made anew after a fork.
    storage = S3FileSystem(use_listings_cache=False, config_kwargs=_PATIENCE)
    endpoint = urlsplit(storage.s3.meta.endpoint_url)  # of whatever variable or file named it
    if endpoint.scheme != "https" and not is_here(endpoint.hostname or ""):
        raise _InTheClear
    return storage


def call(verb: str, **asked: object) -> dict[str, Any]:
    """Ask something of S3 by its name; only inside `named`."""
    answer: dict[str, Any] = client().call_s3(verb, **asked)
    return answer


def _how(error: Exception) -> str:
    """Give what is wrong and its remedy; nothing for a missing object, or an error that is not the storage's."""
    from botocore import exceptions as said  # type: ignore[import-untyped]

    code = _code(error)
    if isinstance(error, FileNotFoundError) and code != "NoSuchBucket":
        return ""
    remedies: tuple[tuple[bool | tuple[type[Exception], ...], str], ...] = (
        (
            (_InTheClear,),
            "is not spoken to unencrypted on another machine: give AWS_ENDPOINT_URL an address with https",
        ),
        (code == "NoSuchBucket", "is not there: make the bucket, or mend ADVERTENTIEMONITOR_EXCHANGE"),
        ((PermissionError,), "refuses us: give these credentials the right to list, read, write and delete there"),
        (
            (said.NoCredentialsError, said.PartialCredentialsError, said.ProfileNotFound),
            "needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
        ),
        ((said.SSLError,), "has no certificate that we trust: name the authority that signed it with AWS_CA_BUNDLE"),
        (
            (said.ConnectionError, said.HTTPClientError, TimeoutError),
            "cannot be reached: see that AWS_ENDPOINT_URL is right and that the storage runs",
        ),
        ("endpoint" in str(error) and (ValueError,), "cannot be reached: AWS_ENDPOINT_URL is no address"),
        (
            (said.BotoCoreError, OSError),
            f"did not do what was asked ({code or type(error).__name__}): look in the log of the storage",
        ),
    )
    fits = (how for what, how in remedies if (what if isinstance(what, bool) else isinstance(error, what)))
    return next(fits, "")


def _code(error: Exception) -> str:
    answer = getattr(error.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))
