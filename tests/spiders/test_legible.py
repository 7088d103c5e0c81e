"""Pages are read by what their bytes are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from spiders.legible import decode, legible

DUTCH = "Privé ontvangst, café, €, één"


@pytest.mark.parametrize(
    ("body", "declared", "expected"),
    [
        (DUTCH.encode(), "utf-8", DUTCH),
        (DUTCH.encode(), "windows-1252", DUTCH),
        (DUTCH.encode(), None, DUTCH),
        (DUTCH.encode("cp1252"), "utf-8", DUTCH),
        (DUTCH.encode("cp1252"), "iso-8859-1", DUTCH),
        (DUTCH.encode("cp1252"), None, DUTCH),
        (DUTCH.encode() + b" " + DUTCH.encode("cp1252"), "utf-8", f"{DUTCH} {DUTCH}"),
        ("Здравей".encode("cp1251"), "windows-1251", "Здравей"),
        ("zażółć".encode("iso8859-2"), "iso-8859-2", "zażółć"),
        (b"\xef\xbb\xbf" + DUTCH.encode(), "utf-16", DUTCH),
        (DUTCH.encode("utf-16"), "utf-8", DUTCH),
        (b"a\0b", "utf-8", "ab"),
        (b"caf\xe9", "base64", "café"),
        (b"caf\xe9", "no-such-charset", "café"),
    ],
)
def test_what_the_bytes_are_beats_what_is_declared(body, declared, expected):
    assert decode(body, declared) == expected


@given(
    st.binary(max_size=300),
    st.sampled_from([None, "utf-8", "utf-16", "cp1251", "hz", "rot13", "zip", "idna", "x" * 30]),
)
def test_every_page_becomes_text_without_nul(body, declared):
    text = decode(body, declared)
    assert "\0" not in text or declared not in {None, "utf-8"}
    text.encode("utf-8", "replace")


@given(st.text(max_size=200).filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_utf8_is_always_right(text):
    body = text.encode("utf-8", "surrogatepass") if text.isprintable() else text.encode("utf-8", "replace")
    assert decode(body, "windows-1252") == body.decode()


def test_a_page_that_declares_itself_in_its_head():
    body = b'<meta charset="windows-1251"><p>' + "Здравей".encode("cp1251")
    response = legible(HtmlResponse("http://site.example", body=body, headers={"Content-Type": "text/html"}))
    assert response.css("p::text").get() == "Здравей"
