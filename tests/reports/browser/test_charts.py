"""What can be done with a chart: take it along as SVG or PNG, with its source, and print it by itself."""

import re
from xml.etree import ElementTree as ET

import pikepdf
import pytest

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"
WITH_CHARTS = ["index", "ontwikkeling", "beweging", "vergelijken", "beleid", "kwaliteit"]
SOURCE = "Bron: Advertentiemonitor, uitgave van 8 november 2026, versie 1."


def saved(page, words, tmp_path, number=0):
    tools = page.locator(".tools").nth(number)
    tools.evaluate("it => { it.open = true }")
    with page.expect_download() as waiting:
        tools.get_by_role("button", name=words).click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@pytest.mark.parametrize("name", WITH_CHARTS)
def test_a_chart_is_saved_with_its_title_and_source(visit, folder, tmp_path, name):
    """On a dark narrow page too: it comes out light and wide, with every look in the file itself."""
    seen = visit(width=320, color_scheme="dark", accept_downloads=True)
    seen.page.goto((folder / f"{name}.html").as_uri())
    path = saved(seen.page, "Opslaan als SVG", tmp_path)
    assert re.fullmatch(r"advertentiemonitor-[a-z0-9-]+\.svg", path.name)
    drawing = ET.parse(path).getroot()
    assert drawing.tag == f"{SVG}svg"
    texts = ["".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]
    title = " ".join("".join(drawing.find(f"{SVG}svg/{SVG}title").itertext()).split())
    assert " ".join(texts).startswith(title)
    assert SOURCE in " ".join(texts)
    if name in ("index", "ontwikkeling"):
        assert "De balk is de marge van 95%, het teken de schatting." in " ".join(texts)
    assert not [it for it in drawing.iter() if {"class", "style"} & it.attrib.keys()]
    ground, title_line = drawing.find(f"{SVG}rect"), drawing.find(f"{SVG}text")
    assert ground.get("fill") == "#ffffff"
    assert title_line.get("fill") == "rgb(24, 33, 43)"
    # Nothing in it points out of the file.
    assert not re.search(r"(?<!xmlns=\")https?:", path.read_text(encoding="utf-8").replace(SVG.strip("{}"), ""))
    seen.page.goto(path.as_uri())  # a file of its own that the browser can show
    assert seen.wrong == []


def test_a_chart_is_saved_as_a_picture_that_is_not_empty(visit, folder, tmp_path):
    seen = visit(accept_downloads=True)
    seen.page.goto((folder / "ontwikkeling.html").as_uri())
    data = saved(seen.page, "Opslaan als PNG", tmp_path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert width == 2 * (680 + 32)
    assert height > 500
    assert len(data) > 10_000  # an empty one of this size is under 5 KB
    assert seen.page.get_by_role("status").filter(has_text="Opgeslagen als PNG.").count() == 1
    assert seen.wrong == []


def test_a_chart_and_a_link_are_copied(visit, folder, address):
    seen = visit(permissions=["clipboard-read", "clipboard-write"])
    seen.page.goto(f"{address}/vergelijken.html")
    tools = seen.page.locator(".tools").first
    tools.locator("summary").click()
    tools.get_by_role("button", name="Kopieer als PNG").click()
    tools.get_by_text("Gekopieerd als PNG.").wait_for()
    kinds = "navigator.clipboard.read().then(all => all.flatMap(it => it.types))"
    assert "image/png" in seen.page.evaluate(kinds)
    tools.get_by_role("button", name="Kopieer als SVG").click()
    tools.get_by_text("Gekopieerd als SVG.").wait_for()
    assert "image/svg+xml" in seen.page.evaluate(kinds)
    seen.page.locator("#per-inwoners").check()
    tools.get_by_role("button", name="Kopieer de link").click()
    tools.get_by_text("De link is gekopieerd.").wait_for()
    link = seen.page.evaluate("navigator.clipboard.readText()")
    assert link == seen.page.url
    assert link.startswith(f"{address}/vergelijken.html#")
    assert seen.wrong == []


def test_where_copying_is_not_allowed_the_chart_is_saved(visit, folder):
    seen = visit(accept_downloads=True)
    seen.page.add_init_script("navigator.clipboard.write = () => Promise.reject(new Error('no'))")
    seen.page.goto((folder / "ontwikkeling.html").as_uri())
    tools = seen.page.locator(".tools").first
    tools.locator("summary").click()
    with seen.page.expect_download() as waiting:
        tools.get_by_role("button", name="Kopieer als SVG").click()
    assert waiting.value.suggested_filename.endswith(".svg")
    assert "Kopiëren mag niet van je browser. Opgeslagen als SVG." in tools.text_content()


def test_one_chart_is_printed_on_one_page_and_then_all_are_back(visit, folder):
    seen = visit(color_scheme="dark")
    page = seen.page
    page.goto((folder / "ontwikkeling.html").as_uri())
    charts = "[...document.querySelectorAll('main figure')].filter(it => it.checkVisibility()).length"
    many = page.evaluate(charts)
    tools = page.locator(".tools").nth(1)
    tools.locator("summary").click()
    tools.get_by_role("button", name="Druk deze grafiek af").click()
    assert page.evaluate("printed") == 1
    assert page.evaluate(charts) == many  # on the screen nothing is gone
    page.emulate_media(media="print")
    assert page.evaluate(charts) == 1
    assert page.locator("main figure .source").nth(1).is_visible()
    for gone in ("nav.main", "h1", ".tools", ".skip", "footer.site"):
        assert not page.locator(gone).locator("visible=true").count(), gone
    assert pages_of(page) == 1
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(charts) == many
    assert page.locator("[data-away]").count() == 0
    assert seen.wrong == []


@pytest.mark.parametrize("name", ["ontwikkeling", "beweging"])
def test_printed_whole_each_chart_has_a_page_with_what_the_bar_means(visit, folder, name):
    seen = visit(color_scheme="dark")
    page = seen.page
    page.goto((folder / f"{name}.html").as_uri())
    figures = page.locator("main figure").count()
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav, .tools, .skip").locator("visible=true").count()
    note = "it => getComputedStyle(it, '::after').content"
    with_bar = page.locator("main figure", has=page.locator(".wide .c-band")).first
    assert "marge van 95%" in with_bar.evaluate(note)
    assert pages_of(page) >= figures


def pages_of(page):
    import io

    with pikepdf.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as made:
        return len(made.pages)
