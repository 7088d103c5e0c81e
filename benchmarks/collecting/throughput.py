"""Pages a second without delay, ours against bare Scrapy on the same pages, in the same run.

    .venv/bin/python benchmarks/collecting/throughput.py [--rounds N]

An invented board of advertisements stands in memory behind a small server in a process of its own. The peer is Scrapy as
it comes: a spider of twenty lines that follows the index and takes the same fields by CSS, its robots, cookies and log
off. The floor is no crawler at all: one connection, one page after the other, the same selectors. Ours is the whole
crawl: robots.txt, reservation of mining, guard, resolver, decoding, declared selectors, checks and crawl log. All must
give the same listings with the same texts, or no speed is printed. Rounds are interleaved, their order drawn; the
figure is the median of the ratios per round, with its range. Bar: at most 1.5 times bare Scrapy's time. Last, ours on
boards of one, three and ten times the size: how time grows, and the most memory taken.
"""

import argparse
import http.client
import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import yaml
from parsel import Selector
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

sys.path.insert(0, str(Path(__file__).parents[1] / "table"))
sys.path.insert(0, str(Path(__file__).parent))
from harness import Job, run, served
from measured import Bar, Disagreement, Growth, Measured

from spiders.onboarding import begin

DAY = date(2026, 10, 14)
LISTINGS, PER_PAGE = 500, 50
GROWTH = (150, 450, 1500)  # listings
SIZES = {"small pages (1 KB)": 0, "pages of 20 KB": 19_000}
BAR = 1.5
PEER_SETTINGS = {
    "ROBOTSTXT_OBEY": False,
    "LOG_ENABLED": False,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
}
READING = {
    "index": {
        "paths": ["/"],
        "proof": "p.totaal",
        "each": "article.kaart",
        "listing_id": "::attr(data-id)",
        "url": "a::attr(href)",
        "content": ["a::text", "i::text"],
        "total": "p.totaal::text",
        "page_url": "?pagina={page}",
        "pages": "nav a::text",
    },
    "listing": {
        "listing_id": "article.advertentie::attr(data-id)",
        "title": "h1::text",
        "body": "div.tekst p::text",
        "place": "p.plaats::text",
        "contact": "p.telefoon::text",
        "posted_date": "time::attr(datetime)",
    },
}


