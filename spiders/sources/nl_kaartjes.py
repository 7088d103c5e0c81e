"""Kaartjes: an invented site of plain cards, part of the synthetic market."""

from collections.abc import Iterator

from scrapy.http import TextResponse

from spiders.base import Card, IndexPage, ListingSpider
from spiders.extract import maybe, number, only, posted, text_of
from warehouse.records import Listing


class NlKaartjesSpider(ListingSpider):
    """One index of all advertisements, 50 cards a page; a card's time stamp moves with every edit and refresh."""

    name = "nl_kaartjes"
    start_paths = ("/advertenties",)

    def parse_index(self, response: TextResponse) -> IndexPage:
        """Read a page of cards; the total and links to all pages stand on each."""
        cards, faulty = [], 0
        for card in response.css("article.kaart"):
            listing_id, link, title = (
                card.attrib.get("data-id"),
                maybe(card, "h2 a::attr(href)"),
                maybe(card, "h2 a::text"),
            )
            if listing_id is None or link is None or title is None:
                faulty += 1
                continue
            facts = (
                title,
                maybe(card, "p.plaats::text"),
                maybe(card, "p.soort::text"),
                maybe(card, "time::attr(datetime)"),
            )
            cards.append(Card(listing_id, response.urljoin(link), "|".join(fact or "" for fact in facts)))
        return IndexPage(
            cards=tuple(cards),
            faulty=faulty,
            listings=number(only(response, "p.aantal::text")),
            pages=max(filter(None, map(number, response.css("nav.paginas a::text").getall())), default=None),
        )

    def page_url(self, first_url: str, number: int) -> str | None:
        """Pages are numbered in the address."""
        return f"{first_url}?pagina={number}"

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        """Read one advertisement; the telephone field may be left out by the advertiser."""
        yield Listing(
            source=self.name,
            listing_id=only(response, "article.advertentie::attr(data-id)"),
            title=only(response, "article.advertentie h1::text"),
            body=text_of(response, "article.advertentie div.tekst"),
            place=maybe(response, "dd.plaats::text"),
            category=maybe(response, "dd.soort::text"),
            contact=maybe(response, "p.telefoon a::text"),
            posted_date=posted(only(response, "time.geplaatst::attr(datetime)"), self.day),
        )
