"""What people say between the digits of a number: "06 (ja echt) 2000", "haha", "en dan als laatste"."""

import re

from nlp.folding import IGNORED, fold
from nlp.numbers.vocabulary import value_of, vocabulary

_BRACKETED = re.compile(r"\([^()0-9\n]{2,40}\)|\[[^\[\]0-9\n]{2,40}\]|\*[^*0-9\n]{2,40}\*|\{[^{}0-9\n]{2,40}\}")
_WORD = re.compile(r"[^\W\d_]+")
_LAUGH = re.compile(r"(?:a?[hj][aeiо]|[хж][аи]|k|rs|lo){2,}[hljlk]?")
# Small words that lead up to a word of order: "als laatste", "am Schluss", "and at the end".
_SMALL = frozenset(
    [
        "als",
        "op",
        "met",
        "tot",
        "en",
        "in",
        "het",
        "de",
        "der",
        "am",
        "zum",
        "zu",
        "im",
        "ganz",
        "mit",
        "und",
        "auf",
        "an",
        "to",
        "and",
        "at",
        "the",
        "in",
        "with",
        "of",
        "y",
        "al",
        "con",
        "por",
        "el",
        "la",
        "e",
        "o",
        "no",
        "ao",
        "com",
        "a",
        "na",
        "si",
        "la",
        "cu",
        "i",
        "w",
        "na",
        "koniec",
        "az",
        "es",
        "и",
        "на",
        "с",
        "а",
        "il",
        "in",
        "alla",
        "et",
        "au",
        "la",
        "le",
        "à",
        "en",
        "komt",
        "komen",
        "kommt",
        "comes",
        "viene",
        "vem",
        "staat",
        "is",
        "nog",
        "noch",
        "stuk",
        "stukje",
        "deel",
        "cijfers",
        "cijfer",
        "nummer",
        "part",
        "bit",
        "digits",
        "ziffern",
        "teil",
        "parte",
        "cifras",
        "je",
        "af",
        "ik",
        "ich",
        "you",
        "i",
        "jaar",
        "jaartal",
        "jahr",
        "year",
        "ano",
        "anul",
        "rok",
    ]
)


def without_asides(stretch: str) -> str:
    """`stretch` with asides blanked out, as long as before; empty where it holds none."""
    plain = _BRACKETED.sub(lambda found: found.group() if _counts(found.group()) else _blank(found.group()), stretch)
    words = [(found.span(), fold(found.group())) for found in _WORD.finditer(plain) if IGNORED not in found.group()]
    dropped = [_is_aside(word) for _, word in words]
    for step in (1, -1):  # small words on either side of one that is dropped
        for at in range(len(words))[::step]:
            before = at - step
            if 0 <= before < len(words) and dropped[before] and words[at][1] in _SMALL:
                dropped[at] = True
    pieces, position = [], 0
    for ((start, end), _), gone in zip(words, dropped, strict=True):
        if gone:
            pieces += [plain[position:start], _blank(plain[start:end])]
            position = end
    plain = "".join(pieces) + plain[position:]
    return plain if plain != stretch else ""


def _counts(bracketed: str) -> bool:
    """Whether number words stand in brackets, or nothing that is said."""
    words = [fold(word) for word in _WORD.findall(bracketed)]
    return not words or sum(value_of(word) is not None for word in words) * 2 >= len(words)


def _is_aside(word: str) -> bool:
    roles = vocabulary().roles
    return word in roles["aside"] or word in roles["onward"] or _LAUGH.fullmatch(word) is not None


def _blank(said: str) -> str:
    return IGNORED * len(said)