def pages(padding: int, listings: int = LISTINGS) -> dict[str, bytes]:
    filler = f"<footer>{'<div><span>een regel van de site</span></div>' * (padding // 44)}</footer>"
    count = -(-listings // PER_PAGE)
    links = "".join(f"<a href='/?pagina={page}'>{page}</a>" for page in range(1, count + 1))
    made = {"/robots.txt": b"User-agent: *\nAllow: /\n"}
    for page in range(1, count + 1):
        cards = "".join(
            f"<article class=kaart data-id=a{n}><a href='/ad/a{n}'>Advertentie {n}</a><i>vandaag</i></article>"
            for n in range((page - 1) * PER_PAGE, min(listings, page * PER_PAGE))
        )
        body = f"<!doctype html><title>Bord</title><p class=totaal>{listings} advertenties</p>{cards}<nav>{links}</nav>{filler}"
        made["/" if page == 1 else f"/?pagina={page}"] = body.encode()
    for n in range(listings):
        text = (
            f"Ontvang thuis, advertentie nummer {n}. "
            + "Bel of app voor een afspraak, elke dag van tien tot tien. " * 10
        )
        made[f"/ad/a{n}"] = (
            f"<!doctype html><title>Advertentie</title><article class=advertentie data-id=a{n}><h1>Advertentie {n}</h1>"
            f"<div class=tekst><p>{text}</p></div><p class=plaats>Enschede</p><p class=telefoon>06 2000 {n:04d}</p>"
            f"<time datetime=2026-10-1{n % 4}>kort geleden</time></article>{filler}"
        ).encode()
    return made


class BareSpider(Spider):
    """What one would write first."""

    name = "bare"

    def parse(self, response: Response) -> Iterator[Any]:
        for link in response.css("article.kaart a::attr(href)").getall():
            yield response.follow(link, self.parse_listing)
        for link in response.css("nav a::attr(href)").getall():
            yield response.follow(link, self.parse)

    def parse_listing(self, response: Response) -> Iterator[dict[str, str | None]]:
        yield {
            "id": response.css("article.advertentie::attr(data-id)").get(),
            "title": response.css("h1::text").get(),
            "body": response.css("div.tekst p::text").get(),
            "place": response.css("p.plaats::text").get(),
            "contact": response.css("p.telefoon::text").get(),
            "posted": response.css("time::attr(datetime)").get(),
        }


def bare(url: str, _contract: Path) -> tuple[float, dict[str, tuple[str, str]]]:
    items: list[dict[str, str]] = []
    start = time.perf_counter()
    process = AsyncCrawlerProcess(PEER_SETTINGS)
    crawler = process.create_crawler(BareSpider)
    crawler.signals.connect(lambda item: items.append(item), signal=signals.item_scraped, weak=False)  # noqa: PLW0108 - it is asked for its arguments
    process.crawl(crawler, start_urls=[url + "/"])
    process.start(install_signal_handlers=False)  # or the process would not end when its work is done
    return time.perf_counter() - start, {each["id"]: (each["title"], each["body"].strip()) for each in items}


def floor(url: str, _contract: Path) -> tuple[float, dict[str, tuple[str, str]]]:
    """What the pages take without any crawler."""
    start = time.perf_counter()
    connection, found, ahead, known = http.client.HTTPConnection(urlsplit(url).netloc), {}, ["/"], {"/"}
    while ahead:
        connection.request("GET", ahead.pop())
        page = Selector(connection.getresponse().read().decode())
        if listing_id := page.css("article.advertentie::attr(data-id)").get():
            fields = [page.css(f"{css}::text").get() or "" for css in ("h1", "div.tekst p", "p.plaats", "p.telefoon")]
            page.css("time::attr(datetime)").get()
            found[listing_id] = (fields[0], fields[1].strip())
        for link in page.css("article.kaart a::attr(href), nav a::attr(href)").getall():
            if link not in known and link != "/?pagina=1":
                known.add(link)
                ahead.append(link)
    return time.perf_counter() - start, found


def ours(url: str, contract: Path) -> tuple[float, dict[str, tuple[str, str]]]:
    done = run(Job("nl_bord", url, DAY, contract=contract))
    assert done.log.state == "ok", done.log
    return done.seconds, {key: (text[0], text[1]) for key, text in done.texts.items()}


def growth(rounds: int, sizes: Sequence[int]) -> tuple[Growth, list[float]]:
    """Measure how time and memory (MB) of a whole crawl grow with the board."""
    seconds, peaks = [], []
    for listings in sizes:
        with tempfile.TemporaryDirectory() as folder, served(pages(0, listings)) as site:
            contract = contract_for(site.url, Path(folder))
            times, peak = zip(*(apart(weighed, site.url, contract) for _ in range(rounds)), strict=True)
        seconds.append(statistics.median(times))
        peaks.append(max(peak))
    return Growth("listings", tuple(sizes), tuple(seconds)), peaks


def weighed(url: str, contract: Path) -> tuple[float, float]:
    """Crawl, and give the seconds and the most memory that the process took, in MB."""
    seconds, _ = ours(url, contract)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def contract_for(url: str, folder: Path) -> Path:
    contract = begin("nl_bord", f"{url}/", "html", into=folder).contract
    entry = yaml.safe_load(contract.read_text()) | {"enabled": True, "reading": READING, "delay_seconds": 0}
    contract.write_text(yaml.safe_dump(entry | {"page_cap": 10 * LISTINGS}))
    return contract


Answer = TypeVar("Answer")


def apart(way: Callable[[str, Path], Answer], url: str, contract: Path) -> Answer:
    """Run one crawl in a process of its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(way, (url, contract))


WAYS = {"floor": floor, "bare": bare, "ours": ours}


def asked(listings: int) -> int:
    """Count the pages of a crawl: all of the index and one for each listing."""
    return listings + -(-listings // PER_PAGE)


def race(padding: int, rounds: int, listings: int = LISTINGS) -> dict[str, list[float]]:
    """Let all crawl the same board, in an order drawn anew for each round; give the seconds."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder, served(pages(padding, listings)) as site:
        contract = contract_for(site.url, Path(folder))
        read = [apart(way, site.url, contract)[1] for way in WAYS.values()]  # also a warm-up
        if len(read[0]) != listings or any(each != read[0] for each in read):
            raise Disagreement("they do not give the same listings")
        times: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(rounds):
            for name in chance.sample([*WAYS], len(WAYS)):
                times[name].append(apart(WAYS[name], site.url, contract)[0])
    return times


def measure(rounds: int, size: int, sizes: Sequence[int]) -> Measured:
    """Race on a board of `size` listings with pages of 20 KB; grow over boards of small pages."""
    times = race(SIZES["pages of 20 KB"], rounds, size)
    grown, peaks = growth(max(rounds // 2, 1), sizes)
    slower = statistics.median(mine / theirs for mine, theirs in zip(times["ours"], times["bare"], strict=True))
    return Measured(
        "pages", asked(size), "bare Scrapy", ("scrapy", "parsel"), tuple(times["ours"]), tuple(times["bare"]),
        grown, peaks[-1], (Bar("times its time", slower, BAR),),
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    good = True
    for label, padding in SIZES.items():
        try:
            times = race(padding, rounds)
        except Disagreement as error:
            sys.exit(f"{error}; no speed is printed")
        rate = {name: asked(LISTINGS) / statistics.median(spent) for name, spent in times.items()}
        ratios = [mine / theirs for mine, theirs in zip(times["ours"], times["bare"], strict=True)]
        ratio = statistics.median(ratios)
        good &= ratio <= BAR
        print(
            f"{label}: floor {rate['floor']:.0f} pages/s, bare Scrapy {rate['bare']:.0f} pages/s, ours {rate['ours']:.0f} pages/s; "
            f"ours takes {ratio:.2f} times as long ({min(ratios):.2f}-{max(ratios):.2f}, {rounds} rounds; bar {BAR})"
        )
    grown, peaks = growth(3, GROWTH)
    sizes = "; ".join(
        f"{n} listings {s:.2f} s, {m:.0f} MB" for n, s, m in zip(GROWTH, grown.seconds, peaks, strict=True)
    )
    print(f"growth: {sizes}; time grows with the power {grown.exponent:.2f} of the size")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
