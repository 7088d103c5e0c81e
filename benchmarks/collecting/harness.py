"""What the measurements of collecting share: crawls in processes of their own, and a proxy that changes pages on their way."""

import asyncio
import contextlib
import multiprocessing
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from spiders import classes, crawl, register
from spiders.crawl import Manner
from warehouse.records import CrawlLog, Listing, Presence, Validators

AGENT = "Advertentiemonitor/1 (meting; +beheer@gemeente.example)"


@dataclass
class Memory:
    """Sink and memory of a crawl, as dictionaries; `known` maps a listing to the card with which it was last read."""

    known: dict[str, str] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    records: list[Listing | Presence] = field(default_factory=list)

    def write(self, record: Listing | Presence) -> None:
        self.records.append(record)

    def is_fresh(self, listing_id: str, card: str, day: date) -> bool:  # noqa: ARG002 - a protocol's signature
        return self.known.get(listing_id) == card

    def before(self) -> int:
        return len(self.last)

    def was_there(self, listing_id: str) -> bool:
        return listing_id in self.last

    def validators(self, listing_id: str) -> Validators | None:  # noqa: ARG002 - a protocol's signature
        return None

    def note(self, listing_id: str, card: str, read_day: date | None, validators: Validators | None = None) -> None:  # noqa: ARG002
        if read_day is not None:
            self.known[listing_id] = card

    def texts(self) -> dict[str, tuple[str, ...]]:
        """What was read, by listing."""
        read = [record for record in self.records if isinstance(record, Listing)]
        fields = ("title", "body", "place", "contact", "category", "posted_date")
        return {each.listing_id: tuple(str(getattr(each, name) or "") for name in fields) for each in read}


@dataclass(frozen=True)
class Job:
    """One crawl of a source of the register, or of the contract at `contract`."""

    source: str
    url: str
    day: date
    known: dict[str, str] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    history: Sequence[CrawlLog] = ()
    delay: float | None = 0.0
    contract: Path | None = None


@dataclass(frozen=True)
class Done:
    log: CrawlLog
    known: dict[str, str]
    texts: dict[str, tuple[str, ...]]
    seconds: float
    present: frozenset[str] = frozenset()


def run(job: Job) -> Done:
    """Crawl in this process; once in a process only."""
    memory = Memory(dict(job.known), job.last)
    contract = job.contract or register.contract_path(job.source)
    start = time.perf_counter()
    log = crawl.crawl_with(
        classes.class_of(contract),
        register.read_entry(contract),
        job.day,
        memory,
        memory,
        Manner(AGENT, job.url, job.delay, None, job.history),
    )
    spent = time.perf_counter() - start
    return Done(log, memory.known, memory.texts(), spent, frozenset(each.listing_id for each in memory.records))


def run_all(jobs: Sequence[Job], together: int = 2) -> list[Done]:
    """Crawl each job in a process of its own, a few at a time; give what came of them in order."""
    with multiprocessing.get_context("fork").Pool(together, maxtasksperchild=1) as pool:
        return pool.map(run, jobs, chunksize=1)


Change = Callable[[str, bytes], bytes]


@contextmanager
def changed(origin: str, change: Change, asked: list[str] | None = None) -> Iterator[str]:
    """Serve what stands at `origin`, each page of HTML changed on its way; `change` gets path and body.

    The paths that were asked for are added to `asked`, robots.txt and its like included.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.path)
            try:
                with urllib.request.urlopen(origin + self.path) as answer:
                    status, kind, body = answer.status, answer.headers["Content-Type"], answer.read()
            except urllib.error.HTTPError as error:
                status, kind, body = error.code, error.headers["Content-Type"], error.read()
            body = body.replace(origin.encode(), here.encode())
            if (kind or "").startswith("text/html"):
                body = change(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Served:
    """Pages out of memory, in a process of their own; `asked` gives when each request came in, and its path."""

    url: str
    _pipe: Connection

    def asked(self) -> list[tuple[float, str]]:
        self._pipe.send(None)
        return self._pipe.recv()


def _serve(made: dict[str, bytes], pipe: Connection) -> None:
    asked: list[tuple[float, str]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                asked.append((time.monotonic(), path))
                body = made.get(path)
                if body is not None and body.startswith(b"HTTP/"):  # a whole answer, headers and all
                    writer.write(body)
                else:
                    status = b"200 OK" if body is not None else b"404 Not Found"
                    kind = b"text/plain" if path == "/robots.txt" else b"text/html; charset=utf-8"
                    answer = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                    writer.write(answer % (status, kind, len(body or b""), body or b""))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        asyncio.get_running_loop().add_reader(pipe.fileno(), lambda: pipe.send((pipe.recv(), asked)[1]))
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def served(made: dict[str, bytes]) -> Iterator[Served]:
    """Serve pages (path with query -> body, or a whole answer that begins with HTTP/) until the block ends."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    process = fork.Process(target=_serve, args=(made, theirs), daemon=True)
    process.start()
    try:
        yield Served(f"http://127.0.0.1:{ours.recv()}", ours)
    finally:
        process.kill()
        process.join()
