"""Gegevens: an invented site that gives its data as JSON-LD, part of the synthetic market."""

from collections.abc import Iterator, Mapping
from typing import Any

from scrapy.http import TextResponse

from spiders.base import Card, IndexPage, ListingSpider
from spiders.errors import PageChanged
from spiders.extract import iso_date, json_ld, number, tidy
from warehouse.records import Listing


class NlGegevensSpider(ListingSpider):
    """schema.org objects: an ItemList a page of the index, a Service an advertisement."""

    name = "nl_gegevens"
    start_paths = ("/aanbod/pagina/1",)

    def parse_index(self, response: TextResponse) -> IndexPage:
        """Read an ItemList; `numberOfItems` counts all pages together."""
        items = json_ld(response, "ItemList")
        total, elements = items.get("numberOfItems"), items.get("itemListElement")
        if not isinstance(total, int) or not isinstance(elements, list):
            raise PageChanged("JSON-LD ItemList has no numberOfItems or itemListElement")
        cards, faulty = [], 0
        for element in elements:
            item = element.get("item") if isinstance(element, dict) else None
            listing_id, url, name = (_text(item, key) for key in ("@id", "url", "name"))
            if listing_id is None or url is None or name is None:
                faulty += 1
                continue
            cards.append(Card(listing_id, response.urljoin(url), f"{name}|{_text(item, 'dateModified') or ''}"))
        return IndexPage(
            cards=tuple(cards),
            faulty=faulty,
            listings=total,
            pages=max(filter(None, map(number, response.css("nav a::text").getall())), default=None),
        )

    def page_url(self, first_url: str, number: int) -> str | None:
        """Pages are numbered in the path."""
        return f"{first_url.rpartition('/')[0]}/{number}"

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        """Read a Service; category, place and telephone are there where the advertiser filled them in."""
        service = json_ld(response, "Service")
        posted = _needed(service, "datePosted")
        yield Listing(
            source=self.name,
            listing_id=_needed(service, "@id"),
            title=_needed(service, "name"),
            body=_needed(service, "description"),
            place=_text(service.get("areaServed"), "name"),
            category=_text(service, "category"),
            contact=_text(service.get("provider"), "telephone"),
            posted_date=iso_date(posted),
        )


def _text(thing: object, key: str) -> str | None:
    value = thing.get(key) if isinstance(thing, Mapping) else None
    return (tidy(value) or None) if isinstance(value, str) else None


def _needed(thing: Mapping[str, Any], key: str) -> str:
    text = _text(thing, key)
    if text is None:
        raise PageChanged(f"JSON-LD {key} is missing")
    return text
