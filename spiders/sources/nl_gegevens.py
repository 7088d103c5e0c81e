"""Gegevens: an invented site that gives its data as JSON-LD, part of the synthetic market."""

from spiders.declared import DeclaredSpider


class NlGegevensSpider(DeclaredSpider):
    """schema.org objects: an ItemList a page of the index, a Service an advertisement."""

    name = "nl_gegevens"
