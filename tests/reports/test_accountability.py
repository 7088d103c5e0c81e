from datetime import date

from reports import accountability
from reports.accountability import KeyFact, ReceiptFact, SourceFact, SystemFacts

FACTS = SystemFacts(
    organisation="Gemeente Voorbeeld",
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
    objections=2,
)


def test_the_pack_holds_what_was_handed_over(fill, read):
    page = read(accountability.render(fill.snapshot(), FACTS, contact="beheer@gemeente.example"))
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
        "<b>Iemand</b>",
    ):
        assert part in page.text
    assert not page.all("b")


def test_what_was_not_handed_over_is_said_to_be_missing(fill, read):
    text = read(accountability.render(fill.snapshot(), SystemFacts())).text
    assert "Het register van bronnen is niet meegegeven" in text
    assert "De stand van de sleutels is niet meegegeven" in text
    assert "De bewijzen zijn niet meegegeven" in text
    assert text.count("nog in te vullen") >= 4


def test_built_from_the_database(conn, fill, tmp_path):
    fill.insert(conn, fill.snapshot())
    path = accountability.build(conn, tmp_path / "verantwoording.html", facts=FACTS)
    assert path.read_bytes() == accountability.render(fill.snapshot(), FACTS)
