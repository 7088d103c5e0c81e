"""The one place where what was read on a Doc is declared and read back with types.

Each component leaves its answer as a typed value under `Doc._` and, for phones and places, as a span group in
`doc.spans` for those who look with spaCy's eyes. Offsets are characters of `doc.text`, end exclusive.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import cast

from spacy.tokens import Doc, SpanGroup

from warehouse.records import PlaceGuess, SettingCode

PHONES = "phones"
PLACES = "places"
TEXT = "advertentiemonitor_text"  # key in Doc.user_data; Doc.text joins all tokens anew at each call (0.3 ms)


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


NO_HINTS = Hints()
UNREAD_LANGUAGE = LanguageCue(None, 0.0)
UNREAD_SETTING = SettingCue("unknown", 0.0)
_DEFAULTS: dict[str, object] = {
    "hints": NO_HINTS,
    "phone_mentions": (),
    "place_mentions": (),
    "place_guesses": (),
    "language_cue": UNREAD_LANGUAGE,
    "setting_cue": UNREAD_SETTING,
    "phrase_matches": (),
}


def register() -> None:
    """Declare the attributes once; calling again changes nothing."""
    for name, default in _DEFAULTS.items():
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=default)


def text(doc: Doc) -> str:
    """The text of `doc`, as the tokenizer got it; equal to `doc.text`."""
    kept = doc.user_data.get(TEXT)
    return kept if isinstance(kept, str) else doc.text


def phones(doc: Doc) -> tuple[PhoneMention, ...]:
    """Telephone numbers in `doc`, in text order; a number written twice is mentioned twice."""
    return cast("tuple[PhoneMention, ...]", doc._.phone_mentions)


def places(doc: Doc) -> tuple[PlaceMention, ...]:
    """Places named in `doc`, in text order; places the text denies ("niet in ...") are left out."""
    return cast("tuple[PlaceMention, ...]", doc._.place_mentions)


def place_guesses(doc: Doc) -> tuple[PlaceGuess, ...]:
    """Areas the listing is about, most probable first: mentions, other readings of ambiguous names and site fields together."""
    return cast("tuple[PlaceGuess, ...]", doc._.place_guesses)


def language(doc: Doc) -> LanguageCue:
    """Language of the text of `doc`."""
    return cast("LanguageCue", doc._.language_cue)


def setting(doc: Doc) -> SettingCue:
    """Kind of work the text of `doc` advertises."""
    return cast("SettingCue", doc._.setting_cue)


def hints(doc: Doc) -> Hints:
    """Site fields given with `doc`."""
    return cast("Hints", doc._.hints)


def mark(doc: Doc, group: str, ranges: list[tuple[int, int]]) -> None:
    """Show character ranges as a span group too, widened to whole tokens."""
    spans = [doc.char_span(start, end, label=group, alignment_mode="expand") for start, end in ranges]
    doc.spans[group] = SpanGroup(doc, name=group, spans=[span for span in spans if span is not None])
