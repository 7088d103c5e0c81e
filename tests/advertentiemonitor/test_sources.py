"""`sources`: a new source from nothing to a recorded page that a person has read, without touching a shared file."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "spiders"))

from loopback_site import READING, Board, Site  # the folder is no package

from advertentiemonitor.crawler import write_crawl_log
from advertentiemonitor.watching.health import health, remedy
from spiders.verdict import CHANGES, REFUSALS
from warehouse.records import CrawlLog

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(tmp_path):
    (tmp_path / "sources").mkdir()
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(tmp_path / "state"),
        "ADVERTENTIEMONITOR_SOURCES": str(tmp_path / "sources"),
        "ADVERTENTIEMONITOR_MARKET_TODAY": "2026-10-14",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "TERM": "dumb",
    }

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from advertentiemonitor.cli import main; main()"]
        return subprocess.run(
            [*program, "sources", *arguments],
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    run.folder = tmp_path / "sources"
    run.environment = environment
    return run


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


def fill_in(folder: Path, name: str, **changes) -> None:
    path = folder / f"{name}.yml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"reading": READING} | changes))


def ran_tests(call, name: str) -> subprocess.CompletedProcess[str]:
    program = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
    ]
    return subprocess.run(
        [*program, f"test_{name}.py"],
        cwd=call.folder,
        env=call.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.full
def test_from_nothing_to_a_page_that_a_person_has_read(call, site):
    board = Board(
        site, count=12, body=lambda number: f"Bel Fleurtje op 06 2000 7{number:03d} of mail fleurtje@post.example"
    ).fill()
    shared = {path: path.read_bytes() for path in (ROOT / "spiders" / "sources").iterdir() if path.is_file()}
    begun = call("new", "nl_bord", "--url", f"{site.url}/")
    assert begun.returncode == 0, begun.stderr
    assert {path.name for path in call.folder.iterdir()} == {
        "nl_bord.yml",
        "nl_bord.py",
        "test_nl_bord.py",
        "recordings",
    }
    refused = call("check", "nl_bord")
    assert refused.returncode == 3
    assert "switched off" in refused.stdout
    assert "index.each" in refused.stdout
    assert ran_tests(call, "nl_bord").returncode == 1  # no page was recorded

    fill_in(call.folder, "nl_bord")
    page = call.folder.parent / "page.html"
    page.write_text(board.listing(3))
    looked = call("check", "nl_bord", "--page", str(page))
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "reads as listing page" in looked.stdout
    assert "Titel 3" in looked.stdout
    assert "\x1b[" not in looked.stdout
    coloured = call("check", "nl_bord", "--page", str(page), NO_COLOR="", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[32mfound" in coloured
    assert "\x1b[33mleft out" in coloured  # no category
    assert "7003" not in looked.stdout
    assert "fleurtje@" not in looked.stdout

    recorded = call("record", "nl_bord")
    assert recorded.returncode == 0, recorded.stderr
    assert site.paths[-2:] == ["/", "/ad/a1"]  # one index page and one listing, after the site's rules
    assert len(site.paths) <= 4
    kept = "".join(path.read_text() for path in (call.folder / "recordings").rglob("*") if path.is_file())
    for secret in ("Fleurtje", "fleurtje", "7001", "post.example", site.url.rpartition(":")[2]):
        assert secret not in kept, secret

    unread = ran_tests(call, "nl_bord")
    assert unread.returncode == 1
    assert "rename it to expected.json" in unread.stdout
    assert ran_tests(call, "nl_bord").returncode == 1  # running it again is not reading
    for path in call.folder.rglob("expected.unread.json"):
        path.rename(path.with_name("expected.json"))
    read = ran_tests(call, "nl_bord")
    assert read.returncode == 0, read.stdout
    fill_in(call.folder, "nl_bord", enabled=True)
    assert call("check", "nl_bord").returncode == 0
    assert shared == {path: path.read_bytes() for path in (ROOT / "spiders" / "sources").iterdir() if path.is_file()}


def test_a_saved_page_can_be_recorded_without_fetching(call, site):
    board = Board(site).fill()
    call("new", "nl_bord", "--url", f"{site.url}/")
    fill_in(call.folder, "nl_bord")
    page = call.folder.parent / "page.html"
    page.write_text(board.index(1))
    done = call("record", "nl_bord", "--page", str(page), "--url", f"{site.url}/")
    assert done.returncode == 0, done.stderr
    assert site.paths == []
    assert (call.folder / "recordings" / "nl_bord" / "index-1" / "page.json").exists()
    page.write_text("<title>iets anders</title>")
    wrong = call("record", "nl_bord", "--page", str(page))
    assert wrong.returncode == 2
    assert "p.totaal gives none" in wrong.stderr


def test_a_live_source_is_not_fetched_from_until_its_entry_is_complete(call):
    call("new", "nl_echt", "--url", "https://site.example/lijst")
    fill_in(call.folder, "nl_echt")
    done = call("record", "nl_echt")
    assert done.returncode == 3
    for gap in ("legal_ground: missing", "dpia_reference: missing", "fg_advice: missing", "robots: no dated decision"):
        assert gap in done.stderr
    assert "switched off" not in done.stderr  # for that, its pages have to be recorded first


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("new", "Nl-Bord", "--url", "http://127.0.0.1:1/"), "lower case"),
        (("new", "../nl_bord", "--url", "http://127.0.0.1:1/"), "lower case"),
        (("new", "nl_bord", "--url", "ftp://127.0.0.1/"), "http(s) address"),
        (("new", "nl_kaartjes", "--url", "http://127.0.0.1:1/"), "is there already"),
        (("check", "nl_nergens"), "No source is called"),
        (("record", "nl_nergens"), "No source is called"),
        (("check", "--page", __file__), "Name the one source"),
        (("check", "nl_kaartjes", "--page", "nergens.html"), "does not exist"),
        (("check", "nl_kaartjes", "--page", __file__, "--url", "http://127.0.0.1:1/"), "has to be an address of"),
    ],
)
def test_wrong_use_is_told_and_writes_nothing(call, arguments, told):
    done = call(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert list(call.folder.iterdir()) == []


def test_a_folder_of_sources_that_is_not_there_is_told(call, tmp_path):
    done = call("list", ADVERTENTIEMONITOR_SOURCES=str(tmp_path / "nergens"))
    assert done.returncode == 2
    assert "which is no folder" in done.stderr


FAULTS = {
    "a number out of a text": "int(response.css('p.telefoon::text').get())",
    "the page in the error": "raise_(KeyError(response.text))",
    "no answer": "None",
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_in_a_class_shows_nothing_of_the_page(call, site, fault):
    board = Board(site, body=lambda number: f"kanarie {number}").fill()
    call("new", "nl_bord", "--url", f"{site.url}/")
    fill_in(call.folder, "nl_bord")
    (call.folder / "nl_bord.py").write_text(
        "from spiders.declared import DeclaredSpider\n\n\ndef raise_(error):\n    raise error\n\n\n"
        "class NlBordSpider(DeclaredSpider):\n    name = 'nl_bord'\n\n    def parse_listing(self, response):\n"
        f"        return {FAULTS[fault]}\n"
    )
    page = call.folder.parent / "page.html"
    page.write_text(board.listing(3))
    for arguments in (("check", "nl_bord", "--as", "listing"), ("record", "nl_bord", "--as", "listing")):
        done = call(*arguments, "--page", str(page))
        assert done.returncode == 1
        told = done.stdout + done.stderr
        assert "has a fault" in told
        for secret in ("Traceback", "kanarie", "2000", "Titel"):
            assert secret not in told, secret


def test_a_broken_entry_or_class_is_named_and_stops_no_other(call):
    call("new", "nl_goed", "--url", "http://127.0.0.1:1/")
    (call.folder / "nl_stuk.yml").write_text("name: nl_stuk\nname: nl_stuk\n")
    listed = {each["name"]: each["kind"] for each in json.loads(call("list", "--json").stdout)}
    assert (listed["nl_goed"], listed["nl_stuk"]) == ("synthetic", "not valid")
    checked = call("check", "nl_stuk")
    assert checked.returncode == 3
    assert "stands there twice" in checked.stdout
    for code, told in (
        ("class NlGoedSpider(:\n", "line 1"),
        ("import nergens\n", "ModuleNotFoundError"),
        ("", "no class"),
    ):
        (call.folder / "nl_goed.py").write_text(code)
        assert told in call("check", "nl_goed").stdout
    (call.folder / "nl_goed.py").unlink()
    assert "is not there" in call("check", "nl_goed").stdout


@pytest.mark.parametrize("answer", [(403, {}, b""), (200, {}, b"<form><input type=password></form>")])
def test_a_site_that_says_no_is_not_recorded_nor_asked_again(call, site, tmp_path, answer):
    Board(site).fill()
    site.routes["/"] = answer
    call("new", "nl_bord", "--url", f"{site.url}/")
    fill_in(call.folder, "nl_bord")
    done = call("record", "nl_bord")
    assert done.returncode == 3
    assert "the site says no" in done.stderr
    refused = CrawlLog("nl_bord", "nl_bord", date(2026, 10, 14), "refused", "http_403", 1, 0, 0, 0, 0, 0.0, "1")
    write_crawl_log(tmp_path / "state" / "crawl" / "nl_bord" / "2026-10-14.json", refused)
    asked = len(site.asked)
    assert call("record", "nl_bord").returncode == 3
    assert len(site.asked) == asked


def test_a_new_source_overwrites_nothing(call):
    call("new", "nl_bord", "--url", "http://127.0.0.1:1/")
    before = (call.folder / "nl_bord.yml").read_text()
    again = call("new", "nl_bord", "--url", "http://127.0.0.1:2/")
    assert again.returncode == 2
    assert (call.folder / "nl_bord.yml").read_text() == before


@pytest.mark.parametrize("name", ["kinky_nl", "sexjobs_nl", "telegram_preview", "facebook_groups", "dark_web_markets"])
def test_what_may_not_run_says_why(call, name):
    done = call("check", name)
    assert done.returncode == 3
    assert f"{name}: may NOT run: " in done.stdout
    assert json.loads(call("show", name).stdout)["name"] == name
    assert json.loads(call("check", name, "--json").stdout)[name]


def test_only_the_synthetic_market_is_enabled(call):
    listed = json.loads(call("list", "--json").stdout)
    assert {each["name"] for each in listed if each["enabled"] == "yes"} == {
        "nl_kaartjes",
        "nl_gegevens",
        "nl_prikbord",
        "nl_rubriek",
    }
    assert {each["kind"] for each in listed if each["enabled"] == "yes"} == {"synthetic"}
    groups = {each["name"]: each["group"] for each in listed}
    assert groups["kinky_nl"] == groups["sexjobs_nl"]


def log(day: int, state: str, reason: str = "", present: int = 0) -> CrawlLog:
    return CrawlLog(
        "nl_kaartjes",
        "alfa",
        date(2026, 10, day),
        state,
        reason,
        3,
        3,
        present,
        present,
        0,
        1.0 if present else 0.0,
        "1",
    )


def test_a_dead_source_is_reported_with_its_kind_of_failure(call, tmp_path):
    for day, state, reason, present in [
        (10, "ok", "", 9),
        (11, "failed", "timeout", 0),
        (12, "refused", "http_403", 0),
        (13, "refused", "http_403", 0),
    ]:
        write_crawl_log(
            tmp_path / "state" / "crawl" / "nl_kaartjes" / f"2026-10-{day}.json", log(day, state, reason, present)
        )
    done = call("health", "--json")
    assert done.returncode == 0, done.stderr
    told = {each["source"]: each for each in json.loads(done.stdout)}
    found = told["nl_kaartjes"]
    assert (found["state"], found["reason"], found["days_not_ok"], found["last_ok"]) == (
        "refused",
        "http_403",
        3,
        "2026-10-10",
    )
    assert found["failing"] == ["http_403", "timeout"]
    assert found["is_dead"]
    assert "leave the site alone" in found["remedy"]
    assert told["nl_rubriek"]["state"] == "not_crawled"
    assert call("health").returncode == 1
    assert call("health", COLUMNS="200").stdout.count("nl_") == 4


def test_a_source_seen_in_part_is_not_dead():
    assert not health("nl_kaartjes", [log(day, "thin", "index_pages_missing", 5) for day in (10, 11, 12)]).is_dead
    assert not health("nl_kaartjes", [log(day, "failed", "timeout") for day in (11, 12)]).is_dead
    assert health("nl_kaartjes", [log(day, "blind", "no_listings") for day in (10, 11, 12)]).is_dead


@pytest.mark.parametrize("reason", sorted(REFUSALS | CHANGES))
def test_a_site_that_refuses_is_to_be_left_alone_and_one_that_changed_is_to_be_read_anew(reason):
    told = remedy("failed", reason)  # whatever state it led to
    assert ("leave the site alone" in told) is (reason in REFUSALS)
    assert ("mend the contract" in told) is (reason in CHANGES)
