"""Names that are nearly right: one slip in a long name, or a name with a foreign ending."""

from functools import lru_cache

from nlp.gazetteer import Entry, gazetteer

SHORTEST = 7  # letters; shorter names have too many neighbours that are words
_ENDINGS = (
    # Hungarian, with and without a lengthened vowel (accents are folded), Polish, Romanian, German, Frisian/Dutch.
    *("ban", "ben", "bol", "nal", "nel", "hoz", "hez", "ba", "be", "rol", "i"),
    *("ie", "em", "owi", "u"),
    *("ului", "ul"),
    *("s", "er"),
    *("се", "а"),
)
_CACHE_LIMIT = 200_000


class Speller:
    """Finds the entry a folded word is a slip of; each word is worked out once."""

    def __init__(self) -> None:
        self.long = {
            name: entry
            for name, entry in gazetteer().entries.items()
            if len(name) >= SHORTEST and name.isalpha() and not entry.ordinary
        }
        self.deletions: dict[str, list[str]] = {}
        for name in self.long:
            for form in _deletions(name):
                self.deletions.setdefault(form, []).append(name)
        self.known: dict[str, tuple[Entry, str] | None] = {}

    def look_up(self, folded: str) -> tuple[Entry, str] | None:
        """(entry, "slip" or "ending") for a word that is no name itself, None where nothing is near."""
        if folded not in self.known:
            if len(self.known) > _CACHE_LIMIT:
                self.known.clear()
            self.known[folded] = self._work_out(folded)
        return self.known[folded]

    def _work_out(self, folded: str) -> tuple[Entry, str] | None:
        if not SHORTEST - 1 <= len(folded) <= 40 or not folded.isalpha():
            return None
        for ending in _ENDINGS:
            stem = folded[: -len(ending)]
            if folded.endswith(ending) and stem in self.long:
                return self.long[stem], "ending"
        if len(folded) < SHORTEST:
            return None
        near = set(self.deletions.get(folded, ()))
        for form in _deletions(folded):
            if form in self.long:
                near.add(form)
            near.update(self.deletions.get(form, ()))
        near = {name for name in near if _one_slip(folded, name)}
        # A slip is believed only in a name with one bearer: two bearers a letter apart would be a guess.
        entries = {self.long[name].candidates[0].area: self.long[name] for name in near}
        if len(entries) != 1:
            return None
        return next(iter(entries.values())), "slip"


@lru_cache(maxsize=1)
def speller() -> Speller:
    """The speller over the gazetteer, made once."""
    return Speller()


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def _one_slip(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours, past the first letter, makes them equal."""
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    short, long = sorted((one, other), key=len)
    i = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) != len(long):
        return short[i:] == long[i + 1 :]
    return short[i + 1 :] == long[i + 1 :] or (
        short[i : i + 2] == long[i : i + 2][::-1] and short[i + 2 :] == long[i + 2 :]
    )
