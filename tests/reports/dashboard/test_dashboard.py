import hashlib
import itertools
import re
from dataclasses import replace

import pytest

from reports import dashboard, pages
from reports.errors import WrongTheme

HOSTILE = "</style><script>alert(1)</script>\"'><img src=x onerror=y>=cmd|'/c calc'!A1"


@pytest.fixture(scope="module")
def made(fill):
    snapshot = fill.snapshot(weeks=6, shut="nl_rubriek", blind={fill.DAY.replace(day=3)})
    return dashboard.render(snapshot, contact="beheer@gemeente.example")


def html(content):
    return {name: data.decode() for name, data in content.items() if name.endswith(".html")}


def test_all_pages_are_there(made):
    assert {f"{slug}.html" for slug, _ in dashboard.PAGES} <= made.keys()
    assert "gemeenten/GM0153.html" in made
    assert "gemeenten/GM0147.html" not in made  # under ten: it has no page of its own


def test_every_page_is_strict(made, read):
    for name, source in html(made).items():
        page = read(source)
        assert page.all("html") == [{"lang": "nl"}], name
        assert not {"img", "iframe"} & {tag for tag, _ in page.tags}, name
        assert all("src" not in attrs for attrs in page.all("script")), name
        assert all("style" not in attrs and not any(k.startswith("on") for k in attrs) for _, attrs in page.tags), name
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), name
        assert len(source.encode()) <= 250_000, name
        [_h1] = page.all("h1")
        assert page.all("a")[0]["href"] == "#inhoud", name
        assert sum(attrs.get("aria-current") == "page" for attrs in page.all("a")) <= 1


def test_the_policy_allows_our_style_and_nothing_else(made):
    for name, source in html(made).items():
        css = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', source)[1]
        script = "".join(re.findall(r"<script>(.*?)</script>", source, re.DOTALL))
        assert policy.replace("&#39;", "'") == pages.policy(css, script), name
        assert "unsafe" not in policy
        assert policy.startswith("default-src &#39;none&#39;")


def test_every_link_leads_to_a_file_or_an_anchor_of_the_site(made, read):
    for name, source in html(made).items():
        page = read(source)
        ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
        base = name.rsplit("/", 1)[0] + "/" if "/" in name else ""
        for link in page.all("a"):
            target = link["href"]
            if target.startswith("#"):
                assert target[1:] in ids, (name, target)
                continue
            path = (base + target).replace("gemeenten/../", "")
            assert path in made, (name, target)


def test_every_chart_has_its_figures_as_a_table(made, read):
    for name in ("ontwikkeling.html", "soorten.html", "vergelijken.html", "beweging.html", "kwaliteit.html"):
        page = read(made[name])
        assert page.all("table"), name
        assert all({"scope"} <= attrs.keys() for attrs in page.all("th")), name


def test_headings_do_not_skip_a_level(made, read):
    for name, source in html(made).items():
        levels = [int(tag[1]) for tag, _ in read(source).tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1, name
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), name


def test_what_is_withheld_says_why(made, read):
    text = read(made["vergelijken.html"]).text
    assert "afgeschermd" in text
    assert "één adverteerder zou te veel van het cijfer bepalen" in text
    assert "geen betrouwbaar cijfer" in text
    assert "te weinig adverteerders staan op meer dan één bron" in text
    assert "minder dan 10" in text
    assert "het aantal is te klein om apart te tonen" in read(made["beweging.html"]).text


def test_nothing_is_said_by_language(made, read):
    for name, source in html(made).items():
        if name not in ("methode.html", "downloads.html"):
            assert not re.search(r"\btaal\b|\btalen\b", read(source).text), name
    assert not [name for name in made if "taal" in name or "talen" in name]


def test_hostile_text_stays_text(fill, read):
    made = dashboard.render(fill.dressed(fill.snapshot(weeks=1), HOSTILE), contact=HOSTILE, notice=HOSTILE)
    for name, source in html(made).items():
        page = read(source)
        assert "img" not in {tag for tag, _ in page.tags}, name
        ours = [
            attrs for attrs in page.all("script") if attrs not in ({}, {"type": "application/json", "id": "reeksen"})
        ]
        assert not ours, name
        assert all("alert(1)" not in script for script in re.findall(r"<script>(.*?)</script>", source, re.DOTALL)), (
            name
        )
        assert all(not any(key.startswith("on") for key in attrs) for _, attrs in page.tags), name
        assert "alert(1)" in page.text, name


def test_the_same_snapshot_gives_the_same_bytes(fill):
    first = dashboard.render(fill.snapshot(weeks=2), contact="x")
    assert first == dashboard.render(fill.snapshot(weeks=2), contact="x")
    shuffled = fill.snapshot(weeks=2)
    shuffled = replace(shuffled, areas=dict(reversed(shuffled.areas.items())))
    assert first == dashboard.render(shuffled, contact="x")


def test_a_theme_of_ones_own_reaches_the_page_and_its_policy(fill):
    css = ":root { --utrecht-link-color: #00573d; }"
    made = dashboard.render(fill.snapshot(weeks=1), contact="x", theme=css)
    source = made["index.html"].decode()
    assert css in source
    assert hashlib.sha256(b"").hexdigest() not in source


