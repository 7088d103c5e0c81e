"""One field of a page, said in a contract: where it stands and how it is read. No code a site."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal, Self

from cssselect import SelectorError
from lxml import etree  # type: ignore[import-untyped]
from parsel import Selector
from parsel.csstranslator import HTMLTranslator
from pydantic import BaseModel, ConfigDict, Field, model_validator

from spiders.errors import PageChanged
from spiders.extract import block_text, posted, tidy

TODO = "TODO"
"""What stands in a new contract where a selector is still to be filled in."""

PAGE_ADDRESS = "@url"
Part = Selector | Mapping[str, Any]
"""What a field is looked for in: a page or a part of one, or an object out of JSON-LD."""


class FieldRule(BaseModel):
    """Where a field stands: a CSS selector, an XPath (begins with / . or a bracket), `$.key.key` in JSON-LD, or `@url`.

    A selector that gives an element stands for its whole text, blocks and breaks as lines. `pattern` keeps its first
    group (or all it matches) of what was found; what does not match is not there. In a contract, a bare string is
    `select` alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    select: str = Field(min_length=1)
    pattern: str | None = None
    kind: Literal["text", "html", "date"] = Field(default="text", alias="as")

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"select": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        check_selector(self.select)
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"pattern is no regular expression ({error.msg})") from None
        return self

    @property
    def is_open(self) -> bool:
        """Whether it is still to be filled in."""
        return TODO in {self.select, self.pattern}

    def all(self, part: Part, url: str, day: date) -> Iterator[str]:
        """Give each text found in `part` of the page at `url`, tidied, in order; empty ones are left out."""
        for found in self._raw(part, url):
            text = tidy(found)
            if self.pattern is not None:
                match = re.search(self.pattern, text)
                text = (match[1] if match.re.groups else match[0]) or "" if match else ""
            if self.kind == "date":
                read = posted(text, day)
                text = read.isoformat() if read else ""
            if text.strip():
                yield text.strip()

    def first(self, part: Part, url: str, day: date) -> str | None:
        """Give the first text found, or None."""
        return next(self.all(part, url, day), None)

    def only(self, part: Part, url: str, day: date) -> str:
        """Give the one text found.

        Raises:
            PageChanged: there is none, or there are several that differ.
        """
        found = set(self.all(part, url, day))
        if len(found) != 1:
            raise PageChanged(f"{self.select} gives {'none' if not found else 'several'} instead of one")
        return found.pop()

    def _raw(self, part: Part, url: str) -> Iterator[str]:
        if self.select == PAGE_ADDRESS:
            yield url
        elif isinstance(part, Mapping):
            yield from _from_json(part, self.select)
        else:
            for found in nodes(part, self.select):
                text = found.root if isinstance(found.root, str) else block_text(found.root)
                yield _text_of_html(text) if self.kind == "html" else text


def is_xpath(select: str) -> bool:
    """Tell whether a selector is an XPath rather than CSS.

    >>> is_xpath("//h1/text()"), is_xpath("h1::text"), is_xpath(".card")
    (True, False, False)
    """
    return select.startswith(("/", "./", "../", "(", "self::", "ancestor::", "following-sibling::"))


def check_selector(select: str) -> None:
    """Raise ValueError where a selector cannot be used."""
    if select in {TODO, PAGE_ADDRESS} or select.startswith("$."):
        return
    try:
        etree.XPath(select if is_xpath(select) else HTMLTranslator().css_to_xpath(select))
    except (SelectorError, etree.XPathSyntaxError) as error:
        raise ValueError(f"{select!r} is no selector ({type(error).__name__})") from None


def nodes(part: Selector, select: str) -> list[Selector]:
    """Give what a CSS selector or XPath selects in `part`."""
    return list(part.xpath(select) if is_xpath(select) else part.css(select))


def things(part: Mapping[str, Any], path: str) -> list[Any]:
    """Follow `$.key.key` through objects and lists; a key of a list is asked of each of its members.

    >>> things({"a": [{"b": 1}, {"b": [2, 3]}]}, "$.a.b")
    [1, 2, 3]
    """
    found: list[Any] = [part]
    for key in path.removeprefix("$.").split("."):
        step = [member.get(key) for member in found if isinstance(member, Mapping)]
        found = [each for value in step for each in (value if isinstance(value, list) else [value])]
    return [value for value in found if value is not None]


def _from_json(part: Mapping[str, Any], path: str) -> Iterator[str]:
    if not path.startswith("$."):
        raise PageChanged(f"{path} is no path into JSON-LD")
    for value in things(part, path):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)


def _text_of_html(text: str) -> str:
    return block_text(Selector(text=text, type="html").root) if text.strip() else ""
