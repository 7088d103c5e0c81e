"""How a source's pages are read, as its contract declares it: an index, further lists, stamps, a listing's page."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from spiders.fields import TODO, FieldRule, check_selector


def _selector(select: str) -> str:
    check_selector(select)
    return select


Select = Annotated[str, Field(min_length=1), AfterValidator(_selector)]
Path = Annotated[str, Field(pattern=r"^(/\S*|TODO)$")]
Format = Literal["html", "xml"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def open_fields(self, prefix: str) -> Iterator[str]:
        """Name what is still to be filled in."""
        for name in type(self).model_fields:
            value: Any = getattr(self, name)
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, FieldRule):
                    if each.is_open:
                        yield f"{prefix}.{name}"
                elif isinstance(each, _Part):
                    yield from each.open_fields(f"{prefix}.{name}")
                elif isinstance(each, str) and each.startswith(TODO):
                    yield f"{prefix}.{name}"


class ListRule(_Part):
    """Further lists that an index page leads to: groups, regions, the parts of a sitemap. `total`: listings in each."""

    each: Select
    url: FieldRule
    total: FieldRule | None = None


class IndexRule(_Part):
    """Index pages: presence is read from these.

    Attributes:
        paths: where the lists begin.
        format: `xml` for feeds and sitemaps.
        json_ld: type of the schema.org object that holds the list; `each` and the fields then are paths into JSON.
        each: one listing on the page.
        listing_id: what the site calls the listing; also `@url` with a pattern, asked of the listing's address.
        url: address of the listing's page.
        content: what must stay the same for the page not to be read again.
        total: number of listings in the whole list, as the site says.
        pages: numbers of pages, as the site says; the highest counts.
        page_url: address of a further page, relative to the first, with `{page}` for its number from 2.
        next: address of the next page, where numbers do not tell.
        lists: further lists that begin here.
        proof: an element that stands on every page of this kind, also on an empty one. Without it the page has changed.
        empty: an element that stands only where the list is empty.
    """

    paths: tuple[Path, ...] = Field(min_length=1)
    format: Format = "html"
    json_ld: str | None = None
    each: Select
    listing_id: FieldRule
    url: FieldRule
    content: tuple[FieldRule, ...] = Field(min_length=1)
    total: FieldRule | None = None
    pages: FieldRule | None = None
    page_url: Annotated[str, Field(pattern=r"\{page\}")] | None = None
    next: FieldRule | None = None
    lists: ListRule | None = None
    proof: Select | None = None
    empty: Select | None = None

    @model_validator(mode="after")
    def _pages_can_be_told(self) -> Self:
        lists_tell = self.lists is not None and self.lists.total is not None
        if self.page_url and not (self.pages or self.total or self.next or lists_tell):
            raise ValueError("page_url needs total, pages or next beside it, or nobody knows how many pages there are")
        return self


class StampRule(_Part):
    """A page, such as a sitemap, that tells when each listing changed, for sites whose cards do not."""

    path: Path
    format: Format = "xml"
    each: Select
    listing_id: FieldRule
    stamp: FieldRule


class ListingRule(_Part):
    """A listing's own page, or, with `on_index`, its part of an index page (feeds, channels).

    `json_ld` is the type of the schema.org object that holds it; fields that begin with `$.` are paths into that.
    Title and body must be there. So must the listing's id, so that another page than asked for is not taken for it.
    """

    on_index: bool = False
    json_ld: str | None = None
    listing_id: FieldRule
    title: FieldRule
    body: FieldRule
    place: FieldRule | None = None
    contact: FieldRule | None = None
    category: FieldRule | None = None
    posted_date: FieldRule | None = None


class Reading(_Part):
    """How a source's pages are read. `verified_on`: when a person last held them against recorded pages."""

    verified_on: date | None = None
    index: IndexRule
    stamps: StampRule | None = None
    listing: ListingRule

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.listing.on_index and self.listing.json_ld:
            raise ValueError("a listing on an index page is read where the index says; leave json_ld out")
        return self

    @property
    def still_open(self) -> list[str]:
        """Names of what is still to be filled in."""
        return [name.removeprefix("reading.") for name in self.open_fields("reading")]
