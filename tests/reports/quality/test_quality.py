import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports import quality, wording
from reports.figures import PUBLISHED, Audit, Revision, Snapshot
from reports.loading import load_dashboard, load_digest
from reports.quality import benchmarks, cells, coherence, proof, time

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def bare(fill) -> Snapshot:
    """A release with nothing in it but its entry in the ledger."""
    full = fill.snapshot()
    return Snapshot(day=full.day, editions=full.editions[-1:], areas=full.areas, volumes=())


def test_the_report_has_every_heading_of_the_standard_in_its_order(fill, read):
    page = read(quality.render(fill.snapshot(), contact="beheer@gemeente.example"))
    places = [page.text.index(f"{n}. {dutch} ({english})") for n, (_, dutch, english) in enumerate(quality.HEADINGS, 1)]
    assert places == sorted(places)
    assert [attrs.get("lang") for attrs in page.all("small")] == ["en"] * len(quality.HEADINGS)
    idents = [attrs["id"] for attrs in page.all("section")]
    assert len(set(idents)) == len(idents)


@pytest.mark.parametrize("made", ["bare", "one_day", "week"])
def test_what_is_missing_is_said_and_never_a_crash(fill, read, made):
    snapshot = {"bare": bare, "one_day": lambda f: f.snapshot(weeks=0), "week": lambda f: f.snapshot(weeks=1)}[made](
        fill
    )
    snapshot = replace(snapshot, methods=(), audit=None)
    page = read(quality.render(snapshot))
    for sentence in (
        "Een volledige controle is nog niet gedaan",
        "Stiptheid is niet gemeten",
        "niet vastgelegd",
        "Er is geen contactadres ingesteld",
    ):
        assert sentence in page.text
    if made == "bare":
        assert "Er is nog geen enkele bron bekeken" in page.text
        assert "Er valt dus nog niets te zeggen over de nauwkeurigheid" in page.text
        assert "ontbreken nog: aandelen per soort, beweging" in page.text
    assert read(page.source).all("section")


@pytest.mark.parametrize("held", [None, [], {}, "", 3])
def test_an_edition_without_attacks_is_not_taken_for_one_that_passed(fill, read, held):
    made = fill.snapshot()
    made = replace(made, editions=[replace(edition, attacks=held) for edition in made.editions])
    text = read(quality.render(made)).text
    assert "We weten dus niet of ze zijn gedaan" in text
    assert "afgeslagen" not in text.replace("telt niet als afgeslagen", "")


def test_an_attack_that_did_not_run_never_counts_as_passed(fill, read):
    text = read(quality.render(fill.snapshot())).text
    assert "A8 de grens van de open data overschrijden niet uitgevoerd" in text
    assert "A1 kleine getallen uitrekenen uit totalen afgeslagen ja" in text


@pytest.mark.parametrize(
    ("held", "control"),
    [
        ([{"attack": "A1", "outcome": "not_run"}], None),
        ({"A1": {"outcome": "not_run", "control": False}}, False),
        ({"A1": {"outcome": "not_run", "control": True}}, True),
        ({"A1": "not_run"}, None),
        ([{"code": "A1"}], None),
    ],
)
def test_attacks_are_read_however_the_ledger_lists_them(fill, held, control):
    [attack] = proof.attacks_of(replace(fill.snapshot().edition, attacks=held))
    assert (attack.code, attack.outcome, attack.control) == ("A1", "not_run", control)


def test_an_audit_that_found_something_says_so(fill, read):
    audit = Audit(fill.DAY, {"A7": {"outcome": "failed", "control": True}}, 2)
    text = read(quality.render(replace(fill.snapshot(), audit=audit))).text
    assert "A7 zien of één adverteerder meetelt NIET afgeslagen ja" in text
    assert "klopte niet alles met wat is vastgelegd (2)" in text


