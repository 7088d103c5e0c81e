"""libphonenumber's own cases of numbers in context, restated as facts: what is written, and what is to be found.

From the matcher's tests in libphonenumber and its Python port (Apache-2.0, see NOTICE), those that apply to us: numbers
with a plus or 00, and those of the German plan in a German text. Its numbers are the library's own examples; where its
test metadata accepts a number that no real plan accepts, a made-up one of the same shape stands in its place.
"""

import pytest
from spacy.language import Language

from nlp import attributes

NUMBER = "+31 6 20001234"
E164 = "+31620001234"
# The library's contexts for a number that is found, as text before and after it.
CONTEXTS = [
    ("", ""),
    ("     ", "\t"),
    ("Hello ", ""),
    ("", " to call me!"),
    ("Hi there, call ", " to reach me!"),
    ("Hi there, call ", ", or don't"),
    ("Hi call", ""),
    ("", "forme"),
    ("Hi call", "forme"),
    ("It's cheap! Call ", " before 6:30"),
    ("Call me on June 2 at", ""),
    ("As quoted by Alfonso 12-15 (2009), you may call me at ", ""),
    ("As quoted by Alfonso et al. 12-15 (2009), you may call me at ", ""),
    ("As I said on 03/10/2011, you may call me at ", ""),
    ("", ", 45 days a year"),
    ("Call ", "/x12 more"),
    ("It's only 9.99! Call ", " to buy"),
    ("Call me on 21.6.1984 at ", ""),
    ("Call me on 06/21 at ", ""),
    ("Call me on 21.6. at ", ""),
    ("Call me on 06/21/84 at ", ""),
    ("$20 ", ""),
    ("", " 100$"),
    ("My number-", ""),
    ("", ".Nice day."),
    ("Tel:", "."),
    ("Tel: ", " on Saturdays."),
    ("abc", ""),
    ("\u00c9", "."),
    ("\u00c9", " def"),
    ("\u6211\u7684\u7535\u8bdd\u53f7\u7801\u662f", ""),
    ("", "\u662f\u6211\u7684\u7535\u8bdd\u53f7\u7801"),
    ("\u8bf7\u62e8\u6253", "\u6211\u5728\u660e\u5929"),
]
FOUND = [
    ("+39 02-36618 300", "+390236618300"),
    ("+44 2034567890", "+442034567890"),
    ("+44 2034567890x456", "+442034567890"),
    ("+44 2034567890 x456", "+442034567890"),
    ("+44 2034567890 X 456", "+442034567890"),
    ("+44 2034567890    X 456", "+442034567890"),
    ("\uff0b\uff13\uff11\u3000\uff08\uff16\uff09\u3000\uff12\uff10\uff10\uff10\uff0d\uff11\uff12\uff13\uff14", E164),
    ("++31 6 20001234", E164),
    ("0031 6 2000 1234", E164),
    ("+64 3 331 6005", "+6433316005"),
    ("0064 3 331 6005", "+6433316005"),
    ("0 6   2 0 0   0 1 2 3 4", E164),
]
NOT_FOUND = [
    "12345",
    "23456789",
    "234567890112",
    "650+253+1234",
    "3/10/1984",
    "03/27/2011",
    "31/8/2011",
    "1/12/2011",
    "10/12/82",
    "650x2531234",
    "2012-01-02 08:00",
    "2012/01/02 08:00",
    "20120102 08:00",
    "2014-04-12 04:04 PM",
    "2014-04-12 &nbsp;04:04 PM",
    "80.585 [79.964, 81.191]",
    "80.585 [79.964]",
    "80.585 ((79.964)",
    "(80).(585) (79).(9)64",
    "Random text body - number is 0331 6005, see you there",
    "Random text body - number is foobar, see you there",
    "1 456 764 156",
    "12 7/8 - 14 12/34 - 5",
    "12.1 - 23.71 - 23.45",
    "1979-2011 100",
    "2012-0102 08",
    "2012-01-02 08",
    "",
    "  ",
]
# Where we decide otherwise on purpose: advertisers hide numbers, and the library looks for numbers that are not hidden.
OTHERWISE = [
    # Two numbers with nothing but punctuation between them: the library reads neither.
    ("Call 0620001234--0620005678", [E164, "+31620005678"]),
    # Letters glued to a number on both sides: the library takes it for a code. With a plus it cannot be one.
    (f"abc{NUMBER}def", [E164]),
    # A percent sign or a dollar behind a number with a plus: no price is written so.
    (f"{NUMBER}%", [E164]),
    # Letters between the digits: the library takes x for an extension, advertisers put it between all digits.
    ("06x20x00x12x34", [E164]),
    # Signs beyond its list of separators.
    ("0~6~2~0~0~0~1~2~3~4", [E164]),
]


def _read(reader: Language, text: str) -> list[str]:
    return [mention.e164 for mention in attributes.phones(reader(text))]


@pytest.mark.parametrize(("before", "after"), CONTEXTS)
def test_a_number_is_found_in_its_context(reader: Language, before: str, after: str) -> None:
    assert _read(reader, before + NUMBER + after) == [E164]


@pytest.mark.parametrize(("written", "expected"), FOUND)
def test_forms(reader: Language, written: str, expected: str) -> None:
    assert _read(reader, f"Hello {written}, bye") == [expected]


@pytest.mark.parametrize("written", NOT_FOUND)
def test_other_digits(reader: Language, written: str) -> None:
    assert _read(reader, written) == []


def test_several_numbers_in_a_row(reader: Language) -> None:
    numbers = [f"+31 6 2000 12{n}" for n in (34, 35, 36, 37)]
    assert _read(reader, " - ".join(numbers)) == [number.replace(" ", "") for number in numbers]
    assert _read(reader, f"{NUMBER} foobar {NUMBER} ") == [E164, E164]
    assert _read(reader, "My info: +31 6 20001234," * 50) == [E164] * 50


def test_postcodes_around_a_number(reader: Language) -> None:
    assert _read(reader, f"My address is CA 34215 - {NUMBER} is my number.") == [E164]
    assert _read(reader, f"My number is {NUMBER}. 34215 is my zip-code.") == [E164]


@pytest.mark.parametrize(("text", "expected"), OTHERWISE)
def test_what_we_decide_otherwise(reader: Language, text: str, expected: list[str]) -> None:
    assert _read(reader, text) == expected
