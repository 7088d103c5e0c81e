"""Seeded, harmless advertisement texts of about 700 characters, with the number and municipality that are in them.

Made of the sentences below and of those of the tuned half of the labelled texts that hold neither a digit nor a place,
so that words are as varied as in hand-written text: a handful of sentences would make every cache look good.
"""

import random
import re
from dataclasses import dataclass
from functools import lru_cache

from labelled_texts import Labelled, labelled

from nlp.folding import fold_word
from nlp.gazetteer import gazetteer

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
    "pt": (
        "Obrigada por leres o meu anúncio, espero conhecer-te em breve.",
        "Sou uma mulher calma e gosto de café, de boas conversas e de passeios.",
        "Está tudo limpo, há toalhas lavadas e podes tomar um duche com calma.",
        "Podes estacionar de graça na rua e a estação fica a dez minutos a pé.",
        "Não atendo números ocultos e cumpro o que combinamos.",
        "Estou disponível de segunda a sexta das 10:00 às 21:00, ao fim de semana com marcação.",
        "Meia hora custa 80 euros, uma hora 150 euros, traz dinheiro certo.",
        "Sê pontual e educado e vamos passar uma tarde agradável.",
    ),
    "ro": (
        "Mulțumesc că îți faci timp să citești anunțul meu, sper să ne vedem curând.",
        "Sunt o femeie liniștită, îmi plac cafeaua, discuțiile lungi și plimbările.",
        "Este curat, sunt prosoape proaspete și poți face un duș în liniște.",
        "Poți parca gratuit pe stradă, iar gara este la zece minute de mers pe jos.",
        "Nu răspund la numere ascunse și mă țin de ce stabilim.",
        "Sunt disponibilă de luni până vineri între 10:00 și 21:00, în weekend cu programare.",
        "O jumătate de oră costă 80 de euro, o oră 150 de euro, plata în numerar.",
        "Fii punctual și politicos și vom petrece o după-amiază plăcută.",
    ),
    "hu": (
        "Köszönöm, hogy időt szánsz a hirdetésem elolvasására, remélem, hamarosan találkozunk.",
        "Nyugodt nő vagyok, szeretem a kávét, a hosszú beszélgetéseket és a sétákat.",
        "Minden tiszta, friss törölköző vár, és nyugodtan zuhanyozhatsz.",
        "Az utcában ingyen lehet parkolni, a pályaudvar tíz perc gyalog.",
        "Rejtett számot nem veszek fel, és betartom, amit megbeszélünk.",
        "Hétfőtől péntekig 10:00 és 21:00 között vagyok elérhető, hétvégén időpontra.",
        "Fél óra 80 euró, egy óra 150 euró, kérlek, készpénzt hozz.",
        "Légy pontos és udvarias, és kellemes délutánunk lesz.",
    ),
    "bg": (
        "Благодаря, че отделяш време да прочетеш обявата ми, надявам се скоро да се видим.",
        "Аз съм спокойна жена, обичам кафе, дълги разговори и разходки.",
        "Чисто е, има свежи кърпи и спокойно можеш да вземеш душ.",
        "На улицата се паркира безплатно, а гарата е на десет минути пеша.",
        "Не вдигам на скрити номера и държа на уговореното.",
        "На разположение съм от понеделник до петък между 10:00 и 21:00, през уикенда с час.",
        "Половин час е 80 евро, един час е 150 евро, моля, носи в брой.",
        "Бъди точен и учтив и ще прекараме приятен следобед.",
    ),
    "it": (
        "Grazie per il tempo che dedichi al mio annuncio, spero di vederti presto.",
        "Sono una donna tranquilla, amo il caffè, le lunghe chiacchierate e le passeggiate.",
        "È tutto pulito, ci sono asciugamani freschi e puoi fare una doccia con calma.",
        "Si parcheggia gratis in strada e la stazione è a dieci minuti a piedi.",
        "Non rispondo ai numeri nascosti e mantengo quello che concordiamo.",
        "Ci sono dal lunedì al venerdì dalle 10:00 alle 21:00, nel fine settimana su appuntamento.",
        "Mezz'ora costa 80 euro, un'ora 150 euro, porta contanti per favore.",
        "Sii puntuale e gentile e passeremo un pomeriggio piacevole.",
    ),
    "fr": (
        "Merci de prendre le temps de lire mon annonce, j'espère te voir bientôt.",
        "Je suis une femme calme, j'aime le café, les longues discussions et les promenades.",
        "Tout est propre, il y a des serviettes fraîches et tu peux prendre une douche.",
        "On se gare gratuitement dans la rue et la gare est à dix minutes à pied.",
        "Je ne réponds pas aux numéros masqués et je respecte ce qui est convenu.",
        "Je suis disponible du lundi au vendredi de 10:00 à 21:00, le week-end sur rendez-vous.",
        "La demi-heure est à 80 euros, l'heure à 150 euros, en espèces s'il te plaît.",
        "Sois ponctuel et poli et nous passerons un bel après-midi.",
    ),
}
CONTACT = {
    "nl": "Ik ontvang thuis in {place}. Bel of app mij op {number}.",
    "en": "I receive you at my place in {place}. Call or text {number}.",
    "de": "Ich empfange dich bei mir in {place}. Ruf an: {number}.",
    "es": "Recibo en mi casa en {place}. Llámame al {number}.",
    "pl": "Przyjmuję w moim mieszkaniu w {place}. Zadzwoń {number}.",
    "pt": "Atendo no meu apartamento em {place}. Liga para {number}.",
    "ro": "Primesc la mine acasă în {place}. Sună la {number}.",
    "hu": "Lakásomon fogadlak, {place}. Hívj: {number}.",
    "bg": "Приемам у дома в {place}. Обади се на {number}.",
    "it": "Ricevo nel mio appartamento a {place}. Chiama {number}.",
    "fr": "Je reçois chez moi à {place}. Appelle le {number}.",
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


LENGTH = 700  # characters


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences of one language: those that may say how somebody works, and the others."""

    telling: tuple[str, ...]
    other: tuple[str, ...]


@lru_cache(maxsize=1)
def _pools() -> dict[str, Pool]:
    """By language."""
    telling: dict[str, list[str]] = {code: [] for code in CONTACT}
    other = {code: list(SENTENCES[code]) for code in CONTACT}
    for row in labelled("tuned"):
        if row.language in CONTACT and _is_apt(row):
            kind = other if row.setting in {None, "unknown"} else telling
            kind[row.language] += [part for part in re.split(r"(?<=[.!?])\s+|\n+", row.body) if _is_bare(part)]
    return {code: Pool(tuple(telling[code]), tuple(other[code])) for code in CONTACT}


def _is_apt(row: Labelled) -> bool:
    """Whether no sentence of a text changes what is true of the whole: numbers in words, declined or misspelt places."""
    hidden = row.areas and (row.language in {"hu", "pl", "ro", "bg"} or row.tags & {"misspelt", "earlier"})
    return not row.numbers and "numbers:negative" not in row.tags and not hidden


def _is_bare(sentence: str) -> bool:
    """Whether a sentence has neither digit, hashtag nor place."""
    names = gazetteer().entries
    plain = [fold_word(word) for word in re.findall(r"\w+", sentence)]
    runs = (" ".join(plain[i : i + n]) for n in (1, 2, 3) for i in range(len(plain)))
    return 3 <= len(plain) <= 40 and not re.search(r"[\d#]", sentence) and not any(run in names for run in runs)


def _untidy(text: str, rng: random.Random) -> str:
    """The text with letters swapped in two long words: real text goes on bringing new words, about one a text here."""
    for _ in range(2):
        long = [found.start() for found in re.finditer(r"\b[^\W\d_]{7,}", text)]
        at = rng.choice(long) + rng.randrange(1, 5) if long else 0
        text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return text


def generate(count: int, seed: int) -> list[Text]:
    """Texts with made-up numbers of the simulated block; half of them Dutch, one number in five obfuscated."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        language = "nl" if rng.random() < 0.5 else rng.choice(tuple(CONTACT))
        digits = f"062000{rng.randrange(10_000):04d}"
        place = rng.choice(tuple(PLACES))
        pool = _pools()[language]
        # A text of this length says two or three times how somebody works; the rest is about other things.
        sentences = rng.sample(pool.telling, min(2, len(pool.telling)))
        length = sum(map(len, sentences))
        for sentence in rng.sample(pool.other, len(pool.other)):
            if length >= LENGTH - 60:
                break
            sentences.append(sentence)
            length += len(sentence) + 1
        rng.shuffle(sentences)
        body = _untidy("\n".join(sentences), rng).split("\n")
        contact = CONTACT[language].format(place=place, number=_written(digits, rng))
        body.insert(rng.randrange(len(body)), contact)
        texts.append(Text("\n".join(body), "+31" + digits[1:], PLACES[place], language))
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
