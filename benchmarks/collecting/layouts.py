"""Does a crawl notice that a site has changed, and does it leave a healthy site in peace?

    .venv/bin/python benchmarks/collecting/layouts.py [--seed N] [--days N] [--list]

The synthetic market lives for fifty days; its four sites are crawled every day (200 healthy runs: each that is not `ok`
is a false alarm). On the day after, every site is served with one thing changed at a time (renamed classes, moved
fields, wrappers, half the fields empty, JSON-LD dropped, consent page, soft 404, login wall, ...), and crawled both as it
would be that night (the pages that are new or changed, held against the history) and as if for the first time (all
pages, nothing to hold them against). A change is harmless where every listing still reads as it is; it must be noticed
where it does not. Pages are mutated by a proxy between site and crawler; the crawler is the real one.
"""

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from harness import Done, Job, changed, run_all

from simulation.serve import Market
from simulation.settings import SITE_NAMES, WorldSettings
from simulation.world import World, generate
from warehouse.records import CrawlLog

Body = Callable[[bytes], bytes]
IS_LISTING = re.compile(r"^/(advertentie/|aanbod/[0-9a-f]{12}$|bericht\.php|\d+-)")


def sub(pattern: str, to: str | Callable[[re.Match[bytes]], bytes], count: int = 0) -> Body:
    new = to.encode() if isinstance(to, str) else to
    return lambda body: re.sub(pattern.encode(), new, body, count=count, flags=re.DOTALL | re.IGNORECASE)


def swap(first: str, second: str) -> Body:
    """Change places of the two inner texts, which stand in this order."""
    pattern = re.compile(f"({first})(.*?)(</?[a-z])(.*?)({second})(.*?)(</?[a-z])".encode(), re.DOTALL | re.IGNORECASE)
    return lambda body: pattern.sub(rb"\1\6\3\4\5\2\7", body)


def page(html: str) -> Body:
    return lambda _body: f"<!doctype html><html><head><meta charset=utf-8>{html}</html>".encode()


CONSENT = page("<title>Cookies</title><form><p>Wij gebruiken cookies.</p><button>Alles accepteren</button></form>")
AGE = page("<title>Welkom</title><div class=poort><p>Ben je 18 jaar of ouder?</p><button>Ja</button></div>")
LOGIN = page("<title>Aanmelden</title><form method=post><input name=naam><input type=password></form>")
CAPTCHA = page("<title>Even geduld</title><div class=g-recaptcha></div>")
GONE = page("<title>Niet gevonden</title><h1>Deze pagina bestaat niet (meer)</h1>")
SCRIPT = page("<title>Site</title><div id=root></div><script src=/main.js></script>")
ERROR = page("<title>Fout</title><h1>Er ging iets mis</h1><p>Probeer het later nog eens.</p>")
EMPTY = page("<title></title>")
MAINTENANCE = page("<title>Onderhoud</title><h1>Wij zijn zo terug</h1>")

