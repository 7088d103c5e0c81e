"""The final values of the settings, as a crawler has them after everything else has had its say."""

import subprocess
import sys
from typing import Any, ClassVar

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from spiders.base import ListingSpider
from spiders.safety import FINAL, SafeSettings


class Unruly(ListingSpider):
    name = "xx_unruly"
    custom_settings: ClassVar[dict[str, Any]] = {
        "ROBOTSTXT_OBEY": False,
        "COOKIES_ENABLED": True,
        "TELNETCONSOLE_ENABLED": True,
        "DOWNLOAD_MAXSIZE": 0,
        "DOWNLOAD_TIMEOUT": 600,
        "LOG_LEVEL": "DEBUG",
        "FEEDS": {"all.json": {"format": "json"}},
        "JOBDIR": "/tmp/job",
        "CONCURRENT_REQUESTS": 64,
        "AUTOTHROTTLE_ENABLED": False,
    }


def settings_of(delay: float) -> Settings:
    settings = Settings({"ADDONS": {SafeSettings: 0}, "DOWNLOAD_DELAY": delay})
    settings.set("HTTPCACHE_ENABLED", True, priority="cmdline")
    crawler = Crawler(Unruly, settings)
    crawler.addons.load_settings(crawler.settings)
    return crawler.settings


@pytest.mark.parametrize("name", sorted(FINAL))
def test_no_source_and_no_caller_overrules(name):
    value = settings_of(10)[name]
    assert (dict(value) if isinstance(FINAL[name], dict) else value) == FINAL[name]


def test_the_values_that_privacy_asks_for():
    settings = settings_of(10)
    for name in ("ROBOTSTXT_OBEY", "DOWNLOAD_VERIFY_CERTIFICATES", "MEMUSAGE_ENABLED", "AUTOTHROTTLE_ENABLED"):
        assert settings.getbool(name) is True, name
    for name in (
        *("REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "COOKIES_ENABLED", "METAREFRESH_ENABLED"),
        *("HTTPCACHE_ENABLED", "HTTPPROXY_ENABLED", "STATS_DUMP"),
    ):
        assert settings.getbool(name) is False, name
    assert settings.getint("DOWNLOAD_MAXSIZE") == 5 * 1024 * 1024
    assert settings.getfloat("DOWNLOAD_TIMEOUT") == 30
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == settings.getint("CONCURRENT_REQUESTS") == 1
    assert {scheme: settings["DOWNLOAD_HANDLERS"][scheme] for scheme in ("file", "data", "ftp", "s3")} == dict.fromkeys(
        ("file", "data", "ftp", "s3")
    )
    assert 429 not in settings.getlist("RETRY_HTTP_CODES")


def test_only_without_a_delay_several_requests_go_at_once():
    assert settings_of(0).getint("CONCURRENT_REQUESTS_PER_DOMAIN") > 1
    assert settings_of(0).getbool("AUTOTHROTTLE_ENABLED") is False


def test_the_memory_of_whoever_started_a_crawl_is_not_its_own():
    """Linux hands the peak of a process on to the program that it starts."""
    program = "import resource, spiders.memory as m; own = object.__new__(m.OwnMemory); own.resource = resource"
    program += "; print(own.get_virtual_size(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    large = f"x = bytearray(600_000_000); import os, sys; os.execv(sys.executable, [sys.executable, '-c', {program!r}])"
    done = subprocess.run([sys.executable, "-c", large], capture_output=True, text=True, check=True)
    own, told = map(int, done.stdout.split())
    assert own < 300_000_000
    assert told >= 600_000_000
