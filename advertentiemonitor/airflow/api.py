"""The few calls of Airflow's REST API that this program makes, over loopback."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from advertentiemonitor.errors import AirflowRefused, AirflowSilent

_FAILED = ("failed", "upstream_failed")
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of one DAG. `state` is queued, running, success or failed."""

    dag: str
    run_id: str
    state: str


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task of a run, mapped tasks one by one. `name` has its place in brackets."""

    name: str
    state: str

    @property
    def is_failed(self) -> bool:
        """Whether it failed, or was never begun because one before it failed."""
        return self.state in _FAILED


class AirflowApi:
    """A client that logs in when it must and asks again when the server is busy.

    Args:
        url: address of the API server, without a path.
        user: name of the user.
        password: kept in memory only.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._login = {"username": user, "password": password}
        # Environment variables may name a proxy; there is none between us and our own machine.
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def warm_up(self) -> bool:
        """Call the part that tasks talk to, and tell whether it answered: its first answer takes seconds."""
        try:
            return self._http.get("/execution/health", timeout=30).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def health(self) -> dict[str, str]:
        """Give `metadatabase`, `scheduler` and `dag_processor` with `healthy` or what they are; empty without answer."""
        try:
            answer = self._http.get("/api/v2/monitor/health", timeout=5)
            parts = answer.json() if answer.status_code == httpx.codes.OK else {}
        except (httpx.HTTPError, ValueError):
            return {}
        return {name: str(part["status"]) for name, part in parts.items() if part and part.get("status")}

    def dags(self) -> dict[str, bool]:
        """Give the DAGs that Airflow has read, each with whether it is paused."""
        found = self._call("GET", "/dags", params={"limit": 100, "exclude_stale": True})["dags"]
        return {dag["dag_id"]: bool(dag["is_paused"]) for dag in found}

    def import_errors(self) -> list[str]:
        """Names of the DAG files that cannot be read."""
        errors = self._call("GET", "/importErrors", params={"limit": 100})["import_errors"]
        return sorted({str(error["filename"]) for error in errors})

    def make_pools(self, pools: Mapping[str, int], description: str) -> None:
        """Make pools of so many places each; those that exist stay as they are."""
        wanted = [
            {"name": name, "slots": slots, "description": description, "include_deferred": False}
            for name, slots in pools.items()
        ]
        action = {"action": "create", "entities": wanted, "action_on_existence": "skip"}
        self._call("PATCH", "/pools", json={"actions": [action]})

    def runs(self, dag: str, partition: str) -> list[DagRun]:
        """Runs of `dag` for `partition`, the newest first."""
        asked = {"partition_key_pattern": partition, "order_by": "-id", "limit": 100}
        found = self._call("GET", f"/dags/{dag}/dagRuns", params=asked)["dag_runs"]
        return [DagRun(dag, run["dag_run_id"], str(run["state"])) for run in found if run["partition_key"] == partition]

    def trigger(self, dag: str, partition: str) -> DagRun:
        """Start a run of `dag` for `partition`; an earlier run for it is no hindrance."""
        body = {"logical_date": None, "partition_key": partition}
        run = self._call("POST", f"/dags/{dag}/dagRuns", json=body)
        return DagRun(dag, run["dag_run_id"], str(run["state"]))

    def tasks(self, run: DagRun) -> list[TaskState]:
        """States of the tasks of a run."""
        path = f"/dags/{run.dag}/dagRuns/{run.run_id}/taskInstances"
        found = self._call("GET", path, params={"limit": 1000})["task_instances"]
        return [
            TaskState(
                task["task_id"] + (f"[{task['rendered_map_index']}]" if task["rendered_map_index"] else ""),
                str(task["state"] or "waiting"),
            )
            for task in found
        ]

    def _call(self, method: str, path: str, **how: Any) -> Any:
        """Call, and again for half a minute while the server is too busy to answer."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answer = self._ask(method, path, how)
            may_pass = answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            # A call that starts a run is not made twice: the first may have come through.
            if not may_pass or method == "POST" or time.monotonic() > until:
                break
            time.sleep(1)
        if answer is None:
            raise AirflowSilent(f"{method} {path}")
        if answer.is_error:
            raise AirflowRefused(f"{method} {path}", answer.status_code)
        return answer.json()

    def _ask(self, method: str, path: str, how: Mapping[str, Any]) -> httpx.Response | None:
        """Make one call, logging in before the first and when that ran out; None when there was no answer."""
        with contextlib.suppress(httpx.TransportError):
            if "Authorization" not in self._http.headers:
                self._log_in()
            answer = self._http.request(method, f"/api/v2{path}", **how)
            if answer.status_code == httpx.codes.UNAUTHORIZED:  # a login holds for a day, and nothing was done
                self._log_in()
                answer = self._http.request(method, f"/api/v2{path}", **how)
            return answer
        return None

    def _log_in(self) -> None:
        self._http.headers.pop("Authorization", None)
        answer = self._http.post("/auth/token", json=self._login)
        if answer.is_error:
            raise AirflowRefused("the login", answer.status_code)
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
