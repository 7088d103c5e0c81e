"""The seeded filler as a fixture, and a strict reader of the pages that are made."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from reports.digest import Digest, render
from warehouse import db

VOID = {"meta", "br", "link", "img", "input", "hr"}
SELF_CLOSED = {"line", "rect", "circle", "polygon", "path"}


def _beside(name: str) -> ModuleType:
    """Load a module that lies beside this file."""
    spec = importlib.util.spec_from_file_location(f"reports_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def fill() -> ModuleType:
    return _beside("fill")


@pytest.fixture(scope="session")
def digests(fill: ModuleType) -> dict[str, Digest]:
    """The digest of each kind of day, by name (days.py)."""
    return {
        name: render(snapshot, contact="beheer@gemeente.example", variant=variant)
        for name, (snapshot, variant) in _beside("days").days(fill).items()
    }


@pytest.fixture(scope="session")
def released(server, fill) -> Iterator[Callable[[], db.Connection]]:
    """Connections as analist to thirteen weeks of figures, and a correction of the last day: a week of Enschede and one flow.

    Read it only; nothing of it may be changed.
    """
    name = "reports_released"
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"CREATE DATABASE {name} OWNER owner")
        with db.connect(server.dsn("owner", name)) as owner:
            db.migrate(owner)
            made = fill.snapshot(weeks=13, blocks=3)
            fill.insert(owner, made)
            week = [
                replace(row, advertiser_count=row.advertiser_count + 5, upper_count=row.upper_count + 5)
                for row in made.volumes
                if (row.period_code, row.period_start_date, row.area_code) == ("week", date(2026, 11, 2), "GM0153")
            ]
            fill.correct(owner, made, week, made.moves(made.last_block()))
        yield lambda: db.connect(server.dsn("analist", name))
        db.script(admin, f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class Settings:
    recipients: tuple[str, ...] = ("handhaving@gemeente.example",)
    outreach_recipients: tuple[str, ...] = ("hulpverlening@gemeente.example",)
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
        if not {"style", "script"} & set(self.stack):
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
