"""Plain Dutch (B1) for codes: why a figure is not there, what to keep in mind with it, how well a source could be seen."""

from typing import Final

from reports.figures import BELOW
from reports.wording import spaced

_REASONS: Final[dict[str, str]] = {
    BELOW: "er zijn er minder dan 10 gezien of geschat",
    "few_for_a_day": "we zagen er minder dan 20, te weinig voor een cijfer per dag; kijk naar het cijfer van de week",
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


def reason(code: str) -> str:
    """Say why a figure is not there; a reason that nobody has put into words yet is shown as its code.

    >>> reason("dominance")
    'één adverteerder zou te veel van het cijfer bepalen'
    >>> reason("iets_nieuws")
    'reden: iets nieuws'
    """
    if not code:
        return ""
    return _REASONS.get(code, f"reden: {spaced(code)}")


def warning(code: str) -> str:
    """Say what a warning means."""
    return _WARNINGS.get(code, f"let op: {spaced(code)}")


def crawl_state(code: str) -> str:
    """Say how well a source could be seen."""
    return STATES.get(code, spaced(code))


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
    return _CRAWL_REASONS.get(code, f"reden: {spaced(code)}")
