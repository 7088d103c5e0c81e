"""Component: places. Names come from the phrase finder; case, the words around and the rest of the listing decide."""

import re
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from spacy.attrs import IDX, LENGTH, NORM
from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import PlaceMention
from nlp.components.phrase_finder import Turn
from nlp.folding import fold_word
from nlp.gazetteer import Candidate, Entry, Region, gazetteer
from nlp.place_reading.context import Context
from nlp.place_reading.deciding import Evidence, decide
from nlp.place_reading.spelling import SHORTEST, Speller
from warehouse.records import PlaceGuess

_POSTCODE = re.compile(r"(?<![\w])([1-9]\d{3}) ?(?!SA|SD|SS|EU|NL|CM|KG|EN|OF|IN|TE|UUR)([A-Z]{2})(?![\w])")
_SHORT_NAME = 3  # letters; "Ede", "Oss", "Urk" lower case are believed only after a preposition
_FIELD_TRUST, _BESIDE_FIELD = 0.97, 0.45
_PROBABILITY = {"near": 0.42, "around": 0.7, "between": 0.5}
_MOST_MENTIONS = 60
_SMALL, _LARGE = 5_000, 20_000  # inhabitants; names of small places are believed in fewer spellings


@dataclass(slots=True)
class _Found:
    """A name at tokens [first, last), not yet decided."""

    entry: Entry
    first: int
    last: int
    start: int
    end: int
    belief: float
    introduced: str
    qualifier: str = ""
    denied: bool = False
    counted: bool = True  # False: evidence for others only


