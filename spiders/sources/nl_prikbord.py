"""Prikbord: an invented old notice board of tables with wrong encodings, part of the synthetic market."""

import re
from collections.abc import Iterator

from scrapy.http import TextResponse

from spiders.base import Card, IndexPage, ListingSpider
from spiders.errors import PageChanged
from spiders.extract import maybe, number, only, posted, text_of
from warehouse.records import Listing

_PAGE = re.compile(r"(?<=[?&]p=)\d+")


class NlPrikbordSpider(ListingSpider):
    """Rows with a relative date, which is resolved before rows of two days are compared."""

    name = "nl_prikbord"
    start_paths = ("/bord.php?p=1",)

    def parse_index(self, response: TextResponse) -> IndexPage:
        """Read a page of rows; the total stands in the heading's table."""
        if not response.css("table#bord"):
            raise PageChanged("table#bord gives none instead of one")
        cards, faulty = [], 0
        for row in response.css("table#bord tr.r1, table#bord tr.r2"):
            cells = row.css("td")
            listing_id, link, title = (maybe(row, css) for css in ("td.nr::text", "td a::attr(href)", "td a::text"))
            if listing_id is None or link is None or title is None or len(cells) != 4:
                faulty += 1
                continue
            changed = posted(maybe(row, "td.dat::text"), self.day)
            content = "|".join((title, maybe(cells[2], "::text") or "", changed.isoformat() if changed else ""))
            cards.append(Card(listing_id, response.urljoin(link), content))
        return IndexPage(
            cards=tuple(cards),
            faulty=faulty,
            listings=number(only(response, "table:not(#bord) td::text")),
            pages=max(filter(None, map(number, response.css("p.blader a::text").getall())), default=None),
        )

    def page_url(self, first_url: str, number: int) -> str | None:
        """Pages are numbered in the query."""
        return _PAGE.sub(str(number), first_url)

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        """Read one notice: a table of labels and values, then the text. Place and number stand in the text only."""
        labels = (maybe(cell, "::text") or "" for cell in response.css("table.bericht td.l"))
        values = (maybe(cell, "::text") for cell in response.css("table.bericht td.l + td"))
        facts = {label.rstrip(":"): value for label, value in zip(labels, values, strict=True)}
        listing_id = facts.get("Nummer")
        if listing_id is None:
            raise PageChanged("the label Nummer is missing")
        yield Listing(
            source=self.name,
            listing_id=listing_id,
            title=only(response, "h2::text"),
            body=text_of(response, "td.tekst"),
            posted_date=posted(facts.get("Geplaatst"), self.day),
        )
