"""Postcodes: four digits and two letters, or four digits that are said to be one."""

import re

from nlp.gazetteer import gazetteer

# Four digits and two capitals; the letters left out are not given out (SA, SD, SS) or are words after a year.
POSTCODE = re.compile(r"(?<![\w])([1-9]\d{3}) ?(?!SA|SD|SS|EU|NL|CM|KG|EN|OF|IN|TE)([A-Z]{2})(?![\w])")
_FOUR_DIGITS = re.compile(r"(?<![\w+])([1-9]\d{3})(?![\d])")


def municipality_at(text: str, start: int) -> tuple[str, int] | None:
    """(municipality code, end) of the full postcode that starts at character `start`."""
    found = POSTCODE.match(text, start)
    code = gazetteer().municipality_of_postcode(int(found.group(1))) if found else None
    return (code, found.end()) if found and code else None


def in_field(written: str) -> set[str]:
    """Municipalities of the postcodes in a place field, where four digits are one."""
    codes = (gazetteer().municipality_of_postcode(int(found.group(1))) for found in _FOUR_DIGITS.finditer(written))
    return {code for code in codes if code}