class PlaceFinder:
    """Leaves `Reading.places` and `Reading.place_guesses`."""

    def __init__(self, nlp: Language) -> None:
        attributes.register()
        self.nlp = nlp
        self.gazetteer = gazetteer()
        self.contexts = Context.read(nlp.vocab.strings)
        self.context = self.contexts[None]
        self.foreign = False
        self.speller = Speller()
        self.flag = nlp.vocab.add_flag(self._is_near_name)
        self.hash_sign = nlp.vocab.strings.add("#")
        self.bracket = nlp.vocab.strings.add("(")
        self.van = {nlp.vocab.strings.add(word) for word in ("van", "von", "de", "der")}
        self.fields: dict[str, tuple[tuple[Candidate, float], ...]] = {}

    def _is_near_name(self, word: str) -> bool:
        """Asked once per word of the vocabulary: is it a slip or an inflection of a long name?"""
        return len(word) >= SHORTEST - 1 and self.speller.look_up(fold_word(word)) is not None

    def __call__(self, doc: Doc) -> Doc:
        """Read the places of `doc`."""
        reading = attributes.reading(doc)
        given = reading.hints
        self.context = self.contexts.get(reading.language.code, self.contexts[None])
        self.foreign = reading.language.code not in {None, "nl"}
        field = self._field(given.place) if given.place else ()
        found, evidence = self._candidates(doc)
        evidence.anchors += [candidate for candidate, probability in field if probability >= 0.5]
        mentions: list[PlaceMention] = []
        readings: list[tuple[str, float]] = []
        for name in found:
            ranked = decide(name.entry.candidates, name.qualifier, evidence)
            if not name.counted:
                continue
            top, share = ranked[0]
            mentions.append(self._mention(name, top, share, given))
            for candidate, part in ranked:
                if part * name.belief >= 0.05:
                    readings.append((self._area(candidate, given), part * name.belief))
        mentions += self._postcode_mentions(doc, evidence, mentions, given)
        if mentions:
            mentions.sort(key=lambda mention: mention.start)
            reading.places = tuple(mentions)
            attributes.mark(doc, attributes.PLACES, [(m.start, m.end) for m in mentions])
        if mentions or field:
            readings += [(m.municipality_code or m.country, m.probability) for m in mentions if m.name.isdigit()]
            reading.place_guesses = self._together(readings, field, given)
        return doc

    # -- one name at a time ------------------------------------------------------------------------------------

    def _candidates(self, doc: Doc) -> tuple[list[_Found], Evidence]:
        """Names that are places here, and what the listing says as a whole."""
        evidence = Evidence()
        matches = attributes.reading(doc).phrase_matches
        text = attributes.reading(doc).text
        table = doc.to_array([NORM, IDX, LENGTH, self.flag]) if len(doc) else np.zeros((0, 4), dtype=np.uint64)
        norms = cast("list[int]", table[:, 0].tolist())
        starts = cast("list[int]", table[:, 1].tolist())
        lengths = cast("list[int]", table[:, 2].tolist())
        tails: set[int] = set()
        clubs: set[int] = set()
        names: list[tuple[Entry, int, int]] = []
        covered = 0
        for phrase, first, last in matches:
            if isinstance(phrase, Entry):
                if phrase.ordinary in {"strong", "name"} and text[starts[first]].islower():
                    continue
                if first >= covered and len(names) < _MOST_MENTIONS:
                    names.append((phrase, first, last))
                    covered = last
            elif isinstance(phrase, Region):
                evidence.regions.append(phrase)
            elif isinstance(phrase, Turn):
                if phrase.role == "near_tail":
                    tails.add(last)
                elif phrase.role == "club":
                    clubs.add(last)
        found: list[_Found] = []
        taken = {index for _, first, last in names for index in range(first, last)}
        for position, (entry, first, last) in enumerate(names):
            if first in clubs:
                continue
            before = names[position - 1][2] if position else first
            after = names[position + 1][1] if position + 1 < len(names) else last
            one = self._weigh(text, norms, starts, lengths, entry, first, last, before, after)
            if one is None:
                continue
            if first in tails:
                one.introduced = "near"
            self._relate(one, found, norms)
            found.append(one)
        found += self._misspelt(doc, table, norms, starts, lengths, taken)
        found.sort(key=lambda name: name.first)
        self._settle(found)
        for match in _POSTCODE.finditer(text):
            code = self.gazetteer.municipality_of_postcode(int(match.group(1)))
            if code:
                evidence.postcode_areas.add(code)
        for mention in attributes.reading(doc).phones:
            for length in (3, 4):
                area = self.gazetteer.area_codes.get("0" + mention.e164[3 : 2 + length])
                if mention.country == "NL" and area:
                    evidence.line_areas.append(self.gazetteer.municipalities[area])
        for name in found:
            if len(name.entry.candidates) == 1 and (not name.denied or name.introduced == "near"):
                evidence.anchors.append(name.entry.candidates[0])
        return [name for name in found if not name.denied], evidence

    def _weigh(
        self,
        text: str,
        norms: list[int],
        starts: list[int],
        lengths: list[int],
        entry: Entry,
        first: int,
        last: int,
        before: int,
        after: int,
    ) -> _Found | None:
        """Decide from case and neighbours whether a name is a place here; None if not.

        `before` is where the name before ends and `after` where the next begins, in tokens.
        """
        context = self.context
        start, end = starts[first], starts[last - 1] + lengths[last - 1]
        written = text[start:end]
        introduced = context.introduced(norms, first)
        if context.personal(norms, first):
            return None
        if last < len(norms) and norms[last] in context.roles["after"]:
            return None
        qualifier, length = self._qualifier(text, norms, starts, lengths, last)
        hashtag = first > 0 and norms[first - 1] == self.hash_sign
        capital = written[:1].isupper() or written[:2] in {"'s", "'t", "’s", "’t"} and written[3:4].isupper()
        shouted = written.isupper() and _shouting(text, start, end)
        opening = first == 0 or text[starts[first] - 1] == "\n" or norms[first - 1] in context.stops
        surrounded = introduced != "" or qualifier != "" or hashtag
        alone = _alone(text, start, end)
        listed = any(context.listed(norms, a, b) for a, b in ((last, after), (before, first)) if b > a)
        belief = 0.95
        ordinary = entry.ordinary
        if ordinary and (ordinary == "name" and not qualifier or context.venue(norms, first)):
            return None
        if first > 1 and norms[first - 1] in self.van and text[starts[first - 2]].isupper() and not opening:
            # "Anna van Laren": a surname, unless the name is a large place of its own
            if ordinary or entry.candidates[0].population < 60_000 or len(entry.candidates) > 1:
                if norms[first - 2] not in context.roles["in"] and norms[first - 2] not in context.roles["near"]:
                    return None
        if ordinary in {"strong", "name"}:
            if not (capital and (introduced in {"in", "near", "around", "label", "between"} or qualifier or alone or listed)):
                return None
            if shouted and introduced not in {"in", "label"} and not qualifier:
                return None
            if (listed or alone) and not introduced and not qualifier:
                belief = 0.6 if not opening else 0.5
            else:
                belief = 0.85
        elif ordinary == "weak":
            if not capital and not surrounded:
                return None
            belief = 0.9 if surrounded else 0.6 if opening and not alone else 0.85
        elif len(written) <= _SHORT_NAME:
            if not capital and not surrounded:
                return None
            belief = 0.9 if surrounded or not shouted else 0.7
        elif all(candidate.kind == "district" for candidate in entry.candidates):
            if not capital and not surrounded:
                return None
            belief = 0.9
        elif not capital and not surrounded and max(c.population for c in entry.candidates) < _SMALL:
            if self.foreign:
                return None  # "warten" is a village in Friesland and a German verb
            belief = 0.55
        found = _Found(entry, first, last + length, start, end, belief, introduced, qualifier)
        found.denied = context.denied(norms, first)
        return found

    def _qualifier(
        self, text: str, norms: list[int], starts: list[int], lengths: list[int], last: int
    ) -> tuple[str, int]:
        """(province named right after the name, tokens it takes): "(O)", "Gld", ", Overijssel"."""
        if last >= len(norms):
            return "", 0
        opened = norms[last] == self.bracket
        comma = text[starts[last] : starts[last] + 1] == ","
        index = last + 1 if opened or comma else last
        if index >= len(norms):
            return "", 0
        written = text[starts[index] : starts[index] + lengths[index]]
        province = self.gazetteer.qualifiers.get(written.lower(), "")
        if not province:
            return "", 0
        if len(written) == 1 and not opened and not written.isupper():
            return "", 0
        if len(written) <= 2 and not opened and (not written.isupper() and written.lower() != "ov"):
            return "", 0
        return province, index + 1 - last

    def _relate(self, one: _Found, found: list[_Found], norms: list[int]) -> None:
        """Carry denial and vicinity from the name before over a list; a place "bij" another makes that one vicinity."""
        if not found:
            return
        previous = found[-1]
        gap = norms[previous.last : one.first]
        if self.context.listed(norms, previous.last, one.first):
            if previous.denied and not one.introduced:
                one.denied = True
            if previous.introduced in {"near", "around", "between"} and not one.introduced:
                one.introduced = previous.introduced
        if one.introduced == "near" and len(gap) == 1 and not previous.denied:
            one.belief *= 0.5  # "Glanerbrug bij Enschede"

    @staticmethod
    def _settle(found: list[_Found]) -> None:
        """Lower the belief in places that are only near."""
        for index, name in enumerate(found):
            if name.introduced == "between":
                name.belief *= _PROBABILITY["between"]
                following = found[index + 1] if index + 1 < len(found) else None
                if following and following.first - name.last <= 2:
                    following.introduced = "between"
            elif name.introduced in _PROBABILITY:
                name.belief *= _PROBABILITY[name.introduced]

    def _misspelt(
        self,
        doc: Doc,
        table: "np.ndarray[tuple[int, int], np.dtype[np.uint64]]",
        norms: list[int],
        starts: list[int],
        lengths: list[int],
        taken: set[int],
    ) -> list[_Found]:
        """Long names with one slip, and hashtags in one word."""
        found: list[_Found] = []
        text = attributes.reading(doc).text
        near = table[:, 3] != 0
        tagged = table[:, 0] == self.hash_sign
        near[1:] |= tagged[:-1]
        strings = doc.vocab.strings
        for index in cast("list[int]", np.flatnonzero(near)[:400].tolist()):
            if index in taken or lengths[index] < SHORTEST - 1:
                continue
            start, end = starts[index], starts[index] + lengths[index]
            hashtag = index > 0 and norms[index - 1] == self.hash_sign
            hit = self.speller.look_up(strings[norms[index]])
            if hit is None:
                if hashtag:
                    found += self._in_hashtag(text, index, start, end)
                continue
            entry, why = hit
            introduced = self.context.introduced(norms, index)
            capital = text[start].isupper()
            size = max(candidate.population for candidate in entry.candidates)
            if not (hashtag or capital or _alone(text, start, end)) and (
                size < (_SMALL if introduced else _LARGE) or (not introduced and len(entry.name) <= SHORTEST)
            ):
                continue
            belief = 0.9 if why == "ending" else 0.85
            if why == "slip" and not (introduced or hashtag):
                belief = 0.6 if _opens(text, start) or not capital else 0.7
            one = _Found(entry, index, index + 1, start, end, belief, introduced)
            one.denied = self.context.denied(norms, index)
            found.append(one)
        return found

    def _in_hashtag(self, text: str, index: int, start: int, end: int) -> list[_Found]:
        """A long name at either end of a hashtag, or a part of it that starts with a capital."""
        tag = text[start:end]
        parts = re.findall(r"[A-Z][^A-Z]+", tag)
        for part in [*parts, *(tag[-n:] for n in range(len(tag) - 1, 6, -1)), *(tag[:n] for n in range(len(tag) - 1, 6, -1))]:
            entry = self.gazetteer.entries.get(part.lower())
            if entry and not entry.ordinary and len(part) > _SHORT_NAME:
                at = start + tag.index(part)
                return [_Found(entry, index, index + 1, at, at + len(part), 0.85, "")]
        return []

    # -- all names together ------------------------------------------------------------------------------------

    def _area(self, candidate: Candidate, given: attributes.Hints) -> str:
        code = candidate.municipality_code
        return self.gazetteer.code_on(code, given.day) if code else candidate.country

    def _mention(self, name: _Found, top: Candidate, share: float, given: attributes.Hints) -> PlaceMention:
        code = self._area(top, given) if top.municipality_code else None
        return PlaceMention(name.start, name.end, top.name, code, top.country, round(name.belief * share, 4))

    def _postcode_mentions(
        self, doc: Doc, evidence: Evidence, mentions: list[PlaceMention], given: attributes.Hints
    ) -> list[PlaceMention]:
        """A full postcode names a municipality where no name in the text already does."""
        if not evidence.postcode_areas:
            return []
        named = {mention.municipality_code for mention in mentions}
        added: list[PlaceMention] = []
        for match in _POSTCODE.finditer(attributes.reading(doc).text):
            code = self.gazetteer.municipality_of_postcode(int(match.group(1)))
            if code is None or self.gazetteer.code_on(code, given.day) in named:
                continue
            code = self.gazetteer.code_on(code, given.day)
            named.add(code)
            name = self.gazetteer.municipalities[code].name
            added.append(PlaceMention(match.start(), match.end(), name, code, "NL", 0.8))
        return added

    def _together(
        self,
        readings: list[tuple[str, float]],
        field: tuple[tuple[Candidate, float], ...],
        given: attributes.Hints,
    ) -> tuple[PlaceGuess, ...]:
        """Areas with probabilities: mentions of one area support each other; the site's place field outranks the text."""
        against: dict[str, float] = {}
        for area, probability in readings:
            weight = _BESIDE_FIELD if field else 1.0
            against[area] = against.get(area, 1.0) * (1.0 - min(probability * weight, 0.99))
        for candidate, probability in field:
            area = self._area(candidate, given)
            against[area] = against.get(area, 1.0) * (1.0 - _FIELD_TRUST * probability)
        guesses = [PlaceGuess(area, round(1.0 - miss, 4)) for area, miss in against.items()]
        return tuple(sorted(guesses, key=lambda guess: (-guess.probability, guess.area_code)))

    def _field(self, written: str) -> tuple[tuple[Candidate, float], ...]:
        """Readings of a site's place field, most probable first; fields repeat, so each is read once."""
        if written not in self.fields:
            if len(self.fields) > 20_000:
                self.fields.clear()
            self.fields[written] = self._read_field(written)
        return self.fields[written]

    def _read_field(self, written: str) -> tuple[tuple[Candidate, float], ...]:
        doc = self.nlp.get_pipe("phrase_finder")(self.nlp.make_doc(written))
        evidence = Evidence()
        names: list[tuple[Entry, int, int]] = []
        covered = 0
        for phrase, first, last in attributes.reading(doc).phrase_matches:
            if isinstance(phrase, Region):
                evidence.regions.append(phrase)
            elif isinstance(phrase, Entry) and first >= covered:
                names.append((phrase, first, last))
                covered = last
        for match in _POSTCODE.finditer(written.upper()):
            code = self.gazetteer.municipality_of_postcode(int(match.group(1)))
            if code:
                evidence.postcode_areas.add(code)
        if len(names) > 1:  # "Binnenstad, Groningen": an ordinary word beside a name is not a second name
            names = [name for name in names if not name[0].ordinary] or names
        if not names:
            hit = self.speller.look_up("".join(token.norm_ for token in doc)) if len(doc) <= 3 else None
            if hit:
                return ((hit[0].candidates[0], 0.9),)
            return tuple(
                (replace(_capital(self.gazetteer.municipalities[code].name, code)), 1.0) for code in sorted(evidence.postcode_areas)
            )
        table = doc.to_array([NORM, IDX, LENGTH])
        norms, starts, lengths = (cast("list[int]", table[:, column].tolist()) for column in range(3))
        ranked: list[tuple[Candidate, float]] = []
        evidence.anchors = [entry.candidates[0] for entry, _, _ in names if len(entry.candidates) == 1]
        for entry, _, last in names:
            qualifier, _ = self._qualifier(written, norms, starts, lengths, last)
            for candidate, share in decide(entry.candidates, qualifier, evidence):
                if share >= 0.03:
                    ranked.append((candidate, share / (1 if len(names) == 1 else 1.2)))
        return tuple(sorted(ranked, key=lambda pair: -pair[1]))


def _capital(name: str, code: str) -> Candidate:
    """A municipality named by its postcode only."""
    return Candidate(name, "municipality", code, "NL", 0.0, 0.0, 0)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the name has its line to itself."""
    line = text[text.rfind("\n", 0, start) + 1 : start] + text[end : (text + "\n").index("\n", end)]
    return not any(character.isalnum() for character in line)


def _opens(text: str, start: int) -> bool:
    """Whether a sentence opens at `start`, so that a capital says nothing."""
    before = text[:start].rstrip(" ")
    return before == "" or before[-1] in ".!?\n"


def _shouting(text: str, start: int, end: int) -> bool:
    """Whether the words around are in capitals too, so that a capital says nothing."""
    around = [c for c in text[max(0, start - 20) : start] + text[end : end + 20] if c.isalpha()]
    return bool(around) and sum(c.isupper() for c in around) > 0.7 * len(around)


@Language.factory(
    "advertentiemonitor_place_finder",
    assigns=["doc._.place_mentions", "doc._.place_guesses", "doc.spans"],
    requires=["doc._.phrase_matches", "doc._.phone_mentions"],
)
def make_place_finder(nlp: Language, name: str) -> PlaceFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PlaceFinder(nlp)
