import json
from datetime import date

import pytest
from spacy.language import Language

from nlp.errors import BadLine
from nlp.pipeline import VERSION
from nlp.reading import read_lines, read_listings
from warehouse.records import Facts, Listing


def read(reader: Language, day: date | None = None, **fields: str | None) -> Facts:
    listing = Listing(**{"source": "x", "listing_id": "1", "title": "", "body": "", **fields})  # type: ignore[arg-type]
    (facts,) = read_listings(reader, [listing], day=day)
    return facts


def test_facts_of_a_listing(reader: Language) -> None:
    facts = read(
        reader,
        title="Nieuw in Enschede",
        body="Ik ontvang je graag bij mij thuis, in een rustige buurt. Bel of app 0620001234 voor een afspraak.",
    )
    assert facts.numbers == ("+31620001234",)
    assert facts.places[0].area_code == "GM0153"
    assert facts.places[0].probability > 0.9
    assert (facts.language, facts.setting, facts.pipeline_version) == ("nl", "home", VERSION)


def test_place_field_outranks_the_text(reader: Language) -> None:
    facts = read(reader, body="Ik kom ook weleens in Hengelo.", place="Enschede")
    assert [guess.area_code for guess in facts.places] == ["GM0153", "GM0164"]
    assert facts.places[0].probability > 0.9
    assert facts.places[1].probability < 0.5


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Enschede", "GM0153"),
        ("ENSCHEDE", "GM0153"),
        ("enschede-zuid", "GM0153"),
        ("Glanerbrug", "GM0153"),
        ("Hengelo (Gld)", "GM1876"),
        ("Hengelo, Overijssel", "GM0164"),
        ("Hengelo", "GM0164"),
        ("Best", "GM0753"),
        ("best", "GM0753"),
        ("Een", "GM1699"),
        ("Den Haag", "GM0518"),
        ("'s-Hertogenbosch", "GM0796"),
        ("7511 AB Enschede", "GM0153"),
        ("7511AB", "GM0153"),
        ("Enschde", "GM0153"),
        ("Gronau", "DE"),
        ("Regio Twente, Almelo", "GM0141"),
        ("Bergen (NH)", "GM0373"),
        ("Beek (L)", "GM0888"),
        ("Groningen", "GM0014"),
        ("Utrecht", "GM0344"),
        ("Súdwest-Fryslân", "GM1900"),
        ("Nuenen, Gerwen en Nederwetten", "GM0820"),
    ],
)
def test_place_fields(reader: Language, place: str, code: str) -> None:
    assert read(reader, body="Een bericht.", place=place).places[0].area_code == code


def test_region_alone_names_no_municipality(reader: Language) -> None:
    assert read(reader, body="Een bericht.", place="Twente").places == ()
    assert read(reader, body="Een bericht.", place="Nederland").places == ()


def test_place_field_is_evidence_for_the_text(reader: Language) -> None:
    assert read(reader, body="Ik woon in Haarle.", place="Hellendoorn").places[0].area_code == "GM0163"
    assert {g.area_code for g in read(reader, body="Ik woon in Haarle.", place="Tubbergen").places} >= {"GM0183"}


def test_contact_field_comes_first_and_a_number_counts_once(reader: Language) -> None:
    facts = read(reader, body="Bel 06 20 00 12 34 of 0620005678", contact="O62OOO5678")
    assert facts.numbers == ("+31620005678", "+31620001234")


def test_category_is_a_cue(reader: Language) -> None:
    assert read(reader, body="Bel mij gerust.", category="Privé ontvangst").setting == "home"
    assert read(reader, body="Bel mij gerust.", category="Escort").setting == "escort"
    assert read(reader, body="Bel mij gerust.", category="Clubs & privéhuizen").setting == "club"
    assert read(reader, body="Bel mij gerust.").setting == "unknown"


def test_borders_of_the_day(reader: Language) -> None:
    assert read(reader, place="Wijdemeren", body="-", day=date(2026, 12, 31)).places[0].area_code == "GM1696"
    assert read(reader, place="Wijdemeren", body="-", day=date(2027, 1, 1)).places[0].area_code == "GM0402"


def test_order_and_stream(reader: Language) -> None:
    listings = (Listing("x", str(i), "", f"Bel 06 2000 {i:04d}") for i in range(600))
    numbers = [facts.numbers for facts in read_listings(reader, listings)]
    assert numbers == [(f"+3162000{i:04d}",) for i in range(600)]


def test_lines(reader: Language) -> None:
    lines = [
        json.dumps({"id": "a", "title": "Nieuw", "body": "Thuis in Almelo", "place": None}),
        "",
        json.dumps({"id": 7, "body": "-", "place": "Borne"}),
    ]
    read_back = list(read_lines(reader, lines))
    assert [identity for identity, _ in read_back] == ["a", "7"]
    assert [facts.places[0].area_code for _, facts in read_back] == ["GM0141", "GM0147"]


@pytest.mark.parametrize(
    "line",
    ["{geheim 0620001234", '["geheim"]', '{"id": "1"}', '{"id": "1", "body": 5}', '{"body": "geheim 0620001234"}'],
)
def test_bad_line_names_its_number_and_nothing_else(reader: Language, line: str) -> None:
    with pytest.raises(BadLine) as caught:
        list(read_lines(reader, ['{"id": "1", "body": "goed"}', line]))
    assert caught.value.line_number == 2
    assert caught.value.exit_code == 2
    assert "geheim" not in str(caught.value)
    assert "0620001234" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_facts_do_not_show_numbers(reader: Language) -> None:
    assert "2000" not in repr(read(reader, body="bel 0620001234"))
