"""The seeded filler as a fixture, and a strict reader of the pages that are made."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

VOID = {"meta", "br", "link", "img", "input", "hr"}
SELF_CLOSED = {"line", "rect", "circle", "polygon", "path"}


@pytest.fixture(scope="session")
def fill() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reports_fill", Path(__file__).with_name("fill.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Settings:
    recipients: tuple[str, ...] = ("handhaving@gemeente.example",)
    sender: str = "advertentiemonitor@gemeente.example"
    contact: str = "beheer@gemeente.example"


@pytest.fixture
def settings() -> Settings:
    return Settings()


@dataclass
class Page(HTMLParser):
    """Reads a page and keeps what tests ask about; a wrongly closed element is an error."""

    source: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()
        assert not self.stack, f"not closed: {self.stack}"

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), f"attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack[-1:] == [tag], f"</{tag}> closes {self.stack[-1:]}"
        self.stack.pop()

    def handle_data(self, data):
        if "style" not in self.stack:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words)).strip()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="session")
def read() -> Callable[[str | bytes], Page]:
    return lambda source: Page(source.decode() if isinstance(source, bytes) else source)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory) -> Callable[..., None]:
    """Run Debian's chromium on a local file; skips loudly without it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Debian's chromium is not installed: pages were not looked at in a browser")

    def run(page: Path, *options: str) -> str:
        profile = tmp_path_factory.mktemp("profile")
        base = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ]
        done = subprocess.run(
            [program, *base, f"--user-data-dir={profile}", *options, page.as_uri()],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return done.stdout

    return run
