import random

import phonenumbers
import pytest

from nlp.numbers import numbering


class _Around:
    def __init__(self, *, cued: bool = False, linked: bool = False) -> None:
        self.cued, self.linked = cued, linked


def test_dutch_mobile_table_agrees_with_phonenumbers() -> None:
    rng = random.Random(7)
    for _ in range(2_000):
        digits = f"6{rng.randrange(10**8):08d}"
        number = phonenumbers.parse("+31" + digits, None)
        mobile = (
            phonenumbers.is_valid_number(number)
            and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        )
        assert (numbering.international("31" + digits) is not None) == mobile


@pytest.mark.parametrize(
    ("digits", "language", "belgian", "expected"),
    [
        ("0620001234", None, False, "+31620001234"),
        ("0534300201", None, False, "+31534300201"),
        ("0475123456", "nl", False, "+31475123456"),
        ("0475123456", "nl", True, "+32475123456"),
        ("0470001234", "nl", False, "+32470001234"),
        ("01710001234", "nl", False, "+491710001234"),
        ("06200001234", "hu", False, "+36200001234"),
        ("0720001234", "ro", False, "+40720001234"),
    ],
)
def test_national(digits: str, language: str | None, belgian: bool, expected: str) -> None:
    number = numbering.national(digits, language, belgian=belgian)
    assert number is not None
    assert number.e164 == expected


@pytest.mark.parametrize("digits", ["0600000000", "0012345678", "09001234567", "0800123456", "061234567"])
def test_national_refuses(digits: str) -> None:
    assert numbering.national(digits, None) is None


def test_trunk_zero_after_calling_code_is_dropped() -> None:
    number = numbering.international("310620001234")
    assert number is not None
    assert number.e164 == "+31620001234"


def test_bare_national_form_needs_its_language_and_a_contact_word() -> None:
    assert numbering.without_prefix("600001234", "es", _Around()) is None
    assert numbering.without_prefix("600001234", "nl", _Around(cued=True)) is None
    number = numbering.without_prefix("600001234", "es", _Around(cued=True))
    assert number is not None
    assert number.country == "ES"


def test_link_may_leave_out_the_plus() -> None:
    number = numbering.without_prefix("40720001234", None, _Around(linked=True))
    assert number is not None
    assert number.e164 == "+40720001234"
