"""Plain Dutch (B1) for figures, periods, statuses and reasons. One place, so that every page says it the same way."""

from datetime import date, timedelta
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from reports.figures import BELOW, PUBLISHED, UNRELIABLE, WITHHELD, Movement, Share, Volume

LOCALE: Final = "nl_NL"
SMALLEST: Final = 10  # under it a count is a label, never a number (PRIVACY P9)

SETTINGS: Final[dict[str, str]] = {
    "all": "alle soorten",
    "home": "thuis",
    "club": "club",
    "escort": "escort",
    "other": "anders",
    "unknown": "onbekend",
}

STATUSES: Final[dict[str, str]] = {
    BELOW: "minder dan 10",
    WITHHELD: "afgeschermd",
    UNRELIABLE: "geen betrouwbaar cijfer",
}

_REASONS: Final[dict[str, str]] = {
    BELOW: "er zijn er minder dan 10 gezien of geschat",
    "few_for_a_day": "het zijn er minder dan 20, te weinig voor een cijfer per dag; kijk naar het cijfer van de week",
    "dominance": "één adverteerder zou te veel van het cijfer bepalen",
    "complement": "de rest van het gebied of de andere soorten zouden te klein overblijven",
    "secondary": "anders is een ander afgeschermd cijfer uit te rekenen",
    "attack": "anders is een ander afgeschermd cijfer uit te rekenen",
    "rolled_up": "het aantal is te klein om apart te tonen; het zit in een groter gebied",
    "part_withheld": "een deel van dit cijfer is afgeschermd",
    "zero_or_all": "het aandeel zou 0% of 100% zijn",
    "small_side": "te weinig adverteerders blijven korter of langer dan dit",
    "small_denominator": "er zijn te weinig adverteerders voor dit cijfer",
    "part_unreliable": "een deel van dit cijfer is niet betrouwbaar",
    "low_completeness": "de bronnen konden te weinig worden bekeken",
    "too_few_source_groups": "er waren te weinig bronnen om te vergelijken",
    "too_few_recaptures": "te weinig adverteerders staan op meer dan één bron",
    "too_few_seen": "er zijn te weinig adverteerders gezien",
    "too_few_ended": "te weinig verblijven zijn al afgelopen",
    "not_identifiable": "de gegevens geven geen duidelijk antwoord",
    "epoch_boundary": "in deze periode zijn de sleutels vervangen waarmee we advertenties herkennen; terugkijken kan dan niet",
    "source_break": "er zijn bronnen bij gekomen of weggegaan, zodat de periode niet met de vorige te vergelijken is",
    "too_few_weeks": "er zijn nog te weinig weken om dit te kunnen zeggen",
    "too_few_comparators": "er zijn te weinig gemeenten om mee te vergelijken",
    "event_date_unknown": "we weten niet op welke dag het beleid is ingegaan",
    "too_few_periods": "er zijn nog te weinig perioden om mee te vergelijken",
    "external_list": "er is een lijst van buiten meegeteld, dus dit cijfer gaat over een andere groep",
    "after_alert": "na een melding moeten we eerst nieuwe cijfers verzamelen om mee te vergelijken",
    "not_published": "een cijfer dat hiervoor nodig is, tonen we niet",
    "no_crawl": "de bronnen zijn niet bekeken",
    "not_estimated": "er is die week niet geteld",
    "no_data": "er zijn geen gegevens",
    "no_estimate": "er kon geen schatting worden gemaakt",
}

_WARNINGS: Final[dict[str, str]] = {
    "not_calibrated": "niet gekalibreerd: er is nog geen controle van het aantal advertenties per adverteerder",
    "two_sources": "er waren maar twee groepen bronnen: het cijfer is minder zeker",
    "external_list": "er is een lijst van buiten meegeteld, dus ook wie op geen enkele bron te zien is",
    "low_completeness": "de bronnen konden niet helemaal worden bekeken",
    "small_left_out": "zonder de kleinste stromen: die tonen we niet apart",
}

