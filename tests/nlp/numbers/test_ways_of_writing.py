"""Whole texts, by the family of disguise. Numbers are made up or set aside for fiction, never dialled."""

import pytest
from spacy.language import Language

from nlp import attributes

NUMBER = "+31620001234"


def _read(reader: Language, text: str) -> list[str]:
    return [mention.e164 for mention in attributes.phones(reader(text))]


@pytest.mark.parametrize(
    "text",
    [
        "nul zes, twee, drie keer nul, een twee drie vier",
        "06, dan twee, drie maal de nul, 12 en 34",
        "nulzes twee drienullen twaalf vierendertig",
        "nul zes twee 3x nul een twee drie vier",
        "nul zes, tweeduizend, twaalf, vier en dertig",
        "06 twintighonderd twaalfhonderdvierendertig",
        "zero six two thousand twelve thirty-four",
        "null sechs, zwei, dreimal die null, zwölf, vier und dreißig",
        "cero seis dos, tres veces cero, doce treinta y cuatro",
        "zero șase doi, de trei ori zero, doisprezece treizeci și patru",
        "zero sześć dwa, trzy razy zero, dwanaście trzydzieści cztery",
        "nulla hat kettő háromszor nulla tizenkettő harmincnégy",
        "нула шест две, три пъти нула, дванадесет тридесет и четири",
        "zero sei due, tre volte zero, dodici trentaquattro",
    ],
)
def test_repeats_hundreds_and_thousands(reader: Language, text: str) -> None:
    assert _read(reader, f"Bel: {text}.") == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "N.u.l z.e.s t.w.e.e n.u.l n.u.l n.u.l e.e.n t.w.e.e d.r.i.e v.i.e.r",
        "N U L Z E S T W I N T I G N U L N U L T W A A L F V I E R E N D E R T I G",
        "06 t-w-e-e n-u-l n-u-l n-u-l 1234",
        "nu1 z3s tw33 nu1 nu1 nu1 33n tw33 dr1e v1er",
        "nul zess twe nul nul nul een twee drei vierr",
        "nul six twee zero null nul one zwei drie four",
        "06roos20roos00roos12roos34",
        "06 ster 20 ster 00 ster 12 ster 34",
        "零六 二零零零 一二三四",
        "➕31 6 2000 1234",
    ],
)
def test_words_in_disguise(reader: Language, text: str) -> None:
    assert _read(reader, f"Mijn nummer is {text}, tot gauw") == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "Het begint met 06, daarna komt 2000 en het eindigt op 1234.",
        "Begin met nulzes. Mijn hond is zwart. Dan komt twee nul nul nul. En tot slot een twee drie vier.",
        "Deel 1 = 0620. Deel 2 = 0012. Deel 3 = 34. Plak ze aan elkaar!",
        "De eerste twee cijfers zijn 06, de volgende vier zijn 2000 en de laatste vier zijn 1234",
        "Dial 06, followed by 2000 and finally 1234",
        "Die Nummer fängt mit 06 an, dann kommt 2000 und am Ende 1234",
        "El número empieza con 06, luego 2000 y termina en 1234",
        "Numărul începe cu 06, apoi 2000 și se termină cu 1234",
    ],
)
def test_numbers_told_in_parts(reader: Language, text: str) -> None:
    assert _read(reader, text) == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "Bel 0620001243, oh nee wacht, 0620001234",
        "06 2000 1243, sorry, 1234",
        "06 20 00 13, nee, 12 34",
        "06-20001243... sorry, 34 op het eind",
        "06 2000 1243, oh nee wacht, de laatste vier zijn 1234",
    ],
)
def test_the_corrected_number_counts(reader: Language, text: str) -> None:
    assert _read(reader, text) == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "06 20 00 12 34 sorry alleen na 10 uur",
        "0620001234 nee geen sms",
        "Eerst appen: 06-20001234, dan bellen na 12 uur",
    ],
)
def test_other_words_correct_nothing(reader: Language, text: str) -> None:
    assert _read(reader, text) == [NUMBER]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Llámame al seiscientos, cero cero uno, doscientos treinta y cuatro", "+34600001234"),
        ("Zadzwoń: pięćset, sto jedenaście, dwieście czterdzieści siedem", "+48500111247"),
        ("Zadzwoń: plus czterdzieści osiem pięćset dwa dwa dwa trzy trzy trzy", "+48500222333"),
        ("novecentos e doze, duzentos e vinte e dois, trezentos e trinta e três - liga para mim", "+351912222333"),
        ("il mio numero: trecentotrentatré centoundici ventidue quarantaquattro, chiama", "+393331112244"),
        ("Chiama tre tre tre, uno uno uno, due due quattro cinque (prefisso italiano, +39)", "+393331112245"),
        ("Ruf an: null hunderteinundsiebzig dreihundertzweiundneunzig null null vierundvierzig", "+491713920044"),
        ("Studio: dreißig dreiundzwanzig zwölf fünf neun null eins, davor eine Null.", "+493023125901"),
        ("oh double seven, double oh, nine hundred, one two three - call me", "+447700900123"),
        ("+33 six trente-neuf quatre-vingt-dix-huit quatre-vingt-dix-sept soixante-dix-sept", "+33639989777"),
        ("Appelez-moi au 06 39 98 12 34, je reçois à Paris tous les jours", "+33639981234"),
        ("Je reçois à Enschede tous les jours, tel 06 20 00 12 34, merci messieurs", NUMBER),
    ],
)
def test_other_plans_in_words(reader: Language, text: str, expected: str) -> None:
    assert _read(reader, text) == [expected]


