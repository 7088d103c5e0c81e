"""Words around a place name that say whether it is one, and whether the advertiser is there."""

from dataclasses import dataclass

from spacy.strings import StringStore

from nlp.folding import fold_word
from nlp.wordlists import DATA, languages_with, table

_LIST_SIGNS = ("/", ",", "&", "-", "|", "+", "•", "·", ";", "→", ">", "–", "—")
_FULL_STOPS = (".", "!", "?", ";", "\n")
_HALF_STOPS = (",", ":", "(", ")", "-", "–", "—", "|", "/", "•", "·")

# What a word may do beside a name, one bit each; the word lists name the roles.
_ROLES = (
    "in",  # where somebody is or goes: "in", "te", "naar"
    "for",  # whom an offer is for: "voor Tubbergen"
    "from",  # "uit", "van", "von"
    "near",
    "around",
    "between",
    "label",  # "plaats:"
    "negation",
    "denial",  # as a negation, but of places only
    "neg_filler",  # may stand between a negation and the name it denies
    "former",
    "origin",
    "come",  # "kom", "soy": with "uit" and "de" where one is from
    "visitor",  # "gasten": with "uit" where others are from
    "kin",  # whose home is not the advertiser's
    "moved",
    "gone",  # after a name: "gewoond", "geboren"
    "not",  # after a name denies it: "niet", "nee"
    "preverbal",  # "nie": denies the verb after it, and the name before it
    "more",  # "niet meer"
    "there",  # "daar kom ik niet" takes the name up again
    "or",
    "serve",  # after a name says that it is served: "bezoek ik"
    "also",
    "offer",  # before a name says that it is served: "hotelbezoek"
    "unit",  # of distance or time
    "person",
    "club",
    "venue",
    "after",  # after a name makes it part of another: "straat"
    "list",
    "postcode",
    "base",  # "vanuit": where one works from, or measures from
    "seldom",  # "weleens": no firm offer
    "quarter",  # after a name: "centrum", "noord"
    "lies",  # "is", "ligt": before a distance
)
_BITS = {role: 1 << index for index, role in enumerate(_ROLES)}
IN = _BITS["in"]
FOR = _BITS["for"]
FROM = _BITS["from"]
NEAR = _BITS["near"]
AROUND = _BITS["around"]
BETWEEN = _BITS["between"]
LABEL = _BITS["label"]
NEGATION = _BITS["negation"]
DENIAL = _BITS["denial"]
FILLER = _BITS["neg_filler"]
FORMER = _BITS["former"]
ORIGIN = _BITS["origin"]
COME = _BITS["come"]
VISITOR = _BITS["visitor"]
KIN = _BITS["kin"]
MOVED = _BITS["moved"]
GONE = _BITS["gone"]
NOT = _BITS["not"]
PREVERBAL = _BITS["preverbal"]
MORE = _BITS["more"]
THERE = _BITS["there"]
OR = _BITS["or"]
SERVE = _BITS["serve"]
ALSO = _BITS["also"]
OFFER = _BITS["offer"]
UNIT = _BITS["unit"]
PERSON = _BITS["person"]
CLUB = _BITS["club"]
VENUE = _BITS["venue"]
AFTER = _BITS["after"]
POSTCODE = _BITS["postcode"]
BASE = _BITS["base"]
SELDOM = _BITS["seldom"]
QUARTER = _BITS["quarter"]
LIES = _BITS["lies"]
FULL_STOP, HALF_STOP, LISTING, COLON, BRACKET, QUESTION = (1 << index for index in range(len(_ROLES), len(_ROLES) + 6))
STOP = FULL_STOP | HALF_STOP

# Prepositions of one language are words of another ("no" is "in the" in Portuguese): the text's own and the site's count.
SITE_LANGUAGE = "nl"
# An unknown language: words that deny or place the advertiser elsewhere count in these only, for in them they are no
# words of another.
_COMMON = {SITE_LANGUAGE, "en", "de", "bg", "hu", "pl"}
_SHARP = {
    "negation",
    "denial",
    "not",
    "preverbal",
    "kin",
    "gone",
    "come",
    "visitor",
    "after",
    "moved",
    "former",
    "serve",
    "also",
    "offer",
}
_LONGEST_LIST = 3  # tokens between two names of a list


@dataclass(slots=True)
class Context:
    """Bits per hash of a folded word, so that a token's hash is looked up and never its text."""

    words: dict[int, int]
    roles: dict[str, set[int]]

    @classmethod
    def read(cls, strings: StringStore) -> dict[str | None, "Context"]:
        """Read the word lists into the pipeline's string store: one context a language, all together under None.

        Raises:
            DataFileBroken: a word list does not have its columns.
        """
        languages = languages_with("place_context.csv")
        rows = [
            (code, role, strings.add(fold_word(text)))
            for code in languages
            for text, role in table(DATA / code / "place_context.csv", ("phrase", "role"))
            if " " not in text
        ]
        contexts: dict[str | None, Context] = {}
        for language in (None, *languages):
            context = contexts[language] = cls(_signs(strings), {role: set() for role in _ROLES})
            for code, role, key in rows:
                heard = {language, SITE_LANGUAGE} if language else _COMMON if role in _SHARP else {code}
                if code in heard and role in _BITS:
                    context.words[key] = context.words.get(key, 0) | _bits(role)
                    context.roles[role].add(key)
        return contexts

    def at(self, norms: list[int], index: int) -> int:
        """What the token at `index` may do, 0 outside the text."""
        return self.words.get(norms[index], 0) if 0 <= index < len(norms) else 0

    def listed(self, norms: list[int], start: int, end: int) -> bool:
        """Whether only list signs and list words stand between two names."""
        if not 0 < end - start <= _LONGEST_LIST:
            return False
        words = self.words
        return all(words.get(norm, 0) & LISTING for norm in norms[start:end])


def _bits(role: str) -> int:
    return _BITS[role] | (LISTING if role == "list" else 0)


def _signs(strings: StringStore) -> dict[int, int]:
    """Bits of punctuation."""
    bits: dict[int, int] = {}
    for signs, bit in (
        (_LIST_SIGNS, LISTING),
        (_FULL_STOPS, FULL_STOP),
        (_HALF_STOPS, HALF_STOP),
        (":", COLON),
        ("(", BRACKET),
        ("?", QUESTION),
    ):
        for sign in signs:
            key = strings.add(fold_word(sign))
            bits[key] = bits.get(key, 0) | bit
    return bits
