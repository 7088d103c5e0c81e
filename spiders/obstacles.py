"""Know a page that is in the way of the page asked for. Such a page stops the source for the day; nothing is evaded."""

import re

from scrapy.http import TextResponse

REFUSING_STATUS = {401: "http_401", 402: "http_402", 403: "http_403", 407: "http_407", 429: "http_429", 451: "http_451"}
"""Answers that mean no (PRIVACY P2)."""

_CHALLENGE = re.compile(
    r"g-recaptcha|h-captcha|hcaptcha\.com|cf-turnstile|cf-challenge|challenge-platform|/_Incapsula_|datadome|"
    r"\bcaptcha\b|geen robot|not a robot|kein roboter|just a moment",
    re.IGNORECASE,
)
MOST_SAID = 5_000  # characters that a page in the way says at the most; an index of fifty listings says more
_CONSENT = re.compile(
    r"toestemming|cookies? (accepteren|toestaan)|accept(eer)? (alle )?cookies|accept all|all(es|e) (cookies )?(accepteren|toestaan)|"
    r"accepteer alles|akkoord|zustimmen|alle akzeptieren|consent|"
    r"18 jaar of ouder|ouder dan 18|over 18|18\+",
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(r"/(login|log-in|inloggen|signin|sign-in|aanmelden|account/login|anmelden)\b", re.IGNORECASE)
_GONE = re.compile(
    r"niet (meer )?(gevonden|beschikbaar|actief)|bestaat niet( meer)?|verwijderd|"
    r"not found|no longer available|nicht gefunden",
    re.IGNORECASE,
)


# libxml2 holds each attribute of an element against all others: 100,000 in one took 16 s, in which nothing else runs
# (November 2026). The longest start tags of ordinary pages have some dozens.
MOST_ATTRIBUTES = 2_000
_START_TAG = re.compile(rb"""<[a-z](?:=\s*+"[^"]*"|=\s*+'[^']*'|[^>])*+""", re.IGNORECASE)
_VALUE = re.compile(rb"""=\s*+(?:"[^"]*"|'[^']*')""")
_BETWEEN = re.compile(rb"[\s/=]+")


def overloads_parser(body: bytes) -> bool:
    """Tell whether a page holds a start tag with so many attributes that reading it would take minutes."""
    for tag in _START_TAG.finditer(body.replace(b"\0", b"")):
        if tag.end() - tag.start() > 2 * MOST_ATTRIBUTES:  # or they do not fit in
            bare = _VALUE.sub(b"=", tag[0])
            if sum(1 for _ in _BETWEEN.finditer(bare)) > MOST_ATTRIBUTES:
                return True
    return False


def challenge_in_headers(response: TextResponse) -> str | None:
    """Name a challenge that the headers announce; the page's content does not matter then."""
    if (response.headers.get("cf-mitigated") or b"").lower() == b"challenge":
        return "challenge"
    return None


def obstacle(response: TextResponse) -> str | None:
    """Say what an unreadable page is instead: challenge, login, consent_page, or None where it is none of these.

    Ask only about pages that could not be read as expected: an ordinary page may show a login box or name cookies. One
    that says much is an ordinary page, whatever else stands on it.
    """
    if len("".join(response.xpath("//body//text()[not(parent::script or parent::style)]").getall())) > MOST_SAID:
        return None
    page = response.text[:200_000]
    if _CHALLENGE.search(page):
        return "challenge"
    if response.css("input[type=password]") or _LOGIN_PATH.search(response.url):
        return "login"
    if response.css("form, button") and _CONSENT.search(page):
        return "consent_page"
    return None


def says_gone(response: TextResponse) -> bool:
    """Tell whether a page with status 200 says that what was asked for is not there (a soft 404)."""
    heading = " ".join(response.css("title::text, h1 *::text, h1::text, h2::text, p::text").getall()[:12])
    return _GONE.search(heading) is not None


def reserves_mining(response: TextResponse) -> bool:
    """Tell whether a page reserves text and data mining (TDM Reservation Protocol: header or meta element)."""
    said = [value.decode("ascii", "replace") for value in response.headers.getlist("tdm-reservation")]
    said.extend(response.css('meta[name="tdm-reservation" i]::attr(content)').getall())
    return any(part.strip() == "1" for value in said for part in value.split(","))
