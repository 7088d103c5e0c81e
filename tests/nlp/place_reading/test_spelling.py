import pytest

from nlp.place_reading.spelling import Speller

SPELLER = Speller()


@pytest.mark.parametrize(
    ("word", "area", "why"),
    [
        ("enschde", "GM0153", "slip"),
        ("enschdee", "GM0153", "slip"),
        ("enshede", "GM0153", "slip"),
        ("apeldorn", "GM0200", "slip"),
        ("amsterdamban", "GM0363", "ending"),
        ("enschedeben", "GM0153", "ending"),
        ("bredaban", "GM0758", "ending"),
        ("almeloi", "GM0141", "ending"),
        ("nordhorm", "DE", "slip"),
    ],
)
def test_near_names(word: str, area: str, why: str) -> None:
    hit = SPELLER.look_up(word)
    assert hit is not None
    assert (hit[0].candidates[0].area, hit[1]) == (area, why)


@pytest.mark.parametrize(
    "word",
    [
        *("gisteren", "woorden", "dachten", "dronken", "jemand", "schauen", "marcelo", "lonneke"),
        *("amsterdams", "utrechter", "tilburgse", "utrechtse"),
        *("hallo", "welkom", "gezellig", "afspraak", "vandaag", "ontvangst", "xyzxyzxyz", "hengel"),
    ],
)
def test_other_words(word: str) -> None:
    assert SPELLER.look_up(word) is None
