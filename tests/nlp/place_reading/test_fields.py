import pytest
from spacy.language import Language

from nlp.components.place_finder import PlaceFinder


@pytest.fixture(scope="module")
def finder(reader: Language) -> PlaceFinder:
    component = reader.get_pipe("place_finder")
    assert isinstance(component, PlaceFinder)
    return component


def likely(finder: PlaceFinder, written: str) -> set[str]:
    return {candidate.area for candidate, share in finder.fields.read(written) if share >= 0.5}


@pytest.mark.parametrize(
    ("written", "areas"),
    [
        ("Enschede", {"GM0153"}),
        ("ENSCHEDE", {"GM0153"}),
        ("best", {"GM0753"}),
        ("Zetten", {"GM1734"}),
        ("Hengelo (Gld)", {"GM1876"}),
        ("Hengelo, Gelderland", {"GM1876"}),
        ("Gelderland, Hengelo", {"GM1876"}),
        ("Laren, Noord-Holland", {"GM0417"}),
        ("Bergen (L)", {"GM0893"}),
        ("Heel (Limburg)", {"GM1641"}),
        ("Amersfoort, Utrecht", {"GM0307"}),
        ("Utrecht - Amersfoort", {"GM0307"}),
        ("Elst Utrecht", {"GM0340"}),
        ("Nieuwegein nabij Utrecht", {"GM0356"}),
        ("Bergen-op-Zoom", {"GM0748"}),
        ("alphen a.d. rijn", {"GM0484"}),
        ("Regio Zwolle", {"GM0193"}),
        ("Zwolle e.o.", {"GM0193"}),
        ("Ik woon in Delden", {"GM1735"}),
        ("Amsterdam-Zuidoost", {"GM0363"}),
        ("Enschede, Pathmos", {"GM0153"}),
        ("Breda Haagse Beemden", {"GM0758"}),
        ("Binnenstad, Groningen", {"GM0014"}),
        ("Emmen - Klazienaveen", {"GM0114"}),
        ("Hengelo/Borne", {"GM0164", "GM0147"}),
        ("TILBURG | BREDA | GOES", {"GM0855", "GM0758", "GM0664"}),
        ("Oss, Uden of Veghel", {"GM0828", "GM1991", "GM1948"}),
        ("7521", {"GM0153"}),
        ("7551AB", {"GM0164"}),
        ("1102 Amsterdam", {"GM0363"}),
        ("Gronau (D)", {"DE"}),
        ("Antwerpen, België", {"BE"}),
        ("Hasselt (BE)", {"BE"}),
        ("Bergen, Noorwegen", {"NO"}),
        ("Gent België", {"BE"}),
        ("Duitsland", {"DE"}),
        ("Emmen (NL)", {"GM0114"}),
        ("Enschde", {"GM0153"}),
        ("Maastrigt", {"GM0935"}),
        ("Amersfort", {"GM0307"}),
        ("Landerd", {"GM1991"}),
        ("Nederland, Utrecht, Zeist", {"GM0355"}),
        ("NL | Groningen | Stadskanaal", {"GM0037"}),
        ("Utrecht Zeist", {"GM0355"}),
        ("Utrecht/Zeist", {"GM0344", "GM0355"}),
        ("Groningen - Noordwolde", {"GM1966"}),
        ("Bergen nh", {"GM0373"}),
        ("Winsum Fr", {"GM1949"}),
        ("Rijswijk (Z.H.)", {"GM0603"}),
        ("Bergen N.H.", {"GM0373"}),
        ("Veeningen, De Wolden", {"GM1690"}),
        ("Best-Zuid", {"GM0753"}),
        ("Dieren-Zuid", {"GM0275"}),
        ("Baarlo bij Steenwijk", {"GM1708"}),
        ("Vlaanderen, Hasselt", {"BE"}),
        ("Duitsland / Enschede", {"GM0153"}),
        ("Adam Oost", {"GM0363"}),
        ("Alphen", {"GM0484"}),
        ("Alphen (NB)", {"GM1723"}),
        ("Deurningen", {"GM1774"}),
        ("Einthoven", {"GM0772"}),
        ("Lelystda", {"GM0995"}),
        ("Олдензал", {"GM0173"}),
    ],
)
def test_names_a_place(finder: PlaceFinder, written: str, areas: set[str]) -> None:
    assert likely(finder, written) == areas


@pytest.mark.parametrize(
    "written",
    [
        "Heel Nederland",
        "Nederland",
        "Drenthe",
        "Regio Twente",
        "Utrecht (provincie)",
        "Provincie Groningen",
        "online",
        "",
    ],
)
def test_names_no_place(finder: PlaceFinder, written: str) -> None:
    assert finder.fields.read(written) == ()


def test_a_field_is_worked_out_once(finder: PlaceFinder) -> None:
    assert finder.fields.read("Enschede") is finder.fields.read("Enschede")
