import pytest
from spacy.language import Language

from nlp import attributes
from nlp.reading import read_listings
from warehouse.records import Listing


def likely(reader: Language, text: str) -> list[str]:
    mentions = attributes.places(reader(text))
    return [m.municipality_code or m.country for m in mentions if m.probability >= 0.5]


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("Ik woon in Enschede.", ["GM0153"]),
        ("ik woon in enschede", ["GM0153"]),
        ("IK WOON IN ENSCHEDE", ["GM0153"]),
        ("Enschede/Hengelo/Almelo", ["GM0153", "GM0164", "GM0141"]),
        ("#Enschede #thuis", ["GM0153"]),
        ("#EscortEnschede", ["GM0153"]),
        ("𝐄𝐧𝐬𝐜𝐡𝐞𝐝𝐞 centrum", ["GM0153"]),
        ("Eanske is mooi", ["GM0153"]),
        ("Glanerbrug bij Enschede", ["GM0153"]),
        ("ik woon in enschdee", ["GM0153"]),
        ("Oldenzal, bij mij thuis", ["GM0173"]),
        ("Enschedében várlak", ["GM0153"]),
        ("w Amsterdamie", ["GM0363"]),
        ("Hengelo (O)", ["GM0164"]),
        ("Hengelo Gld", ["GM1876"]),
        ("Hengelo, Gelderland", ["GM1876"]),
        ("Vorden en Hengelo", ["GM1876", "GM1876"]),
        ("Rossum bij Oldenzaal", ["GM1774"]),
        ("Haarle, net voorbij Nijverdal", ["GM0163"]),
        ("Den Ham en Vriezenveen", ["GM1700", "GM1700"]),
        ("Laren NH", ["GM0417"]),
        ("Beek (L) en Geleen", ["GM0888", "GM1883"]),
        ("Bergen op Zoom", ["GM0748"]),
        ("Alphen a/d Rijn", ["GM0484"]),
        ("Gronau in Duitsland", ["DE", "DE"]),
        ("7511 AB", ["GM0153"]),
        ("Ik woon in Best", ["GM0753"]),
        ("Locatie: Best", ["GM0753"]),
        ("Vanuit Een naar Roden", ["GM1699", "GM1699"]),
        ("Goor, aan de Waterstraat", ["GM1735"]),
        ("Best (bij Eindhoven): nette woning", ["GM0753"]),
        ("Dieren aan de IJssel: mooie kamer", ["GM0275"]),
        ("Best, 12 t/m 15 juni", ["GM0753"]),
        ("kampen binnenstad", ["GM0166"]),
        ("Hengelo, de Achterhoek dus", ["GM1876"]),
        ("postcode 7631", ["GM1774"]),
        ("Mevrouw in Best", ["GM0753"]),
        ("Ricevo a Londra, in centro", ["GB"]),
        ("#escort#utrecht", ["GM0344"]),
        ("Sint-Michielsgestel of St. Michielsgestel", ["GM0845", "GM0845"]),
        ("bij mij in assen-oost", ["GM0106"]),
        ("ik ontvang in Vriezenven", ["GM1700"]),
        ("Mijn naam is Linda. Borne, bij het station", ["GM0147"]),
    ],
)
def test_named(reader: Language, text: str, areas: list[str]) -> None:
    assert likely(reader, text) == areas


@pytest.mark.parametrize(
    "text",
    [
        "Best wel leuk, een echt goed heel mens uit één stuk.",
        "Echt waar. Heel fijn. Hem zie ik graag.",
        "Zetten we koffie? Dan goes it on.",
        "niet in Enschede",
        "Ik ben niet meer in Hengelo of Almelo",
        "geen Enschede",
        "not in Enschede",
        "nicht in Enschede",
        "no estoy en Enschede",
        "nie w Enschede",
        "FC Utrecht wint van FC Groningen",
        "mevrouw van Laren",
        "Anna van Rossum schrijft",
        "Goudse kaas, Edammer en Gouda kaas",
        "Club Linde heeft heel Nederland lief",
        "heel nederland",
        "Heel Drenthe is mooi",
        "Goes without saying: good manners",
        "Hoi, ik ben Lonneke",
        "My name is Lent",
        "Een dame uit Praag",
        "Mijn naam is Esther Borne",
        "Na jaren Antwerpen",
        "Rijd niet door naar Gronau",
        "ICH WARTE IN VRIEZENVEN",
        "Ich habe lange geschlafen und warte jetzt in Vriezenven auf dich",
        "In 7511 woorden",
        "MEINE NUMMER GEHÖRT JEMAND ANDEREM",
        "een echte Rotterdamse met Rotterdams accent",
        "Kampen met stress?",
        "Ven cuando quieras a mi casa, estoy sola y tranquila",
        "Wir warten auf dich und freuen uns auf den Besuch",
    ],
)
def test_not_named(reader: Language, text: str) -> None:
    assert likely(reader, text) == []


@pytest.mark.parametrize("text", ["vlak bij Enschede", "tien minuten van Enschede", "tussen Hengelo en Enschede"])
def test_near_is_less_likely_but_told(reader: Language, text: str) -> None:
    mentions = attributes.places(reader(text))
    assert mentions
    assert all(0.1 < mention.probability < 0.5 for mention in mentions)


def test_not_far_from_is_no_denial(reader: Language) -> None:
    (mention,) = attributes.places(reader("niet ver van Enschede"))
    assert mention.municipality_code == "GM0153"


def test_area_code_of_a_line_tells_which_hengelo(reader: Language) -> None:
    with_line = attributes.places(reader("Hengelo, bel 074-2555100"))[0]
    without = attributes.places(reader("Hengelo, bel 06 2000 1234"))[0]
    assert with_line.municipality_code == without.municipality_code == "GM0164"
    assert with_line.probability > without.probability


def test_offsets_and_name(reader: Language) -> None:
    text = "Te vinden in den bosch en Glanerbrug"
    one, other = attributes.places(reader(text))
    assert text[one.start : one.end] == "den bosch"
    assert (one.name, one.country) == ("'s-Hertogenbosch", "NL")
    assert other.name == "Glanerbrug"


def test_ambiguous_name_keeps_its_other_reading(reader: Language) -> None:
    guesses = attributes.place_guesses(reader("Ik woon in Rossum"))
    assert {guess.area_code for guess in guesses} == {"GM1774", "GM0263"}
    assert sum(guess.probability for guess in guesses) <= 1.0


def beside_field(reader: Language, place: str, text: str) -> set[str]:
    (facts,) = read_listings(reader, [Listing("site", "1", "", text, place)])
    return {guess.area_code for guess in facts.places if guess.probability >= 0.5}


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("Ik kom ook in Hengelo", {"GM0153", "GM0164"}),
        ("Hengelo en Borne zonder kosten", {"GM0153", "GM0164", "GM0147"}),
        ("Charmante dame uit Zwolle", {"GM0153"}),
        ("Hi guys, I am back in town from Rotterdam", {"GM0153"}),
        ("Daarna vlieg ik naar Boedapest", {"GM0153"}),
        ("Ik was een week in Spanje", {"GM0153"}),
    ],
)
def test_places_named_beside_a_field(reader: Language, text: str, areas: set[str]) -> None:
    assert beside_field(reader, "Enschede", text) == areas
