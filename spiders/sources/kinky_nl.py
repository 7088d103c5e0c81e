"""Kinky.nl: a template for onboarding; off, and not verified. See its contract."""

from spiders.declared import DeclaredSpider


class KinkyNlSpider(DeclaredSpider):
    """Reads as its contract will declare."""

    name = "kinky_nl"
