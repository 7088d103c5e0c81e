"""What stands right after a name to tell which one is meant: a province, its abbreviation, a country."""

from spacy.strings import StringStore

from nlp.folding import fold_word
from nlp.gazetteer import Entry, gazetteer
from nlp.tokens import Tokens

_COMPASS = ("noord", "zuid", "n", "z")
_SHORT = 2  # letters; shorter abbreviations count in brackets or capitals only
_SHORT_COUNTRY = 3  # "BEL" is also how one says "call"
HOME = "NL"


class Qualifiers:
    """Looks them up by hash; one per pipeline."""

    def __init__(self, strings: StringStore) -> None:
        known = gazetteer()
        self.provinces = {strings.add(fold_word(word)): province for word, province in known.qualifiers.items()}
        self.countries = {strings.add(fold_word(word)): country for word, country in known.countries.items()}
        self.bracket, self.comma, self.dash = (strings.add(sign) for sign in "(,-")
        self.compass = {strings.add(word) for word in _COMPASS}
        self.openers = {self.bracket, self.comma, self.dash}
        self.starters = self.openers | self.compass | self.provinces.keys()
        self.country_entries = known.country_entries

    def after(self, tokens: Tokens, last: int, *, in_field: bool = False) -> tuple[str, int]:
        """(province or country named right after the name that ends at token `last`, tokens it takes), ("", 0) if none.

        "(O)", ", Overijssel", "Gld", "(Noord-Holland)", ", België", "(D)"; in a field also "nh", "Fr", which are words
        and initials elsewhere.
        """
        norms = tokens.norms
        if last >= len(norms) or norms[last] not in self.starters:
            return "", 0
        opener = norms[last] if norms[last] in self.openers else 0
        index = last + 1 if opener else last
        norm = tokens.norm(index)
        if norm in self.compass:
            return self._in_two_words(tokens, index, last)
        found = self.provinces.get(norm) or (self.countries.get(norm) if opener else None)
        if not found:
            return "", 0
        length = tokens.length(index)
        if length <= (_SHORT if norm in self.provinces else _SHORT_COUNTRY):
            written = tokens.written(index)
            telling = written.lower() == "ov" or (in_field and length == _SHORT and norm in self.provinces)
            known_small = opener == self.bracket or telling
            if not (known_small or written.isupper()) or (length == 1 and opener != self.bracket and found == "DE"):
                return "", 0
            if opener == self.dash:
                return "", 0
        return found, index + 1 - last

    def _in_two_words(self, tokens: Tokens, index: int, last: int) -> tuple[str, int]:
        """Provinces named after a point of the compass: "Noord-Holland", "Zuid Holland", "N.H."."""
        end = index + 2 if tokens.written(index + 1) in {"-", "."} else index + 1
        joined = f"{tokens.written(index)}-{tokens.written(end)}".lower()
        province = gazetteer().qualifiers.get(joined)
        return (province, end + 1 - last) if province else ("", 0)

    def abroad(self, entry: Entry, qualifier: str) -> Entry:
        """The entry, or the country that is named after it where no bearer of the name is known there."""
        if qualifier == HOME or qualifier not in self.country_entries:
            return entry
        if any(candidate.country == qualifier for candidate in entry.candidates):
            return entry
        return self.country_entries[qualifier]
