"""Kaartjes: an invented site of plain cards, part of the synthetic market."""

from spiders.declared import DeclaredSpider


class NlKaartjesSpider(DeclaredSpider):
    """One index of all advertisements, 50 cards a page; a card's time stamp moves with every edit and refresh."""

    name = "nl_kaartjes"
