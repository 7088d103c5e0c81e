"""From a row of digits to an E.164 number: which plan could have written it, and does that plan accept it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import phonenumbers
from phonenumbers import PhoneNumberType

_MINIMUM, _MAXIMUM = 8, 15
_CALLABLE = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)
# Dutch personal mobiles by table: nine in ten numbers are of this form and phonenumbers takes 30 us to say so.
# tests/nlp/numbers/test_numbering.py holds the table against phonenumbers.
_NL_MOBILE = re.compile(r"6[1-58]\d{7}")
_BE_MOBILE = re.compile(r"04[5-9]\d{7}")
_DE_MOBILE = re.compile(r"01(?:5\d{8,9}|6[023]\d{7,8}|7\d{8,9})")

# National forms that carry a trunk zero, per language of the text: (region, calling code, pattern of the whole form).
_BY_LANGUAGE: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "de": (
        ("49", re.compile(r"0[2-9]\d{6,10}")),
        ("43", re.compile(r"06[5-9]\d{8,9}")),
    ),
    "fr": (("33", re.compile(r"0[67]\d{8}")), ("32", re.compile(r"0[1-9]\d{7,8}"))),
    "en": (("44", re.compile(r"07\d{9}")),),
    "ro": (("40", re.compile(r"07\d{8}")),),
    "bg": (("359", re.compile(r"0[89]\d{8}")),),
}
# National forms without a trunk zero (or, in Hungary, with 06 as trunk): believed only in a text of that language.
_BARE_BY_LANGUAGE: dict[str, tuple[str, re.Pattern[str]]] = {
    "es": ("34", re.compile(r"[67]\d{8}")),
    "pt": ("351", re.compile(r"9[1236]\d{7}")),
    "pt-BR": ("55", re.compile(r"[1-9]{2}9\d{8}")),
    "pl": ("48", re.compile(r"[4-8]\d{8}")),
    "it": ("39", re.compile(r"3\d{8,9}")),
}
_BG_MOBILE = re.compile(r"0(?:8[789]|9[89])\d{7}")
_RO_MOBILE = re.compile(r"07[2-8]\d{7}")
_CH_MOBILE = re.compile(r"07[5-9]\d{7}")
_HU_NATIONAL = re.compile(r"06[2357]0\d{7}")
# Ranges that regulators keep free for films and examples: phonenumbers calls them invalid. (Ofcom, Arcep)
_FICTION = {
    "44": (re.compile(r"7700900\d{3}"), "GB"),
    "33": (re.compile(r"63998\d{4}"), "FR"),
}
_COUNTRY_LENGTH = (1, 2, 3)


class Surroundings(Protocol):
    """What the text before the digits tells."""

    @property
    def cued(self) -> bool:
        """A word such as "bel", "tel" or "whatsapp" stands shortly before."""

    @property
    def linked(self) -> bool:
        """They stand in a wa.me or tel: link, where the plus is left out by rule."""


@dataclass(frozen=True, slots=True)
class Number:
    """An accepted number: E.164 with plus, ISO country, and whether it is of a kind people carry with them."""

    e164: str
    country: str
    is_mobile: bool


def _accepted(international: str) -> Number | None:
    """Ask phonenumbers about digits that start with a calling code."""
    if international.startswith("316"):
        return Number("+" + international, "NL", True) if _NL_MOBILE.fullmatch(international, 2) else None  # noqa: FBT003
    fiction = _FICTION.get(international[:2])
    if fiction and fiction[0].fullmatch(international, 2):
        return Number("+" + international, fiction[1], True)  # noqa: FBT003
    if not _is_possible(international):
        return None
    try:
        number = phonenumbers.parse("+" + international, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    kind = phonenumbers.number_type(number)
    if kind not in _CALLABLE and not international.startswith("3188"):  # 088 is a company's ordinary number
        return None
    country = phonenumbers.region_code_for_number(number) or "ZZ"
    mobile = kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    return Number(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), country, mobile)


@lru_cache(maxsize=512)
def _shape(calling_code: str) -> re.Pattern[str] | None:
    """What a number after a calling code may look like in any of its countries, by phonenumbers' own tables."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(calling_code), ())
    tables = (phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(calling_code), r) for r in regions)
    described = (t.general_desc for t in tables if t and t.general_desc)
    patterns = [pattern for d in described if (pattern := d.national_number_pattern)]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def _is_possible(international: str) -> bool:
    """A quick look before the full question, which takes 40 us; says no only where the answer would be no."""
    for length in _COUNTRY_LENGTH:
        shape = _shape(international[:length])
        if shape is not None:
            return shape.fullmatch(international, length) is not None
    return False


