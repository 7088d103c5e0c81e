"""A site's own place field: a name, a name with a province, a postcode, a region."""

import re

from spacy.language import Language

from nlp import attributes
from nlp.gazetteer import Candidate, Entry, gazetteer
from nlp.place_reading.deciding import Evidence, decide
from nlp.place_reading.names import NameReader

# Four digits and two capitals; the letters left out are not given out (SA, SD, SS) or are words after a year.
POSTCODE = re.compile(r"(?<![\w])([1-9]\d{3}) ?(?!SA|SD|SS|EU|NL|CM|KG|EN|OF|IN|TE)([A-Z]{2})(?![\w])")
_CACHE_LIMIT = 20_000
_LEAST = 0.03
_SLIP = 0.9

Ranked = tuple[tuple[Candidate, float], ...]


class FieldReader:
    """Reads place fields; they repeat, so each is worked out once."""

    def __init__(self, nlp: Language, names: NameReader) -> None:
        self.nlp = nlp
        self.names = names
        self.known: dict[str, Ranked] = {}

    def read(self, written: str) -> Ranked:
        """Candidates with probabilities, most probable first; empty for a region or what names nothing."""
        if written not in self.known:
            if len(self.known) > _CACHE_LIMIT:
                self.known.clear()
            self.known[written] = self._read(written)
        return self.known[written]

    def _read(self, written: str) -> Ranked:
        doc = self.nlp.get_pipe("phrase_finder")(self.nlp.make_doc(written))
        matches = attributes.reading(doc).matches
        names = disjoint(matches.names)
        evidence = Evidence(regions=list(matches.regions))
        evidence.postcode_areas = postcode_areas(written.upper())
        if len(names) > 1:  # "Binnenstad, Groningen": an ordinary word beside a name is no second name
            names = [name for name in names if not name[0].ordinary] or names
        if not names:
            return self._unnamed("".join(token.norm_ for token in doc), evidence)
        tokens = attributes.tokens(doc)
        evidence.anchors = [entry.candidates[0] for entry, _, _ in names if len(entry.candidates) == 1]
        ranked = [
            (candidate, share / (1.0 if len(names) == 1 else 1.2))
            for entry, _, last in names
            for candidate, share in decide(entry.candidates, self.names.qualifier(tokens, last)[0], evidence)
            if share >= _LEAST
        ]
        return tuple(sorted(ranked, key=lambda pair: -pair[1]))

    def _unnamed(self, folded: str, evidence: Evidence) -> Ranked:
        """A misspelt name, or a postcode by itself."""
        hit = self.names.speller.look_up(folded)
        if hit:
            return tuple((candidate, _SLIP * share) for candidate, share in decide(hit[0].candidates, "", evidence))
        known = gazetteer().municipalities
        return tuple(
            (
                Candidate(known[code].name, "municipality", code, "NL", known[code].latitude, known[code].longitude, 0),
                1.0,
            )
            for code in sorted(evidence.postcode_areas)
        )


def disjoint(matches: list[tuple[Entry, int, int]]) -> list[tuple[Entry, int, int]]:
    """Matches that do not overlap, the first and longest of each place kept; they come sorted that way."""
    kept: list[tuple[Entry, int, int]] = []
    for match in matches:
        if not kept or match[1] >= kept[-1][2]:
            kept.append(match)
    return kept


def postcode_areas(text: str) -> set[str]:
    """Municipalities of the full postcodes in a text."""
    codes = (gazetteer().municipality_of_postcode(int(found.group(1))) for found in POSTCODE.finditer(text))
    return {code for code in codes if code}
