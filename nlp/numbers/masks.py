"""Digits that are something else: bank accounts, tax numbers, dates, hours, prices, book numbers, addresses of pages."""

import re

from nlp.folding import fold_word
from nlp.numbers.vocabulary import vocabulary

# Each alternative is bounded and starts with a fixed character class, so that searching stays linear.
_IBAN = r"(?<![a-z0-9])[a-z]{2}\d{2}[ .]?[a-z]{4}[ .]?\d{4}[ .]?\d{4}(?:[ .]?\d{1,4}){0,2}(?![0-9])"
_IBAN_DIGITS = r"(?<![a-z0-9])(?:de|be|at|fr|es|it|pl|pt|hu|dk)\d{2}[ .]?(?:\d{4}[ .]?){2,6}\d{0,4}(?![0-9])"
_VAT = r"(?<![a-z0-9])(?:nl[ .]?\d{4}[ .]?\d{2}[ .]?\d{3}[ .]?b[ .]?\d{2}|(?:de|be[01]|atu?)\d{9}|be[ .]?[01]\d{3}[ .]\d{3}[ .]\d{3}|pl\d{10})(?![0-9])"
_DATE = (
    r"(?<![0-9.\-/])(?:[0-3]?\d([-/.])(?:0?[1-9]|1[0-2])\1(?:19|20)\d{2}|(?:19|20)\d{2}([-/.])(?:0[1-9]|1[0-2])\2[0-3]\d)"
    r"(?![0-9]|[-/.][0-9])"
)
_DAY_AND_MONTH = r"(?:0?[1-9]|[12]\d|3[01])[-/](?:0?[1-9]|1[0-2])"
_DAYS = (  # "06/12, 20/12 en 31/12"
    rf"(?<![0-9.\-/]){_DAY_AND_MONTH}(?:(?:, ?| ?(?:en|und|and|y|e|i|si|es|et|и|tot|t/m|bis|to|&) ?){_DAY_AND_MONTH}){{1,8}}"
    r"(?![0-9]|[-/][0-9])"
)
_HOURS = (
    r"(?<![0-9:.])[0-2]?\d[:.][0-5]\d ?(?:u|h|uur|uhr)? ?(?:-|tot|t/m|to|till|until|bis|a|do|pana la|до|-ig)+ ?"
    r"[0-2]?\d[:.][0-5]\d(?![0-9]|[:.][0-9])"
)
_HOUR = r"(?<![0-9:])[0-2]?\d:[0-5]\d(?![0-9]|:[0-9])"
_PRICE = r"[€$£] ?\d{1,5}(?:[.,](?:\d{2}|-))?(?![0-9])|(?<![0-9])\d{1,4},(?:-|\d{2}(?= ?(?:euro|eur|€)))"
_EMAIL = r"(?<![\w.])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"
_PAGE = r"https?://(?![^\s]{0,40}(?:wa\.me|whatsapp|phone=|tel))[^\s]{1,300}|(?<!\w)www\.[^\s]{1,200}"
_ISBN10 = r"(?<![0-9-])\d{1,5}-\d{2,7}-\d{1,6}-[0-9x](?![0-9-])"
_CODED = re.compile(f"{_IBAN}|{_IBAN_DIGITS}|{_VAT}")
_CODE_START = re.compile(r"(?<![a-z0-9])(?:[a-z]{2}[0-9]{2}|(?:nl|be)[ .][0-9]{4}|atu[0-9])")
_DAY = re.compile(_DATE)
_DAY_START = re.compile(r"[-/.](?:19|20)[0-9]{2}(?![0-9])|(?:19|20)[0-9]{2}[-/.]")
_DAY_LIST = re.compile(_DAYS)
_DAY_LIST_START = re.compile(r"[0-9][-/][01]?[0-9](?:,| ?[a-z&и])")
_CLOCK_START = re.compile(r"[0-9][:.][0-5][0-9]")
_CLOCK = re.compile(f"{_HOURS}|{_HOUR}")
_MONEY = re.compile(_PRICE)
_ADDRESS = re.compile(f"{_EMAIL}|{_PAGE}")
_BOOK = re.compile(_ISBN10)
_CUE_REACH = 48  # characters
_TRAILING_WORDS = re.compile(r"[^\W\d_]+(?:[.\-][^\W\d_]+)*")


def masked(folded: str) -> list[tuple[int, int]]:
    """Stretches of `folded` text whose digits are no telephone number, in order."""
    # Each pattern costs 10 us and needs a mark that most texts do not have near their numbers: look for the mark first.
    stretches: list[tuple[int, int]] = []
    if _CODE_START.search(folded):
        stretches += [found.span() for found in _CODED.finditer(folded)]
    if _DAY_START.search(folded):
        stretches += [found.span() for found in _DAY.finditer(folded)]
    if ("/" in folded or folded.count("-") > 1) and _DAY_LIST_START.search(folded):
        stretches += [found.span() for found in _DAY_LIST.finditer(folded)]
    if _CLOCK_START.search(folded):
        stretches += [found.span() for found in _CLOCK.finditer(folded)]
    if "," in folded or any(sign in folded for sign in "€$£"):
        stretches += [found.span() for found in _MONEY.finditer(folded)]
    if "@" in folded or "www." in folded or "://" in folded:
        stretches += [found.span() for found in _ADDRESS.finditer(folded)]
    if folded.count("-") >= 3:
        stretches += [found.span() for found in _BOOK.finditer(folded) if _is_book_number(found.group())]
    return sorted(stretches)