def international(digits: str) -> Number | None:
    """Read digits that follow a plus or 00; a trunk zero after the calling code ("+31 (0)6") is dropped.

    >>> international("310620000001").e164
    '+31620000001'
    """
    if not _MINIMUM <= len(digits) <= _MAXIMUM + 1 or digits.startswith("0"):
        return None
    for length in _COUNTRY_LENGTH:
        code = digits[:length]
        if int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            continue
        rest = digits[length:]
        if rest.startswith("0") and code != "39":
            rest = rest[1:]
        if len(code) + len(rest) <= _MAXIMUM:
            return _accepted(code + rest)
        return None
    return None


def national(
    digits: str, language: str | None, *, belgian: bool = False, french: bool = False, first_group: int = 0
) -> Number | None:
    """Read digits that start with a single trunk zero, Dutch plan first.

    Args:
        digits: the whole national form, "0..." .
        language: ISO 639-1 of the text where known: other plans are believed only in their own language.
        belgian: the text or the grouping points to Belgium: 0475, 0485, 0492 ... are Dutch area codes too.
        french: a French text writes it in five pairs, as the French do, and names no Dutch place.
        first_group: digits written together at the start: three of "072 ..." are a Dutch area code in any language.
    """
    if not _MINIMUM < len(digits) < 13 or digits.startswith("00"):
        return None
    if french and (number := _accepted("33" + digits[1:])):
        return number
    for code, trunk in _plans(digits, language, belgian=belgian, first_group=first_group):
        if number := _accepted(code + digits[trunk:]):
            return number
    return None


def _plans(digits: str, language: str | None, *, belgian: bool, first_group: int) -> Iterator[tuple[str, int]]:
    """Calling codes, with the digits of the trunk prefix, of the plans that could have written this; likeliest first."""
    if len(digits) == 10:
        belgian_mobile = _BE_MOBILE.fullmatch(digits) is not None
        if belgian and belgian_mobile:
            yield "32", 1
        if language == "bg" and _BG_MOBILE.fullmatch(digits):
            yield "359", 1
        if language == "ro" and first_group != 3 and _RO_MOBILE.fullmatch(digits):
            yield "40", 1
        yield "31", 1
        if belgian_mobile:
            yield "32", 1
    if _DE_MOBILE.fullmatch(digits):
        yield "49", 1
    if language == "hu" and _HU_NATIONAL.fullmatch(digits):
        yield "36", 2
    for code, pattern in _BY_LANGUAGE.get(language or "", ()):
        if pattern.fullmatch(digits):
            yield code, 1


def romanian(digits: str) -> Number | None:
    """Read a Romanian mobile in its national form.

    In groups of four, three and three it cannot be Dutch: area codes that start with 07 have three digits.
    """
    return _accepted("40" + digits[1:]) if _RO_MOBILE.fullmatch(digits) else None


def swiss(digits: str) -> Number | None:
    """Read a Swiss mobile in its national form; most are Dutch landlines too, so the text must point to Switzerland."""
    return _accepted("41" + digits[1:]) if _CH_MOBILE.fullmatch(digits) else None


def bare(digits: str, language: str) -> Number | None:
    """Read a national form that has no trunk zero, by the plans of the countries where a language is spoken."""
    for spoken in (language, f"{language}-BR"):
        plan = _BARE_BY_LANGUAGE.get(spoken)
        if plan and plan[1].fullmatch(digits):
            return _accepted(plan[0] + digits)
    return None


def without_prefix(digits: str, language: str | None, around: Surroundings) -> Number | None:
    """Read digits with neither plus nor zero: a calling code written bare, or a national form that has no trunk zero.

    Args:
        digits: the whole form.
        language: ISO 639-1 of the text where known.
        around: what stands before it; asked only where the digits leave it open.
    """
    if not _MINIMUM < len(digits) <= _MAXIMUM:
        return None
    if around.linked and (number := international(digits)):
        return number
    if digits.startswith("31") and 11 <= len(digits) <= 12 and digits[2:].lstrip("0").startswith("6"):
        return international(digits)
    if digits.startswith("49") and len(digits) >= 12 and digits[2:].lstrip("0").startswith("1"):
        number = international(digits)
        return number if number and number.is_mobile else None
    if digits.startswith("324") and len(digits) == 11:
        return international(digits)
    bare = _BARE_BY_LANGUAGE.get(language or "")
    if (len(digits) >= 11 or (bare and bare[1].fullmatch(digits))) and around.cued:
        if bare and bare[1].fullmatch(digits):
            return _accepted(bare[0] + digits)
        if len(digits) >= 11 and (number := international(digits)) and number.is_mobile:
            return number
    return None
