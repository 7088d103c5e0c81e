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


class FieldSpeller:
    """Finds the largest place whose name sounds like a word, or is one slip away."""

    def __init__(self) -> None:
        self.by_sound: dict[str, Entry] = {}
        for name, entry in gazetteer().entries.items():
            key = sound(name)
            if len(key) >= _SHORTEST - 1 and entry.kind != "abroad":
                known = self.by_sound.get(key)
                if known is None or entry.largest > known.largest:
                    self.by_sound[key] = entry
        self.deletions: dict[str, list[str]] = {}
        for key in self.by_sound:
            for form in deletions(key):
                self.deletions.setdefault(form, []).append(key)

    def look_up(self, folded: str) -> Entry | None:
        """The entry meant by a folded word that is no name, None where nothing is near."""
        if not _SHORTEST <= len(folded) <= 40:
            return None
        heard = sound(folded)
        if heard in self.by_sound:
            return self.by_sound[heard]
        if len(heard) < _SHORTEST - 1:
            return None
        near = set(self.deletions.get(heard, ()))
        for form in deletions(heard):
            near.update(self.deletions.get(form, ()))
            if form in self.by_sound:
                near.add(form)
        least = _LARGE if len(folded) < _LONG else 0
        entries = [self.by_sound[key] for key in near if one_slip(heard, key)]
        return max((e for e in entries if e.largest >= least), key=lambda e: (e.largest, e.name), default=None)


@lru_cache(maxsize=1)
def field_speller() -> FieldSpeller:
    """The speller, made when a field first needs it."""
    return FieldSpeller()
