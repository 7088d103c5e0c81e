import email
import re
from dataclasses import replace
from datetime import date, timedelta
from email import policy
from pathlib import Path

import pytest

from reports import digest
from reports.errors import NothingReleased
from warehouse import db

GOLDEN = Path(__file__).with_name("golden")
SUNDAY = date(2026, 11, 8)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y>&amp;\r\nBcc: c@d.example {{ 7*7 }}"
CASES = ("no_change", "higher", "lower", "blind_day", "blind_source", "all_sources_down", "first_day", "no_block_yet",
         "end_of_summer_time", "new_year", "below_threshold", "withheld", "week_missing", "break_in_sources",
         "days_without_crawl")  # fmt: skip


def cases(fill):
    def day_row(made, area, row):
        rows = [
            row if (v.period_code, v.period_start_date, v.area_code) == ("day", made.day, area) else v
            for v in made.volumes
        ]
        return replace(made, volumes=rows)

    def last_week(made, **more):
        return replace(
            made,
            volumes=[
                replace(v, **more) if v.period_code == "week" and v.period_start_date == date(2026, 11, 2) else v
                for v in made.volumes
            ],
        )

    def told(made, status, reason="", since=None):
        return replace(
            made,
            alerts=[
                replace(a, status_code=status, reason_code=reason, since_date=since)
                if a.period_start_date == date(2026, 11, 2)
                else a
                for a in made.alerts
            ],
        )

    plain = fill.snapshot(everywhere=False)
    down = [replace(q, state_code="failed", reason_code="timeout", completeness_share=0.0) for q in plain.quality]
    blind = fill.snapshot(everywhere=False, blind={SUNDAY})
    return {
        "no_change": plain,
        "higher": fill.snapshot(everywhere=False, weeks=20, changed=True),
        "lower": told(
            last_week(plain, advertiser_count=40, lower_count=30, upper_count=55), "lower", since=date(2026, 10, 26)
        ),
        "blind_day": blind,
        "blind_source": fill.snapshot(everywhere=False, shut="nl_rubriek"),
        "all_sources_down": replace(blind, quality=down),
        "first_day": fill.snapshot(date(2026, 10, 12), everywhere=False, weeks=0),
        "no_block_yet": fill.snapshot(date(2026, 10, 20), everywhere=False, weeks=1, blocks=0),
        "end_of_summer_time": fill.snapshot(date(2026, 10, 25), everywhere=False, weeks=2, blocks=0),
        "new_year": fill.snapshot(date(2027, 1, 3), everywhere=False, weeks=12),
        "below_threshold": day_row(
            plain, "GM0153", fill.hidden("day", SUNDAY, "GM0153", "all", "below_threshold", "below_threshold")
        ),
        "withheld": day_row(plain, "CR12", fill.hidden("day", SUNDAY, "CR12", "all", "withheld", "complement")),
        "week_missing": replace(
            told(plain, "not_comparable", "too_few_periods"),
            volumes=[v for v in plain.volumes if v.period_start_date != date(2026, 10, 26) or v.period_code != "week"],
        ),
        "break_in_sources": told(
            last_week(plain, source_group_count=2, warnings=["not_calibrated", "two_sources"]),
            "not_comparable",
            "source_break",
        ),
        "days_without_crawl": replace(
            plain,
            quality=[q for q in plain.quality if q.day_date != SUNDAY],
            volumes=[v for v in plain.volumes if (v.period_code, v.period_start_date) != ("day", SUNDAY)],
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(fill):
    return {name: digest.render(snapshot, contact="beheer@gemeente.example") for name, snapshot in cases(fill).items()}


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
    assert page.text.count("aantoonbare verandering") >= text.count("aantoonbare verandering")


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
    assert text.index("De gegevens zijn niet volledig") < text.index("adverteerders (marge")


def test_only_a_blind_source_is_named_not_its_figures(made):
    assert "Rubriek: niet gelukt, de site gaf een storing (503)." in made["blind_source"].text


def test_nothing_under_the_municipality_and_nothing_by_language(made, fill):
    others = [
        area.area_name
        for area in fill.areas().values()
        if area.level_code == "municipality" and area.area_code != "GM0153" and len(area.area_name) > 5
    ]
    for one in made.values():
        assert not re.search(r"\btaal\b|\btalen\b|Nederlandstalig", one.text)
        assert not [name for name in others if re.search(rf"\b{re.escape(name)}\b", one.text)]


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
    assert digest.write_page(first, tmp_path).read_text(encoding="utf-8") == first.html


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


@pytest.mark.browser
@pytest.mark.parametrize("name", ["no_change", "higher", "blind_source", "all_sources_down"])
def test_printed_it_is_one_page(made, chromium, tmp_path, name):
    page = tmp_path / "digest.html"
    page.write_text(made[name].html, encoding="utf-8")
    chromium(page, f"--print-to-pdf={tmp_path / 'digest.pdf'}", "--no-pdf-header-footer")
    assert len(re.findall(rb"/Type ?/Page\b", (tmp_path / "digest.pdf").read_bytes())) == 1
