"""Component: places. Names come from the phrase finder; case, the words around and the rest of the listing decide."""

from datetime import date

from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import PhoneMention, PlaceMention, Reading
from nlp.components.batches import Batched
from nlp.gazetteer import Candidate, Municipality, gazetteer
from nlp.lexicon import HASH_SIGN, NEAR_NAME
from nlp.lexicon import POSTCODE as POSTCODE_SIGN
from nlp.place_reading import entities, postcodes
from nlp.place_reading.context import POSTCODE
from nlp.place_reading.deciding import Evidence, decide
from nlp.place_reading.fields import FieldReader, Ranked
from nlp.place_reading.names import Match, NameReader
from nlp.place_reading.naming import Name
from nlp.tokens import Tokens
from warehouse.records import PlaceGuess

_FIELD_TRUST = 0.97
_SERVED_BESIDE_FIELD, _NAMED_BESIDE_FIELD = 0.8, 0.45  # with an offer there ("ook in ..."), without
_POSTCODE_BELIEF, _DIGITS_BELIEF = 0.8, 0.75
_LEAST_READING = 0.05
_MOST_NAMES = 60
_WANTED = NEAR_NAME | HASH_SIGN | POSTCODE_SIGN
_NO_EVIDENCE = Evidence()  # shared, so never added to
_UNDER_POSTCODE = 3  # tokens between "postcode" and four digits

_Code = tuple[str, int, int, float]  # municipality code, characters [start, end), belief
_Reading = tuple[str, float, float]  # area, probability, weight beside a place field