STATES: Final[dict[str, str]] = {
    "ok": "goed bekeken",
    "thin": "gedeeltelijk bekeken",
    "blind": "bekeken, maar niets gezien",
    "refused": "toegang geweigerd",
    "changed": "pagina veranderd",
    "failed": "niet gelukt",
    "missing": "niet bekeken",
}
STATE_MARKS: Final[dict[str, str]] = {
    "ok": "✓",
    "thin": "½",
    "blind": "○",
    "refused": "✕",
    "changed": "!",
    "failed": "✕",
    "missing": "–",
}

_CRAWL_REASONS: Final[dict[str, str]] = {
    "timeout": "de site gaf geen antwoord",
    "connection_refused": "de site was niet bereikbaar",
    "connection_lost": "de verbinding viel weg",
    "name_not_found": "de site was niet bereikbaar",
    "nothing_fetched": "geen enkele pagina kwam binnen",
    "no_listings": "de site toonde geen advertenties",
    "index_pages_missing": "een deel van de pagina's kwam niet binnen",
    "listing_pages_missing": "een deel van de pagina's kwam niet binnen",
    "fewer_listings_than_stated": "er waren minder advertenties te zien dan de site noemt",
    "fewer_listings_than_promised": "er waren minder advertenties te zien dan normaal",
    "fewer_listings_than_usual": "er waren veel minder advertenties te zien dan anders",
    "low_completeness": "een deel van de advertenties was niet te lezen",
    "more_listings_than_stated": "het aantal dat de site noemt, klopt niet",
    "listings_replaced": "veel advertenties van de vorige keer waren niet terug te vinden",
    "sample_only": "de site is alleen met een steekproef bekeken, na een nieuwe opmaak",
    "title_as_text": "de site heeft een nieuwe opmaak",
    "same_text": "de site toonde bij alle advertenties dezelfde tekst",
    "not_crawled": "de bron is niet bekeken",
    "index_page_changed": "de site heeft een nieuwe opmaak",
    "listing_page_changed": "de site heeft een nieuwe opmaak",
    "cards_unreadable": "de site heeft een nieuwe opmaak",
    "robots_disallow": "de site wil niet worden bekeken",
    "robots_unreachable": "de regels van de site waren niet te lezen",
    "robots_refused": "de site wil niet worden bekeken",
    "challenge": "de site vroeg om een controle",
    "login": "de site vroeg om in te loggen",
    "page_too_large": "een pagina was te groot",
    "consent_page": "de site vroeg eerst om toestemming",
    "tdm_unreadable": "de regels van de site waren niet te lezen",
    "robots_crawl_delay": "de site wil niet worden bekeken",
    "hostile_markup": "de pagina's van de site waren niet te lezen",
    "headers_too_large": "het antwoord was geen pagina",
    "bad_status": "het antwoord was geen pagina",
    "tdm_reserved": "de site wil niet dat gegevens worden verzameld",
    "gone": "veel advertenties waren verdwenen",
    "tls": "de beveiligde verbinding lukte niet",
    "not_a_page": "het antwoord was geen pagina",
    "redirect_loop": "de site bleef doorverwijzen",
    "pages_repeat": "de site toonde steeds dezelfde pagina",
    "off_site": "de site verwees naar een andere site",
    "bad_address": "de site verwees naar een adres dat niet mag",
    "inside_address": "de site verwees naar een adres dat niet mag",
    "page_cap": "de site had te veel pagina's voor één nacht",
    "index_page_cap": "de site had te veel pagina's voor één nacht",
    "time_cap": "de tijd was op",
    "closespider_timeout": "de tijd was op",
    "memory_cap": "het geheugen was vol",
    "memusage_exceeded": "het geheugen was vol",
    "stopped": "het bekijken werd gestopt",
}

_REFUSING: Final = frozenset({"401", "402", "403", "407", "429", "451"})  # answers that mean no (PRIVACY P2)

# The estimand of the design, in the words of a reader.
ESTIMAND: Final = "adverteerders die op ten minste één gevolgde bron zichtbaar kunnen zijn"

