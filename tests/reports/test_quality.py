from dataclasses import replace

import pytest

from reports import quality


def test_the_report_follows_the_headings_and_the_figures(fill, read):
    page = read(quality.render(fill.snapshot(shut="nl_rubriek"), contact="beheer@gemeente.example"))
    for heading in ("Relevantie", "Nauwkeurigheid", "Actualiteit", "Vergelijkbaarheid", "Toegankelijkheid"):
        assert heading in page.text
    assert "In de getoonde weken is er geen breuk" in page.text
    assert "niet gekalibreerd" in page.text.casefold()


def test_an_attack_that_did_not_run_never_counts_as_passed(fill, read):
    text = read(quality.render(fill.snapshot())).text
    assert "A8 de grens van de open data overschrijden niet uitgevoerd" in text
    assert "A1 kleine getallen uitrekenen uit totalen afgeslagen" in text


@pytest.mark.parametrize(
    "held",
    [
        [{"attack": "A1", "outcome": "not_run"}],
        {"A1": {"outcome": "not_run"}},
        {"A1": "not_run"},
        [{"code": "A1"}],
    ],
)
def test_attacks_are_read_however_the_ledger_lists_them(fill, held):
    [attack] = quality.attacks_of(replace(fill.snapshot().edition, attacks=held))
    assert (attack.code, attack.outcome) == ("A1", "not_run")


def test_a_break_is_named(fill, read):
    made = fill.snapshot()
    rows = [
        replace(v, source_group_count=2)
        if (v.period_code, v.area_code) == ("week", "CR12") and v.period_start_date.day == 2
        else v
        for v in made.volumes
    ]
    assert "Er is een breuk in week 45" in read(quality.render(replace(made, volumes=rows))).text


def test_built_from_the_database(conn, fill, tmp_path):
    fill.insert(conn, fill.snapshot())
    path = quality.build(conn, tmp_path / "kwaliteitsrapport.html")
    assert path.read_bytes() == quality.render(fill.snapshot())
