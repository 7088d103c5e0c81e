"""No address of this network is reached, however it is written or looked up."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from twisted.internet.error import DNSLookupError

from spiders.guard import Barred, GuardedResolver, SiteGuard, address_in, is_public, origin_of


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
