import pytest
from spacy.language import Language

from nlp import attributes


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Ik ontvang je bij mij thuis in een rustige wijk.", "home"),
        ("Ons privéhuis is elke dag open, onze dames verwelkomen je.", "club"),
        ("Escort: ik kom naar je toe, thuis of in een hotel.", "escort"),
        ("Alleen webcam en videobellen, geen echte afspraken.", "other"),
        ("Geen escort, alleen bij mij thuis.", "home"),
        ("Geen club of privéhuis, ik werk alleen vanuit mijn eigen appartement.", "home"),
        ("Twaalf dames per dag aanwezig in een luxe pand.", "club"),
        ("I receive you in my own apartment.", "home"),
        ("Ich besuche dich gerne in deinem Hotel.", "escort"),
        ("Lief en vrolijk, bel maar.", "unknown"),
        ("", "unknown"),
    ],
)
def test_label(reader: Language, text: str, label: str) -> None:
    assert attributes.setting(reader(text)).label == label


def test_both_sided_says_so(reader: Language) -> None:
    cue = attributes.setting(reader("Thuisontvangst en ook escort, ik kom graag naar je toe."))
    shares = dict(cue.shares)
    assert shares["home"] > 0.02
    assert shares["escort"] > 0.02
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_phrase_counts_once(reader: Language) -> None:
    once = attributes.setting(reader("Privéadres en zelfstandig."))
    often = attributes.setting(reader("Privéadres en zelfstandig. " + "Privéadres. " * 20))
    assert once.probability == often.probability
