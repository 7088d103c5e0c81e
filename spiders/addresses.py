"""Where an address leads: its origin, its host in whatever spelling, this machine, this network. Nothing is looked up."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port."""

_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")  # carries IPv4 in its last 32 bits (RFC 6052)
_NUMERIC_HOST = re.compile(r"^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*\.?$", re.IGNORECASE)


def origin_of(url: str) -> Origin | None:
    """Give the origin of `url`, or None where it is no usable http(s) address."""
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname or parts.username is not None:
        return None
    return scheme, parts.hostname.lower().rstrip("."), port or _PORTS[scheme]


def address_in(host: str) -> IPv4Address | IPv6Address | None:
    """Read a host that is an address in any spelling that connects: dotted, decimal, hexadecimal, octal, IPv6.

    >>> address_in("2130706433"), address_in("0x7f.1"), address_in("example.org")
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), None)
    """
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    if _NUMERIC_HOST.match(host):
        try:
            return IPv4Address(socket.inet_aton(host.rstrip(".")))
        except OSError:
            return None
    return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether `address` is a globally reachable unicast address, looking through IPv6 wrappings of IPv4."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def is_loopback(url: str) -> bool:
    """Tell whether the host of `url` is this machine by its very name: no look-up is made.

    >>> is_loopback("http://127.0.0.1:8000"), is_loopback("http://example.org")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Name the host that requests to `url` reach; on this machine each port is a host of its own.

    >>> host_of("https://WWW.site.example/x"), host_of("http://127.0.0.1:8000/")
    ('www.site.example', '127.0.0.1:8000')
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return f"{host}:{parts.port}" if is_loopback(url) else host
