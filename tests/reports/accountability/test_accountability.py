import csv
import io
import json
from dataclasses import fields, replace
from datetime import date

import pytest

from reports import accountability, quality
from reports.accountability import algorithm, record
from reports.accountability.facts import (
    EntryFact,
    KeptFact,
    KeyFact,
    LedgerFact,
    ReceiptFact,
    SourceFact,
    SystemFacts,
)
from reports.errors import ReportNotWritten

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"
LAST = (
    EntryFact("2026-11-07", "daily", 1, "a" * 64, "0" * 64, "b" * 64),
    EntryFact("2026-11-08", "audit", 1, "c" * 64, "b" * 64, "d" * 64),
)
FACTS = SystemFacts(
    organisation="Gemeente Voorbeeld",
    on=date(2026, 11, 9),
    sources=(
        SourceFact("nl_rubriek", "Voorbeeld BV", "gamma", "statistiek", "DPIA-1", date(2027, 1, 1), is_enabled=True),
        SourceFact("uit", "<b>Iemand</b>", "delta", "", "", None, is_enabled=False),
    ),
    keys=(
        KeyFact("pseudonym", "E0002", "destroyed", date(2026, 10, 12)),
        KeyFact("pseudonym", "E0003", "in use", date(2027, 1, 11)),
        KeyFact("spool", "", "wrong"),
    ),
    receipts=(ReceiptFact("load", 112, date(2026, 10, 12), date(2026, 11, 8), 31_000),),
    kept=(
        KeptFact("backup", 0, None, None),
        KeptFact("sighting", 31_000, date(2026, 10, 12), date(2027, 3, 23)),
        KeptFact("spool file", 1, date(2026, 11, 8), date(2026, 11, 11)),
    ),
    objections=2,
    ledger=LedgerFact(is_whole=True, entries=52, last=LAST),
)


def page(fill, read, facts=FACTS, snapshot=None, **more):
    made = accountability.render(snapshot or fill.snapshot(), facts, **more)
    return read(made[accountability.PAGE])


def test_the_pack_holds_what_was_handed_over(fill, read):
    shown = page(fill, read, contact="beheer@gemeente.example")
    for part in (
        "Gemeente Voorbeeld",
        "nl_rubriek",
        "E0002 vernietigd 12 oktober 2026",
        "E0003 in gebruik 11 januari 2027",
        "31.000",
        "pseudoniemen",
        "niet in orde",
        "dag van een bron geladen",
        "Bezwaren die gelden: 2",
        "Bezwaren die nu gelden: 2",
        "<b>Iemand</b>",
        "dagen waarop een advertentie te zien was 23 weken 31.000 12 oktober 2026 23 maart 2027",
        "Niets is over de termijn",
        "De keten is nagerekend en klopt: 52 regels",
        f"2026-11-08 volledige controle 1 {'c' * 16} {'d' * 16}",
    ):
        assert part in shown.text
    assert not shown.all("b")


def test_the_record_has_every_letter_of_article_30_and_the_dpia_every_point(fill):
    article_30 = record.record(fill.snapshot(), FACTS, "")
    assert {row[0][0] for row in article_30.tables[0].rows[:-1]} == set("abcdefg")
    points = [row[0].split(".")[0] for row in record.dpia(FACTS).tables[0].rows]
    assert points == [str(number) for number in range(1, 18)]


def test_the_record_names_what_it_holds_of_recipients(fill):
    told = dict(record.record(fill.snapshot(), FACTS, "").tables[0].rows)
    assert "outbox/*.eml" in told["c. Ontvangers van het dagbericht"]
    assert "verzonden mail 13 weken" in told["f. Termijnen"]
    assert "outbox/*.eml, met adressen van ontvangers, heeft geen termijn" in told["f. Termijnen"]


def test_mail_past_its_term_is_told(fill, read):
    late = replace(FACTS, kept=(KeptFact("mail sent", 3, date(2026, 8, 1), date(2026, 11, 1)),))
    assert "over de termijn zijn wie welk dagbericht kreeg, zonder adres" in page(fill, read, late).text


def test_what_cannot_be_seen_from_here_is_not_told_as_none(fill, read):
    unseen = replace(FACTS, kept=(*FACTS.kept, KeptFact("run of Airflow", None, None, None)))
    text = page(fill, read, unseen).text
    assert "niet te zien, en hier niet op te ruimen: gedane taken van de planning, als aantal." in text
    assert "niet te zien" not in page(fill, read, FACTS).text


# Schema v1_0 of the register, without `lars`, which the register gives out.
STANDARD = (
    "name description_short organization category status begin_date end_date contact_email website publication_category url "
    "goal proportionality human_intervention risks lawful_basis lawful_basis_grouping process_index_url "
    "impacttoetsen_grouping impacttoetsen source_data source_data_grouping methods_and_models provider publiccode lang "
    "standard_version source_id tags"
)


