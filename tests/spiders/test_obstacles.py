"""Pages in the way are known by what they say; pages that only look like it are not."""

import pytest
from scrapy.http import HtmlResponse

from spiders.obstacles import obstacle, says_gone


def page(html: str, url: str = "http://site.example/lijst") -> HtmlResponse:
    return HtmlResponse(url, body=f"<!doctype html><html><body>{html}</body></html>".encode(), encoding="utf-8")


@pytest.mark.parametrize(
    "said",
    [
        "Wij gebruiken cookies. Alles accepteren",
        "Alle cookies toestaan",
        "Accepteer alles",
        "Cookies accepteren",
        "Wij vragen uw toestemming",
        "Accept all",
        "Alle akzeptieren",
        "Ben je 18 jaar of ouder?",
        "Akkoord",
    ],
)
def test_a_wall_with_a_button_is_a_consent_page(said):
    assert obstacle(page(f"<p>{said}</p><button>Verder</button>")) == "consent_page"
    assert obstacle(page(f"<p>{said}</p>")) is None  # without a button nothing is asked
    assert obstacle(page(f"<p>{said}</p><button>Verder</button><p>{'Een gewone regel tekst. ' * 250}</p>")) is None


@pytest.mark.parametrize(
    "html",
    [
        "<div class=g-recaptcha></div>",
        "<iframe src='https://hcaptcha.com/x'></iframe>",
        "<div class=cf-turnstile></div>",
        "<p>Bewijs dat u geen robot bent</p>",
        "<title>Just a moment...</title>",
    ],
)
def test_a_puzzle_is_a_challenge(html):
    assert obstacle(page(html)) == "challenge"


@pytest.mark.parametrize("path", ["/login", "/inloggen?terug=/x", "/account/login", "/anmelden"])
def test_an_address_to_log_in_at_is_a_login(path):
    assert obstacle(page("<form><input name=mail></form>", f"http://site.example{path}")) == "login"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<h1>Nieuw!</h1><div id=app></div>",
        "<form><input name=zoek></form><p>Zoek in alle advertenties</p>",
        "<button>Bel mij</button><p>Alle dagen open, ook 's avonds</p>",
    ],
)
def test_an_ordinary_page_is_in_nobodys_way(html):
    assert obstacle(page(html)) is None
    assert obstacle(page(html, "http://site.example/loginova-tuinhuis")) is None


@pytest.mark.parametrize(
    ("html", "gone"),
    [
        ("<h1>Deze advertentie is niet meer beschikbaar</h1>", True),
        ("<h1>Pagina bestaat niet</h1>", True),
        ("<title>Not found</title>", True),
        ("<h1>Te huur</h1><p>Ook in het weekend beschikbaar</p>", False),
    ],
)
def test_a_page_that_says_that_it_is_gone(html, gone):
    assert says_gone(page(html)) is gone
