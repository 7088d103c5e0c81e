"""No address of this network is reached, however it is written or looked up."""

import socket
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings
from twisted.internet.error import DNSLookupError

from spiders.addresses import address_in, is_public, origin_of
from spiders.guard import Barred, GuardedResolver, SiteGuard
from spiders.obstacles import overloads_parser


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "::ffff:127.0.0.1", "10.0.0.1",
     "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
     "fe80::1%eth0", "fc00::1", "64:ff9b::7f00:1", "2002:7f00:1::", "198.18.0.1", "192.0.2.1", "::"],
)  # fmt: skip
def test_addresses_inside_are_known_in_every_spelling(host):
    address = address_in(host)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("host", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "134744072"])
def test_addresses_outside_are_too(host):
    assert is_public(address_in(host))


@given(st.ip_addresses(v=4))
def test_spelling_never_changes_the_verdict(address):
    for spelling in (str(address), str(int(address)), hex(int(address)), f"::ffff:{address}"):
        read = address_in(spelling)
        assert read is not None
        assert is_public(read) == is_public(ip_address(str(address)))


@pytest.mark.parametrize(
    "url", ["javascript:x()", "file:///etc", "ftp://a/b", "http://", "http://u:p@a/", "http://a:x/", "//a"]
)
def test_what_is_no_page_address_has_no_origin(url):
    assert origin_of(url) is None


SITE = ("http", "127.0.0.1", 8000)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:8000/x", None),
        ("http://127.0.0.1:8001/x", "off_site"),
        ("https://127.0.0.1:8000/x", "off_site"),
        ("http://2130706433:8000/x", "off_site"),
        ("http://u@127.0.0.1:8000/x", "bad_address"),
    ],
)
def test_only_the_own_origin_passes(url, reason):
    guard = SiteGuard([SITE], [SITE])
    if reason is None:
        guard.process_request(Request(url))
    else:
        with pytest.raises(Barred) as caught:
            guard.process_request(Request(url))
        assert caught.value.reason == reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "10.1.2.3"])
def test_an_own_origin_inside_passes_only_when_listed(host):
    guard = SiteGuard([origin_of(f"http://{host}")], [])
    with pytest.raises(Barred, match="inside_address"):
        guard.process_request(Request(f"http://{host}/"))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254", "nonsense"])
def test_a_name_that_leads_inside_is_not_looked_up(address):
    with pytest.raises(DNSLookupError, match="inside_address"):
        GuardedResolver._checked(address)
    assert GuardedResolver._checked("93.184.215.14") == "93.184.215.14"


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("site.example", False),
        ("a", False),
    ],
)
def test_only_this_machine_is_looked_up_without_question(host, trusted):
    class Crawler:
        settings = Settings({"SPIDERS_LOOPBACK": [("http", host, 80)]})

    resolver = GuardedResolver.from_crawler(Crawler(), None)
    assert (host in resolver._loopback_hosts) is trusted


LOOK_UP = """
import asyncio, socket, sys
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor
from spiders.guard import GuardedResolver

names, trusted = sys.argv[1].split(), frozenset(sys.argv[2].split())
reactor.installResolver(GuardedResolver(reactor, 0, 5.0, trusted))

async def main():
    for name in names:
        try:
            print(name, await reactor.resolve(name).asFuture(asyncio.get_running_loop()))
        except Exception as error:
            print(name, type(error).__name__, error.args[0] == "inside_address")
    reactor.callFromThread(reactor.stop)

reactor.callWhenRunning(lambda: asyncio.ensure_future(main()))
reactor.run()
"""


def test_the_machines_own_resolver_is_not_believed():
    """Through a running reactor and /etc/hosts, as a crawl looks names up."""
    root, here = Path(__file__).parents[2], socket.gethostname()
    names = f"localhost {here} 127.0.0.1 2130706433"
    told = subprocess.run(
        [sys.executable, "-c", LOOK_UP, names, "127.0.0.1"],
        capture_output=True,
        text=True,
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        timeout=30,
        check=True,
    ).stdout.splitlines()
    assert told == [
        "localhost DNSLookupError True",
        f"{here} DNSLookupError True",
        "127.0.0.1 127.0.0.1",
        "2130706433 DNSLookupError True",
    ]


MANY = b" ".join(b"a%d=x" % number for number in range(3000))


@pytest.mark.parametrize(
    ("page", "overloads"),
    [
        (b"", False),
        (b"<p>tekst</p>" * 10_000, False),
        (b"<h1 title='" + b"a=b " * 100_000 + b"'>", False),
        (b"<h1 " + MANY[:1000] + b">", False),
        (b"<script>if (i<n) { " + b"f('AAAABBBB+CCCC');" * 3000 + b" }</script>", False),
        (b"1 <2 " + b"woord " * 5000, False),
        (b"<h1 " + MANY + b">", True),
        (b"<h1 x='>' " + MANY + b">", True),
        (b'<h1 x = ">" ' + MANY + b">", True),
        (b"<h1 " + MANY.replace(b" ", b"/") + b">", True),
        (b"<h1 " + MANY.replace(b"=x ", b"='x'") + b">", True),
        (b"<H1\n" + MANY, True),
        ("<h1 ".encode("utf-16-le") + MANY.decode().encode("utf-16-le") + b">\0", True),
    ],
)
def test_a_start_tag_that_would_take_minutes_is_known(page, overloads):
    assert overloads_parser(page) is overloads


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (HtmlResponse("http://a.example/", body=b"<p>"), None),
        (Response("http://a.example/", body=b"<h1 " + MANY), None),
        (HtmlResponse("http://a.example/", status=206), "http_206"),
        (HtmlResponse("http://a.example/", body=b"<h1 " + MANY), "hostile_markup"),
    ],
)
def test_pages_that_are_parts_or_attacks_are_refused(answer, reason):
    guard = SiteGuard([SITE], [SITE])
    if reason is None:
        assert guard.process_response(Request(answer.url), answer) is answer
    else:
        with pytest.raises(Barred, match=reason):
            guard.process_response(Request(answer.url), answer)
