"""Numbers are of the simulated blocks: made up, never dialled."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from nlp import attributes

NUMBER = "+31620001234"
FORMS = [
    "0620001234",
    "06 20001234",
    "06-20001234",
    "06.20.00.12.34",
    "06/20001234",
    "06_20_00_12_34",
    "(06) 20001234",
    "+31 6 20001234",
    "+31 (0)6 2000 1234",
    "+31 06 20001234",
    "0031620001234",
    "0031 (0)6-20 00 12 34",
    "31620001234",
    "0 6 2 0 0 0 1 2 3 4",
    "06\n20001234",
    "06\u200b2000\u200b1234",
    "06 ❤️ 20 ❤️ 00 ❤️ 12 ❤️ 34",
    "06 (twintig) 00 (twaalf) 34",
    "nul zes twintig nul nul twaalf vierendertig",
    "nul zes twee nul nul nul een twee drie vier",
    "nul-zes-twee-nul-nul-nul-een-twee-drie-vier",
    "nulzes twintig nulnul twaalf vierendertig",
    "nul zes twee driedubbel nul een twee drie vier",
    "06 twee nul nul nul een 2 drie 4",
    "plus eenendertig zes twintig nul nul twaalf vierendertig",
    "null sechs zwei null null null eins zwei drei vier",
    "null sechs zwanzig null null zwölf vierunddreißig",
    "zero six twenty double zero twelve thirty four",
    "cero seis veinte cero cero doce treinta y cuatro",
    "zero seis vinte zero zero doze trinta e quatro",
    "zero șase douăzeci zero zero doisprezece treizeci și patru",
    "zero sześć dwadzieścia zero zero dwanaście trzydzieści cztery",
    "nulla hat húsz nulla nulla tizenkettő harmincnégy",
    "нула шест двадесет нула нула дванадесет тридесет и четири",
    "zero sei venti zero zero dodici trentaquattro",
    "zéro six vingt zéro zéro douze trente-quatre",
    "0️⃣6️⃣2️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣",
    "０６２０００１２３４",
    "⓪⑥②⓪⓪⓪①②③④",
    "⓪⑥⑳⓪⓪⑫㉞",
    "٠٦٢٠٠٠١٢٣٤",
    "𝟎𝟔𝟐𝟎𝟎𝟎𝟏𝟐𝟑𝟒",
    "O6 2OOO l234",
    "o6-2ooo1z34",
    "Об 2ООО I2З4",
    "0a6b2c0d0e0f1g2h3i4",
    "06x20x00x12x34",
    "wa.me/31620001234",
    "https://wa.me/31620001234?text=hallo",
    "tel:+31620001234",
    "whatsapp://send?phone=31620001234",
]
NOTHING = [
    "NL91 ABNA 0417 1643 00",
    "NL91ABNA0417164300",
    "IBAN DE89 3704 0044 0532 0130 00",
    "KvK 06123456",
    "kvk-nummer 61234567",
    "BTW NL001234567B01",
    "100 euro 150 200 250",
    "€ 50,- 30 min € 80,- 60 min",
    "06-12-2025 10:30",
    "06/10/1998 12:30 uur",
    "geboren 06 10 1998 27 jaar",
    "van 10:00 tot 23:00 uur, 24/7",
    "ma 09:00-18:00 di 09:00-18:00 wo 09:00-18:00",
    "7511 AB 12",
    "ISBN 0-306-40615-2",
    "0-306-40615-2",
    "isbn 978-90-274-3964-2",
    "bestelnummer 0620001234",
    "ordernr: 2024-0620001234",
    "ORD0620001234",
    "advertentienummer 0620001234",
    "52.2215372, 6.8936619",
    "1.70 m 55 kg 75C 21 jaar",
    "4111 1111 1111 1111",
    "0620012",
    "062000123456789",
    "lees van achter naar voren: 0620001234",
    "2024 2025 2026",
    "192.168.001.100",
    "0900 1234567",
    "u0620001234@post.example",
    "https://x.example/ad/0620001234",
    "een twee drie vier vijf zes zeven acht negen tien",
    "06 tot 12 uur en 34",
    "€0620001234",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_at_its_place(reader: Language, form: str) -> None:
    text = f"Hallo, bel mij op {form} voor een afspraak."
    (mention,) = attributes.phones(reader(text))
    assert mention.e164 == NUMBER
    assert mention.country == "NL"
    written = text[mention.start : mention.end]
    assert written in form
    assert form.endswith(written) or "?" in form


@pytest.mark.parametrize("other", NOTHING)
def test_other_digits_are_no_number(reader: Language, other: str) -> None:
    assert attributes.phones(reader(f"Hallo, ik ben er {other} voor een afspraak")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tel 0171 000 1234", "+491710001234"),
        ("Tel 0171/0001234", "+491710001234"),
        ("+49 171 0001234", "+491710001234"),
        ("0049 (0)171 000 1234", "+491710001234"),
        ("+32 470 00 12 34", "+32470001234"),
        ("bel 0470/00.12.34", "+32470001234"),
        ("Recibo en mi casa, llámame al 600 001 234 para una cita", "+34600001234"),
        ("Atendo no meu apartamento, liga para o 910 001 234 para marcar", "+351910001234"),
        ("Zapraszam panów do siebie, zadzwoń 500 001 234 od rana", "+48500001234"),
        ("Lakásomban várlak, hívj bátran: 06 20 000 1234 minden nap", "+36200001234"),
        ("Primesc acasă, sună la 0720 001 234 pentru programare", "+40720001234"),
        ("I host at my place, call me on 07400 001234 any day", "+447400001234"),
    ],
)
def test_foreign_forms(reader: Language, text: str, expected: str) -> None:
    assert [mention.e164 for mention in attributes.phones(reader(text))] == [expected]


def test_two_numbers_and_a_repeat(reader: Language) -> None:
    doc = reader("06-20001234 / 06 20 00 56 78, dus nogmaals: +31620001234")
    assert [mention.e164 for mention in attributes.phones(doc)] == [NUMBER, "+31620005678", NUMBER]


def test_number_beside_a_date_and_prices(reader: Language) -> None:
    doc = reader("Vanaf 06-12-2025 10:30: 80 euro. 0620001234 24/7, 100 euro per uur.")
    assert [mention.e164 for mention in attributes.phones(doc)] == [NUMBER]


def test_repr_shows_no_number(reader: Language) -> None:
    assert "2000" not in repr(attributes.phones(reader("bel 0620001234")))


HOSTILE = ["0 6 ", "0620001234", "06 20 00 12 34 bla bla bla bla bla ", "a1", "06\n", "een twee ", "0O", "+", "06-"]
HOSTILE += [
    "nee 06 20 ",
    "begint met 06 dan 20 ",
    "n u l z e s ",
    "♥6 2♥♥♥ ",
    "drie nullen ",
    "zess negn ",
    "0620001234 nee ",
]
HOSTILE += [
    "tweehonderdduizend",
    "ꓳ6ꓳ",
    "roos 20 ",
    "z3s ",
    "deel 1 = 06 ",
    "6 +39 ",
    "quatre vingt dix ",
    "eerst 06 nee ",
]
HOSTILE += [
    "06 (ja echt) 20 ",
    "haha 06 ",
    "06+20+",
    "06/12, ",
    "nulll",
    "twin tig 06 ",
    "vier keer een ",
    "trei de 0 ",
    "n u l 6 ",
]
HOSTILE += ["(ja ", "nulsixzerotwee", "ОбƧ", "a0 b6 ", "zero sicks too "]
HOSTILE += ["nulzes", " ", "ab.cd@", "€ 1,2 ", "http://", "12:34-", "0", "\u200b0", "🔴", "NL91ABNA", "quatre-vingt "]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_of_anything_is_read_in_linear_time(reader: Language, unit: str) -> None:
    text = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    began = time.process_time()
    reader.get_pipe("phone_finder")(reader.make_doc(text))
    assert time.process_time() - began < 1.0


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from("0123456789OolI+-. ()/€:,abnulzes\n\u20e3\ufe0f٣①二"), max_size=120))
def test_any_text_is_read_and_mentions_lie_in_it(reader: Language, text: str) -> None:
    doc = reader(text)
    assert doc.text == text
    for mention in attributes.phones(doc):
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.e164.startswith("+")
