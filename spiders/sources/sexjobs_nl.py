"""Sexjobs.nl: a template for onboarding; off, and not verified. See its contract."""

from spiders.declared import DeclaredSpider


class SexjobsNlSpider(DeclaredSpider):
    """Reads as its contract will declare."""

    name = "sexjobs_nl"
