"""A proofreader that never tires: words the house avoids, English in Dutch text, and sentences that are too long for B1.

Read are the templates, the pages of quality and accountability as made, and the Dutch handbooks.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports import accountability
from reports.accountability.facts import SystemFacts

ROOT = Path(__file__).parents[2]
HANDBOOKS = ("beleid", "handhaving", "analisten", "beheer")
MOST_WORDS = 30

# More is avoided in the reports themselves (test_wording.py); a handbook has to name what the figures are not about.
AVOIDED = re.compile(r"prostitu|\bhoer(en)?\b|\billega(al|le)\b", re.IGNORECASE)
ENGLISH = re.compile(
    r"\b(the|and|with|your|please|click|loading|settings|page|chart|estimate|advertiser|weekly|not found)\b",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"</?(?:p|h\d|li|td|th|tr|ul|ol|dl|dt|dd|div|section|caption|title|summary|figcaption|nav|header|footer|main|br)\b[^>]*>"
)


def html_text(source: str) -> str:
    """Give the text of a page or a template, an empty line between blocks; what is marked as English is left out."""
    for pattern in (
        r"<(script|style|svg)\b.*?</\1>",
        r'<small lang="en">.*?</small>',
        r"\{[%#].*?[%#]\}",
        r"<!--.*?-->",
    ):
        source = re.sub(pattern, " ", source, flags=re.DOTALL)
    source = re.sub(r"\{\{.*?\}\}", "x", source, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", _BLOCK.sub("\n\n", source))


def markdown_text(source: str) -> str:
    """Give the Dutch text of a handbook, an empty line between blocks; code is left out."""
    source = re.sub(r"^```.*?^```", "", source, flags=re.DOTALL | re.MULTILINE)
    source = re.sub(r"^(?: {4}|\t).*$", "", source, flags=re.MULTILINE)
    source = re.sub(r"`[^`]*`|\]\([^)]*\)|\[[a-z ]+\]", " ", source)
    return re.sub(r"^(?=[-#>]|\d+\. )|\|", "\n\n", source, flags=re.MULTILINE)


def sentences(text: str) -> Iterator[str]:
    """Give the sentences of blocks parted by empty lines."""
    for block in re.split(r"\n\s*\n", text):
        yield from (" ".join(part.split()) for part in re.split(r"(?<=[.!?:;])\s+", block))


def wrong(text: str) -> list[str]:
    """Name what a proofreader would mark."""
    found = [f"avoided: {match[0]}" for match in AVOIDED.finditer(text)]
    found += [f"English: {match[0]}" for match in ENGLISH.finditer(text)]
    return found + [
        f"too long: {sentence}" for sentence in sentences(text) if len(re.findall(r"[\w'’]+", sentence)) > MOST_WORDS
    ]


TEMPLATES = sorted(ROOT.glob("reports/templates/*.html.j2"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_reads_well(path):
    assert wrong(html_text(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", [name for name in HANDBOOKS if (ROOT / f"docs/{name}.md").is_file()])
def test_a_handbook_reads_well(name):
    assert wrong(markdown_text((ROOT / f"docs/{name}.md").read_text(encoding="utf-8"))) == []


def test_quality_and_accountability_read_well(fill):
    made = accountability.render(fill.snapshot(shut="nl_rubriek"), SystemFacts(), contact="beheer@gemeente.example")
    for name in (accountability.PAGE, accountability.QUALITY):
        assert wrong(html_text(made[name].decode())) == []


def test_the_proofreader_marks_what_it_should():
    long = " ".join(["woord"] * (MOST_WORDS + 1))
    page = f"<p>Prostituees</p><p>Click here</p><p>{long}.</p><p>Goed.</p><svg><title>page</title></svg>"
    assert [found.split(":")[0] for found in wrong(html_text(page))] == ["avoided", "English", "too long"]
    assert wrong(html_text('<h2>Relevantie <small lang="en">(the page)</small></h2>{% for page in pages %}')) == []
    assert wrong(markdown_text("Goed.\n\n    the code\n\n```\nthe page\n```\nZie `the page`.")) == []


def test_a_handbook_says_u_and_a_page_says_je():
    """Names of buttons (bold) are those of the page."""
    for name in HANDBOOKS:
        told = re.sub(r"\*\*.*?\*\*", "", markdown_text((ROOT / f"docs/{name}.md").read_text(encoding="utf-8")))
        assert not re.findall(r"\b(?:je|jij|jouw|jullie)\b", told, re.IGNORECASE), name
    for path in TEMPLATES:
        assert not re.findall(r"\b(?:u|uw)\b", html_text(path.read_text(encoding="utf-8")), re.IGNORECASE), path.name
