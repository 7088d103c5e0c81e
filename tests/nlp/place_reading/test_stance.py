import pytest
from spacy.language import Language

from nlp import attributes


def places(reader: Language, text: str) -> dict[str, float]:
    return {m.name: m.probability for m in attributes.places(reader(text))}


def likely(reader: Language, text: str) -> set[str]:
    return {name for name, probability in places(reader, text).items() if probability >= 0.5}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        # denied before the name
        ("Geen ontvangst in Deventer, wel in Raalte.", {"Raalte"}),
        ("Noch in Assen noch in Emmen: mijn huis staat in Coevorden.", {"Coevorden"}),
        ("I do not travel to Rotterdam. Hosting in Schiedam only.", {"Schiedam"}),
        ("I don't come to Rotterdam, I host in Schiedam.", {"Schiedam"}),
        ("Nie przyjmuję w Utrechcie, tylko w Hilversum.", {"Hilversum"}),
        ("Живея в Айндховен, не ходя в Маастрихт.", {"Eindhoven"}),
        # denied after the name
        ("Almelo: nee, daar kom ik niet. Rijssen wel.", {"Rijssen"}),
        ("Assen? Nee. Alleen in Hoogeveen!", {"Hoogeveen"}),
        ("In Hengelo kom ik niet meer, in Almelo wel.", {"Almelo"}),
        ("Ik kom in Zwolle. Lelystad sla ik over.", {"Zwolle"}),
        ("Terneuzen en Sluiskil: graag. Antwerpen en Brussel liggen buiten mijn gebied.", {"Terneuzen", "Sluiskil"}),
        ("Hágában fogadlak, Utrechtbe nem megyek.", {"'s-Gravenhage"}),
        ("Zoek je mij in Nijkerk? Helaas, ik zit in Zwolle.", {"Zwolle"}),
        ("Jestem w Groningen do piątku. Do Emmen nie jadę.", {"Groningen"}),
        # denied in part is not denied
        ("In Enschede ontvang ik niet op zondag.", {"Enschede"}),
        ("enschede niet anoniem bellen aub", {"Enschede"}),
        ("Niet goedkoop, wel goed. Ik ontvang in Zutphen.", {"Zutphen"}),
        # left
        ("Ik ben verhuisd van Deventer naar Apeldoorn.", {"Apeldoorn"}),
        ("I moved from Utrecht to Amersfoort last month.", {"Amersfoort"}),
        ("M-am mutat din Eindhoven la Tilburg.", {"Tilburg"}),
        ("Woon in Losser, daarvoor in Glanerbrug gewoond.", {"Losser"}),
        ("Früher in Düsseldorf, jetzt in Venlo.", {"Venlo"}),
        ("Wij zijn uit Deventer vertrokken naar Olst.", {"Olst"}),
        ("Salonul nostru din Haga s-a mutat într-o clădire mai mare.", {"'s-Gravenhage"}),
        # where one is from
        ("Geboren en getogen in Zwolle maar ontvang in Kampen.", {"Kampen"}),
        ("Utrecht girl born and raised, now hosting in Nieuwegein.", {"Nieuwegein"}),
        ("Née à Lyon, installée à Maestricht.", {"Maastricht"}),
        ("Ik kom uit Groningen en ontvang in Leeuwarden.", {"Leeuwarden"}),
        # where others are
        ("Klanten uit Deventer en Apeldoorn zijn welkom in Twello.", {"Twello"}),
        ("Wer aus Nordhorn kommt, ist schnell da. Wir sind in Denekamp.", {"Denekamp"}),
        ("Aus Bocholt kommen viele Gäste zu mir nach Dinxperlo.", {"Dinxperlo"}),
        ("Mijn broer woont in Veenendaal. Ik zit in Rhenen.", {"Rhenen"}),
        # how far it is
        ("Vanuit Middelburg twintig minuten met de trein, ik woon in Vlissingen.", {"Vlissingen"}),
        ("Ik zit in Borne. Almelo is dichtbij.", {"Borne"}),
        ("Ik zit in Borne. Almelo en Hengelo zijn tien minuten rijden.", {"Borne"}),
    ],
)
def test_where_the_advertiser_is(reader: Language, text: str, named: set[str]) -> None:
    assert likely(reader, text) == named


def test_where_one_comes_from_is_told_with_doubt(reader: Language) -> None:
    assert 0.5 < places(reader, "Ik kom uit Enschede.")["Enschede"] < 0.7
    assert places(reader, "Ik kom uit Enschede en ontvang in Hengelo.")["Enschede"] < 0.5


@pytest.mark.parametrize(
    ("place", "body", "areas"),
    [
        ("Zwolle e.o.", "Ik kom naar je toe, ook in Kampen en Meppel.", {"GM0193", "GM0166", "GM0119"}),
        ("Borne", "Almelo en Hengelo zijn tien minuten rijden.", {"GM0147"}),
        ("Zwolle", "Gasten uit Kampen en Meppel vinden me makkelijk.", {"GM0193"}),
        ("Enschede", "Hengelo heeft mooie parken.", {"GM0153"}),
        ("Hengelo (O)", "Enschede doe ik niet meer, sorry.", {"GM0164"}),
        ("Breda", "Voor Etten-Leur en Oosterhout reken ik benzine.", {"GM0758", "GM0777", "GM0826"}),
    ],
)
def test_beside_a_place_field_only_offers_count(reader: Language, place: str, body: str, areas: set[str]) -> None:
    doc = reader.make_doc(body)
    attributes.reading(doc).hints = attributes.Hints(place=place)
    for _, component in reader.pipeline:
        doc = component(doc)
    assert {g.area_code for g in attributes.place_guesses(doc) if g.probability >= 0.5} == areas
