"""Telephone numbers of the synthetic market: the one list of blocks, and the ways people write them.

The blocks are accepted by the numbering plans (`phonenumbers.is_valid_number`) and are never dialled: a program that
meets a number outside them has met a real one, which must not happen here.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """Ten thousand consecutive numbers of one country: `calling_code` + `prefix` + four digits.

    `trunk` is what precedes the national number at home; `grouping` how many digits are written together there.
    """

    country: str
    calling_code: str
    prefix: str
    trunk: str
    grouping: tuple[int, ...]

    def number(self, index: int) -> str:
        """Give the E.164 number `index` (0-9999) of this block."""
        if not 0 <= index < 10_000:
            raise ValueError("a block has the numbers 0 to 9999")
        return f"+{self.calling_code}{self.prefix}{index:04d}"

    def national(self, e164: str) -> str:
        """Give the digits as dialled at home, trunk prefix included."""
        return self.trunk + e164.removeprefix("+" + self.calling_code)


BLOCKS: dict[str, Block] = {
    block.country: block
    for block in (
        Block("NL", "31", "62000", "0", (2, 4, 4)),
        Block("DE", "49", "171000", "0", (4, 3, 4)),
        Block("BE", "32", "47000", "0", (4, 2, 2, 2)),
        Block("ES", "34", "60000", "", (3, 2, 2, 2)),
        Block("PT", "351", "91000", "", (3, 3, 3)),
        Block("RO", "40", "72000", "0", (4, 3, 3)),
        Block("PL", "48", "50000", "", (3, 3, 3)),
        Block("HU", "36", "20000", "06", (2, 2, 3, 4)),
        Block("BG", "359", "88000", "0", (3, 3, 4)),
        Block("GB", "44", "740000", "0", (5, 3, 3)),
    )
}

FIRST_OF_LANGUAGE: dict[str, str] = {
    "nl": "NL", "en": "GB", "de": "DE", "es": "ES", "pt": "PT", "ro": "RO", "pl": "PL", "hu": "HU", "bg": "BG",
}  # fmt: skip

FAKES_FROM = 9_000  # from this index on a number belongs to no advertiser: for fakes and canaries

_FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
_LOOKALIKE = str.maketrans({"0": "O", "1": "l"})


def block_of(e164: str) -> Block:
    """Find the block of a number of the synthetic market.

    Raises:
        ValueError: it is outside all blocks (the message does not repeat it).
    """
    for block in BLOCKS.values():
        start = f"+{block.calling_code}{block.prefix}"
        if e164.startswith(start) and len(e164) == len(start) + 4 and e164[1:].isdigit():
            return block
    raise ValueError("this number is outside the blocks of the synthetic market")


def canaries(count: int) -> tuple[str, ...]:
    """Give `count` Dutch numbers (at most 1,000) that belong to no advertiser, to plant."""
    return tuple(BLOCKS["NL"].number(FAKES_FROM + index) for index in range(count))


def plain(e164: str, rng: random.Random) -> str:
    """Write a number in one of the usual ways; foreign ones with their country code, as one does in a Dutch market."""
    block = block_of(e164)
    if rng.random() < {"NL": 0.75, "DE": 0.25}.get(block.country, 0.0):
        groups = _groups(block.national(e164), block.grouping)
        return rng.choice(("{0}", "{1}", "{2}", "{3}")).format(
            "".join(groups), "-".join((groups[0], "".join(groups[1:]))), " ".join(groups), ".".join(groups)
        )
    head, rest = f"+{block.calling_code}", e164.removeprefix("+" + block.calling_code)
    if rng.random() < 0.3:
        head = f"00{block.calling_code}"
    return rng.choice((f"{head}{rest}", f"{head} {rest}", f"{head} {' '.join(_pairs(rest))}"))


def obfuscated(e164: str, digit_words: tuple[str, ...], rng: random.Random) -> str:
    """Write a number such that a simple pattern misses it and a person does not.

    Args:
        e164: the number.
        digit_words: the words for 0 to 9 in the language of the text.
        rng: source of choice.

    Returns:
        Digits spread, spelt, in full width, as keycap emoji, or with letters that look like digits.
    """
    block = block_of(e164)
    digits = block.national(e164) if block.country == "NL" else "00" + e164[1:]
    match rng.randrange(7):
        case 0:
            return " ".join(digits)
        case 1:
            return " ".join(digit_words[int(digit)] for digit in digits)
        case 2:
            return digits.translate(_FULL_WIDTH)
        case 3:
            return "".join(f"{digit}\ufe0f\u20e3" for digit in digits)
        case 4:
            return "_".join(_pairs(digits.translate(_LOOKALIKE)))
        case 5:
            return " / ".join(_pairs(digits))
        case _:
            spelt = {position for position in range(2, len(digits)) if rng.random() < 0.4}
            return " ".join(digit_words[int(d)] if i in spelt else d for i, d in enumerate(digits))


def _groups(digits: str, sizes: tuple[int, ...]) -> list[str]:
    groups, start = [], 0
    for size in sizes:
        groups.append(digits[start : start + size])
        start += size
    if digits[start:]:
        groups[-1] += digits[start:]
    return [group for group in groups if group]


def _pairs(digits: str) -> list[str]:
    return [digits[i : i + 2] for i in range(0, len(digits), 2)]
