"""Does a crawl notice that a site has changed, and does it leave a healthy site in peace?

    .venv/bin/python benchmarks/collecting/layouts.py [--seed N] [--days N] [--list]

The synthetic market lives for fifty days; its four sites are crawled every day (200 healthy runs: each that is not `ok`
is a false alarm). On the day after, every site is served with one thing changed at a time (renamed classes, moved
fields, wrappers, half the fields empty, JSON-LD dropped, consent page, soft 404, login wall, ...), and crawled both as it
would be that night (the pages that are new or changed, held against the history) and as if for the first time (all
pages, nothing to hold them against). A change is harmless where every listing still reads as it is; it must be noticed
where it does not. Pages are mutated by a proxy between site and crawler; the crawler is the real one.

Changes that keep the form and alter the meaning (`meanings.py`) are counted apart, and have no bar: they are hard.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from harness import Done, Job, changed, run_all
from meanings import meanings

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


PARTS = {"half": 2, "third": 3}


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
        if self.where in PARTS:  # by their number: the same ones each time
            return self.change(body) if listing and sum(path.encode()) % PARTS[self.where] == 0 else body
        return self.change(body) if self.where == "both" or (self.where == "listing") == listing else body

    def __str__(self) -> str:
        return f"{self.source}: {self.name} ({f'{self.where} of the listings' if self.where in PARTS else self.where})"


LAYOUTS = tuple(Mutation(source, *each) for source in SITE_NAMES for each in (*COMMON, *OWN[source]))
MEANINGS = tuple(Mutation(source, *each) for source in SITE_NAMES for each in meanings(source))


DATED = {"nl_kaartjes", "nl_gegevens", "nl_prikbord"}  # nl_rubriek tells an age, rounded
UNCHOSEN = {"nl_rubriek": "Overige"}  # the group of who chose none


def truth(world: World, source: str, day: date) -> dict[str, tuple[str, ...]]:
    """What a listing's page says, as far as the source reads it."""
    kept = 2 if source == "nl_prikbord" else 5
    return {
        ad.listing_id: (
            *(ad.title, ad.body, ad.place or "", ad.contact or "", ad.category or UNCHOSEN.get(source, ""))[:kept],
            *("",) * (5 - kept),
            *((ad.posted.date().isoformat(),) if source in DATED else ()),
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
        and all(key in right and right[key] == text[: len(right[key])] for key, text in done.texts.items())
    )
    if done.log.state == "ok":
        return "harmless" if is_right else "missed"
    return "false alarm" if is_right else "noticed"


@dataclass
class Outcome:
    """What came of one change, crawled as in any night and as for the first time."""

    mutation: Mutation
    told: tuple[str, str]
    logs: tuple[CrawlLog, CrawlLog]


def both_ways(job: Job) -> list[Done]:
    """Crawl as in any night, and as for the first time: without memory or history."""
    return run_all([job, replace(job, known={}, last=frozenset(), history=())])


def outcomes(
    market: Market, world: World, day: date, lines: dict[str, Line], changes: Sequence[Mutation]
) -> Iterator[Outcome]:
    """Crawl each changed site; a change of something that a site does not have is left out."""
    jobs = {
        source: Job(source, market.base_urls[source], day, line.known, line.last, tuple(line.history))
        for source, line in lines.items()
    }
    unchanged = {source: both_ways(job) for source, job in jobs.items()}
    for source, found in unchanged.items():
        if any(verdict(done, truth(world, source, day), done) != "harmless" for done in found):
            states = [(done.log.state, done.log.reason) for done in found]
            sys.exit(f"{source} does not read as it is even unchanged: {states}")
    for mutation in changes:
        source = mutation.source
        with changed(market.base_urls[source], mutation.apply) as url:
            night, first = both_ways(replace(jobs[source], url=url))
        if mutation.struck:
            right, (as_night, as_first) = truth(world, source, day), unchanged[source]
            told = (verdict(night, right, as_night), verdict(first, right, as_first))
            yield Outcome(mutation, told, (night.log, first.log))


def report(title: str, found: Sequence[Outcome], *, bar: float, in_full: bool) -> bool:
    """Print how many changes were noticed; tell whether that is enough."""
    good = True
    for which, how in enumerate(("as in any night", "as a first crawl")):
        counts = Counter(each.told[which] for each in found)
        harmful = counts["noticed"] + counts["missed"]
        share = counts["noticed"] / harmful
        good &= share >= bar
        print(
            f"{title}, {how}: {len(found)} changes; {harmful} harm, {counts['noticed']} of these noticed in the same run "
            f"({share:.1%}; {f'bar {bar:.0%}' if bar else 'no bar'}); {counts['harmless']} do no harm, "
            f"{counts['false alarm']} do none and are named all the same"
        )
        for each in sorted(found, key=lambda each: each.told[which]):
            if in_full or (bar and each.told[which] == "missed"):
                log = each.logs[which]
                print(f"  {each.told[which]}: {each.mutation} -> {log.state} {log.reason}".rstrip())
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--days", type=int, default=50)
    parser.add_argument("--list", action="store_true", help="say of each change what came of it")
    asked = parser.parse_args()
    settings = WorldSettings(seed=asked.seed, days=asked.days + 1, outage_rate=0, partial_rate=0, layout_change="mild")
    world = generate(settings)
    day = settings.first_day + timedelta(days=asked.days)
    with Market(world, ports=(0, 0, 0, 0)) as market:
        lines, alarms = healthy_days(market, world, asked.days)
        market.set_day(day)
        layouts, meant = (list(outcomes(market, world, day, lines, changes)) for changes in (LAYOUTS, MEANINGS))
    healthy = asked.days * len(SITE_NAMES)
    print(f"healthy runs: {healthy}, false alarms: {len(alarms)} ({len(alarms) / healthy:.1%}; bar 2 %)")
    for log in alarms:
        print(f"  {log.source} {log.day}: {log.state}, {log.reason}")
    zeros = [log for each in (*layouts, *meant) for log in each.logs if log.listings_present == 0]
    silent = sum(log.state == "ok" or log.completeness > 0 for log in zeros)
    print(
        f"zeros: {len(zeros)} crawls of a changed site saw no listing, {silent} of these kept silent about it (bar 0)"
    )
    good = report("layouts", layouts, bar=0.95, in_full=asked.list)
    report("meanings", meant, bar=0, in_full=asked.list)
    return 0 if good and len(layouts) >= 40 and zeros and not silent and len(alarms) <= 0.02 * healthy else 1


if __name__ == "__main__":
    sys.exit(main())