def test_the_entry_for_the_register_has_the_fields_of_the_standard(fill):
    made = accountability.render(fill.snapshot(), FACTS, contact="beheer@gemeente.example")
    entry = json.loads(made[accountability.ALGORITHM])
    assert list(entry) == STANDARD.split()
    assert (entry["lang"], entry["standard_version"]) == ("nld", "1.0")
    assert (entry["organization"], entry["contact_email"]) == ("Gemeente Voorbeeld", "beheer@gemeente.example")
    for field in algorithm.fields(FACTS, "beheer@gemeente.example"):
        assert field.most is None or field.value is None or len(field.value) <= field.most, field.name


def test_what_only_the_organisation_knows_is_empty_in_the_file_and_said_on_the_page(fill, read):
    made = accountability.render(fill.snapshot(), SystemFacts())
    entry = json.loads(made[accountability.ALGORITHM])
    for name in ("organization", "contact_email", "status", "publication_category", "impacttoetsen_grouping"):
        assert entry[name] is None
    text = read(made[accountability.PAGE]).text
    assert "status nog in te vullen door de organisatie (In ontwikkeling, In gebruik of Buiten gebruik)" in text


def test_what_was_not_handed_over_is_said_to_be_missing(fill, read):
    text = page(fill, read, SystemFacts()).text
    for sentence in (
        "Het register van bronnen is niet meegegeven",
        "De stand van de sleutels is niet meegegeven",
        "De bewijzen zijn niet meegegeven",
        "Wat er nu ligt, is niet meegegeven",
        "Het grootboek is niet meegegeven",
        "Het aantal bezwaren is niet meegegeven",
    ):
        assert sentence in text
    assert text.count("nog in te vullen") >= 15


def test_what_is_over_its_term_is_named(fill, read):
    late = replace(FACTS, kept=(KeptFact("spool file", 1, date(2026, 11, 1), date(2026, 11, 4)),))
    assert "Let op: over de termijn zijn versleutelde pagina's" in page(fill, read, late).text


def test_a_broken_ledger_is_said(fill, read):
    broken = replace(FACTS, ledger=LedgerFact(is_whole=False, entries=2, last=LAST))
    text = page(fill, read, broken).text
    assert "de keten van het grootboek klopt NIET" in text
    assert "klopt: " not in text


def test_the_ledger_file_has_whole_digests_and_no_formula(fill):
    first = replace(LAST[0], kind="=cmd|' /C calc'!A1")
    facts = replace(FACTS, ledger=LedgerFact(is_whole=True, entries=2, last=(first, LAST[1])))
    text = accountability.render(fill.snapshot(), facts)[accountability.LEDGER].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[2] == ["2026-11-08", "volledige controle", "1", "c" * 64, "b" * 64, "d" * 64]
    assert rows[1][1] == "'=cmd|' /C calc'!A1"


def test_hostile_text_stays_text(fill, read):
    facts = SystemFacts(
        organisation=HOSTILE,
        sources=(SourceFact(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, is_enabled=True),),
        keys=(KeyFact(HOSTILE, HOSTILE, HOSTILE),),
        receipts=(ReceiptFact(HOSTILE, 1, fill.DAY, fill.DAY, 1),),
        kept=(KeptFact(HOSTILE, 1, None, None),),
        ledger=LedgerFact(True, 1, (EntryFact(HOSTILE, HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE),)),
    )
    made = accountability.render(fill.dressed(fill.snapshot(), HOSTILE), facts, contact=HOSTILE, notice=HOSTILE)
    for name in (accountability.PAGE, accountability.QUALITY):
        assert not read(made[name]).all("script")
        assert HOSTILE.encode() not in made[name]
    assert json.loads(made[accountability.ALGORITHM])["organization"] == HOSTILE


def test_the_facts_have_no_room_for_a_value_of_a_key_or_anything_about_a_person():
    named = {field.name for kind in (KeyFact, ReceiptFact, KeptFact, EntryFact) for field in fields(kind)}
    assert not named & {"value", "key", "pseudonym", "subject", "request", "attacks", "number"}


def test_the_pack_is_a_folder_with_the_quality_report_in_it(conn, fill, tmp_path):
    fill.insert(conn, fill.snapshot())
    path = accountability.build(conn, tmp_path / "verantwoording", facts=FACTS)
    made = accountability.render(fill.snapshot(), FACTS)
    assert path == tmp_path / "verantwoording" / "index.html"
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == made
    assert made[accountability.QUALITY] == quality.render(fill.snapshot())
    assert [entry.name for entry in tmp_path.iterdir()] == ["verantwoording"]


def test_the_folder_is_replaced_whole_or_left_as_it_was(tmp_path):
    out = tmp_path / "pak"
    accountability.put(out, {"index.html": b"een", "oud.csv": b"oud"})
    accountability.put(out, {"index.html": b"twee"})
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == [("index.html", b"twee")]
    with pytest.raises(ReportNotWritten):
        accountability.put(out, {"index.html": b"drie", "a" * 300: b"a name that no file can have"})
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == [("index.html", b"twee")]
    assert [entry.name for entry in tmp_path.iterdir()] == ["pak"]


def test_every_page_fits_the_budget(fill):
    made = accountability.render(fill.snapshot(weeks=104), FACTS)
    assert all(len(data) < 250_000 for data in made.values())
