"""One Chromium a session, the whole site in a folder, and visits that write down everything that goes wrong.

The browser reaches nothing but the server that a test starts on the loopback.
"""

import functools
import http.server
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reports import accountability, dashboard, digest
from reports.accountability.facts import KeyFact, ReceiptFact, SourceFact, SystemFacts

CONTACT = "beheer@gemeente.example"
NOTICE = "Dit zijn cijfers van een verzonnen markt."
FACTS = SystemFacts(
    organisation="Gemeente Voorbeeld",
    sources=(SourceFact("nl_rubriek", "Voorbeeld BV", "gamma", "statistiek", "DPIA-1", date(2027, 1, 1), True),),
    keys=(KeyFact("pseudonym", "E0002", "destroyed", date(2026, 10, 12)),),
    receipts=(ReceiptFact("load", 112, date(2026, 10, 12), date(2026, 11, 8), 31_000),),
    objections=2,
)


def everything(fill: ModuleType, *, text: str = "", weeks: int = 8) -> dict[str, bytes]:
    """Make every page that this project shows anyone, and the downloads; with `text` in each free text of a release."""

    def released(**options):
        made = fill.snapshot(weeks=weeks, shut="nl_rubriek", blind={fill.DAY.replace(day=3)}, **options)
        made = fill.replace(made, languages=fill.languages([max(row.block_start_date for row in made.shares)]))
        return fill.dressed(made, text) if text else made

    made = released()
    mail = digest.render(released(changed=True), contact=CONTACT, notice=NOTICE)
    pack = accountability.render(made, FACTS, contact=CONTACT, notice=NOTICE)
    return {
        **dashboard.render(made, contact=CONTACT, notice=NOTICE),
        "dagbericht.html": mail.html.encode(),
        "dagbericht-mail.html": mail.mail_html.encode(),
        "hulpverlening.html": digest.render(made, contact=CONTACT, variant="outreach").html.encode(),
        **{f"pakket/{name}": data for name, data in pack.items()},  # the quality report is in it
    }


def put(content: dict[str, bytes], folder: Path) -> Path:
    """Write files into a folder."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def folder(fill, tmp_path_factory) -> Path:
    """The whole site."""
    return put(everything(fill), tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def engine() -> Iterator[Browser]:
    """Debian's Chromium; skips loudly without it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Debian's chromium is not installed: pages were not looked at in a browser")
    with sync_playwright() as playwright:
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", rules])
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page and what went wrong on it: complaints of the console (policy violations are there too), errors, dialogs."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.wrong.append(said.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

        def heard(dialog):
            self.dialogs.append(dialog.message)
            dialog.dismiss()

        self.page.on("dialog", heard)


@pytest.fixture
def visit(engine) -> Iterator[Callable[..., Visit]]:
    """Open an empty page in a context with the given options (colour scheme, size, script or none)."""
    contexts = []

    def opened(*, width: int = 1280, height: int = 900, **options) -> Visit:
        context = engine.new_context(viewport={"width": width, "height": height}, **options)
        context.add_init_script("window.printed = 0; window.print = () => { window.printed += 1 }")  # no printer here
        contexts.append(context)
        return Visit(context.new_page())

    yield opened
    for context in contexts:
        context.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass

    def end_headers(self) -> None:
        # A server's own strict policy comes on top of the one in the page; it must change nothing.
        path = Path(self.translate_path(self.path))
        if path.suffix == ".html" and path.is_file():
            source = path.read_text(encoding="utf-8")
            found = re.search(r'Content-Security-Policy" content="([^"]+)"', source)
            if found:
                self.send_header("Content-Security-Policy", found[1].replace("&#39;", "'") + "; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback; gives its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def address(folder) -> Iterator[str]:
    """Where the site is served."""
    with served(folder) as found:
        yield found


@pytest.fixture(scope="session")
def whole(fill) -> Callable[..., dict[str, bytes]]:
    """`everything`, for tests that want another site."""
    return functools.partial(everything, fill)


@pytest.fixture(scope="session")
def write() -> Callable[[dict[str, bytes], Path], Path]:
    """`put`, for tests that want another site."""
    return put
