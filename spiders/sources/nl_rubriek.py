"""Rubriek: the classifieds application django-classified as its makers ship it, part of the synthetic market."""

import re
from collections.abc import Iterator, Mapping

from scrapy.http import TextResponse

from spiders.base import ListingSpider
from spiders.errors import PageChanged
from spiders.extract import maybe, number, only, posted, text_of
from spiders.index_pages import Branch, Card, IndexPage
from warehouse.records import Listing

_PAGE = re.compile(r"[?&]page=(\d+)")
_ITEM = re.compile(r"/(\d+)-[^/]*/$")


class NlRubriekSpider(ListingSpider):
    """The front page leads to groups and says how many items each has; a group is a paginated table."""

    name = "nl_rubriek"
    stamps_path = "/sitemap.xml"

    def parse_index(self, response: TextResponse) -> IndexPage:
        """Read the front page or a page of a group."""
        return self._front(response) if response.css("div.dcf-index") else self._group(response)

    def _front(self, response: TextResponse) -> IndexPage:
        branches = tuple(
            Branch(
                response.urljoin(only(group, "a::attr(href)")),
                _needed(number(only(group, "span.dcf-group__count::text"))),
            )
            for group in response.css("li.dcf-group")
        )
        sections = sum(_needed(number(text)) for text in response.css("span.dcf-section__count::text").getall())
        if sections != sum(branch.listings or 0 for branch in branches):
            raise PageChanged("the groups of the front page do not add up to its sections")
        return IndexPage(listings=0, branches=branches)

    def _group(self, response: TextResponse) -> IndexPage:
        if not response.css("h2.dcf-page-title"):
            raise PageChanged("h2.dcf-page-title gives none instead of one")
        cards, faulty = [], 0
        for row in response.css("table.table-hover tbody tr"):
            link, title = maybe(row, "td a:not(:has(img))::attr(href)"), maybe(row, "td a:not(:has(img))::text")
            found = _ITEM.search(link or "")
            if link is None or title is None or found is None:
                faulty += 1
                continue
            cards.append(Card(found[1], response.urljoin(link), f"{title}|{maybe(row, 'span.dcf-price::text') or ''}"))
        here = _PAGE.search(response.url)
        following = f"?page={int(here[1]) + 1 if here else 2}"
        has_next = following in response.css("ul.pagination a.page-link::attr(href)").getall()
        return IndexPage(cards=tuple(cards), faulty=faulty, next_url=response.urljoin(following) if has_next else None)

    def parse_stamps(self, response: TextResponse) -> Mapping[str, str]:
        """Read the sitemap: its rows do not tell when an item changed, `lastmod` does (for the latest thousand)."""
        response.selector.remove_namespaces()
        stamps = {}
        for entry in response.css("url"):
            found, stamp = _ITEM.search(maybe(entry, "loc::text") or ""), maybe(entry, "lastmod::text")
            if found is not None and stamp is not None and "/group/" not in found.string:
                stamps[found[1]] = stamp
        if not stamps:
            raise PageChanged("the sitemap holds no item with lastmod")
        return stamps

    def page_url(self, first_url: str, number: int) -> str | None:
        """Pages of a group are numbered in the query."""
        return f"{first_url}?page={number}"

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        """Read one item; area and telephone are there where they were filled in."""
        found = _ITEM.search(only(response, "link[rel=canonical]::attr(href)"))
        if found is None:
            raise PageChanged("link[rel=canonical] does not lead to an item")
        # "AREA · SECTION · GROUP" or "SECTION · GROUP"; the group is a link.
        before = [part.strip() for part in (maybe(response, "p.dcf-eyebrow::text") or "").split("·") if part.strip()]
        yield Listing(
            source=self.name,
            listing_id=found[1],
            title=only(response, "div.dcf-item-head h2::text"),
            body=text_of(response, "div.dcf-description"),
            place=before[0] if len(before) > 1 else None,
            category=only(response, "p.dcf-eyebrow a::text"),
            contact=maybe(response, "span.dcf-contact__value::text"),
            posted_date=posted(maybe(response, "p.dcf-meta::text"), self.day),
        )


def _needed(count: int | None) -> int:
    if count is None:
        raise PageChanged("a count on the front page is not a number")
    return count
