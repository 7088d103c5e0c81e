"""The digest as PDF/UA-1: what a reader's software finds in it, and that it says what the other forms say."""

import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import digest
from reports.digest import pdf

FONTS = {"LibertinusSerif-Regular", "LibertinusSerif-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold"}
HOSTILE = (
    "#panic() $x$ *b* _i_ @ref <label> `raw` [c] \\ \\u{41} // /* \" ' \0 \u202eomgekeerd\u202c \u200f 日本 😀 = kop - - "
    '#image("/etc/passwd") #sys.inputs ' + "w" * 300
)


@pytest.fixture(scope="module")
def opened(digests):
    return {name: pikepdf.open(io.BytesIO(one.pdf)) for name, one in digests.items()}


def elements(document):
    """Give the elements of the structure tree in reading order."""
    found = []

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for each in node:
                walk(each)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node.K)

    walk(document.Root.StructTreeRoot.K)
    return found


def kinds(document):
    return [str(node.S) for node in elements(document)]


def marks(node):
    """Give the numbers of the marked content in a part of the structure tree."""
    if isinstance(node, pikepdf.Array):
        return [mark for each in node for mark in marks(each)]
    if isinstance(node, pikepdf.Dictionary):
        return marks(node.get("/K", node.get("/MCID", pikepdf.Array())))
    return [int(node)]


def to_unicode(font):
    """Read the map from glyphs to text of a font."""
    table = {}
    text = font.ToUnicode.read_bytes().decode("latin-1")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for glyph, letters in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            table[int(glyph, 16)] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for low, high, first in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for step in range(int(high, 16) - int(low, 16) + 1):
                table[int(low, 16) + step] = chr(int(first, 16) + step)
    return table


def shown(document):
    """Give what is drawn on the pages outside charts: page, operands, operator."""
    charts = {mark for node in elements(document) if str(node.S) == "/Figure" for mark in marks(node.K)}
    inside = [False]
    for page in document.pages:
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in ("BDC", "BMC"):
                named = operands[1] if len(operands) > 1 and isinstance(operands[1], pikepdf.Dictionary) else {}
                inside.append(inside[-1] or ("/MCID" in named and int(named["/MCID"]) in charts))
            elif str(operator) == "EMC":
                inside.pop()
            elif not inside[-1]:
                yield page, operands, str(operator)


def words(document):
    """Read the text of the pages, without that of charts, which are drawings of their own."""
    made = []
    table = {}
    for page, operands, operator in shown(document):
        if operator == "Tf":
            table = to_unicode(page.Resources.Font[str(operands[0])])
        elif operator in ("Tj", "TJ"):
            for part in operands[0] if operator == "TJ" else operands:
                if isinstance(part, pikepdf.String):
                    raw = bytes(part)
                    glyphs = (raw[at : at + 2] for at in range(0, len(raw), 2))
                    made.append("".join(table.get(int.from_bytes(glyph), "") for glyph in glyphs))
        elif operator == "ET":
            made.append(" ")
    return re.sub(r"\s+", " ", "".join(made)).strip()


def numbers(text):
    return Counter(re.findall(r"\d+(?:[.,]\d+)*%?", text))


def test_every_digest_is_one_tagged_page_in_dutch_with_a_title(opened, digests):
    for name, document in opened.items():
        root = document.Root
        assert len(document.pages) == 1, name
        assert root.MarkInfo.Marked
        assert str(root.Lang).startswith("nl")
        assert root.ViewerPreferences.DisplayDocTitle
        with document.open_metadata() as known:
            assert known["pdfuaid:part"] == "1"
            assert known["dc:title"].startswith("Dagbericht ")
            assert str(digests[name].day.year) in known["dc:title"]


def test_headings_tables_and_charts_are_what_they_are(opened, digests):
    for name, document in opened.items():
        found = kinds(document)
        levels = [int(kind[2:]) for kind in found if re.fullmatch(r"/H[1-6]", kind)]
        assert levels[:2] == [1, 2], name
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), name
        has_tables = "THUIS, CLUB OF ESCORT" in digests[name].text
        assert ({"/Table", "/THead", "/TH", "/TD"} <= set(found)) == has_tables, name
        figures = [node for node in elements(document) if str(node.S) == "/Figure"]
        assert len(figures) == 2
        assert all("marge" in str(node.Alt) for node in figures), name
    found = kinds(opened["outreach_monday"])
    assert found.count("/Table") == 6  # shares, moves and languages, each in two
    assert found.count("/THead") == 6
    assert found.count("/TH") == 4 * 3 + 2 * 2


