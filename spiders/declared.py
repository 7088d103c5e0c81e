"""A source that needs no code: its pages are read as its contract declares (`reading` in `<name>.yml`)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urljoin

from parsel import Selector
from scrapy.http import TextResponse

from spiders import register
from spiders.base import ListingSpider
from spiders.entries import SourceEntry
from spiders.errors import PageChanged, RegisterInvalid
from spiders.extract import json_ld, number, posted
from spiders.fields import FieldRule, Part, nodes, things
from spiders.index_pages import Branch, Card, IndexPage
from spiders.reading import IndexRule, ListRule, Reading
from warehouse.records import Listing


class DeclaredSpider(ListingSpider):
    """Reads pages by the `reading` of its register entry. A subclass says its name, and overrides what is special."""

    def __init__(self, *, day: date, entry: SourceEntry | None = None, base_url: str | None = None, **kwargs: Any):
        entry = entry or register.entry_of(self.name)
        if entry.reading is None:
            raise RegisterInvalid(entry.name, ["reading: missing"])
        super().__init__(day=day, entry=entry, base_url=base_url, **kwargs)
        self.reading: Reading = entry.reading
        self.start_paths = self.reading.index.paths
        self.numbers_only = self.reading.index.page_url is not None and self.reading.index.next is None
        self.stamps_path = self.reading.stamps.path if self.reading.stamps else None

    def parse_index(self, response: TextResponse) -> IndexPage:
        """Read an index page by `reading.index`.

        Raises:
            PageChanged: it does not look as declared.
        """
        rule = self.reading.index
        page = _document(response, rule.format)
        if rule.proof is not None and not nodes(page, rule.proof):
            raise PageChanged(f"{rule.proof} gives none instead of one")
        whole: Part = json_ld(page, rule.json_ld) if rule.json_ld else page
        cards, faulty = [], 0
        for part in _each(whole, rule.each):
            card = self._card(part, rule, response)
            if card is None:
                faulty += 1
            else:
                cards.append(card)
        branches = self._branches(page, rule.lists, response) if rule.lists else ()
        return IndexPage(
            cards=tuple(cards),
            faulty=faulty,
            listings=self._total(whole, page, response, leads_on=bool(branches) and not cards),
            pages=max(filter(None, map(number, self._all(rule.pages, whole, page, response))), default=None),
            next_url=next(
                (response.urljoin(found) for found in self._all(rule.next, whole, page, response)),
                None,
            ),
            branches=branches,
        )

    def _card(self, part: Part, rule: IndexRule, response: TextResponse) -> Card | None:
        link = rule.url.first(part, response.url, self.day)
        if link is None:
            return None
        url = response.urljoin(link)
        listing_id = rule.listing_id.first(part, url, self.day)
        content = [each.first(part, url, self.day) for each in rule.content]
        if listing_id is None or not any(content):
            return None
        try:
            listing = self._listing(part, url) if self.reading.listing.on_index else None
        except PageChanged:  # one message without a text does not make the page unreadable
            return None
        return Card(listing_id, url, "|".join(text or "" for text in content), listing)

    def _branches(self, page: Selector, rule: ListRule, response: TextResponse) -> tuple[Branch, ...]:
        found = []
        for part in nodes(page, rule.each):
            link = rule.url.only(part, response.url, self.day)
            total = None
            if rule.total is not None:
                total = number(rule.total.only(part, response.url, self.day))
                if total is None:
                    raise PageChanged(f"{rule.total.select} is not a number")
            found.append(Branch(response.urljoin(link), total))
        return tuple(found)

    def _total(self, whole: Part, page: Selector, response: TextResponse, *, leads_on: bool) -> int | None:
        rule = self.reading.index
        if leads_on or (rule.empty is not None and nodes(page, rule.empty)):
            return 0
        if rule.total is None:
            return None
        total = number(rule.total.only(_where(rule.total, whole, page), response.url, self.day))
        if total is None:
            raise PageChanged(f"{rule.total.select} is not a number")
        return total

    def _all(self, rule: FieldRule | None, whole: Part, page: Selector, response: TextResponse) -> Iterator[str]:
        if rule is not None:
            yield from rule.all(_where(rule, whole, page), response.url, self.day)

    def page_url(self, first_url: str, number: int) -> str | None:
        """Give the address of a further page by `reading.index.page_url`."""
        template = self.reading.index.page_url
        return urljoin(first_url, template.format(page=number)) if template else None

    def parse_stamps(self, response: TextResponse) -> Mapping[str, str]:
        """Read the stamps by `reading.stamps`.

        Raises:
            PageChanged: there is none on the page.
        """
        rule = self.reading.stamps
        if rule is None:
            raise PageChanged("no stamps are declared")
        stamps = {}
        for part in nodes(_document(response, rule.format), rule.each):
            listing_id, stamp = (field.first(part, response.url, self.day) for field in (rule.listing_id, rule.stamp))
            if listing_id is not None and stamp is not None:
                stamps[listing_id] = stamp
        if not stamps:
            raise PageChanged(f"{rule.each} gives no listing with a stamp")
        return stamps

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        """Read a listing's page by `reading.listing`.

        Raises:
            PageChanged: it does not look as declared.
        """
        yield self._listing(_document(response, "html"), response.url)

    def _listing(self, part: Part, url: str) -> Listing:
        rule = self.reading.listing
        thing = json_ld(part, rule.json_ld) if rule.json_ld and isinstance(part, Selector) else part

        def maybe(field: FieldRule | None) -> str | None:
            found = set(field.all(_where(field, thing, part), url, self.day)) if field else set()
            if field and len(found) > 1:  # the first of several would be a guess
                raise PageChanged(f"{field.select} gives several instead of one or none")
            return found.pop() if found else None

        def needed(field: FieldRule) -> str:
            return field.only(_where(field, thing, part), url, self.day)

        return Listing(
            source=self.name,
            listing_id=needed(rule.listing_id),
            title=needed(rule.title),
            body=needed(rule.body),
            place=maybe(rule.place),
            contact=maybe(rule.contact),
            category=maybe(rule.category),
            posted_date=posted(maybe(rule.posted_date), self.day),
        )


def _document(response: TextResponse, format: str) -> Selector:  # noqa: A002 - the contract's own word
    if format == "html":
        return response.selector
    page = Selector(text=response.text, type="xml")
    page.remove_namespaces()
    return page


def _each(whole: Part, select: str) -> list[Part]:
    if isinstance(whole, Mapping):
        return [thing if isinstance(thing, Mapping) else {} for thing in things(whole, select)]
    return list(nodes(whole, select))


def _where(rule: FieldRule, thing: Part, page: Part) -> Part:
    """Where a field is looked for: paths in the JSON-LD object, selectors on the page."""
    return thing if rule.select.startswith("$.") else page
