"""A site's own place field: a name, a name with a province or country, a postcode, a region, several of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from spacy.language import Language

from nlp import attributes
from nlp.folding import fold_word
from nlp.gazetteer import Candidate, Entry, Region, gazetteer
from nlp.place_reading import postcodes
from nlp.place_reading.context import NEAR, SITE_LANGUAGE
from nlp.place_reading.deciding import Evidence, decide
from nlp.place_reading.field_spelling import field_speller
from nlp.place_reading.names import NameReader
from nlp.place_reading.qualifying import HOME
from nlp.tokens import Tokens

_CACHE_LIMIT = 20_000
_LEAST = 0.03
_MOST_WORDS = 20  # of a field, tried as misspelt names
_SLIP, _ONE_OF_SEVERAL = 0.9, 0.9
_SEPARATORS = frozenset(
    {*"/|&+•·;\n", "en", "ook", "plus", "of", "und", "oder", "and", "or", "y", "e", "i", "oraz", "și", "és"}
)
_CRUMBS = frozenset({"-", ">", "»", "→", "–"})  # "Utrecht > Zeist" goes from large to small
_OPENERS = frozenset({"(", ",", "-", "–", "["})
_PROVINCE_TOO = {"utrecht": "Utrecht", "groningen": "Groningen"}  # cities that lend their province its name
_PROVINCE_WORDS = frozenset({"provincie", "prov", "province", "provinz"})
_WHOLE = frozenset({"heel", "hele", "gans"})
_TOWN = 10_000  # inhabitants; an ordinary word beside a name is one when it is this large

Ranked = tuple[tuple[Candidate, float], ...]


@dataclass(slots=True)
class _Named:
    """A name in a field at tokens [first, last), with what is known of which one it is."""

    entry: Entry
    first: int
    last: int
    qualifier: str
    candidates: tuple[Candidate, ...]


class FieldReader:
    """Reads place fields; they repeat, so each is worked out once."""

    def __init__(self, nlp: Language, names: NameReader) -> None:
        self.nlp = nlp
        self.names = names
        self.known: dict[str, Ranked] = {}
        self.countries = frozenset(fold_word(word) for word, area in gazetteer().countries.items() if area == HOME)

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
        tokens = attributes.tokens(doc)
        words = [token.norm_ for token in doc]
        evidence = Evidence(regions=list(matches.regions), postcode_areas=postcodes.in_field(written))
        found = self._named(tokens, words, disjoint(matches.names), evidence)
        named = _without_words(found, words)
        if not named:
            return () if found else self._unnamed(words, evidence, matches.names)
        for one in named:
            one.candidates = _within(one.candidates, matches.regions)
        if len(named) > 1:
            _join(named, words)
        evidence.anchors += [
            one.candidates[0] for one in named if len(one.candidates) == 1 and one.candidates[0].kind != "country"
        ]
        evidence.countries = {anchor.country for anchor in evidence.anchors}
        best: dict[str, tuple[Candidate, float]] = {}
        for one in named:
            for candidate, share in decide(one.candidates, one.qualifier, evidence):
                trust = share * (1.0 if len(named) == 1 else _ONE_OF_SEVERAL)
                if share >= _LEAST and trust > best.get(candidate.area, (candidate, 0.0))[1]:
                    best[candidate.area] = (candidate, trust)
        return tuple(sorted(best.values(), key=lambda pair: -pair[1]))

    def _named(
        self, tokens: Tokens, words: list[str], matches: Sequence[tuple[Entry, int, int]], evidence: Evidence
    ) -> list[_Named]:
        """Names with their qualifiers; a province that is named like its city is a qualifier too.

        A name that only says where another is goes to the evidence: "Baarlo bij Steenwijk".
        """
        named: list[_Named] = []
        for entry, first, last in matches:
            if named and first < named[-1].last:  # "Zeist, België": taken as a qualifier
                continue
            province = _PROVINCE_TOO.get(words[first], "") if last == first + 1 else ""
            if province and _is_province(words, first, last):
                continue
            if entry.ordinary == "strong" and self.names.is_part(tokens, first, last):  # "Oost-Nederland"
                continue
            if named and self._is_near(words[first - 1]):
                evidence.anchors += entry.candidates if len(entry.candidates) == 1 else ()
                continue
            if words[first] in _WHOLE and last < len(words) and words[last].isalpha():  # "Heel Limburg"
                continue
            follows = named and (first == named[-1].last or words[first - 1] in _OPENERS)
            if province and follows and _lies_in(named[-1].entry, province):
                named[-1].qualifier = named[-1].qualifier or province
                continue
            qualifier, length = self.names.qualifiers.after(tokens, last, in_field=True)
            if (
                named
                and _leads(words, named[-1], first, self.countries)
                and _lies_in(entry, _province(words, named[-1]))
            ):
                qualifier = qualifier or _province(words, named.pop())
            meant = self.names.qualifiers.abroad(entry, qualifier) if qualifier else entry
            named.append(_Named(meant, first, last + length, qualifier, meant.candidates))
        if len(named) > 1:  # "Gent België"
            _lead_by_country(named, words)
            named = [one for one in named if one.candidates[0].kind != "country"] or named
        return named

    def _is_near(self, word: str) -> bool:
        return self.names.contexts[SITE_LANGUAGE].words.get(self.names.strings[word], 0) & NEAR != 0

    def _unnamed(self, words: list[str], evidence: Evidence, matches: Sequence[object]) -> Ranked:
        """A postcode by itself, a misspelt name, or a country."""
        known = gazetteer()
        if evidence.postcode_areas:
            return tuple(
                (Candidate(home.name, "municipality", code, "NL", home.latitude, home.longitude, home.population), 1.0)
                for code in sorted(evidence.postcode_areas)
                for home in [known.municipalities[code]]
            )
        if matches or evidence.regions:
            return ()
        context = self.names.contexts[None]
        strings = self.names.strings
        plain = [word for word in words[:_MOST_WORDS] if word.isalpha() and not context.words.get(strings[word], 0)]
        for word in ("".join(words[:_MOST_WORDS]), *plain, *(a + b for a, b in pairwise(plain))):
            entry = field_speller().look_up(word)
            if entry is not None:
                return tuple((candidate, _SLIP * share) for candidate, share in decide(entry.candidates, "", evidence))
        return ()


def _is_province(words: list[str], first: int, last: int) -> bool:
    """Whether "provincie" stands beside the name, in brackets or not."""
    after = last + 1 if last < len(words) and words[last] in _OPENERS else last
    return (first > 0 and words[first - 1] in _PROVINCE_WORDS) or (
        after < len(words) and words[after] in _PROVINCE_WORDS
    )


def _lies_in(entry: Entry, province: str) -> bool:
    return any(candidate.province == province for candidate in entry.candidates)


def _province(words: list[str], one: _Named) -> str:
    return _PROVINCE_TOO[words[one.first]]


def _leads(words: list[str], previous: _Named, first: int, countries: frozenset[str]) -> bool:
    """Whether the name before is a province that leads to this one: "Utrecht - Zeist", "Nederland, Utrecht, Zeist"."""
    if words[previous.first] not in _PROVINCE_TOO:
        return False
    if words[first - 1] in _CRUMBS or previous.last == first:
        return True
    return previous.first > 1 and words[previous.first - 2] in countries


def _lead_by_country(named: list[_Named], words: list[str]) -> None:
    """Let a country qualify the name that it leads to: "Vlaanderen, Hasselt"."""
    for country, one in pairwise(named):
        meant = country.candidates[0]
        led = not one.qualifier and not set(words[country.last : one.first]) & _SEPARATORS
        if meant.kind == "country" and led and any(c.country == meant.country for c in one.candidates):
            one.qualifier = meant.country


def _within(candidates: tuple[Candidate, ...], regions: Sequence[Region]) -> tuple[Candidate, ...]:
    """The candidates in a region that the field names too, all where none is."""
    held = tuple(c for c in candidates if any(region.holds(c) for region in regions))
    return held or candidates


def _without_words(named: list[_Named], words: list[str]) -> list[_Named]:
    """Names without those that are ordinary words beside a name: "Binnenstad, Groningen", but "Tilburg | Goes"."""
    if len(named) < 2:
        return named
    kept = [one for one in named if one.entry.ordinary in {"", "weak"} or _has_part_to_itself(one, words)]
    return kept or [max(named, key=lambda one: one.entry.largest)]  # "Adam Oost"


def _has_part_to_itself(one: _Named, words: list[str]) -> bool:
    before = words[one.first - 1] if one.first else "/"
    after = words[one.last] if one.last < len(words) else "/"
    if before in _SEPARATORS and after in _SEPARATORS:
        return True
    ends = _SEPARATORS | {","}
    return before in ends and after in ends and one.entry.largest >= _TOWN


def _join(named: list[_Named], words: list[str]) -> None:
    """A district or village beside its municipality is one place with it: "Enschede, Pathmos"."""
    for one, other in pairwise(named):
        if set(words[one.last : other.first]) & _SEPARATORS:
            continue
        common = {c.area for c in one.candidates} & {c.area for c in other.candidates}
        if common:
            one.candidates = tuple(c for c in one.candidates if c.area in common)
            other.candidates = tuple(c for c in other.candidates if c.area in common)


def disjoint(matches: Sequence[tuple[Entry, int, int]]) -> list[tuple[Entry, int, int]]:
    """Matches that do not overlap, the first and longest of each place kept; they come sorted that way."""
    kept: list[tuple[Entry, int, int]] = []
    for match in matches:
        if not kept or match[1] >= kept[-1][2]:
            kept.append(match)
    return kept
