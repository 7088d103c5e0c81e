import email
import re
from dataclasses import replace
from datetime import date, timedelta
from email import policy
from pathlib import Path

import pikepdf
import pytest

from reports import digest
from reports.banner import banner
from reports.errors import NothingReleased
from warehouse import db

GOLDEN = Path(__file__).parents[1] / "golden"
SUNDAY = date(2026, 11, 8)
NOTICE = "Dit zijn cijfers van een verzonnen markt. Ze gaan nergens over."
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y>&amp;\r\nBcc: c@d.example {{ 7*7 }}"
CASES = (
    "no_change", "half_year", "higher", "lower", "blind_day", "blind_source", "source_down_three_days",
    "all_sources_down", "first_day", "no_block_yet", "end_of_summer_time", "start_of_summer_time", "leap_day",
    "new_year", "new_years_day", "christmas", "kings_day_on_monday", "below_threshold", "withheld", "unreliable",
    "week_missing", "key_rotation", "external_list", "break_in_sources", "days_without_crawl", "monday",
    "monday_with_alert", "handbook", "correction", "outreach", "outreach_monday", "outreach_no_block_yet",
)  # fmt: skip
ORDINARY = [name for name in CASES if not name.startswith("outreach")]


@pytest.fixture
def made(digests):
    return digests


def test_every_day_is_looked_at(made):
    assert set(made) == set(CASES)
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_digest_reads_as_agreed(made, name):
    """The agreed text of each kind of day lies in golden/; a new one is written once and then has to be read."""
    told = f"Onderwerp: {made[name].subject}\n\n{made[name].text}"
    path = GOLDEN / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(told, encoding="utf-8")
        pytest.fail(f"{path.name} was new: read it through and run again")
    assert told == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_page_mail_and_text_say_the_same(made, read, name):
    page, mail = read(made[name].html), read(made[name].mail_html)
    text = re.sub(r"\s+", " ", made[name].text)
    for sentence in re.findall(r"(?:Op|Voor) \w+ \d+ \w+ \d{4} [^.]+\.", text):
        assert sentence in page.text
        assert sentence in mail.text
    for one in (page.text, mail.text):
        assert one.count("aantoonbare verandering") >= text.count("aantoonbare verandering")


@pytest.mark.parametrize("name", CASES)
def test_the_page_is_strict_and_complete(made, read, name):
    page = read(made[name].html)
    assert page.all("html") == [{"lang": "nl"}]
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("link")
    assert not page.all("iframe")
    assert all("style" not in attrs and not any(key.startswith("on") for key in attrs) for _, attrs in page.tags)
    assert "http" not in made[name].html.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert len(made[name].html.encode()) <= 250_000
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert page.all("a")[0] == {"class": "skip", "href": "#inhoud"}
    assert "inhoud" in ids


def test_the_banner_comes_first(made, read):
    text = read(made["blind_source"].html).text
    assert text.index("De gegevens zijn niet volledig") < text.index("75 tot 125 adverteerders")


def test_only_a_blind_source_is_named_not_its_figures(made):
    assert "Rubriek: niet gelukt, de site gaf een storing (503)." in made["blind_source"].text


def test_nothing_under_the_municipality_and_nothing_by_language(made, fill):
    others = [
        area.area_name
        for area in fill.areas().values()
        if area.level_code == "municipality" and area.area_code != "GM0153" and len(area.area_name) > 5
    ]
    for name in CASES:
        one = made[name]
        assert not [other for other in others if re.search(rf"\b{re.escape(other)}\b", one.text)]
        assert name not in ORDINARY or not re.search(
            r"\b[Tt]al?en?\b|\b[Tt]aal\b|Nederlands|Engels", one.text + one.html
        )


def test_an_ordinary_digest_tells_nothing_by_language_whatever_it_is_given(fill):
    snapshot = replace(fill.snapshot(everywhere=False), languages=fill.languages([date(2026, 10, 12)]))
    without = digest.render(replace(snapshot, languages=()), contact="x")
    assert digest.render(snapshot, contact="x") == without


def test_outreach_gets_the_languages_of_the_region_and_the_small_ones_without_a_number(made):
    told = made["outreach"].text
    part = told[told.index("TAAL VAN DE ADVERTENTIETEKST") : told.index("WAT DEZE CIJFERS")]
    rows = re.findall(r"^- (.+): (\d+)$", part, re.MULTILINE)
    assert [name for name, _ in rows] == [
        *("Duits", "Engels", "Nederlands", "Roemeens", "Spaans"),  # by name, never by number
        *("Overige talen", "Taal niet herkend"),
    ]
    assert "zonder getal: Hongaars en Portugees." in part
    assert "Twente" in part
    assert "Enschede" not in part
    assert {one.kind for name, one in made.items() if name.startswith("outreach")} == {"hulpverlening"}


