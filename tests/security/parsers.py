"""Every parser that meets bytes from outside, what to feed it, and the errors that may come out of it.

What may come out is an error of ours (it has an `exit_code`) or one that the parser's own description names, and nothing
else. Strategies are bounded: no input is larger than `MOST` characters, so a parser that ends at all ends soon.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from parsel import Selector
from scrapy.http import HtmlResponse, JsonResponse, Response, TextResponse, XmlResponse

from advertentiemonitor import crawler, tasks
from advertentiemonitor.settings import Settings
from nlp import reading
from spiders import (
    addresses,
    entries,
    extract,
    fields,
    legible,
    obstacles,
    recording,
    register,
    reservation,
    robots_rules,
)
from spiders.classes import spider_class
from spiders.scrubbing.page import scrub
from warehouse import calendar, comparators, objections, policy, sealed, seen, spool, store
from warehouse.estimates import audit_files, external, tables
from warehouse.remote import RemoteServer

CANARY = "kanarie-fluit-0612039900"  # stands in every input; no message may hold it
MOST = 200_000
DAY = date(2026, 10, 12)
_URL = "https://site.example/a/1"
KEY = bytes(range(32))
LONG = ["[" * 60_000, '{"a":' * 30_000, "9" * 5_000, "<div>" * 5_000, "\\u0000", "\ud800", "\0", "\ufeff", "A" * 20_000]


@dataclass(frozen=True)
class Parser:
    """One of them.

    Attributes:
        call: takes what `inputs` gives.
        allowed: errors besides ours that its description names.
        quotes: why its messages may repeat what they were given; empty: they may not.
    """

    call: Callable[[Any], object]
    inputs: st.SearchStrategy[Any]
    allowed: tuple[type[Exception], ...] = ()
    quotes: str = ""


def texts(*pieces: str) -> st.SearchStrategy[str]:
    """Texts put together from pieces that the parser knows, strange ones, any others, and the canary."""
    piece = st.sampled_from([*pieces, CANARY, *LONG]) | st.sampled_from(pieces) | st.text(max_size=20)
    return st.lists(piece, max_size=14).map(lambda parts: "".join(parts)[:MOST])


def octets(*pieces: str) -> st.SearchStrategy[bytes]:
    """Such texts as bytes, in encodings that fit and that do not, or any bytes."""
    encoded = st.tuples(texts(*pieces), st.sampled_from(["utf-8", "utf-16", "cp1252"])).map(
        lambda given: given[0].encode(given[1], "replace")
    )
    return encoded | st.binary(max_size=300) | st.tuples(encoded, st.binary(max_size=20)).map(b"".join)


_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from([CANARY, DAY.isoformat(), "E0003a", "9" * 4_400, 10**40])
)  # fmt: skip


def json_of(*keys: str) -> st.SearchStrategy[str]:
    """JSON, whole or cut off, whose objects have the keys that the parser looks for."""
    names = st.sampled_from([*keys, CANARY]) | st.text(max_size=5)
    tree = st.recursive(
        _SCALARS,
        lambda deeper: st.lists(deeper, max_size=4) | st.dictionaries(names, deeper, max_size=6),
        max_leaves=20,
    )
    whole = (st.dictionaries(st.sampled_from(keys), tree) | tree).map(lambda thing: json.dumps(thing)[:MOST])
    cut = st.tuples(whole, st.integers(0, 200)).map(lambda given: given[0][: given[1]])
    return whole | cut | texts("{", "}", "[", "]", '"', ":", ",", "1e999", "NaN", *(f'"{key}": ' for key in keys))


_TAGS = (
    "<html>", "<body>", "</body>", "<h1>", "</h1>", "<p class='x'>", "</p>", "<br>", "<a href='/a/1'>", "</a>", "<title>",
    "<script type='application/ld+json'>", "</script>", '{"@type": "Offer", "@graph": [', "]}", "<!--", "-->",
    "<![CDATA[", "<?xml version='1.0'?>", "<!DOCTYPE a [<!ENTITY x 'y'>]>", "&x;", "&#0;", "&#xD800;", "<input type=password>",
    "<meta name=tdm-reservation content=1>", "<svg><a/></svg>", "<td", " x=", "'", ">", "\x0c",
)  # fmt: skip


def pages(*more: str) -> st.SearchStrategy[Response]:
    """Pages as they come in."""
    kinds = st.sampled_from([HtmlResponse, XmlResponse, JsonResponse, TextResponse, Response])
    return st.tuples(kinds, octets(*_TAGS, *more)).map(lambda given: given[0](_URL, body=given[1]))


def parts(*more: str) -> st.SearchStrategy[Selector]:
    return texts(*_TAGS, *more).map(
        lambda text: Selector(text=text.encode("utf-8", "replace").decode() or "<html/>", type="html")
    )


_ADDRESSES = texts(
    "http://", "https://", "//", "site.example", "127.0.0.1", "[::1]", "[", "]", ":", "@", "0x7f.1", "%2F", "?a=b", "#x",
    "/a", ":99999", "2130706433", "s3://", "bucket", "postgresql://", "db.example", "?sslmode=", "verify-full", "disable",
    "&sslrootcert=", "..", "*", ",",
)  # fmt: skip


@contextmanager
def _file(content: str | bytes, name: str = "given.csv") -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        yield path


def in_file(read: Callable[[Path], object], name: str = "given.csv") -> Callable[[str | bytes], object]:
    """Let a parser read what it is given from a file."""

    def call(content: str | bytes) -> object:
        with _file(content, name) as path:
            found = read(path)
            return list(found) if isinstance(found, Iterator) else found

    return call


def sealed_in(kind: str, read: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    """Let a parser read a file that is sealed as it should be by somebody who has the key, and holds anything."""

    def call(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            with sealed.SealedWriter(path, KEY, kind) as sink:
                sink.append(content)
            found = read(path)
            return list(found) if isinstance(found, Iterator) else found

    return call


def _csv(*headers: str) -> st.SearchStrategy[str]:
    cells = st.sampled_from(
        ["0", "1", "12", "-1", "1.5", "nan", "inf", "1e400", "²", "٣", "", CANARY, '"', "2026-10-12", "GM0153", "list1"]
    )
    lines = st.lists(st.lists(cells, min_size=1, max_size=7).map(",".join), max_size=6).map("\n".join)
    whole = st.tuples(st.sampled_from(headers), lines).map("\n".join)
    return whole | texts(*headers, ",", "\n", "\r", '"', "1", "0", ";", "2026-10-12", "GM0153")


_DECLARED = register.read_entry(register.contract_path("nl_prikbord"))
_CONTRACT = register.contract_path("nl_prikbord").read_text(encoding="utf-8")
_OWN_KEY = "names a key of the operator's own file that is unknown; never a value (tests/spiders/test_register.py)"
_LINES = _CONTRACT.splitlines(keepends=True)
_CONTRACTS = st.tuples(
    st.lists(st.integers(0, len(_LINES) - 1), max_size=4), st.sampled_from([f"{CANARY}\n", f"  a: {CANARY}\n", "", "- &a [*a]\n",
    "? [a]: b\n", "name: !!python/object:os.system\n", "x: 2026-99-99\n", "a: 0x\n", "1e9: .inf\n", "\t\n", "<<: {a: 1}\n"]),
).map(lambda given: "".join(given[1] if number in given[0] else line for number, line in enumerate(_LINES)))  # fmt: skip


def _declared(page: Response) -> list[object]:
    spider = spider_class("nl_prikbord")(day=DAY, entry=_DECLARED)
    found: list[object] = []
    for read in (spider.parse_index, lambda page: list(spider.parse_listing(page)), spider.parse_stamps):
        try:
            found.append(read(legible.legible(page)))
        except extract.PageChanged as error:
            found.append(error)
    return found


def _settings(given: Mapping[str, str]) -> Settings:
    import os

    before = dict(os.environ)
    os.environ.update({f"ADVERTENTIEMONITOR_{name}": value for name, value in given.items()})
    try:
        return Settings()
    finally:
        os.environ.clear()
        os.environ.update(before)


_SETTING_VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [CANARY, f'["{CANARY}"]', "[1", "[" * 3_000, "-1", "99999999999", "2026-13-01", f"postgresql://{CANARY}:x@h/", "s3://a",
     f"command:{CANARY}", "x" * 300 + ".example", "none", "9" * 5_000]
)  # fmt: skip
_OPERATOR = "an argument of the operator's own: a place or a date, never of a listing"

PARSERS: dict[str, Parser] = {
    # what sites answer
    "spiders.legible:legible": Parser(legible.legible, pages()),
    "spiders.legible:decode": Parser(lambda given: legible.decode(*given), st.tuples(
        octets(*_TAGS), st.none() | st.sampled_from(["utf-7", "rot13", "hex", "idna", "utf-16", "cp1252", "\0"]) | st.text(max_size=8))),
    "spiders.extract:only": Parser(lambda page: extract.only(page, "h1::text"), parts()),
    "spiders.extract:maybe": Parser(lambda page: extract.maybe(page, "a::attr(href)"), parts()),
    "spiders.extract:text_of": Parser(lambda page: extract.text_of(page, "p"), parts()),
    "spiders.extract:block_text": Parser(lambda page: extract.block_text(page.root), parts()),
    "spiders.extract:number": Parser(extract.number, texts("1", "1.204", "²", "٣", "\u00a0", "12 ", "9" * 6_000)),
    "spiders.extract:tidy": Parser(extract.tidy, texts(" ", "\n", "\r", "\x0b", "\u2028", "e\u0301")),
    "spiders.extract:posted": Parser(lambda text: extract.posted(text, DAY), texts(
        "9999 jaar ", "3 dagen geleden ", "gisteren", "2026-10-12", "0000-00-00", "31-12-9999", "12 okt. 0000", "٣ dagen")),
    "spiders.extract:iso_date": Parser(extract.iso_date, texts("2026", "-10", "-12", "T", "24:00", "+99:99", "W", "Z")),
    "spiders.extract:json_ld": Parser(
        lambda text: extract.json_ld(Selector(text=f"<script type='application/ld+json'>{text}</script>", type="html"), "Offer"),
        json_of("@type", "@graph", "name", "url").map(lambda text: text.encode("utf-8", "replace").decode())),
    "spiders.fields:things": Parser(
        lambda text: fields.things(json.loads(text), "$.a.b"), st.dictionaries(st.sampled_from("ab"), st.recursive(
            _SCALARS, lambda deeper: st.lists(deeper) | st.dictionaries(st.sampled_from("ab"), deeper))).map(json.dumps)),
    "spiders.obstacles:overloads_parser": Parser(obstacles.overloads_parser, octets(*_TAGS, " a=1" * 3_000, "<a " + "x " * 9_000)),
    "spiders.obstacles:obstacle": Parser(lambda page: obstacles.obstacle(legible.legible(page)), pages("captcha", "login")),
    "spiders.obstacles:says_gone": Parser(lambda page: obstacles.says_gone(legible.legible(page)), pages("404")),
    "spiders.obstacles:reserves_mining": Parser(lambda page: obstacles.reserves_mining(legible.legible(page)), pages()),
    "spiders.declared:parse_index": Parser(_declared, pages(
        "<article class='bericht'>", "</article>", "<url><loc>", "</loc></url>", "<item>", "</item>", "<lastmod>")),
    "spiders.robots_rules:rules_in": Parser(robots_rules.rules_in, octets("User-agent: *\n", "Disallow: /\n", "\r")),
    "spiders.robots_rules:Rules.read": Parser(lambda body: robots_rules.Rules.read(body).allow(_URL), octets(
        "User-agent: *\n", "Disallow: /", "*", "$", "%", "%2", "%zz", "\n", "\r", "Allow: ", "Crawl-delay: ", "1e999", "٣", "inf", "#")),
    "spiders.robots_rules:decide": Parser(lambda body: robots_rules.decide(body, _URL), octets("User-agent: *\nDisallow: ", "*" * 500, "$")),
    "spiders.robots_rules:target_of": Parser(robots_rules.target_of, _ADDRESSES),
    "spiders.reservation:read": Parser(reservation.read, json_of("location", "tdm-reservation", "tdm-policy").map(
        lambda text: text.encode("utf-8", "surrogatepass")) | octets("[", "{"), (reservation.Unreadable,)),
    "spiders.reservation:is_reserved": Parser(
        lambda url: reservation.is_reserved(reservation.read(b'[{"location": "/a*", "tdm-reservation": 1}]'), url), _ADDRESSES),
    "spiders.addresses:origin_of": Parser(addresses.origin_of, _ADDRESSES),
    "spiders.addresses:address_in": Parser(addresses.address_in, _ADDRESSES),
    "spiders.scrubbing.page:scrub": Parser(
        lambda given: scrub(given[0], url=_URL, kind=given[1], key=KEY), st.tuples(
            st.lists(st.sampled_from([*_TAGS, CANARY]) | st.text(max_size=20), max_size=14).map("".join), st.sampled_from(["html", "xml"]))),
    "spiders.recording:content_type_of": Parser(recording.content_type_of, octets("<?xml", "<rss", "<urlset")),
    # what an operator keeps in files
    "spiders.register:parse": Parser(
        lambda text: register.parse("nl_prikbord", text), _CONTRACTS | texts("a: ", "\n", "- ", "{", "*x", "&x "), (), _OWN_KEY),
    "spiders.register:read_entry": Parser(
        in_file(register.read_entry, "nl_prikbord.yml"), octets("name: nl_prikbord\n", "kind: live\n"), (), _OWN_KEY),
    "spiders.entries:is_name": Parser(entries.is_name, texts("nl_", "a", "Z", "/", "..")),
    "spiders.fields:is_xpath": Parser(fields.is_xpath, texts("//", "a::text", "(", ".")),
    "spiders.fields:check_selector": Parser(
        fields.check_selector, texts("//a", "[", "]", "::", "text()", "$.a"), (ValueError,), "a contract's own selector"),
    "warehouse.estimates.tables:read_table": Parser(in_file(tables.read_table), _csv("LA,NG,count", "times_seen,count", "count", "a,b")),
    "warehouse.estimates.tables:read_histories": Parser(in_file(tables.read_histories), _csv("1,2,3,count", "a,b,c", "t1,t2,count")),
    "warehouse.estimates.tables:csv_lines": Parser(in_file(tables.csv_lines), _csv("a,b", "a,a")),
    "warehouse.estimates.tables:is_whole": Parser(lambda text: tables.is_whole(text, 9), texts("1", "²", "٣", "9" * 30)),
    "warehouse.estimates.audit_files:read_identities": Parser(
        in_file(lambda path: audit_files.read_identities(path, DAY)), _csv("share", "identity,share", "kappa")),
    "warehouse.estimates.audit_files:read_ghosts": Parser(
        in_file(lambda path: audit_files.read_ghosts(path, DAY, ["nl_prikbord"])), _csv("source_code,mean_days,standard_error,sample_count")),
    "warehouse.estimates.audit_files:read_links": Parser(in_file(lambda path: audit_files.read_links(path, DAY)), _csv(
        "kind,wrong_count,sample_count", "a,b")),
    "warehouse.estimates.audit_files:judged": Parser(
        in_file(lambda path: audit_files.read_identities(path, DAY), "given.json"), json_of("kappa", "point", "lower", "upper", "identities")),
    "warehouse.estimates.external:read": Parser(in_file(lambda path: external.read(path, ["list1"])), _csv(
        "municipality_code,week_start,list,in_both,only_there", "a,b")),
    "nlp.reading:read_lines": Parser(lambda text: [reading._parse(1, line) for line in text.splitlines()], json_of("id", "title", "body", "place")),
    # what one trust domain leaves for another; whoever wrote it may have been taken over
    "warehouse.sealed:chunks": Parser(in_file(lambda path: sealed.chunks(path, KEY, "spool"), "a.spool"), octets("ADMON\x01spool\0\0\0\0\0")),
    "warehouse.spool:read": Parser(
        sealed_in(spool.KIND, lambda path: spool.read(path, KEY), "2026-10-12.spool"),
        st.lists(json_of("L", "P") | st.lists(_SCALARS | st.just("L") | st.just("P"), max_size=10).map(json.dumps), max_size=4).map(
            lambda lines: ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")) | octets('["P","a","b"]\n', '["L"')),
    "warehouse.seen:SeenIndex.load": Parser(
        sealed_in(seen.KIND, lambda path: seen.SeenIndex.load(path.parent.parent, path.parent.name, DAY, KEY), "2026-10-11.seen2"),
        octets("x" * 168) | st.binary(min_size=168, max_size=168)),
    "warehouse.calendar:Epochs.load": Parser(in_file(calendar.Epochs.load, "epochs.json"), json_of("E0003a", "E0003").map(
        lambda text: text.encode("utf-8", "surrogatepass"))),
    "advertentiemonitor.crawler:read_crawl_log": Parser(in_file(crawler.read_crawl_log, "2026-10-12.json"), json_of(
        "source", "day", "state", "reason", "completeness", "listings_present", "index_pages_missing", "fields")),
    "warehouse.calendar:day_named": Parser(calendar.day_named, texts("2026", "-10", "-12", "W")),
    # settings, arguments and names
    "advertentiemonitor.settings:Settings": Parser(
        _settings, st.dictionaries(st.sampled_from([name.upper() for name in Settings.model_fields]), _SETTING_VALUES, max_size=4)),
    "warehouse.remote:RemoteServer": Parser(lambda text: RemoteServer(text, Path()).address, _ADDRESSES),
    "warehouse.store:ObjectPath.of": Parser(store.ObjectPath.of, _ADDRESSES),
    "warehouse.calendar:epoch_start": Parser(calendar.epoch_start, texts("E", "0003", "9999", "a", "٣")),
    "warehouse.policy:dated": Parser(policy.dated, texts("2023", "-03", "-08", "W10", "٣"), quotes=_OPERATOR),
    "warehouse.comparators:named": Parser(comparators.named, texts("ensche", "GM0153", "bergen"), quotes=_OPERATOR),
    "warehouse.objections:add": Parser(lambda text: objections._canonical(text, "NL"), texts("06", "+31", "12345678", "tel:", ";ext=", "٣")),
    "advertentiemonitor.tasks:day_of": Parser(tasks._local_day, texts("2026", "-10", "-12", "W")),
}  # fmt: skip

READERS = sorted({name.partition(":")[0] for name in PARSERS})
"""Modules of which every public function that takes text or bytes is above, or below with the reason why not."""

EXCUSED: dict[str, str] = {
    "spiders.fields:nodes": "takes a selector of a contract, which `check_selector` has looked at; pages go through `declared`",
    "spiders.obstacles:challenge_in_headers": "compares one header",
    "spiders.addresses:is_loopback": "asked of addresses of contracts, which `register.parse` has looked at",
    "spiders.addresses:host_of": "asked of addresses of contracts, which `register.parse` has looked at",
    "spiders.register:contract_path": "takes the name of a source from the command line and looks it up",
    "spiders.register:entry_of": "takes the name of a source from the command line and looks it up",
    "spiders.recording:recorded": "takes the name of a source from a test",
    "spiders.recording:assert_reads_as_recorded": "takes the name of a source from a test",
    "warehouse.seen:SeenIndex.is_fresh": "hashes what it is given",
    "warehouse.seen:SeenIndex.was_there": "hashes what it is given",
    "advertentiemonitor.crawler:crawl_log_path": "a file's place, made of a source's name and a day",
    "advertentiemonitor.crawler:spool_path": "a file's place, made of a source's name and a day",
    "warehouse.seen:forget": "deletes a snapshot of ours",
    "warehouse.store:refuse_versions": "asks the storage",
    "warehouse.store:shared": "a file's place, made of a source's name and a day",
    "advertentiemonitor.crawler:history": "reads by `read_crawl_log`",
    "advertentiemonitor.crawler:is_settled": "reads by `read_crawl_log`",
    "advertentiemonitor.crawler:write_crawl_log": "writes",
    "advertentiemonitor.settings:make_passable": "makes folders",
    "warehouse.store:write": "writes",
    "warehouse.store:writing": "writes",
    "warehouse.store:naming": "writes",
    "spiders.recording:keep": "writes",
    "advertentiemonitor.crawler:CrawlJob.from_json": "reads what its own parent process tells it by a pipe",
    "advertentiemonitor.tasks:collect": "takes the name of a stage, source or task from a DAG",
    "advertentiemonitor.tasks:run": "takes the name of a stage, source or task from a DAG",
    "advertentiemonitor.tasks:tell_of_failure": "takes the name of a stage, source or task from a DAG",
    "nlp.reading:facts": "takes a Doc and numbers that the pipeline made",
    "spiders.recording:load": "reads a recording of this repository",
    "spiders.recording:plain": "reads a recording of this repository",
    "spiders.recording:read": "reads a recording of this repository",
    "spiders.recording:recordings_of": "reads a recording of this repository",
    "spiders.recording:words_of": "reads a recording of this repository",
    "spiders.register:contracts": "reads by `read_entry`",
    "spiders.register:excluded": "reads by `read_entry`",
    "spiders.register:load": "reads by `read_entry`",
    "spiders.register:problems": "reads by `read_entry`",
    "warehouse.calendar:epoch_end": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.calendar:inner_windows": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.calendar:outer_window": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.comparators:chosen": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.comparators:chosen_regions": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.comparators:neighbours": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.objections:count": "takes a code that has been looked at, or one of a fixed list",
    "warehouse.policy:only": "takes events of the database",
    "warehouse.estimates.tables:as_table": "takes what `read_table` read",
    "warehouse.remote:conninfo": "quotes words for libpq: `RemoteServer` has looked at them",
    "warehouse.store:dated": "lists names, and passes over what is no date",
}
"""Functions of those modules that meet nothing from outside."""

NO_READERS: dict[str, str] = {
    "advertentiemonitor.crawl_logs": "the form of what `read_crawl_log` reads, and called by that only",
    "advertentiemonitor.airflow.home": "reads secrets.json and passwords.json, which it wrote itself, for its owner only",
    "advertentiemonitor.demo.run": "reads the mark that the demo left in its own folder",
    "advertentiemonitor.airflow.processes": "reads what its own parent process tells it by a pipe",
    "advertentiemonitor.courtesy": "reads a moment that it wrote itself, for its owner only",
    "nlp.wordlists": "reads word lists of this package",
    "warehouse.upgrading": "reads a note that it wrote itself, for its owner only; one that is damaged counts for none",
    "reports.outbox": "reads mail that it wrote itself",
    "reports.pages": "reads templates of this package",
    "reports.smtp": "fuzzed over a socket: test_parsers.py",
    "spiders.base": "hands pages on to `legible`",
    "spiders.backoff": "reads one header of digits or a date: tests/spiders/test_backoff.py",
    "spiders.handler": "hands headers on",
    "spiders.recorder": "hands pages on to `legible`",
    "warehouse.areas": "reads a table of this package",
    "warehouse.backups": "reads PostgreSQL's own list of files, whose digests it checks",
    "warehouse.data_folder": "decodes what initdb said",
    "warehouse.db": "reads SQL of this package",
    "warehouse.estimates.shares": "reads a table of this package",
    "warehouse.postmaster": "decodes the server's own log",
    "warehouse.protection.rules": "reads rules of this package from the database",
}
"""Modules that decode or parse, but nothing that comes from outside."""
