"""Servers that are not who they say they are, or do not speak TLS: refused as such, and nothing is asked of them."""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from loopback_site import Board, Site

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Issues certificates; `pem` is the file by which it is trusted."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = name("Proefgezag")
        self.certificate = self._made(self.subject, self.key, [], NOW - DAY, NOW + DAY, authority=True)
        self.pem = folder / "gezag.pem"
        self.pem.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _made(self, subject, key, names, since, until, *, authority=False, issuer=None, signer=None):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer or self.key, hashes.SHA256())

    def context(self, *, host="127.0.0.1", since=NOW - DAY, until=NOW + DAY, self_signed=False):
        """Make the server's side for a certificate that names `host` and holds from `since` to `until`."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            names = [x509.IPAddress(ip_address(host))] if host else []
        except ValueError:
            names = [x509.DNSName(host)]
        own = {"issuer": name(host or "zonder naam"), "signer": key} if self_signed else {}
        certificate = self._made(name(host or "zonder naam"), key, names, since, until, **own)
        file = self.folder / f"{certificate.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure():
    """Makes a site of `Board` behind a given TLS context."""
    with contextlib.ExitStack() as stack:

        def made(context):
            site = Site()
            stack.callback(site.close)
            Board(site, count=2).fill()
            site._server.socket = context.wrap_socket(site._server.socket, server_side=True)
            return site, site.url.replace("http:", "https:")

        yield made


def test_a_server_with_a_good_certificate_is_crawled(crawl, secure, authority):
    site, url = secure(authority.context())
    assert crawl(url, env={"SSL_CERT_FILE": str(authority.pem)}).verdict == ("ok", "")
    assert site.paths[0] == "/robots.txt"


@pytest.mark.parametrize(
    "wrong",
    [
        {"self_signed": True},
        {"until": NOW - DAY / 2},
        {"since": NOW + DAY / 2},
        {"host": "127.0.0.2"},
        {"host": "site.example"},
        {"host": "*.example"},
        {"host": "*"},
        {"host": ""},
    ],
    ids=[
        "self-signed",
        "expired",
        "not yet valid",
        "other address",
        "other name",
        "other names",
        "any name",
        "no name",
    ],
)
def test_a_wrong_certificate_is_refused(crawl, secure, authority, wrong):
    site, url = secure(authority.context(**wrong))
    crawled = crawl(url, env={"SSL_CERT_FILE": str(authority.pem)})
    assert crawled.verdict == ("failed", "tls")
    assert site.paths == []


def test_an_unknown_authority_is_refused(crawl, secure, authority):
    site, url = secure(authority.context())
    assert crawl(url, env={"SSL_CERT_FILE": "/dev/null"}).verdict == ("failed", "tls")
    assert site.paths == []


def test_tls_that_went_out_of_use_is_refused(crawl, secure, authority):
    context = authority.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    site, url = secure(context)
    assert crawl(url, env={"SSL_CERT_FILE": str(authority.pem)}).verdict == ("failed", "tls")
    assert site.paths == []


@contextlib.contextmanager
def listener(answer):
    """Accept connections and do `answer` to each; gives the address."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    answer(connection)

    threading.Thread(target=accept, daemon=True).start()
    yield f"https://127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"\x16\x03\x01\x00\x05nonsense", b"\x15\x03\x03\x00\x02\x02\x28", bytes(500)],
    ids=["http", "garbage", "alert", "zeros"],
)  # fmt: skip
def test_what_is_no_tls_is_refused(crawl, said):
    def answer(connection):
        connection.recv(4096)
        connection.sendall(said)
        connection.settimeout(2)
        connection.recv(4096)

    with listener(answer) as url:
        assert crawl(url, entry={"timeout_seconds": 2}).verdict == ("failed", "tls")


def test_a_handshake_that_is_not_answered_is_given_up(crawl):
    with listener(lambda connection: connection.recv(4096) and connection.recv(4096)) as url:
        assert crawl(url, entry={"timeout_seconds": 0.3}).verdict == ("failed", "robots_unreachable")


def test_a_redirect_out_of_tls_is_not_followed(crawl, secure, authority, site):
    safe, url = secure(authority.context())
    safe.routes["/"] = (302, {"Location": f"{site.url}/"}, b"")
    safe.routes["/ad/a1"] = (302, {"Location": url.replace("https:", "http:") + "/ad/a1"}, b"")
    assert crawl(url, env={"SSL_CERT_FILE": str(authority.pem)}).verdict == ("failed", "off_site")
    assert site.asked == []