def test_on_monday_the_week_comes_before_the_day(made, read):
    for form in (made["monday"].text, read(made["monday"].html).text, read(made["monday"].mail_html).text):
        assert form.index("in de hele week samen") < form.index("Op maandag 9 november 2026")
        assert form.count("in de hele week samen") == 2
    sunday = made["no_change"].text
    assert sunday.index("Op zondag 8 november 2026") < sunday.index("in de hele week samen")


def test_the_interval_comes_before_the_point_everywhere(made, read):
    point = re.compile(r"\(beste schatting [^)]*\)")
    for one in made.values():
        page = read(re.sub(r"<svg.*?</svg>", "", one.html, flags=re.DOTALL)).text
        for form in (one.text, page, read(one.mail_html).text):
            assert not re.search(r"\d adverteerders \(marge|\(marge \d", form)
            for found in point.finditer(form):
                assert re.search(r"(?:tot|en|hooguit) [\d.]+%?(?: adverteerders)? $", form[: found.start()])
        assert bool(point.search(one.text)) == bool(re.search(r"\d tot \d", one.text))


def test_a_subject_holds_no_figure_and_no_direction(made):
    for one in made.values():
        day = r"\d{1,2} [a-z]+ \d{4}"
        rest = re.sub(rf"^(?:Verbeterd d|D)agbericht (?:voor hulpverlening )?{day}, Enschede: ", "", one.subject)
        assert not re.search(r"hoger|lager|adverteerders", one.subject)
        assert re.findall(r"\d+", re.sub(r"week \d+", "", rest)) == []
    assert made["higher"].subject.endswith("melding over week 45")
    assert made["all_sources_down"].subject.startswith("Dagbericht 8 november 2026, Enschede: vandaag geen betrouwbaar")


def test_no_number_under_ten_is_shown(made):
    for one in made.values():
        for value in re.findall(r"(\d+) adverteerders", one.text):
            assert int(value) >= 10
        assert not re.search(r"marge [0-9] tot", one.text)


def test_hostile_text_stays_text(fill, read):
    made = digest.render(fill.dressed(fill.snapshot(everywhere=False), HOSTILE), contact=HOSTILE, notice=HOSTILE)
    for source in (made.html, made.mail_html):
        page = read(source)
        assert not page.all("script")
        assert not page.all("img")
        assert all(not any(key.startswith("on") for key in attrs) for _, attrs in page.tags)
        assert "alert(1)" in page.text
        assert "{{ 7*7 }}" in page.text
        assert " 49 " not in page.text


def test_hostile_names_cannot_add_a_header(fill, settings, tmp_path):
    made = digest.render(fill.dressed(fill.snapshot(everywhere=False), HOSTILE), contact="x")
    raw = digest.send(made, tmp_path, settings).read_bytes()
    read = email.message_from_bytes(raw, policy=policy.default)
    assert read["Bcc"] is None
    assert str(read["To"]) == "handhaving@gemeente.example"


def test_the_mail_needs_no_style_sheet_and_fetches_nothing(made):
    mail = made["no_change"].mail_html
    assert 'style="' in mail
    assert not re.search(r"<link|<img|url\(|https?://", mail)
    assert re.findall(r"<style>(.*?)</style>", mail, re.DOTALL)[0].strip().startswith("@media")
    assert len(mail.encode()) < 100_000  # some programs cut a mail off there


def test_built_from_the_database_it_is_the_same_every_time(conn, fill, settings, tmp_path):
    snapshot = fill.snapshot(weeks=4)
    fill.insert(conn, snapshot)
    first = digest.build(conn, SUNDAY, settings)
    assert first == digest.build(conn, SUNDAY, settings)
    assert first == digest.render(fill.snapshot(everywhere=False), contact=settings.contact)
    sent = digest.send(first, tmp_path, settings)
    again = digest.send(digest.build(conn, SUNDAY, settings), tmp_path, settings)
    assert sent == again
    page = digest.write_page(first, tmp_path)
    assert page.read_text(encoding="utf-8") == first.html
    assert page.with_suffix(".pdf").read_bytes() == first.pdf