@pytest.mark.parametrize("zero", "ѲᎤⵀᐤ𐐄𐓂ꓳÖŌㅇ⊕❍🌕⚽🍩🥯♥🇴ⓞ")
def test_signs_drawn_as_zero(reader: Language, zero: str) -> None:
    assert _read(reader, f"{zero}6 2{zero}{zero}{zero} 1234 bel maar") == [NUMBER]


@pytest.mark.parametrize("written", ["ӀƧЗЧ", "ıΖʒ4", "І2ვՎ", "𐌉2Ʒ𐊠", "1Ž3Á", "⚀⚁⚂⚃"])
def test_other_lookalikes(reader: Language, written: str) -> None:
    assert _read(reader, f"06 2000 {written}") == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "Mijn wachtwoord is 0620001234, vraag ernaar",
        "De code van de voordeur is 06-20-00-12-34",
        "0620001234 is het ordernummer, geen telefoon",
        "Bezocht: 0620001234 keer",
        "Das Aktenzeichen lautet 0171 3920055",
        "Uitslagen: 0-6 2-0 0-0 1-2 3-4",
        "bijvoorbeeld 0620-1430 voor 20 juni",
        "10 x 06, 20 x 00, 15 x 77: bingo",
        "BE 0470.111.222 is ons ondernemingsnummer",
        "ik ben 06 jaar actief, 20 keer per maand, 00 klachten, 12 vaste klanten en 34 jaar",
        "een twee drie vier vijf zes zeven acht negen tien",
        "dos tres cuatro cinco seis siete ocho nueve, así contaba mi abuela",
        "Mijn nummer begint met 06 en eindigt op 34, raad de rest maar",
        "Parkeergarage 0620, vak 001234",
    ],
)
def test_digits_that_are_something_else(reader: Language, text: str) -> None:
    assert _read(reader, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "06 (ja echt) 2000 en dan 12 (haha) 34",
        "06 hihi 20 00 ja echt 12 hoor 34",
        "0620 *knipoog* 00 1234",
        "nulzes, twintig nul nul, en je sluit af met 12 34",
        "06, dan het jaar 2000, dan 12, dan 34",
        "06 20 00 de rest is 1234",
        "zero six (really baby) two thousand twelve thirty-four",
    ],
)
def test_what_is_said_between_the_digits(reader: Language, text: str) -> None:
    assert _read(reader, f"Bel {text}") == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "NULLL ZESSS TWEEEE NULLL NULLL NULLL EEEEN TWEEE DRIEEE VIERRR",
        "06 twntig 00 twalf 34",
        "n.u.l z.e.s 2000 1234",
        "nul-zes twin-tig nul-nul twaalf vier-en-dertig",
        "06 twin tig nul nul 1234",
        "nulsixtweezerozerozero1234",
        "zero sicks too zero zero zero one too three four",
        "nul zes tweej nul nul nul ain twij dree veer",
        "plus31 six two-triple-zero one two three four",
        "a0 b6 c2 d0 e0 f0 g1 h2 i3 j4",
        "T06E20L00N12R34",
        "06+20+00+12+34",
        "06 2 met drie nullen 1234",
    ],
)
def test_words_and_letters_written_otherwise(reader: Language, text: str) -> None:
    assert _read(reader, f"{text}") == [NUMBER]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("06-2000-vier keer een 4", "+31620004444"),
        ("06 2000 drie keer een vier", "+31620001114"),
        ("MIJN 06: 2000 EEN-EN-TACHTIG ACHT-TIEN", "+31620008118"),
        ("zero șapte doi zero, trei de zero, unu unu unu", "+40720000111"),
        ("Program 10-22, tel 0720 000 222", "+40720000222"),
        ("Grüezi! Lüt mer aa: null sibe nüün, null null null, eis eis zwöi zwöi", "+41790001122"),
        ("Servus! Plus dreiavierzig, sechs sechs null, eins eins eins, zwo zwo drei drei", "+436601112233"),
        ("onze, nove nove zero zero zero, onze, vinte e dois (codigo 55 antes)", "+5511990001122"),
        ("Coucou, appelle-moi au zéro six, douze, zéro zéro, onze, vingt-deux, bisous à vous", "+33612001122"),
        ("Mijn gsm: 0vier88 nul nul elf tweeentwintig", "+32488001122"),
    ],
)
def test_counts_and_plans_in_words(reader: Language, text: str, expected: str) -> None:
    assert _read(reader, text) == [expected]


@pytest.mark.parametrize(
    "text", ["ОбƧОООЗбЗб", "0ᏮᒿOOOЗᏮЗᏮ", "Օб-ƨՕՕՕ-Зб3б", "❍6 2❍❍❍ ЗƄЗƄ", "𐊒6 2𐊒𐊒𐊒 3636", "06 2000 Ε6Ε6"]
)
def test_letters_of_several_scripts(reader: Language, text: str) -> None:
    assert _read(reader, f"Bel me: {text}") == ["+31620003636"]


@pytest.mark.parametrize(
    "text",
    [
        "Ik ben er op 06/12, 20/12 en 31/12, daarna weer vanaf 04/01/2027",
        "numer ogłoszenia 600111222",
        "ik ben 06 (ja echt) jaar actief, 20 keer per maand, haha, 00 klachten",
        "Nul komma nul zin in gezeik. Twee keer te laat is een keer te veel, drie keer is over en uit.",
        "zero drama, one rule, two coffees, three kisses and you are out by six or seven",
    ],
)
def test_asides_and_lists_make_no_number(reader: Language, text: str) -> None:
    assert _read(reader, text) == []
