"""What the phrase finder looks for, and how it hands on what it found: sorted by who asks for it."""

from dataclasses import dataclass, field

from nlp.gazetteer import Entry, Region


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase that speaks for a setting (`role`), or half of a pair such as receive + own; weight in log-odds."""

    language: str
    role: str
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class CueSet:
    """What one phrase speaks for, in all the languages it belongs to; there is one a phrase."""

    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of phrase: near_tail and club around places, label and reverse around numbers, template of the site itself."""

    role: str


Phrase = Entry | Region | Cue | Turn
Span = tuple[int, int]  # first token, one past the last


@dataclass(slots=True)
class Matches:
    """Phrases of one text with their tokens [first, last); names and cues by start, the longest first."""

    names: list[tuple[Entry, int, int]] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    cues: list[tuple[CueSet, int, int]] = field(default_factory=list)
    turns: dict[str, list[Span]] = field(default_factory=dict)
