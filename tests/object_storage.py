"""Object storage on loopback, spoken to over HTTP as any other: the server of moto, with a bucket of the test's own."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

HOST = "127.0.0.1"
logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it says each request
_NUMBERS = count(1)
_MINE = {"AWS_ACCESS_KEY_ID": "who", "AWS_SECRET_ACCESS_KEY": "whatever", "AWS_DEFAULT_REGION": "us-east-1"}


class Storage:
    """A server with a bucket; it can be stopped and started on the same port, and keeps what it had."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address=HOST, port=0)
        self._server.start()
        self.port = int(self._server.get_host_and_port()[1])
        self.url = f"http://{HOST}:{self.port}"
        self.client = boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="who", aws_secret_access_key="x", region_name="us-east-1"
        )
        self.bucket = f"emmer-{next(_NUMBERS)}"
        self.client.create_bucket(Bucket=self.bucket)
        self.address = f"s3://{self.bucket}/proef"
        self.environment = _MINE | {"AWS_ENDPOINT_URL": self.url, "AWS_CONFIG_FILE": "/dev/null"}

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address=HOST, port=self.port)
        self._server.start()

    def contents(self) -> dict[str, bytes]:
        """All objects, as the keeper of the storage can read them."""
        found: dict[str, bytes] = {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            for each in page.get("Contents", []):
                found[each["Key"]] = self.client.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read()
        return found

    @contextmanager
    def asking_for_credentials(self) -> Iterator[None]:
        """Nobody is let in: no key of access was ever made here."""
        self._after(0)
        try:
            yield
        finally:
            self._after(10**9)

    def _after(self, requests: int) -> None:
        asked = urllib.request.Request(
            f"{self.url}/moto-api/reset-auth", data=str(requests).encode(), headers={"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(asked, timeout=30).close()

    def __repr__(self) -> str:
        return f"Storage({self.address})"


@contextmanager
def storage() -> Iterator[Storage]:
    """Object storage whose address and credentials stand in the environment, as an operator would set them."""
    made = Storage()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        forget()
        try:
            yield made
        finally:
            forget()
            made.stop()


def forget() -> None:
    """Let this process read its environment anew: a client is kept for as long as a process lives."""
    S3FileSystem.clear_instance_cache()


def options(made: Storage, **more: str) -> dict[str, Any]:
    """An environment for a program."""
    return {**made.environment, **more}