def _is_book_number(written: str) -> bool:
    """ISBN-10 check: weighted sum divisible by eleven."""
    marks = written.replace("-", "")
    if len(marks) != 10:
        return False
    values = [10 if mark == "x" else int(mark) for mark in marks]
    return sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0


_LABEL_TAIL = re.compile(
    r"[ ._\-]{0,2}(?:nr|no|nummer|number|numero|id|code|num|№)?[\s.:#=_\-]{0,5}"
    r"(?:(?:is|luidt|lautet|ist|es|e|est|este|to|jest|е)[\s:]{1,2}|[a-z0-9]{0,5})[\s\-/]?"
)
_SECRET = re.compile(
    r"(?:code|wachtwoord|password|passwort|kennwort|contrasena|senha|parola|haslo|jelszo|парола|mot de passe|clave|pin)"
    r"[^.!?\n0-9]{1,30}(?: is| ist| es| e| est| jest|:|=)\s?"
)
_LABEL_LEAD = re.compile(
    r"[\s,;(\-–—]{0,4}(?:=|\(|is|was|dat is|dit is|zijn|das ist|ist|that is|this is|es|e|este|jest|to jest|est|c'est|е)"
    r"[\s(]{0,2}(?:mijn|het|de|een|uw|ons|onze|meine?|die|der|das|eine?|my|the|your|an?|mi|el|la|un|una|o|meu|minha|moje|"
    r"moj|il|le|mon|ma|notre|nasz)?\s?"
)


def is_label_tail(folded: str) -> bool:
    """Whether this may stand between a label and its digits: "-nummer: ", " no. ", "# 2024-"."""
    return _LABEL_TAIL.fullmatch(folded) is not None


def is_secret(folded: str) -> bool:
    """Whether this leads up to a code: "wachtwoord voor de galerij: "."""
    return _SECRET.fullmatch(folded) is not None


def is_label_lead(folded: str) -> bool:
    """Whether this may stand between digits and the label that tells what they are: " is mijn "."""
    return _LABEL_LEAD.fullmatch(folded) is not None


def is_cued(before: str) -> bool:
    """Whether a word such as "bel", "tel" or "whatsapp", or a telephone symbol, stands shortly before some digits."""
    return _speaks_of_calling(before[-_CUE_REACH:])


def is_cued_after(after: str) -> bool:
    """Whether such a word follows some digits."""
    return _speaks_of_calling(after[:_CUE_REACH])


def _speaks_of_calling(folded: str) -> bool:
    contact = vocabulary().contact
    return any(word in contact for word in _TRAILING_WORDS.findall(folded)) or any(s in folded for s in "☎📞📱📲✆")


def is_counted(after: str) -> bool:
    """Whether the digits that stand before the text `after` count something: "0620001234 keer bekeken"."""
    word = _TRAILING_WORDS.match(after, 1) if after[:1] == " " else None
    return word is not None and fold_word(word.group()) in vocabulary().counter


# A calling code, or a missing zero, told after the number.
_CODE_AFTER = re.compile(
    r"[^.!?\n+]{0,45}\+ ?([1-9][0-9]{0,2})(?![0-9]| [0-9])|"
    r"[^.!?\n+0-9]{0,24}\b(?:landcode|landnummer|kengetal|vorwahl|prefix|country code|codigo|prefijo|prefixo|ddi|kierunkowy|"
    r"prefisso|indicatif|elohivo)[^.!?\n+0-9]{0,12}([1-9][0-9]{0,2})(?![0-9]| [0-9])"
)
_ZERO_AFTER = re.compile(
    r"[^.!?\n0-9]{0,12}\b(?:davor|vorne|ervoor|vooraan|voorop|in front|before it|delante|na frente|in fata|przed|z przodu|ele|"
    r"elol|отпред|davanti|devant)\b[^.!?\n0-9]{0,12}(?:\b0\b|\bnull|\bnul\b|\bzero\b|\bcero\b|\bnulla|\bнула)|"
    r"[^.!?\n0-9]{0,20}(?:\b0|\bnull|\bnul|\bzero|\bcero|\bnulla|\bнула)\s(?:er ?voor|davor|in front|delante|na frente|davanti|"
    r"devant|in fata|z przodu|отпред)\b"
)


def prefix_after(after: str) -> str:
    """The calling code, or a zero, that the text `after` some digits adds to them; empty where it adds none."""
    if found := _CODE_AFTER.match(after):
        return found[1] or found[2]
    return "0" if _ZERO_AFTER.match(after) else ""


def followed_by_unit(after: str) -> bool:
    """Whether the digits that stand before the text `after` measure something: a unit word or sign follows at once."""
    after = after[:14].lstrip(" .-")
    if after[:1] in {"€", "%", "$"}:
        return True
    word = _TRAILING_WORDS.match(after)
    return word is not None and fold_word(word.group()) in vocabulary().unit