def test_the_alternative_of_a_chart_gives_its_figures(opened, digests):
    [chart, _] = [str(node.Alt) for node in elements(opened["half_year"]) if str(node.S) == "/Figure"]
    assert chart.count("Week ") == 26
    assert "Week 45 (2 t/m 8 november 2026): 120, marge 90 tot 150" in chart
    described = re.findall(r"<desc[^>]*>([^<]*)<", digests["half_year"].html)
    assert described[0] == chart.split("schatting. ", 1)[1]


def test_all_fonts_are_embedded_and_none_is_the_machines(opened):
    for document in opened.values():
        fonts = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]
        names = {str(font.BaseFont)[1:].split("+", 1)[-1].removesuffix("-Identity-H") for font in fonts}
        assert names <= FONTS
        for font in fonts:
            if "/DescendantFonts" not in font:
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())


def test_the_four_forms_hold_the_same_figures(opened, digests, read):
    """Page and PDF draw what mail and text write out line by line, the newest of a chart; all else is in all four."""
    for name, one in digests.items():
        lines = [line for line in one.text.splitlines() if not re.match(r"- (?:wk )?\d+(?: [a-z]{3})?: ", line)]
        page = re.sub(r"<title>.*?</title>|<svg.*?</svg>", "", one.html, flags=re.DOTALL)
        mail = re.sub(r"<title>.*?</title>", "", one.mail_html, flags=re.DOTALL)
        expected = numbers("\n".join(lines))
        assert numbers(read(page).text) == expected, name
        assert numbers(words(opened[name])) == expected, name
        assert numbers(read(mail).text) == numbers(one.text), name
        assert sum(expected.values()) > 20


def test_the_bars_of_the_mail_are_the_newest_of_the_chart(digests, read):
    one = digests["half_year"]
    drawn = "".join(text for _, text in re.findall(r"<(title|desc)[^>]*>([^<]*)<", one.html))
    bars = re.findall(r"^- wk (\d+): (\d+) tot (\d+) \((\d+)\)$", one.text, re.MULTILINE)
    assert len(bars) == 16
    for week, low, high, point in bars:
        assert re.search(rf"Week {week} \([^)]*\): {point}, marge {low} tot {high}", drawn)


def test_hostile_text_stays_text(fill):
    snapshot = fill.dressed(fill.snapshot(everywhere=False), HOSTILE[:80])
    made = digest.render(snapshot, contact=HOSTILE, notice=HOSTILE)
    said = words(pikepdf.open(io.BytesIO(made.pdf)))
    shown = pdf.drawable(HOSTILE).split("w" * 10)[0].strip()
    assert said.replace(" ", "").count(shown.replace(" ", "")) == 2
    assert "\0" not in said
    assert "?? ? = kop" in said  # what the fonts cannot draw is shown as such


@settings(max_examples=12)
@given(st.text(max_size=60))
def test_no_text_can_break_or_grow_the_page(fill, text):
    snapshot = fill.dressed(fill.snapshot(date(2026, 10, 20), everywhere=False, weeks=1, blocks=0), "")
    made = pdf.pdf(digest.view(snapshot), snapshot.day, contact=text, notice=text)
    document = pikepdf.open(io.BytesIO(made))
    assert len(document.pages) == 1
    assert len(elements(document)) < 200


def test_another_place_gives_the_same_bytes(digests, tmp_path):
    """Another time zone, locale, home and order of hashes: nothing of the machine is in the file."""
    script = (
        "import sys, hashlib, importlib.util as u\n"
        "def load(n):\n s = u.spec_from_file_location(n, sys.argv[1] + '/' + n + '.py')\n"
        " m = u.module_from_spec(s); s.loader.exec_module(m); return m\n"
        "from reports.digest import render\n"
        "made, variant = load('days').days(load('fill'))['outreach_monday']\n"
        "pdf = render(made, contact='beheer@gemeente.example', variant=variant).pdf\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    here = Path(__file__)
    env = {
        "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "HOME": str(tmp_path), "PYTHONHASHSEED": "7",
        "PATH": os.environ["PATH"], "PYTHONPATH": str(here.parents[3]), "SOURCE_DATE_EPOCH": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(here.parents[1])], capture_output=True, text=True, env=env, check=True,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(digests["outreach_monday"].pdf).hexdigest()
