"""Looks that stop: each is told in a sentence that holds nothing of what was read, and the others go on."""

from advertentiemonitor.watching.findings import Finding, gathered
from warehouse.errors import ExchangeFailed, MissingKey

SECRET = "geheim-woord"


def stops(error):
    def look():
        yield Finding("before", ok=True, told="was seen")
        raise error

    return look


def test_what_a_look_meets_is_found_and_the_others_go_on():
    looks = {
        "ours": stops(MissingKey("spool")),
        "file": stops(IsADirectoryError(21, "Is a directory", "/x/y")),
        "foreign": stops(KeyError(SECRET)),
        "text": stops(UnicodeDecodeError("ascii", SECRET.encode(), 0, 1, SECRET)),
        "storage": stops(ExchangeFailed("s3://a", "away")),
        "last": lambda: [Finding("last", ok=True, told="looked")],
    }
    found = gathered(looks)
    assert [each.what for each in found if not each.ok] == ["ours", "file", "foreign", "text", "exchange"]
    assert [each.what for each in found if each.ok] == ["before"] * 5 + ["last"]
    told = {each.what: each.told for each in found}
    assert (
        told["file"]
        == "/x/y cannot be used (Is a directory): see what is there, and put it right or back from a backup"
    )
    assert "KeyError at " in told["foreign"]
    assert not any(SECRET in each.told for each in found)


def test_what_stops_several_is_told_once():
    silent = stops(PermissionError(13, "Permission denied", "/x"))
    (told,) = [each for each in gathered({"a": silent, "b": silent}) if not each.ok]
    assert (told.what, told.told) == ("a", "/x cannot be used (Permission denied): give this user rights on it")
