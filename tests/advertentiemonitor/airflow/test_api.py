"""The calls of Airflow's API, over real HTTP, to a server that lets a login run out."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from advertentiemonitor.airflow.api import AirflowApi
from advertentiemonitor.errors import AirflowRefused


class Forgetful(BaseHTTPRequestHandler):
    """Each login holds for two calls; `logins` and `done` count."""

    logins = 0
    left = 0
    done: list[str]

    def do_GET(self) -> None:
        kind = type(self)
        if self.headers["Authorization"] != f"Bearer {kind.logins}" or not kind.left:
            return self._answer(401, {})
        kind.left -= 1
        kind.done.append(self.path)
        return self._answer(200, {"dags": [], "dag_run_id": "a", "state": "queued"})

    def do_POST(self) -> None:
        kind = type(self)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/auth/token":
            return self.do_GET()
        if json.loads(body)["password"] != "right":
            return self._answer(401, {})
        kind.logins += 1
        kind.left = 2
        return self._answer(201, {"access_token": str(kind.logins)})

    def _answer(self, status: int, told: dict[str, object]) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Forgetful]]]:
    kind = type("Forgetful", (Forgetful,), {"done": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_address[1]}", kind
        made.shutdown()


def test_who_is_logged_out_logs_in_again_and_does_nothing_twice(server):
    url, kind = server
    with AirflowApi(url, "beheer", "right") as api:
        for _ in range(3):
            api.dags()
        assert [api.trigger("read", "2026-11-08").run_id for _ in range(2)] == ["a", "a"]
    assert kind.logins == 3
    assert len(kind.done) == 5


def test_a_password_that_is_wrong_is_told(server):
    url, kind = server
    with AirflowApi(url, "beheer", "wrong") as api, pytest.raises(AirflowRefused, match="401"):
        api.dags()
    assert kind.done == []
