"""Celery's settings with signed work: who can write to the queue cannot make a worker do anything.

Airflow's own task runs what its one argument says: any function, any log file. So the scheduler signs that argument, for one
queue, with a key that only it has (geheimen.sh), and a worker checks it right before it runs. Celery's own signing
(`celery.security`) does not do: it is a serializer, and a message of content type application/text passes by all of them;
nor does it sign for which queue.

A message that is put in the queue again runs nothing twice: Airflow lets a task begin only while it stands queued.
"""

# ruff: noqa: INP001 - found by PYTHONPATH (compose.yaml), for Celery wants the name of a module

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.exceptions import SecurityError
from celery.signals import heartbeat_sent
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

SECRETS = Path(os.environ.get("SECRETS", "/run/secrets"))
ALIVE = (
    Path(os.environ["AIRFLOW_HOME"]) / "worker-alive"
)  # touched with each heartbeat; compose.yaml looks how old it is


def signed(work: str, queue: str) -> str:
    """Seal work for one queue: a signature of Ed25519, a point, and what it signs.

    Raises:
        FileNotFoundError: there is no private key here.
    """
    key: Any = load_pem_private_key((SECRETS / "queue-signing.key").read_bytes(), password=None)
    text = json.dumps([queue, work])
    return f"{base64.b64encode(key.sign(text.encode())).decode()}.{text}"


def checked(sealed: str, queues: set[str]) -> str:
    """Give the work that was sealed.

    Raises:
        SecurityError: the scheduler did not sign it, or signed it for another queue.
    """
    key: Any = load_pem_public_key((SECRETS / "queue-signing.pub").read_bytes())
    signature, _, text = sealed.partition(".")
    try:
        key.verify(base64.b64decode(signature), text.encode())
    except (InvalidSignature, ValueError):
        raise SecurityError("This message was not signed by the scheduler.") from None
    queue, work = json.loads(text)
    if queue not in queues:
        raise SecurityError("This message was signed for another queue.")
    return str(work)


def _signing(send: Callable[..., Any]) -> Callable[..., Any]:
    def apply_async(task: Any, args: tuple[str], *, queue: str, **how: Any) -> Any:
        return send(task, args=(signed(args[0], queue),), queue=queue, **how)

    return apply_async


def _checking(run: Callable[[str], None]) -> Callable[[Any, str], None]:
    def check_and_run(task: Any, sealed: str) -> None:
        run(checked(sealed, set(task.app.amqp.queues.consume_from)))

    return check_and_run


def _beat(**_: Any) -> None:
    ALIVE.touch()


heartbeat_sent.connect(_beat)

CONFIG = DEFAULT_CELERY_CONFIG | {
    "task_annotations": {"execute_workload": {"@apply_async": _signing, "@run": _checking}},
    "worker_enable_remote_control": False,  # commands to workers come by the same queue, unsigned
    "result_accept_content": ["json"],
}
