import pytest
from spacy.language import Language

from nlp import attributes

SENTENCES = {
    "nl": "Ik ben een rustige vrouw en ik drink graag koffie met mensen die van wandelen houden.",
    "en": "I am a calm woman and I like to drink coffee with people who love to walk in the woods.",
    "de": "Ich bin eine ruhige Frau und trinke gerne Kaffee mit Menschen, die das Wandern lieben.",
    "fr": "Je suis une femme calme et j'aime boire un café avec des gens qui aiment la marche.",
    "es": "Soy una mujer tranquila y me gusta tomar café con gente que ama caminar por el bosque.",
    "pt": "Sou uma mulher calma e gosto de tomar café com pessoas que gostam de caminhar no bosque.",
    "it": "Sono una donna tranquilla e mi piace bere il caffè con persone che amano camminare.",
    "ro": "Sunt o femeie liniștită și îmi place să beau cafea cu oameni care iubesc plimbările.",
    "pl": "Jestem spokojną kobietą i lubię pić kawę z ludźmi, którzy kochają spacery po lesie.",
    "hu": "Nyugodt nő vagyok, és szeretek kávézni olyan emberekkel, akik szeretnek sétálni az erdőben.",
    "bg": "Аз съм спокойна жена и обичам да пия кафе с хора, които обичат да се разхождат в гората.",
    "da": "Jeg er en rolig kvinde, og jeg drikker gerne kaffe med folk, der også holder af at gå en tur i skoven.",
    "sv": "Jag är en lugn kvinna och jag dricker gärna kaffe med människor som också tycker om att gå i skogen.",
    "uk": "Я спокійна жінка і люблю пити каву з людьми, які також люблять гуляти в лісі, якщо є час.",
    "ru": "Я спокойная женщина и люблю пить кофе с людьми, которые любят гулять в лесу.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_language(reader: Language, code: str) -> None:
    cue = attributes.language(reader(SENTENCES[code]))
    assert cue.code == code
    assert 0.9 <= cue.probability <= 1.0


@pytest.mark.parametrize("text", ["", "hoi", "Enschede", "0620001234", "Bel me", "taxi hotel massage", "❤️❤️❤️"])
def test_too_little_to_tell(reader: Language, text: str) -> None:
    assert attributes.language(reader(text)).code is None


def test_main_language_of_a_mixed_text(reader: Language) -> None:
    mixed = SENTENCES["de"] + " " + SENTENCES["de"].replace("Kaffee", "Tee") + " I also speak English and Dutch."
    assert attributes.language(reader(mixed)).code == "de"


def test_template_of_the_site_does_not_count(reader: Language) -> None:
    framed = f"Terug naar overzicht\n{SENTENCES['pl']}\nReageer op deze advertentie\nMeld deze advertentie"
    assert attributes.language(reader(framed)).code == "pl"
    short = "Bekijk telefoonnummer. Stuur bericht. Geplaatst op 2 mei. Dame douce cherche messieurs courtois ce soir."
    assert attributes.language(reader(short)).code in {"fr", None}
    assert attributes.language(reader("Terug naar overzicht. Alle rechten voorbehouden. Lees meer.")).code is None