RENAMED = sub(r"(class=[\"']?)(\w)", r"\1x-\2")
TAGS = sub(r"<(/?)(h[12]|article|td|dd|dl|p)\b", r"<\1u-\2")
IDS = sub(r"\b(data-id|id|\"@id\")(\"?[=:])", r"sleutel\2")
WRAPPER = sub(r"<body([^>]*)>(.*)</body>", r"<body\1><div class=omslag><div>\2</div></div></body>")
CUT = lambda body: body[: len(body) // 3]  # noqa: E731

# What every site can do; name, and whether it happens on index pages, listings' pages or both.
COMMON: tuple[tuple[str, str, Body], ...] = (
    ("classes renamed", "both", RENAMED),
    ("classes renamed", "index", RENAMED),
    ("classes renamed", "listing", RENAMED),
    ("other elements", "both", TAGS),
    ("other elements", "listing", TAGS),
    ("ids renamed", "both", IDS),
    ("an extra wrapper", "both", WRAPPER),
    ("cut off in the middle", "index", CUT),
    ("cut off in the middle", "listing", CUT),
    ("consent page", "both", CONSENT),
    ("consent page", "listing", CONSENT),
    ("age gate", "both", AGE),
    ("login wall", "both", LOGIN),
    ("login wall", "listing", LOGIN),
    ("captcha", "index", CAPTCHA),
    ("captcha", "listing", CAPTCHA),
    ("soft 404", "index", GONE),
    ("soft 404", "listing", GONE),
    ("made by a script", "both", SCRIPT),
    ("made by a script", "listing", SCRIPT),
    ("soft error", "listing", ERROR),
    ("empty page", "both", EMPTY),
    ("maintenance", "both", MAINTENANCE),
)
# What a site can do to its own fields. "half" happens on half the listings' pages.
OWN: dict[str, tuple[tuple[str, str, Body], ...]] = {
    "nl_kaartjes": (
        ("text empty", "half", sub(r'(<div class="tekst">).*?(</div>)', r"\1\2")),
        ("title empty", "half", sub(r"(<h1>).*?(</h1>)", r"\1\2")),
        ("place empty", "half", sub(r'(<dd class="plaats">).*?(</dd>)', r"\1\2")),
        ("kind empty", "half", sub(r'(<dd class="soort">).*?(</dd>)', r"\1\2")),
        ("date dropped", "half", sub(r'<time class="geplaatst"[^>]*>.*?</time>', "")),
        ("telephone dropped", "listing", sub(r'<p class="telefoon">.*?</p>', "")),
        ("place and kind changed places", "listing", swap('<dd class="plaats">', '<dd class="soort">')),
        ("title and place changed places", "listing", swap("<h1>", '<dd class="plaats">')),
        ("place moved into the title", "listing", sub(r'<dd class="plaats">(.*?)</dd>', r"<dd>\1</dd>")),
        ("text moved to another element", "listing", sub(r'<div class="tekst">(.*?)</div>', r'<div class="tekst">Lees meer</div><section>\1</section>')),
        ("one text everywhere", "listing", sub(r'(<div class="tekst">).*?(</div>)', r"\1<p>Plaats zelf een advertentie.</p>\2")),
        ("cards without link", "index", sub(r'<h2><a href="[^"]*">(.*?)</a></h2>', r"<h2>\1</h2>")),
        ("half the cards without number", "index", sub(r'(<article[^>]*?) data-id="\d*[02468]"', r"\1")),
        ("total gone", "index", sub(r'<p class="aantal">.*?</p>', "")),
        ("total 0 and no cards", "index", sub(r'<p class="aantal">.*</nav>', '<p class="aantal">0 advertenties</p>')),
        ("every page is the first", "index", sub(r"advertenties\?pagina=\d+", "advertenties")),
        ("no links to pages", "index", sub(r"<nav.*?</nav>", "")),
    ),
    "nl_gegevens": (
        ("JSON-LD dropped", "both", sub(r"<script type=.application/ld.json.>.*?</script>", "")),
        ("JSON-LD dropped", "listing", sub(r"<script type=.application/ld.json.>.*?</script>", "")),
        ("JSON-LD of another type", "listing", sub(r'"@type": "Service"', '"@type": "Product"')),
        ("JSON-LD broken", "listing", sub(r'"@type"', '"@type')),
        ("text empty", "half", sub(r'"description": "(?:[^"\\]|\\.)*"', '"description": ""')),
        ("title empty", "half", sub(r'("@id": "[^"]*", "url": "[^"]*", "name": ")(?:[^"\\]|\\.)*"', r'\1"')),
        ("place dropped", "half", sub(r'"areaServed"', '"gebied"')),
        ("place dropped", "listing", sub(r'"areaServed"', '"gebied"')),
        ("kind dropped", "listing", sub(r'"category"', '"soort"')),
        ("telephone dropped", "listing", sub(r'"telephone"', '"tel"')),
        ("date dropped", "half", sub(r'"datePosted"', '"datum"')),
        ("text is the title", "listing", sub(r'"name": "((?:[^"\\]|\\.)*)", "description": "(?:[^"\\]|\\.)*"', r'"name": "\1", "description": "\1"')),
        ("one text everywhere", "listing", sub(r'"description": "(?:[^"\\]|\\.)*"', '"description": "Log in om alles te lezen."')),
        ("items without address", "index", sub(r'"url": "[^"]*"', '"url": ""')),
        ("number of items gone", "index", sub(r'"numberOfItems": \d+, ', "")),
        ("list empty", "index", sub(r'"itemListElement": \[.*\]', '"itemListElement": []')),
    ),
    "nl_prikbord": (
        ("text empty", "half", sub(r"(<td class=tekst colspan=2>).*?(\n</table>)", r"\1\2")),
        ("title empty", "half", sub(r"(<h2>).*?(</h2>)", r"\1\2")),
        ("labels renamed", "listing", sub(r"<td class=l>Nummer:", "<td class=l>Advertentie:")),
        ("date dropped", "half", sub(r"<tr><td class=l>Geplaatst:<td>[^<\n]*", "")),
        ("text moved to another element", "listing", sub(r"<td class=tekst colspan=2>", "<td class=tekst>Lees verder<td class=bericht2>")),
        ("one text everywhere", "listing", sub(r"(<td class=tekst colspan=2>).*?(\n</table>)", r"\1Gratis adverteren? Meld je aan.\2")),
        ("title and number changed places", "listing", lambda body: re.sub(rb"<h2>(.*?)</h2>(.*?)Nummer:<td>([^<\n]*)", rb"<h2>\3</h2>\2Nummer:<td>\1", body, flags=re.DOTALL)),
        ("rows of other classes", "index", sub(r"<tr class=r([12])>", r"<tr class=rij\1>")),
        ("a column added", "index", sub(r"(<tr class=r[12]>)", r"\1<td>nieuw")),
        ("numbers gone", "index", sub(r"<td class=nr>\d+", "<td class=nr>")),
        ("total gone", "index", sub(r"<tr><td>\d+ advertenties", "<tr><td>advertenties")),
        ("table renamed", "index", sub(r"<table id=bord", "<table id=lijst")),
    ),
    "nl_rubriek": (
        ("text empty", "half", sub(r'(<div class="dcf-description">).*?(</div>)', r"\1\2")),
        ("place dropped", "listing", sub(r'(<p class="dcf-eyebrow">)\s*[^·<]*·([^·<]*·)', r"\1\2")),
        ("telephone dropped", "listing", sub(r"dcf-contact__value", "dcf-nummer")),
        ("canonical address gone", "listing", sub(r'<link rel="canonical"[^>]*>', "")),
        ("title moved", "listing", sub(r"dcf-item-head", "dcf-kop")),
        ("kind dropped", "half", sub(r'<p class="dcf-eyebrow">.*?</p>', "")),
        ("one text everywhere", "listing", sub(r'(<div class="dcf-description">).*?(</div>)', r"\1<p>Report this item.</p>\2")),
        ("groups gone", "index", sub(r"dcf-group\b", "dcf-rubriek")),
        ("rows moved to a list", "index", sub(r"table-hover", "table-plain")),
        ("titles gone", "index", sub(r"(<td[^>]*>\s*<a [^>]*>)[^<]*(</a>)", r"\1\2")),
        ("no further pages", "index", sub(r'<ul class="pagination.*?</ul>', "")),
    ),
}  # fmt: skip


@dataclass
class Mutation:
    source: str
    name: str
    where: str
    change: Body = field(repr=False)
    struck: int = 0

    def apply(self, path: str, body: bytes) -> bytes:
        new = self._new(path, body)
        self.struck += new != body
        return new

    def _new(self, path: str, body: bytes) -> bytes:
        listing = IS_LISTING.match(path) is not None
        if self.where == "half":
            # Half of them by their number: the same ones each time.
            return self.change(body) if listing and sum(path.encode()) % 2 else body
        return self.change(body) if self.where == "both" or (self.where == "listing") == listing else body

    def __str__(self) -> str:
        return f"{self.source}: {self.name} ({'half of the listings' if self.where == 'half' else self.where})"


MUTATIONS = tuple(Mutation(source, *each) for source in SITE_NAMES for each in (*COMMON, *OWN[source]))


UNCHOSEN = {"nl_rubriek": "Overige"}  # the group of who chose none


def truth(world: World, source: str, day: date) -> dict[str, tuple[str, ...]]:
    """What a listing's page says, as far as the source reads it."""
    kept = 2 if source == "nl_prikbord" else 5
    return {
        ad.listing_id: (
            *(ad.title, ad.body, ad.place or "", ad.contact or "", ad.category or UNCHOSEN.get(source, ""))[:kept],
            *("",) * (5 - kept),
        )
        for ad in world.site(source).listings(day)
    }


@dataclass
class Line:
    """One source through time."""

    known: dict[str, str] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    history: list[CrawlLog] = field(default_factory=list)


def healthy_days(market: Market, world: World, days: int) -> tuple[dict[str, Line], list[CrawlLog]]:
    """Crawl all sites on each day; give what each source remembers, and the logs that were not ok."""
    lines = {source: Line() for source in SITE_NAMES}
    alarms = []
    for day in world.days[:days]:
        market.set_day(day)
        jobs = [
            Job(s, market.base_urls[s], day, lines[s].known, lines[s].last, tuple(lines[s].history)) for s in SITE_NAMES
        ]
        for source, done in zip(SITE_NAMES, run_all(jobs), strict=True):
            lines[source].known, lines[source].last = done.known, done.present
            lines[source].history.append(done.log)
            if done.log.state != "ok":
                alarms.append(done.log)
    return lines, alarms


def verdict(done: Done, right: dict[str, tuple[str, ...]], unchanged: Done) -> str:
    """`noticed`, `harmless` (all reads as it is, as on the unchanged site), `false alarm` or `missed`."""
    is_right = (
        done.log.listings_present == len(right)
        and done.texts.keys() >= unchanged.texts.keys()
        and all(right.get(key) == text for key, text in done.texts.items())
    )
    if done.log.state == "ok":
        return "harmless" if is_right else "missed"
    return "false alarm" if is_right else "noticed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--days", type=int, default=50)
    parser.add_argument("--list", action="store_true", help="say of each change what came of it")
    asked = parser.parse_args()
    settings = WorldSettings(seed=asked.seed, days=asked.days + 1, outage_rate=0, partial_rate=0, layout_change="mild")
    world = generate(settings)
    outcomes: dict[tuple[str, str], list[tuple[Mutation, str, str]]] = {}
    with Market(world, ports=(0, 0, 0, 0)) as market:
        lines, alarms = healthy_days(market, world, asked.days)
        day = settings.first_day + timedelta(days=asked.days)
        market.set_day(day)
        unchanged, idle = {}, 0
        for source, line in lines.items():
            nightly = Job(source, market.base_urls[source], day, line.known, line.last, tuple(line.history))
            unchanged[source] = run_all([nightly, replace(nightly, known={}, last=frozenset(), history=())])
            right = truth(world, source, day)
            if any(verdict(done, right, done) != "harmless" for done in unchanged[source]):
                found = [(done.log.state, done.log.reason) for done in unchanged[source]]
                sys.exit(f"{source} does not read as it is even unchanged: {found}; alarms before: {len(alarms)}")
        for mutation in MUTATIONS:
            line, right = lines[mutation.source], truth(world, mutation.source, day)
            with changed(market.base_urls[mutation.source], mutation.apply) as url:
                nightly = Job(mutation.source, url, day, line.known, line.last, tuple(line.history))
                runs = run_all([nightly, replace(nightly, known={}, last=frozenset(), history=())])
            if not mutation.struck:
                idle += 1  # this site has nothing of the kind
                continue
            for how, done, before in zip(("nightly", "first"), runs, unchanged[mutation.source], strict=True):
                told = verdict(done, right, before)
                outcomes.setdefault((how, told), []).append((mutation, done.log.state, done.log.reason))
    runs_healthy = asked.days * len(SITE_NAMES)
    print(f"healthy runs: {runs_healthy}, false alarms: {len(alarms)} ({len(alarms) / runs_healthy:.1%}; bar 2 %)")
    for log in alarms:
        print(f"  {log.source} {log.day}: {log.state}, {log.reason}")
    good = len(alarms) <= 0.02 * runs_healthy
    for how in ("nightly", "first"):
        counts = {told: outcomes.get((how, told), []) for told in ("noticed", "missed", "harmless", "false alarm")}
        harmful = len(counts["noticed"]) + len(counts["missed"])
        share = len(counts["noticed"]) / harmful
        good &= harmful >= 40 and share >= 0.95
        print(
            f"{'as in any night' if how == 'nightly' else 'as a first crawl'}: {len(MUTATIONS) - idle} changed layouts; "
            f"{harmful} harm, {len(counts['noticed'])} of these noticed in the same run ({share:.1%}; bar 95 %); "
            f"{len(counts['harmless'])} do no harm, {len(counts['false alarm'])} do none and are named all the same"
        )
        for told, rows in counts.items():
            for mutation, state, reason in rows if asked.list or told == "missed" else ():
                print(f"  {told}: {mutation} -> {state} {reason}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
