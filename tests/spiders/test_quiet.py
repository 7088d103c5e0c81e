"""Log lines: ours are codes and counts, of others only that they were."""

import logging
import stat

from hypothesis import given
from hypothesis import strategies as st

from spiders.quiet import QuietFormatter, open_log


def line(name: str, message: str, *args: object, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    return QuietFormatter().format(logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, info))


@given(st.text(max_size=80))
def test_nothing_of_others_is_shown(text):
    shown = line("scrapy.core", "Error in %s", "kanarie" + text, error=ValueError("kanarie" + text))
    assert "kanarie" not in shown
    assert shown.endswith("(message withheld) ValueError")
    assert "\n" not in shown


def test_numbers_and_addresses_are_struck_out_of_our_own():
    shown = line(
        "spiders.base", "page %s of %s, call %s or %s", 3, "http://site.example/ad/91", "06 2000 0001", "x@site.example"
    )
    assert shown.endswith("page 3 of [address] call [number] or [address]")


def test_a_name_that_only_begins_like_ours_is_not_ours():
    assert "kanarie" not in line("spidersweb", "kanarie")


def test_the_file_is_for_its_owner_only(tmp_path):
    handler = open_log(tmp_path / "crawl.log")
    try:
        handler.handle(logging.LogRecord("scrapy", logging.INFO, "", 1, "kanarie", (), None))
        handler.handle(logging.LogRecord("spiders", logging.INFO, "", 1, "begin", (), None))
    finally:
        handler.close()
    path = tmp_path / "crawl.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().splitlines()[0].endswith("INFO spiders: begin")
    assert path.read_text().count("\n") == 1
