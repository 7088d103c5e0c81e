"""The one place where what was read on a Doc is declared and read back with types.

Each component leaves its answer as a typed value in the Doc's `Reading` (also under `Doc._`). Offsets are characters of
`doc.text`, end exclusive.
"""

from dataclasses import dataclass, field
from datetime import date

from spacy.tokens import Doc

from nlp.phrases import Matches
from nlp.tokens import Tokens
from warehouse.records import PlaceGuess, SettingCode


@dataclass(frozen=True, slots=True)
class PhoneMention:
    """A telephone number in the text; `e164` lives in memory only, `country` is an ISO 3166-1 alpha-2 code."""

    start: int
    end: int
    e164: str = field(repr=False)
    country: str


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named in the text: canonical `name`, municipality code (None abroad), ISO country, probability in [0, 1]."""

    start: int
    end: int
    name: str
    municipality_code: str | None
    country: str
    probability: float


@dataclass(frozen=True, slots=True)
class LanguageCue:
    """Main language of the text as ISO 639-1, None where the reader abstained; `probability` in [0, 1]."""

    code: str | None
    probability: float


@dataclass(frozen=True, slots=True)
class SettingCue:
    """Kind of work advertised; `unknown` where the reader abstained. `shares` sums to 1 over home, club, escort, other.

    Someone who receives at home and also visits is both-sided: then the second largest share is not small.
    """

    label: SettingCode
    probability: float
    shares: tuple[tuple[SettingCode, float], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Hints:
    """What the site gives in fields of its own, and the day whose municipal borders count (None: those now in force)."""

    place: str | None = field(default=None, repr=False)
    category: str | None = None
    day: date | None = None


_NO_MATCHES = Matches()  # shared, so never added to


@dataclass(slots=True)
class Reading:
    """What the components know of one Doc so far. `matches` is the phrase finder's, for the components after it."""

    text: str
    hints: Hints
    language: LanguageCue
    setting: SettingCue
    phones: tuple[PhoneMention, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    place_guesses: tuple[PlaceGuess, ...] = ()
    matches: Matches = field(default_factory=lambda: _NO_MATCHES)
    tokens: Tokens | None = None


_NO_HINTS = Hints()
_UNREAD_LANGUAGE = LanguageCue(None, 0.0)
_UNREAD_SETTING = SettingCue("unknown", 0.0)
_KEY = "advertentiemonitor"


def reading(doc: Doc) -> Reading:
    """The record that components read and write; made when first asked for.

    It lies in `Doc.user_data` as one object: each `Doc._` access costs 2 us and `Doc.text` joins all tokens anew.
    """
    known = doc.user_data.get(_KEY)
    return known if isinstance(known, Reading) else start(doc, doc.text)


def start(doc: Doc, text: str) -> Reading:
    """Begin the record of a Doc whose text is `text`."""
    fresh = Reading(text, _NO_HINTS, _UNREAD_LANGUAGE, _UNREAD_SETTING)
    doc.user_data[_KEY] = fresh
    return fresh


def tokens(doc: Doc) -> Tokens:
    """The tokens of `doc` as lists, made when first asked for."""
    known = reading(doc)
    if known.tokens is None:
        known.tokens = Tokens(doc, known.text)
    return known.tokens


def register() -> None:
    """Declare the attributes under `Doc._` once, read-only; calling again changes nothing."""
    for name, getter in (
        ("phone_mentions", phones),
        ("place_mentions", places),
        ("place_guesses", place_guesses),
        ("language_cue", language),
        ("setting_cue", setting),
        ("phrase_matches", lambda doc: reading(doc).matches),
    ):
        if not Doc.has_extension(name):
            Doc.set_extension(name, getter=getter)


def phones(doc: Doc) -> tuple[PhoneMention, ...]:
    """Telephone numbers in `doc`, in text order; a number written twice is mentioned twice."""
    return reading(doc).phones


def places(doc: Doc) -> tuple[PlaceMention, ...]:
    """Places named in `doc`, in text order; places the text denies ("niet in ...") are left out."""
    return reading(doc).places


def place_guesses(doc: Doc) -> tuple[PlaceGuess, ...]:
    """Areas the listing is about, most probable first: mentions, other readings of ambiguous names and site fields together."""
    return reading(doc).place_guesses


def language(doc: Doc) -> LanguageCue:
    """Language of the text of `doc`."""
    return reading(doc).language


def setting(doc: Doc) -> SettingCue:
    """Kind of work the text of `doc` advertises."""
    return reading(doc).setting
