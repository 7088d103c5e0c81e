"""Telegram's public channel preview: a template for onboarding; off, and not verified. See its contract."""

from spiders.declared import DeclaredSpider


class TelegramPreviewSpider(DeclaredSpider):
    """Reads as its contract will declare; messages stand on the index pages themselves."""

    name = "telegram_preview"
