"""Seeded, harmless advertisement texts of about 700 characters, with the number and municipality that are in them."""

import random
from dataclasses import dataclass

SENTENCES = {
    "nl": (
        "Welkom op mijn pagina, fijn dat je even de tijd neemt om dit te lezen.",
        "Ik ben een rustige vrouw die van koffie, lange gesprekken en wandelen houdt.",
        "Bij mij is het schoon, er staat altijd een glas water klaar en je mag gerust douchen.",
        "Parkeren kan gratis in de straat en de bus stopt op vijf minuten lopen.",
        "Ik neem geen anonieme oproepen aan en ik houd me aan wat we afspreken.",
        "Van maandag tot en met vrijdag ben ik er van 10:00 tot 21:00 uur, in het weekend op afspraak.",
        "Een half uur kost 80 euro, een heel uur 150 euro, langer kan in overleg.",
        "Wees op tijd, wees beleefd, dan wordt het vast een prettige middag.",
        "Ik spreek Nederlands, Duits en een beetje Engels.",
        "Stuur liever een berichtje dan dat je belt als ik aan het werk ben.",
    ),
    "en": (
        "Thank you for taking the time to read my page, I hope to meet you soon.",
        "I am a calm woman who likes coffee, long talks and walks in the woods.",
        "My place is clean, there are fresh towels and you are welcome to take a shower.",
        "Parking in the street is free and the station is a ten minute walk.",
        "I do not answer hidden numbers and I keep to what we agree on.",
        "I am here from Monday to Friday between 10:00 and 21:00, at the weekend by appointment.",
        "Half an hour is 80 euro, a full hour is 150 euro, please bring cash.",
        "Be on time and be polite, and we will have a pleasant afternoon.",
    ),
    "de": (
        "Schön, dass du dir die Zeit nimmst, meine Anzeige zu lesen.",
        "Ich bin eine ruhige Frau und mag Kaffee, lange Gespräche und Spaziergänge.",
        "Bei mir ist es sauber, frische Handtücher liegen bereit und du darfst gerne duschen.",
        "Parken kannst du kostenlos in der Straße, der Bahnhof ist zehn Minuten entfernt.",
        "Anonyme Anrufe nehme ich nicht an, und ich halte mich an das, was wir vereinbaren.",
        "Von Montag bis Freitag bin ich von 10:00 bis 21:00 Uhr da, am Wochenende nach Vereinbarung.",
        "Sei pünktlich und höflich, dann wird es sicher ein angenehmer Nachmittag.",
    ),
    "es": (
        "Gracias por tomarte el tiempo de leer mi anuncio, espero verte pronto.",
        "Soy una mujer tranquila y me gustan el café, las charlas largas y los paseos.",
        "Mi casa está limpia, siempre hay toallas frescas y puedes ducharte con calma.",
        "Se puede aparcar gratis en la calle y la estación está a diez minutos andando.",
        "No contesto llamadas ocultas y cumplo con lo que acordamos.",
        "Estoy de lunes a viernes de 10:00 a 21:00 horas, el fin de semana con cita.",
        "Sé puntual y amable y pasaremos una tarde agradable.",
    ),
    "pl": (
        "Dziękuję, że poświęcasz czas na przeczytanie mojego ogłoszenia.",
        "Jestem spokojną kobietą, lubię kawę, długie rozmowy i spacery po lesie.",
        "U mnie jest czysto, są świeże ręczniki i zawsze możesz wziąć prysznic.",
        "Na ulicy można parkować za darmo, a dworzec jest dziesięć minut stąd.",
        "Nie odbieram ukrytych numerów i dotrzymuję tego, co ustalimy.",
        "Jestem od poniedziałku do piątku między 10:00 a 21:00, w weekend po umówieniu.",
        "Przyjdź punktualnie i bądź uprzejmy, a spędzimy miłe popołudnie.",
    ),
}
CONTACT = {
    "nl": "Ik ontvang thuis in {place}. Bel of app mij op {number}.",
    "en": "I receive you at my place in {place}. Call or text {number}.",
    "de": "Ich empfange dich bei mir in {place}. Ruf an: {number}.",
    "es": "Recibo en mi casa en {place}. Llámame al {number}.",
    "pl": "Przyjmuję w moim mieszkaniu w {place}. Zadzwoń {number}.",
}
PLACES = {"Enschede": "GM0153", "Almelo": "GM0141", "Zwolle": "GM0193", "Utrecht": "GM0344", "Maastricht": "GM0935"}
WORDS = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")


@dataclass(frozen=True, slots=True)
class Text:
    """One text with what is in it."""

    text: str
    number: str
    area: str
    language: str


def generate(count: int, seed: int) -> list[Text]:
    """Texts with made-up numbers of the simulated block; half of them Dutch, one number in five obfuscated."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        language = "nl" if rng.random() < 0.5 else rng.choice(tuple(SENTENCES))
        digits = f"062000{rng.randrange(10_000):04d}"
        place = rng.choice(tuple(PLACES))
        sentences = rng.sample(SENTENCES[language], 7)
        sentences.insert(rng.randrange(7), CONTACT[language].format(place=place, number=_written(digits, rng)))
        texts.append(Text("\n".join(sentences), "+31" + digits[1:], PLACES[place], language))
    return texts


def _written(digits: str, rng: random.Random) -> str:
    if rng.random() < 0.2:
        return rng.choice(
            (
                " ".join(digits),
                " ".join(WORDS[int(digit)] for digit in digits),
                "".join(f"{digit}\ufe0f\u20e3" for digit in digits),
                digits.replace("0", "O"),
            )
        )
    return rng.choice((digits, f"06 {digits[2:]}", f"06-{digits[2:]}", f"+31 6 {digits[2:6]} {digits[6:]}"))