def test_the_days_on_which_a_source_was_not_seen_are_listed(fill):
    made = fill.snapshot(shut="nl_rubriek")
    sources = quality.sections(made)[1]
    by_source, troubles = sources.tables
    wrong = [row for row in made.quality if row.state_code != "ok"]
    assert len(troubles.rows) == len(wrong)
    assert troubles.rows[0][:3] == ("8 november 2026", "Rubriek", "niet gelukt")
    assert sum(int(row[3]) for row in by_source.rows) == len(wrong)
    assert sum(int(row[1]) for row in by_source.rows) == len(made.quality)


def test_a_break_is_named(fill, read):
    made = fill.snapshot()
    assert "In de getoonde weken is er geen breuk" in read(quality.render(made)).text
    rows = [
        replace(v, source_group_count=2)
        if (v.period_code, v.area_code) == ("week", "CR12") and v.period_start_date.day == 2
        else v
        for v in made.volumes
    ]
    assert "Er is een breuk in week 45" in read(quality.render(replace(made, volumes=rows))).text


def test_cells_are_counted_as_they_are(fill):
    made = fill.snapshot()
    table = cells.statuses(made)
    week = next(row for row in table.rows if row[:2] == ("Aantal per week", "gemeente"))
    here = [v for v in made.volumes if (v.period_code, v.setting_code) == ("week", "all")]
    here = [v for v in here if made.areas[v.area_code].level_code == "municipality"]
    assert week[2] == wording.number(len(here))
    assert week[3] == cells.part(sum(v.status_code == PUBLISHED for v in here), len(here))
    assert sum(int(str(row[2]).replace(".", "")) for row in table.rows) == (
        sum(map(len, (made.volumes, made.shares, made.movements, made.stays, made.steps, made.effects)))
    )