@pytest.mark.parametrize(
    "bad", ["</style><script>", "p{background:URL(//x)}", "@ import 'x'", "p{color:r\\65 d}", "a" * 30_000]
)
def test_a_theme_that_leaves_the_page_is_refused(fill, bad):
    with pytest.raises(WrongTheme):
        pages.checked_theme(bad)


def test_built_from_the_database_and_built_again(conn, fill, tmp_path):
    fill.insert(conn, fill.snapshot(weeks=4))
    (tmp_path / "van-mij.html").write_text("blijft")
    first = dashboard.build(conn, tmp_path)
    assert first[0] == tmp_path / "index.html"
    held = {path: path.read_bytes() for path in first}
    assert (tmp_path / "index.html") in held
    (tmp_path / "gemeenten" / "GM9999.html").write_text("oud")
    manifest = tmp_path / "bestanden.txt"
    manifest.write_text(manifest.read_text() + "gemeenten/GM9999.html\n../buiten.html\n")
    (tmp_path.parent / "buiten.html").write_text("blijft")
    assert dashboard.build(conn, tmp_path) == first
    assert {path: path.read_bytes() for path in first} == held
    assert not (tmp_path / "gemeenten" / "GM9999.html").exists()
    assert (tmp_path / "van-mij.html").exists()
    assert (tmp_path.parent / "buiten.html").exists()
    assert not list(tmp_path.rglob(".*"))


def test_before_any_block_the_pages_say_so(fill, read):
    made = dashboard.render(fill.snapshot(fill.DAY.replace(month=10, day=20), weeks=1, blocks=0), contact="x")
    assert "nog niet om" in read(made["beweging.html"]).text
    assert "nog niet om" in read(made["soorten.html"]).text
    assert "gemeenten/GM0153.html" in made


@pytest.mark.full
def test_two_years_of_all_municipalities_stay_within_the_limit_of_a_page(fill, monkeypatch):
    """How long it takes is measured by benchmarks/telling/site.py."""
    levels = {code: 15 + number % 60 for number, code in enumerate(sorted(fill.areas()))} | fill.LEVELS
    monkeypatch.setattr(fill, "LEVELS", levels)
    made = dashboard.render(fill.snapshot(weeks=104, blocks=26), contact="x")
    sizes = {name: len(data) for name, data in made.items() if name.endswith(".html")}
    assert not {name: size for name, size in sizes.items() if size > 250_000}


@pytest.mark.browser
def test_a_browser_runs_no_script_and_applies_our_style(made, chromium, tmp_path):
    """The policy holds in a real browser from file://: an inline script does not run, our own style does."""
    probe = "<script>document.title = 'ran'</script>"
    page = tmp_path / "index.html"
    page.write_text(made["index.html"].decode().replace("</body>", f"{probe}</body>"), encoding="utf-8")
    assert "<title>ran</title>" not in chromium(page, "--dump-dom")
    page.write_text(_without_policy(made["index.html"].decode()).replace("</body>", f"{probe}</body>"))
    assert "<title>ran</title>" in chromium(page, "--dump-dom")  # positive control


@pytest.mark.browser
@pytest.mark.parametrize(
    "name", ["index.html", "ontwikkeling.html", "beweging.html", "vergelijken.html", "kwaliteit.html", "downloads.html"]
)
def test_nothing_is_wider_than_a_narrow_screen(made, chromium, tmp_path, name):
    """WCAG 1.4.10: at 320 pixels only tables scroll, inside their own frame."""
    page = tmp_path / "page.html"
    page.write_text(_without_policy(made[name].decode()), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        "<!DOCTYPE html><title>-</title><iframe id=f src=page.html width=320 height=800></iframe><script>"
        "f.onload = () => { document.title = 'w' + f.contentDocument.documentElement.scrollWidth }</script>"
    )
    dom = chromium(frame, "--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=5000")
    assert int(re.search(r"<title>w(\d+)</title>", dom)[1]) <= 320


def _without_policy(source):
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", source)


def test_kinds_of_work_are_drawn_with_what_where_and_when(made):
    titles = re.findall(r'<title id="(?:aandeel|soort)-\d-w-t">(.*?)</title>', made["soorten.html"].decode())
    assert len(titles) == 5
    for title in titles:
        assert re.fullmatch(r"(Enschede|Twente|Nederland): (aandeel|aantal adverteerders) .+ 8 november 2026\)?", title)


def test_the_first_page_warns_of_a_holiday_and_says_that_it_is_a_correction(fill, read):
    holiday = fill.snapshot(fill.DAY.replace(month=12, day=25), weeks=2)
    better = replace(holiday, editions=[*holiday.editions[:-1], replace(holiday.edition, version_number=2)])
    text = read(dashboard.render(better, contact="x")["index.html"]).text
    assert "Dit is versie 2, een verbetering" in text
    assert "Dit is een feestdag" in text
    assert text.index("feestdag") < text.index("adverteerders (beste schatting")