CAVEATS: Final[tuple[tuple[str, str], ...]] = (
    (
        "Het zijn schattingen.",
        "Lees eerst de marge: daarin ligt het echte aantal met 95% zekerheid. De beste schatting is niet zekerder.",
    ),
    (
        "Wie niet online adverteert, telt niet mee.",
        f"We schatten {ESTIMAND}. Hoeveel mensen werken zonder advertentie weten we niet.",
    ),
    (
        "De cijfers zeggen niets over één persoon of adres.",
        "Ze zeggen ook niets over vergunningen, dwang of overlast. Gebruik ze niet om iemand te zoeken of te controleren.",
    ),
    (
        "Een klein verschil is geen verandering.",
        "We melden een verandering pas als die groter is dan wat toeval meestal geeft.",
    ),
)


def number(value: float, digits: int = 0) -> str:
    """Write a number the Dutch way.

    >>> number(1250), number(3.25, 1)
    ('1.250', '3,2')
    """
    return format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=LOCALE)


def size(count: int) -> str:
    """Write the size of a file.

    >>> size(300), size(48_213), size(2_400_000)
    ('1 kB', '48 kB', '2,4 MB')
    """
    return f"{number(max(1, round(count / 1000)))} kB" if count < 10**6 else f"{number(count / 10**6, 1)} MB"


def percent(share: float) -> str:
    """Write a share as whole percents.

    >>> percent(0.62)
    '62%'
    """
    return f"{number(round(share * 100))}%"


def day_long(day: date) -> str:
    """Write a day in full.

    >>> day_long(date(2026, 11, 8))
    'zondag 8 november 2026'
    """
    return format_date(day, "EEEE d MMMM y", locale=LOCALE)


def day_plain(day: date) -> str:
    """Write a day without the name of its weekday.

    >>> day_plain(date(2026, 11, 8))
    '8 november 2026'
    """
    return format_date(day, "d MMMM y", locale=LOCALE)


def day_short(day: date) -> str:
    """Write a day for the axis of a chart.

    >>> day_short(date(2026, 11, 8))
    '8 nov'
    """
    return format_date(day, "d MMM", locale=LOCALE).rstrip(".")


def month(day: date) -> str:
    """Write a month and year for the axis of a chart.

    >>> month(date(2026, 11, 8))
    "nov '26"
    """
    return f"{format_date(day, 'MMM', locale=LOCALE).rstrip('.')} '{day.year % 100:02d}"


def span(first: date, last: date) -> str:
    """Write a period, both ends included, without saying twice what is the same.

    >>> span(date(2026, 11, 2), date(2026, 11, 8))
    '2 t/m 8 november 2026'
    >>> span(date(2026, 10, 12), date(2026, 11, 8))
    '12 oktober t/m 8 november 2026'
    >>> span(date(2026, 12, 28), date(2027, 1, 3))
    '28 december 2026 t/m 3 januari 2027'
    >>> span(date(2026, 11, 2), date(2026, 11, 2))
    '2 november 2026'
    """
    if first == last:
        return day_plain(last)
    pattern = "d MMMM y" if first.year != last.year else "d MMMM" if first.month != last.month else "d"
    return f"{format_date(first, pattern, locale=LOCALE)} t/m {day_plain(last)}"


def week(start: date) -> str:
    """Name a week by its ISO number and days.

    >>> week(date(2026, 11, 2))
    'week 45 (2 t/m 8 november 2026)'
    """
    return f"week {start.isocalendar().week} ({span(start, start + timedelta(days=6))})"


def week_short(start: date) -> str:
    """Name a week by its number only.

    >>> week_short(date(2026, 11, 2))
    'week 45'
    """
    return f"week {start.isocalendar().week}"


def period_short(code: str, start: date) -> str:
    """Name a week by its number, and any other period in full.

    >>> period_short("week", date(2026, 11, 2)), period_short("block", date(2026, 10, 12))
    ('week 45', '12 oktober t/m 8 november 2026')
    """
    return week_short(start) if code == "week" else period(code, start)


def block(start: date) -> str:
    """Name a block of four weeks.

    >>> block(date(2026, 10, 12))
    '12 oktober t/m 8 november 2026'
    """
    return span(start, start + timedelta(days=27))


def period(code: str, start: date) -> str:
    """Name a period of any kind: day, week or block."""
    if code == "week":
        return week(start)
    return block(start) if code == "block" else day_long(start)