def test_outreach_is_built_from_the_database_and_has_files_of_its_own(conn, fill, settings, tmp_path):
    snapshot = replace(fill.snapshot(weeks=4), languages=fill.languages([date(2026, 10, 12)]))
    fill.insert(conn, snapshot)
    made = digest.build(conn, SUNDAY, settings, variant="outreach")
    ordinary = digest.build(conn, SUNDAY, settings)
    assert "- Roemeens: 15" in made.text
    assert "Roemeens" not in ordinary.text + ordinary.html + ordinary.mail_html
    for one in (made, ordinary):
        digest.write_page(one, tmp_path)
        digest.send(one, tmp_path, settings)
    stems = ("dagbericht-2026-11-08-v1", "hulpverlening-2026-11-08-v1")
    assert {p.name for p in tmp_path.iterdir()} == {f"{stem}.{end}" for stem in stems for end in ("eml", "html", "pdf")}


def test_the_mail_carries_the_pdf(made, settings, tmp_path):
    sent = digest.send(made["no_change"], tmp_path, settings)
    read = email.message_from_bytes(sent.read_bytes(), policy=policy.default)
    [attached] = read.iter_attachments()
    assert attached.get_filename() == "dagbericht-2026-11-08-v1.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == made["no_change"].pdf
    assert read.get_body(("html",)).get_content().split() == made["no_change"].mail_html.split()


def test_a_day_without_a_release_is_refused(conn, fill, settings):
    with pytest.raises(NothingReleased):
        digest.build(conn, SUNDAY, settings)
    fill.insert(conn, fill.snapshot())
    with pytest.raises(NothingReleased) as caught:
        digest.build(conn, SUNDAY + timedelta(days=1), settings)
    assert "2026-11-09" in str(caught.value)


def test_a_later_correction_does_not_change_an_old_digest(conn, fill, settings):
    fill.insert(conn, fill.snapshot(weeks=4))
    before = digest.build(conn, SUNDAY, settings)
    db.script(
        conn,
        "INSERT INTO release.volume SELECT period_code, period_start_date, area_code, setting_code, 2, "
        "'2026-11-09', status_code, reason_code, advertiser_count + 50, floor_count, lower_count, upper_count + 50, "
        "coverage_share, source_group_count, completeness_share, warnings FROM release.volume "
        "WHERE status_code = 'published'",
    )
    assert digest.build(conn, SUNDAY, settings) == before


@pytest.mark.parametrize("role", ["handhaving", "beleid", "analist"])
def test_a_readers_role_is_enough(database, fill, settings, role):
    with database.connect() as owner:
        fill.insert(owner, fill.snapshot(weeks=1, everywhere=False, blocks=0))
    with database.connect(role) as reader:
        assert digest.build(reader, SUNDAY, settings).version == 1
        assert digest.build(reader, SUNDAY, settings, variant="outreach").kind == "hulpverlening"


@pytest.mark.browser
@pytest.mark.parametrize("name", ["no_change", "higher", "key_rotation", "monday_with_alert"])
def test_printed_it_is_one_page(made, chromium, tmp_path, name):
    page = tmp_path / "digest.html"
    page.write_text(made[name].html, encoding="utf-8")
    chromium(page, f"--print-to-pdf={tmp_path / 'digest.pdf'}", "--no-pdf-header-footer")
    assert len(re.findall(rb"/Type ?/Page\b", (tmp_path / "digest.pdf").read_bytes())) == 1


@pytest.mark.parametrize(("sources", "words"), [(1, "de bron is niet goed bekeken"), (2, "geen van de 2 bronnen is")])
def test_no_source_seen_well_is_said_of_one_as_of_many(fill, sources, words):
    made = fill.snapshot(everywhere=False)
    thin = [replace(q, state_code="thin") for q in made.quality]
    codes = sorted({q.source_code for q in thin})[:sources]
    assert words in banner(replace(made, quality=[q for q in thin if q.source_code in codes])).title


def test_one_source_has_no_mean(fill):
    made = fill.snapshot(everywhere=False)
    [said] = banner(replace(made, quality=[replace(made.quality_on(made.day)[0], state_code="ok")])).lines
    assert said.startswith("De bron is voor ")


@pytest.mark.browser
def test_a_notice_leaves_the_page_on_one_sheet(fill, chromium, tmp_path):
    made = digest.render(fill.snapshot(weeks=30, everywhere=False), contact="beheer@gemeente.example", notice=NOTICE)
    (tmp_path / "page.html").write_text(made.html, encoding="utf-8")
    chromium(tmp_path / "page.html", "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    with pikepdf.open(tmp_path / "page.pdf") as printed:
        assert len(printed.pages) == 1
