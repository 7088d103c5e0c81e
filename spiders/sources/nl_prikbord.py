"""Prikbord: an invented old notice board of tables with wrong encodings, part of the synthetic market."""

from spiders.declared import DeclaredSpider


class NlPrikbordSpider(DeclaredSpider):
    """Rows with a relative date, which is resolved before rows of two days are compared; number and place in the text only."""

    name = "nl_prikbord"