def bound(value: int) -> str:
    """Write an end of an interval; what lies under ten is a label.

    >>> bound(0), bound(45)
    ('minder dan 10', '45')
    """
    return number(value) if value >= SMALLEST else STATUSES[BELOW]


def margin(lower: int | None, upper: int | None) -> str:
    """Write an interval.

    >>> margin(75, 125)
    '75 tot 125'
    """
    if lower is None or upper is None:
        return "onbekend"
    return f"{bound(lower)} tot {bound(upper)}"


def band(lower: int | None, upper: int | None) -> str:
    """Write an interval as the digest does; where its lower end is a label, only its upper end says something.

    >>> band(75, 125), band(0, 30)
    ('75 tot 125', 'hooguit 30')
    """
    if lower is not None and upper is not None and lower < SMALLEST:
        return f"hooguit {bound(upper)}"
    return margin(lower, upper)


def between(lower: int | None, upper: int | None) -> str:
    """Write an interval inside a sentence.

    >>> between(75, 125), between(0, 30)
    ('tussen de 75 en 125', 'hooguit 30')
    """
    if lower is None or upper is None:
        return "een onbekend aantal"
    return f"tussen de {number(lower)} en {number(upper)}" if lower >= SMALLEST else band(lower, upper)


def slug(code: str) -> str:
    """Make a code fit for the name of an element in a page.

    >>> slug("PV-Overijssel")
    'pv-overijssel'
    """
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in code).lower()


def share_margin(lower: float | None, upper: float | None) -> str:
    """Write an interval of a share.

    >>> share_margin(0.4, 0.55)
    '40% tot 55%'
    """
    if lower is None or upper is None:
        return "onbekend"
    return f"{percent(lower)} tot {percent(upper)}"


def status(code: str) -> str:
    """Say in words that there is no number."""
    return STATUSES.get(code, STATUSES[UNRELIABLE])


def figure(row: Volume | Movement) -> str:
    """Write the figure of a row, or why it is not there in one or two words."""
    count = row.advertiser_count if isinstance(row, Volume) else row.move_count
    return number(count) if row.status_code == PUBLISHED and count is not None else status(row.status_code)


def share(row: Share) -> str:
    """Write a share, or why it is not there."""
    if row.status_code == PUBLISHED and row.advertiser_share is not None:
        return percent(row.advertiser_share)
    return status(row.status_code)


def reason(code: str) -> str:
    """Say why a figure is not there; a reason that nobody has put into words yet is shown as its code.

    >>> reason("dominance")
    'één adverteerder zou te veel van het cijfer bepalen'
    >>> reason("iets_nieuws")
    'reden: iets nieuws'
    """
    if not code:
        return ""
    return _REASONS.get(code, f"reden: {_words(code)}")


def warning(code: str) -> str:
    """Say what a warning means."""
    return _WARNINGS.get(code, f"let op: {_words(code)}")


def crawl_state(code: str) -> str:
    """Say how well a source could be seen."""
    return STATES.get(code, _words(code))


def crawl_reason(code: str) -> str:
    """Say why a source could not be seen well.

    >>> crawl_reason("http_503"), crawl_reason("http_403")
    ('de site gaf een storing (503)', 'de site weigerde toegang (403)')
    """
    if not code:
        return ""
    if code.startswith("http_") and code[5:].isascii() and code[5:].isdigit():
        refused = code[5:] in _REFUSING
        return f"de site weigerde toegang ({code[5:]})" if refused else f"de site gaf een storing ({code[5:]})"
    if code.startswith(("fill_", "shape_")):
        return "de site heeft een nieuwe opmaak"
    return _CRAWL_REASONS.get(code, f"reden: {_words(code)}")


def join(parts: list[str]) -> str:
    """Join words as a sentence does.

    >>> join(["a", "b", "c"])
    'a, b en c'
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} en {parts[-1]}"


def source(code: str) -> str:
    """Write the name of a source as people say it.

    >>> source("nl_rubriek")
    'Rubriek'
    """
    bare = code.split("_", 1)[1] if code[2:3] == "_" else code
    return _words(bare).capitalize()


def _words(code: str) -> str:
    return code.replace("_", " ")
