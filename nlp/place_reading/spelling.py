"""Names that are nearly right: one slip in a long name of a larger place, or a name with a foreign ending."""

from functools import lru_cache

from nlp.folding import fold_word
from nlp.gazetteer import Entry, gazetteer, kilometres
from nlp.wordlists import GAZETTEER, pairs

SHORTEST = 7  # letters; shorter names have too many neighbours that are words
_SHORTEST_STEM = 5  # letters, of a name with a Hungarian ending
_LARGE_ENOUGH = (
    9_000  # inhabitants: for each slip in a village's name there are a hundred uses of a word that looks like it
)
_ABROAD_ENOUGH = 100_000
# Around Enschede, which the project is about, villages on both sides of the border are looked for too.
_HOME, _HOME_KM, _HOME_ENOUGH = "enschede", 35.0, 800
# With and without a lengthened vowel: accents are folded.
_HUNGARIAN = ("ban", "ben", "bol", "nal", "nel", "hoz", "hez", "tol", "ba", "be", "rol", "ra", "re", "i")
_ENDINGS = (*_HUNGARIAN, *("ie", "em", "owi", "u"), *("ului", "ul"), *("се", "а"))  # Polish, Romanian, Bulgarian
# Dutch and German adjectives and people of a place ("Amsterdams", "Utrechter") are nearly its name and no place.
_DERIVED = ("s", "se", "er", "ers", "e", "ner", "sche", "er-")
_CACHE_LIMIT = 200_000


class Speller:
    """Finds the entry a folded word is a slip of; each word is worked out once."""

    def __init__(self) -> None:
        entries = gazetteer().entries
        self.stems = {
            name: entry
            for name, entry in entries.items()
            if len(name) >= _SHORTEST_STEM
            and name.isalpha()
            and entry.ordinary in {"", "weak"}
            and _is_inflected(entry)
        }
        self.long = {name: entry for name, entry in self.stems.items() if len(name) >= SHORTEST and not entry.ordinary}
        self.own = {name for name, entry in self.long.items() if _is_own_name(name, entry)}
        self.not_slips = frozenset(
            word
            for word, strength in pairs(GAZETTEER / "ordinary_words.csv", ("word", "strength")).items()
            if strength == "never"
        )
        self.deletions: dict[str, list[str]] = {}
        for name in self.own:
            for form in deletions(name):
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
        if not SHORTEST - 1 <= len(folded) <= 40 or not folded.isalpha() or folded in self.not_slips:
            return None
        if folded.endswith(_ENDINGS) and (entry := self._without_ending(folded)):
            return entry, "ending"
        if len(folded) < SHORTEST or self._is_derived(folded):
            return None
        near = set(self.deletions.get(folded, ()))
        for form in deletions(folded):
            if form in self.own:
                near.add(form)
            if form in self.deletions:
                near.update(self.deletions[form])
        if not near:
            return None
        # A slip is believed only in a name with one bearer: two bearers a letter apart would be a guess.
        entries = {self.long[name].candidates[0].area: self.long[name] for name in near if one_slip(folded, name)}
        if len(entries) != 1:
            return None
        return next(iter(entries.values())), "slip"

    def _without_ending(self, folded: str) -> Entry | None:
        for ending in _ENDINGS:
            if folded.endswith(ending):
                stem = folded[: -len(ending)]
                entry = self.long.get(stem) or (self.stems.get(stem) if ending in _HUNGARIAN else None)
                if entry is not None:
                    return entry
        return None

    def _is_derived(self, folded: str) -> bool:
        return folded.endswith(_DERIVED) and any(
            folded[: -len(ending)] in self.stems for ending in _DERIVED if folded.endswith(ending)
        )


@lru_cache(maxsize=1)
def speller() -> Speller:
    """The speller over the gazetteer, made once."""
    return Speller()


def _is_inflected(entry: Entry) -> bool:
    """Whether the name is one that people write often enough to inflect and to misspell."""
    if entry.kind == "abroad":
        return False
    home = gazetteer().entries[_HOME].candidates[0]
    for candidate in entry.candidates:
        least = _LARGE_ENOUGH if candidate.country == "NL" else _ABROAD_ENOUGH
        if candidate.population >= least:
            return True
        if candidate.population >= _HOME_ENOUGH and kilometres(candidate, home) < _HOME_KM:
            return True
    return False


def _is_own_name(name: str, entry: Entry) -> bool:
    """Whether it is what a bearer is called there, and no name in another language or dialect."""
    return any(name == fold_word(candidate.name) for candidate in entry.candidates)


def deletions(word: str) -> set[str]:
    """The word with one letter left out, in all ways."""
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def one_slip(one: str, other: str) -> bool:
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