def test_every_interval_is_in_the_table_of_widths(fill):
    made = fill.snapshot()
    shown = [v for v in made.volumes if v.setting_code == "all" and v.status_code == PUBLISHED]
    table = cells.widths(made)
    assert sum(int(str(row[2]).replace(".", "")) for row in table.rows) == len(shown)
    day = next(row for row in table.rows if row[:2] == ("dag", "160 of meer"))
    widths = sorted(
        (v.upper_count - v.lower_count) / 2 / v.advertiser_count
        for v in shown
        if v.period_code == "day" and v.advertiser_count >= 160
    )
    middle = (widths[(len(widths) - 1) // 2] + widths[len(widths) // 2]) / 2
    assert day[3] == f"± {wording.percent(middle)}"


def test_parts_stand_beside_the_whole_as_they_are_printed(fill):
    made = fill.snapshot()
    row = coherence.parts(made, made.region).rows[0]
    found = [made.last_week(area.area_code) for area in made.members(made.region)]
    shown = [v.advertiser_count for v in found if v is not None and v.advertiser_count is not None]
    assert row[1:4] == (
        wording.number(sum(shown)),
        f"{len(shown)} van {len(found)}",
        wording.figure(made.last_week(made.region)),
    )


def test_weeks_stand_beside_their_block(fill):
    made = fill.snapshot()
    row = coherence.blocks(made).rows[0]
    block = made.series("block", made.focus)[-1]
    weeks = [
        made.volume("week", block.period_start_date + timedelta(weeks=n), made.focus).advertiser_count for n in range(4)
    ]
    assert row[2:4] == (f"{min(weeks)} tot {max(weeks)}", wording.figure(block))


def test_the_last_step_is_held_against_the_volume(fill):
    made = fill.snapshot()
    assert "nog niet" in coherence.last_steps(replace(made, steps=()))
    volume = made.last_week("CR12")
    step = replace(made.steps[-5], week_start_date=volume.period_start_date, step_count=volume.advertiser_count)
    assert (step.step_code, step.area_code) == ("advertisers", "CR12")
    assert "in 1 van de 1 keer" in coherence.last_steps(replace(made, steps=[step]))
    wrong = replace(step, step_count=volume.advertiser_count + 5)
    assert "in 0 van de 1 keer" in coherence.last_steps(replace(made, steps=[wrong]))


def test_days_without_a_release_are_named(fill):
    made = fill.snapshot()
    gap = replace(made, editions=[made.editions[0], made.editions[-1]])
    told = " ".join(time.timeliness(gap))
    assert "Er zijn uitgaven van 2 van de 3 dagen" in told
    assert "Dagen zonder uitgave: 7 november 2026" in told


def test_a_correction_says_how_far_figures_moved(fill, read):
    made = fill.snapshot()
    twice = replace(made.editions[-1], version_number=2)
    made = replace(made, editions=[*made.editions, twice])
    assert "is in deze uitgave niet na te gaan" in read(quality.render(made)).text
    made = replace(made, revisions=[Revision(fill.DAY, 2, "week", 400, 90, 12, 3, 1, 6.25, 15)])
    assert "8 november 2026, versie 2 week 400 12 van 90 6,2 15 1 3" in read(quality.render(made)).text


def test_corrections_are_measured_in_the_database(conn, fill):
    """Three figures of a day released again: one moved within its interval, one beyond it, one withheld."""
    made = fill.snapshot(weeks=1)
    fill.insert(conn, made)
    before = {code: made.volume("day", fill.DAY, code) for code in ("GM0153", "CR12", "NL")}
    after = [
        replace(before["GM0153"], advertiser_count=before["GM0153"].advertiser_count + 10),
        replace(before["CR12"], advertiser_count=before["CR12"].upper_count + 5),
        fill.hidden("day", fill.DAY, "NL", "all", "withheld", "complement"),
    ]
    fill.correct(conn, made, after)
    [found] = load_dashboard(conn).revisions
    moved = before["CR12"].upper_count + 5 - before["CR12"].advertiser_count
    assert found == Revision(fill.DAY, 2, "day", 3, 2, 2, 1, 1, (10 + moved) / 2, moved)
    assert load_digest(conn, fill.DAY).revisions == ()


def test_what_was_measured_once_names_its_program_and_month(read, fill):
    root = Path(benchmarks.__file__).parents[2]
    assert all((root / item.program.split()[0]).is_file() for item in benchmarks.BENCHMARKS)
    assert "Eén keer gemeten, niet vandaag" in read(quality.render(fill.snapshot())).text
    assert re.fullmatch(r"[a-z]+ 20\d\d", benchmarks.WHEN)


def test_the_dashboard_page_has_its_parts(fill):
    idents = [section.ident for section in quality.sections(fill.snapshot())]
    assert idents == ["vandaag", "bronnen", "revisies", "ijking", "aanvallen", "grootboek"]
    ijking = quality.sections(fill.snapshot())[3]
    assert [row[2] for row in ijking.tables[0].rows] == [
        "gecontroleerd, 30 dagen geleden",
        "niet gecontroleerd",
        "gecontroleerd, 12 dagen geleden",
        "niet gecontroleerd",
    ]
    assert "Hoe vaak het goed ging, staat niet in de uitgave" in ijking.sentences[1]


def test_hostile_text_stays_text(fill, read):
    made = fill.dressed(fill.snapshot(), HOSTILE)
    page = read(quality.render(made, contact=HOSTILE, notice=HOSTILE))
    assert not page.all("script")
    assert "{{7*7}}" in page.text
    assert HOSTILE.encode() not in quality.render(made)


def test_the_page_is_small_and_the_same_each_time(fill):
    """Two years with twenty sources and a release every day."""
    made = fill.snapshot(weeks=104)
    made = replace(
        made,
        editions=fill.editions(fill.DAY, 730),
        quality=[replace(row, source_code=f"{row.source_code}_{n}") for row in made.quality for n in range(5)],
    )
    assert quality.render(made) == quality.render(made)
    assert len(quality.render(made)) < 250_000


def test_built_from_the_database(conn, fill, tmp_path):
    fill.insert(conn, fill.snapshot())
    path = quality.build(conn, tmp_path / "kwaliteitsrapport.html")
    assert path.read_bytes() == quality.render(fill.snapshot())
