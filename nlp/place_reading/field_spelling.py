"""Misspelt names in a place field: what stands there is meant to be a place, so a likeness in sound is enough."""

import re
from functools import lru_cache

from nlp.gazetteer import Entry, gazetteer
from nlp.place_reading.spelling import deletions, one_slip

_SHORTEST = 5  # letters
_LONG = 7  # letters; in shorter names a slip is believed of larger places only
_LARGE = 8_000  # inhabitants
_SOUNDS = (
    *(("ij", "y"), ("ei", "y"), ("sch", "sg"), ("ch", "g"), ("gh", "g"), ("ck", "k"), ("ph", "f"), ("th", "t")),
    *(("ae", "a"), ("ou", "au"), ("c", "k"), ("z", "s"), ("v", "f"), ("dt", "t"), ("x", "ks")),
)
_DOUBLE = re.compile(r"(.)\1+")


def sound(name: str) -> str:
    """A folded name as it sounds, roughly.

    >>> sound("maastricht") == sound("maastrigt")
    True
    """
    heard = "".join(character for character in name if character.isalpha())
    for written, spoken in _SOUNDS:
        heard = heard.replace(written, spoken)
    heard = _DOUBLE.sub(r"\1", heard)
    return heard[:-1] + "t" if heard.endswith("d") else heard


class _Index:
    """The largest place per spelling, found by that spelling or by one that is a slip away."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.deletions: dict[str, list[str]] = {}

    def add(self, key: str, entry: Entry) -> None:
        known = self.entries.get(key)
        if known is None:
            for form in deletions(key):
                self.deletions.setdefault(form, []).append(key)
        if known is None or entry.largest > known.largest:
            self.entries[key] = entry

    def near(self, written: str) -> list[Entry]:
        """Entries one slip away."""
        keys = set(self.deletions.get(written, ()))
        for form in deletions(written):
            keys.update(self.deletions.get(form, ()))
            if form in self.entries:
                keys.add(form)
        return [self.entries[key] for key in keys if one_slip(written, key)]


class FieldSpeller:
    """Finds the largest place whose name sounds like a word, or is one slip away in sound or in writing."""

    def __init__(self) -> None:
        self.heard, self.written = _Index(), _Index()
        for name, entry in gazetteer().entries.items():
            key = sound(name)
            if len(key) >= _SHORTEST - 1 and entry.kind != "abroad":
                self.heard.add(key, entry)
                if len(name) >= _SHORTEST and name.isalpha():
                    self.written.add(name, entry)

    def look_up(self, folded: str) -> Entry | None:
        """The entry meant by a folded word that is no name, None where nothing is near."""
        if not _SHORTEST <= len(folded) <= 40:
            return None
        heard = sound(folded)
        if heard in self.heard.entries:
            return self.heard.entries[heard]
        # "Einthoven" sounds two letters away from Eindhoven and is written with one.
        near = self.written.near(folded) + (self.heard.near(heard) if len(heard) >= _SHORTEST - 1 else [])
        least = _LARGE if len(folded) < _LONG else 0
        return max((e for e in near if e.largest >= least), key=lambda e: (e.largest, e.name), default=None)


@lru_cache(maxsize=1)
def field_speller() -> FieldSpeller:
    """The speller, made when a field first needs it."""
    return FieldSpeller()
