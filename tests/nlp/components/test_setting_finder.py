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


@pytest.mark.parametrize(
    "text",
    [
        "Ik ontvang je in een nette bovenwoning in Almelo.",
        "I have rented a small flat in Tilburg and you can come by.",
        "Ich habe hier eine kleine Wohnung gemietet und lebe allein.",
        "He alquilado un pisito en Breda, llamas al timbre y te abro.",
        "Aluguei um apartamento em Breda, podes vir ter comigo.",
        "Am închiriat o garsonieră în Breda, suni la interfon și îți deschid.",
        "Wynajęłam kawalerkę w Bredzie, dzwonisz domofonem i otwieram.",
        "Béreltem egy kis lakást Bredában, csengetsz és nyitom az ajtót.",
        "Наела съм малък апартамент в Бреда, звъниш и ти отварям.",
        "Ho affittato un monolocale a Breda, citofoni e ti apro.",
        "J'ai loué un petit studio à Breda, tu sonnes et je t'ouvre.",
    ],
)
def test_home_without_the_word_home(reader: Language, text: str) -> None:
    assert attributes.setting(reader(text)).label == "home"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Mijn flat is in Zwolle, bel gerust.", "home"),
        ("Ik sta straks voor jouw flat in Zwolle.", "escort"),
        ("Flat te huur in Zwolle, 600 euro.", "other"),
        ("Mi apartamento está en Breda, llámame.", "home"),
        ("Dime tu dirección en Breda y voy.", "escort"),
        ("La porta mia è aperta, sali pure.", "home"),
        ("Busso alla porta tua tra mezz'ora.", "escort"),
        ("Het adres stuur ik je na bevestiging.", "home"),
        ("Geef je adres en ik ben er snel.", "escort"),
        ("Ontvangst in Oldenzaal aan huis.", "home"),
        ("Massage op locatie en aan huis in Oldenzaal.", "escort"),
    ],
)
def test_a_word_is_weighed_by_its_company(reader: Language, text: str, label: str) -> None:
    assert attributes.setting(reader(text)).label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Bij mij thuis kan het helaas niet, ik kom naar je toe.", "escort"),
        ("Langskomen kan niet, ik heb zelf geen plek.", "escort"),
        ("I do not host, give me your room number.", "escort"),
        ("Foto's en filmpjes op bestelling, afspreken doe ik niet.", "other"),
        ("Vendo fotos, no quedo con nadie.", "other"),
        ("Nem találkozom senkivel, csak videóhívás.", "other"),
        ("Geen haast bij mij thuis, neem de tijd.", "home"),
    ],
)
def test_denials_before_and_after(reader: Language, text: str, label: str) -> None:
    assert attributes.setting(reader(text)).label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Kapsalon in Hengelo zoekt ervaren kapster, 24 uur per week.", "other"),
        ("Wir suchen eine Reinigungskraft, Bewerbung per Mail.", "other"),
        ("Se busca camarera, jornada completa.", "other"),
        ("Somos cinco chicas en Arnhem, pasa cuando quieras.", "club"),
        ("Jest nas sześć, zapraszamy.", "club"),
        ("Thaise massage in Enschede, drie masseuses.", "club"),
        ("Ik zit achter het raam, avonddienst.", "club"),
        ("Stap bij ons binnen en kijk wie er vandaag werkt.", "club"),
        ("Vandaag aanwezig: kijk op onze planning, steeds andere meiden.", "club"),
        ("Mijn lijn is elke avond open, je krijgt mij persoonlijk.", "other"),
        ("Poetshulp gevraagd voor drie uur in de week.", "other"),
        ("Elke week een spannend verhaaltje per mail.", "other"),
    ],
)
def test_business_and_other_work(reader: Language, text: str, label: str) -> None:
    assert attributes.setting(reader(text)).label == label


@pytest.mark.parametrize(
    "text",
    [
        "Bij mij voel je je meteen thuis, dat zegt iedereen.",
        "Rustig, verzorgd en discreet, alleen op afspraak.",
        "Of course you may write to me first.",
        "Soy tranquila, discreta y limpia, escríbeme.",
        "Ik hou van katten en koffie.",
        "Geen prive nummers, geen sms.",
        "Ik ben mobiel bereikbaar van negen tot negen.",
        "Even geen afspraken, ik heb griep.",
        "Waar ben je naar op zoek?",
        "Overdag werk ik op kantoor, 's avonds neem ik op.",
        "Massage door ervaren vrouw.",
        "Nu primesc apeluri de la numere ascunse, doar mesaje.",
        "Te espero, escríbeme y te respondo.",
    ],
)
def test_says_nothing_on_where_or_how(reader: Language, text: str) -> None:
    assert attributes.setting(reader(text)).label == "unknown"


def test_weak_words_of_another_language_are_not_heard(reader: Language) -> None:
    assert attributes.setting(reader("Ich bin in den Niederlanden und schreibe gern den Leuten.")).label == "unknown"


def test_what_is_put_first_decides_between_receiving_and_visiting(reader: Language) -> None:
    first = attributes.setting(reader("Ik ontvang je in mijn eigen woning. Ik kom ook naar je toe in een hotel."))
    second = attributes.setting(reader("Ik kom naar je toe in een hotel. Je kunt ook komen in mijn eigen woning."))
    assert (first.label, second.label) == ("home", "escort")


def test_both_sided_says_so(reader: Language) -> None:
    cue = attributes.setting(reader("Thuisontvangst en ook escort, ik kom graag naar je toe."))
    shares = dict(cue.shares)
    assert shares["home"] > 0.02
    assert shares["escort"] > 0.02
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_phrase_counts_once(reader: Language) -> None:
    once = attributes.setting(reader("Ik werk zelfstandig op een privéadres."))
    often = attributes.setting(reader("Ik werk zelfstandig op een privéadres. " + "Ik heb een privéadres. " * 20))
    assert once.probability == often.probability


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Zodra je geparkeerd staat app je, dan doe ik de achterpoort los.", "home"),
        ("Bel twee keer, het is de groene deur.", "home"),
        ("Het is er gehorig, dus zachtjes op de trap.", "home"),
        ("Particulier adres, geen bordje.", "home"),
        ("Bezoek aan huis kan helaas niet, je komt naar mij.", "home"),
        ("Op het balkon mag je roken.", "home"),
        ("Laat de voordeur op een kier en zet de wijn koud.", "escort"),
        ("Waar kan ik parkeren als ik er ben?", "escort"),
        ("Blijf lekker thuis, ik neem mijn massagetafel mee.", "escort"),
        ("Ontvangen gaat bij mij niet, bij jou wel.", "escort"),
        ("Spring in de auto zodra je belt en ben zo bij je.", "escort"),
        ("Callgirl, hele regio.", "escort"),
    ],
)
def test_implied_in_what_happens_at_the_door_or_on_the_way(reader: Language, text: str, label: str) -> None:
    assert attributes.setting(reader(text)).label == label


@pytest.mark.parametrize(
    "text", ["Mijn flat is klein. Ik ontvang niet op zondag.", "Geen ontvangst na elf uur in mijn flat."]
)
def test_hours_without_visitors_are_no_refusal_of_visitors(reader: Language, text: str) -> None:
    assert attributes.setting(reader(text)).label == "home"
