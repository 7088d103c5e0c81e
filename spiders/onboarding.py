"""Begin a new source: a class, a contract with gaps that have names, a test and a folder for recordings. Nothing is fetched."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal, get_args
from urllib.parse import urlsplit

from spiders import register
from spiders.addresses import is_loopback, origin_of
from spiders.classes import class_name
from spiders.entries import is_name
from spiders.errors import SourceExists, SourceUnfit
from spiders.fields import TODO
from spiders.recording import OWN_RECORDINGS, recordings_of

PageType = Literal["html", "json_ld", "feed", "sitemap"]
PAGE_TYPES: tuple[PageType, ...] = get_args(PageType)
TEMPLATES = Path(__file__).parent / "data" / "onboarding"


@dataclass(frozen=True, slots=True)
class Begun:
    """The files of a new source."""

    contract: Path
    module: Path
    test: Path
    recordings: Path


def begin(name: str, url: str, page_type: PageType, into: Path | None = None) -> Begun:
    """Write the files of a new source that begins at `url`. It is off, and its contract says what is still to be done.

    Args:
        name: as the register will have it: lower case, parts joined by underscores, the country first (`nl_marktplein`).
        url: the first index page, feed or sitemap; an address of this machine makes a synthetic source.
        page_type: what that page is.
        into: folder for the files; the installation's own where there is one, else among our sources.

    Raises:
        SourceUnfit: the name or the address cannot be one.
        SourceExists: a file of it is there already; nothing was written.
    """
    contract = (into or register.folders()[-1]) / f"{name}.yml"
    origin = origin_of(url)
    if not is_name(name):
        raise SourceUnfit(
            name, "a name is lower case, its parts joined by underscores, the country first: nl_marktplein"
        )
    if origin is None:
        raise SourceUnfit(name, "its address has to be the http(s) address of a page")
    parts = urlsplit(url)
    said = {
        "name": name,
        "title": name.partition("_")[2].replace("_", " ").capitalize() or name,
        "class_name": class_name(name),
        "kind": "synthetic" if is_loopback(url) else "live",
        "delay": "0" if is_loopback(url) else "15",
        "base_url": f"{parts.scheme}://{parts.netloc}",
        "path": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        "country": name.partition("_")[0],
        "todo": TODO,
    }
    made = _files(contract, name)
    reading = Template((TEMPLATES / f"reading_{page_type}.yml").read_text(encoding="utf-8")).substitute(said)
    texts = {
        made.contract: Template((TEMPLATES / "contract.yml").read_text(encoding="utf-8")).substitute(said) + reading,
        made.module: Template((TEMPLATES / "source.py.txt").read_text(encoding="utf-8")).substitute(said),
        made.test: Template((TEMPLATES / "test.py.txt").read_text(encoding="utf-8")).substitute(said),
    }
    register.parse(name, texts[made.contract])  # an address that does not fit is told before anything is written
    there = [path for path in (*texts, made.recordings) if path.exists()]
    if there or name in register.contracts():
        raise SourceExists(name, there[0] if there else register.contract_path(name))
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    made.recordings.mkdir(parents=True)
    return made


def _files(contract: Path, name: str) -> Begun:
    recordings = recordings_of(contract)
    above = OWN_RECORDINGS if contract.parent == register.SOURCES else contract.parent
    return Begun(contract, contract.with_suffix(".py"), above / f"test_{name}.py", recordings)