class PlaceFinder(Batched):
    """Leaves `Reading.places` and `Reading.place_guesses`."""

    def __init__(self, nlp: Language) -> None:
        attributes.register()
        self.gazetteer = gazetteer()
        self.names = NameReader(nlp)
        self.fields = FieldReader(nlp, self.names)

    def __call__(self, doc: Doc) -> Doc:
        """Read the places of `doc`."""
        reading = attributes.reading(doc)
        tokens = reading.tokens or attributes.tokens(doc)
        hints = reading.hints
        field = self.fields.read(hints.place) if hints.place else ()
        marked = tokens.with_any(_WANTED)
        names = self._names(tokens, reading, marked, beside_field=bool(field))
        coded = self._postcodes(tokens, marked) if marked else []
        if not (names or field or coded):
            return doc
        day = hints.day
        evidence = self._evidence(names, field, coded, reading)
        mentions: list[PlaceMention] = []
        readings: list[_Reading] = []
        if names:
            entities.weigh(names, reading.text)
        for name in names:
            if name.denied:
                continue
            ranked = decide(name.entry.candidates, name.qualifier, evidence)
            mentions.append(self._mention(name, ranked[0], day))
            served = name.firm and name.offered and not name.out_of and name.entry.kind != "abroad"
            weight = _SERVED_BESIDE_FIELD if served else _NAMED_BESIDE_FIELD
            readings += [(self._area(candidate, day), share * name.belief, weight) for candidate, share in ranked]
        if coded:
            extra = self._postcode_mentions(coded, mentions, day)
            mentions += extra
            readings += [(m.municipality_code or m.country, m.probability, _NAMED_BESIDE_FIELD) for m in extra]
            mentions.sort(key=lambda mention: mention.start)
        if mentions:
            reading.places = tuple(mentions)
        if mentions or field:
            reading.place_guesses = self._together(readings, field, day)
        return doc

    def _names(self, tokens: Tokens, reading: Reading, marked: list[int], *, beside_field: bool) -> list[Name]:
        """Names that are places here, denied ones included."""
        found = reading.matches
        if not (found.names or marked):
            return []
        matches: list[Match] = []
        end = 0
        text = tokens.text
        for match in found.names:
            entry, first, last = match
            if first < end or (entry.ordinary in {"strong", "name"} and text[tokens.start(first)].islower()):
                continue
            matches.append(match)
            end = last
        return self.names.read(
            tokens, matches[:_MOST_NAMES], marked, found.turns, reading.language.code, beside_field=beside_field
        )

    def _evidence(self, names: list[Name], field: Ranked, coded: list[_Code], reading: Reading) -> Evidence:
        """What the listing says as a whole; not asked where no name has two bearers."""
        if not any(len(name.entry.candidates) > 1 for name in names):
            return _NO_EVIDENCE
        evidence = Evidence(regions=reading.matches.regions)
        evidence.postcode_areas = {code for code, _, _, _ in coded}
        if reading.phones:
            evidence.line_areas = [area for mention in reading.phones if (area := self._line_area(mention))]
        anchors = [
            name.entry.candidates[0]
            for name in names
            if len(name.entry.candidates) == 1 and not name.denied and name.entry.kind != "abroad"
        ]
        anchors += [candidate for candidate, share in field if share >= 0.5 and candidate.kind != "country"]
        evidence.anchors = anchors
        evidence.countries = {anchor.country for anchor in anchors}
        return evidence

    def _postcodes(self, tokens: Tokens, marked: list[int]) -> list[_Code]:
        """Postcodes among the marked tokens; four digits only where a word says so."""
        found: list[_Code] = []
        text = tokens.text
        for index in marked:
            start = tokens.start(index)
            if not "0" <= text[start] <= "9":
                continue
            whole = postcodes.municipality_at(text, start)
            if whole:
                found.append((whole[0], start, whole[1], _POSTCODE_BELIEF))
            elif tokens.length(index) == 4 and self._is_called_postcode(tokens, index):
                code = self.gazetteer.municipality_of_postcode(int(text[start : start + 4]))
                if code:
                    found.append((code, start, start + 4, _DIGITS_BELIEF))
        return found

    def _is_called_postcode(self, tokens: Tokens, index: int) -> bool:
        words = self.names.contexts[None].words
        before = tokens.norms[max(0, index - _UNDER_POSTCODE) : index]
        return any(words.get(norm, 0) & POSTCODE for norm in before)

    def _line_area(self, mention: PhoneMention) -> Municipality | None:
        """The main municipality of a Dutch area code."""
        if mention.country != "NL" or mention.e164[3] == "6":
            return None
        national = "0" + mention.e164[3:]
        code = self.gazetteer.area_codes.get(national[:3]) or self.gazetteer.area_codes.get(national[:4])
        return self.gazetteer.municipalities[code] if code else None

    def _area(self, candidate: Candidate, day: date | None) -> str:
        code = candidate.municipality_code
        if code is None:
            return candidate.country
        return self.gazetteer.code_on(code, day) if day else code

    def _mention(self, name: Name, top: tuple[Candidate, float], day: date | None) -> PlaceMention:
        candidate, share = top
        code = self._area(candidate, day) if candidate.municipality_code else None
        return PlaceMention(
            name.start, name.end, candidate.name, code, candidate.country, round(name.belief * share, 4)
        )

    def _postcode_mentions(
        self, coded: list[_Code], mentions: list[PlaceMention], day: date | None
    ) -> list[PlaceMention]:
        """A postcode names a municipality where no name in the text already does."""
        named = {mention.municipality_code for mention in mentions}
        added: list[PlaceMention] = []
        for given, start, end, belief in coded:
            code = self.gazetteer.code_on(given, day)
            if code not in named:
                named.add(code)
                added.append(PlaceMention(start, end, self.gazetteer.municipalities[code].name, code, "NL", belief))
        return added

    def _together(self, readings: list[_Reading], field: Ranked, day: date | None) -> tuple[PlaceGuess, ...]:
        """Areas with probabilities: mentions of one area support each other; the place field outranks the text."""
        against: dict[str, float] = {}
        for area, probability, weight in readings:
            if probability >= _LEAST_READING:
                share = probability * weight if field else probability
                against[area] = against.get(area, 1.0) * (1.0 - min(share, 0.99))
        for candidate, probability in field:
            area = self._area(candidate, day)
            against[area] = against.get(area, 1.0) * (1.0 - _FIELD_TRUST * probability)
        if len(against) == 1:
            ((area, miss),) = against.items()
            return (PlaceGuess(area, round(1.0 - miss, 4)),)
        guesses = [PlaceGuess(area, round(1.0 - miss, 4)) for area, miss in against.items()]
        return tuple(sorted(guesses, key=lambda guess: (-guess.probability, guess.area_code)))


@Language.factory(
    "advertentiemonitor_place_finder",
    assigns=["doc._.place_mentions", "doc._.place_guesses"],
    requires=["doc._.phrase_matches", "doc._.phone_mentions"],
)
def make_place_finder(nlp: Language, name: str) -> PlaceFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PlaceFinder(nlp)
