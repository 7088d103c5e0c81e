"""Component: places. Names come from the phrase finder; case, the words around and the rest of the listing decide."""

from datetime import date

from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import PhoneMention, PlaceMention, Reading
from nlp.components.batches import Batched
from nlp.gazetteer import Candidate, Entry, Municipality, gazetteer
from nlp.lexicon import POSTCODE as POSTCODE_SIGN
from nlp.place_reading.deciding import Evidence, decide
from nlp.place_reading.fields import POSTCODE, FieldReader, Ranked, postcode_areas
from nlp.place_reading.names import Name, NameReader
from warehouse.records import PlaceGuess

_FIELD_TRUST, _BESIDE_FIELD = 0.97, 0.45
_POSTCODE_BELIEF = 0.8
_LEAST_READING = 0.05
_MOST_NAMES = 60


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
        day = reading.hints.day
        field = self.fields.read(reading.hints.place) if reading.hints.place else ()
        names, evidence = self._look(doc, reading)
        evidence.anchors += [candidate for candidate, probability in field if probability >= 0.5]
        mentions: list[PlaceMention] = []
        readings: list[tuple[str, float]] = []
        for name in names:
            ranked = decide(name.entry.candidates, name.qualifier, evidence)
            mentions.append(self._mention(name, ranked[0], day))
            readings += [(self._area(candidate, day), share * name.belief) for candidate, share in ranked]
        if evidence.postcode_areas:
            extra = self._postcode_mentions(reading.text, mentions, day)
            mentions += extra
            readings += [(mention.municipality_code or mention.country, mention.probability) for mention in extra]
        if mentions:
            mentions.sort(key=lambda mention: mention.start)
            reading.places = tuple(mentions)
        if mentions or field:
            reading.place_guesses = self._together(readings, field, day)
        return doc

    def _look(self, doc: Doc, reading: Reading) -> tuple[list[Name], Evidence]:
        """Names that are places here and not denied, and what the listing says as a whole."""
        tokens = attributes.tokens(doc)
        found = reading.matches
        evidence = Evidence(regions=list(found.regions))
        matches: list[tuple[Entry, int, int]] = []
        for entry, first, last in found.names:
            common = entry.ordinary in {"strong", "name"} and tokens.written(first).islower()
            if not common and (not matches or first >= matches[-1][2]):
                matches.append((entry, first, last))
        after = {role: {last for _, last in found.turns.get(role, ())} for role in ("near_tail", "club")}
        names = self.names.read(tokens, matches[:_MOST_NAMES], after["near_tail"], after["club"], reading.language.code)
        if tokens.with_any(POSTCODE_SIGN):
            evidence.postcode_areas = postcode_areas(reading.text)
        evidence.line_areas = [area for mention in reading.phones if (area := self._line_area(mention))]
        evidence.anchors = [
            name.entry.candidates[0] for name in names if len(name.entry.candidates) == 1 and not name.denied
        ]
        evidence.countries = {anchor.country for anchor in evidence.anchors}
        return [name for name in names if not name.denied], evidence

    def _line_area(self, mention: PhoneMention) -> Municipality | None:
        """The main municipality of a Dutch area code."""
        national = "0" + mention.e164[3:]
        code = self.gazetteer.area_codes.get(national[:3]) or self.gazetteer.area_codes.get(national[:4])
        return self.gazetteer.municipalities[code] if mention.country == "NL" and code else None

    def _area(self, candidate: Candidate, day: date | None) -> str:
        code = candidate.municipality_code
        return self.gazetteer.code_on(code, day) if code else candidate.country

    def _mention(self, name: Name, top: tuple[Candidate, float], day: date | None) -> PlaceMention:
        candidate, share = top
        code = self._area(candidate, day) if candidate.municipality_code else None
        return PlaceMention(
            name.start, name.end, candidate.name, code, candidate.country, round(name.belief * share, 4)
        )

    def _postcode_mentions(self, text: str, mentions: list[PlaceMention], day: date | None) -> list[PlaceMention]:
        """A full postcode names a municipality where no name in the text already does."""
        named = {mention.municipality_code for mention in mentions}
        added: list[PlaceMention] = []
        for found in POSTCODE.finditer(text):
            given = self.gazetteer.municipality_of_postcode(int(found.group(1)))
            code = self.gazetteer.code_on(given, day) if given else None
            if code and code not in named:
                named.add(code)
                name = self.gazetteer.municipalities[code].name
                added.append(PlaceMention(found.start(), found.end(), name, code, "NL", _POSTCODE_BELIEF))
        return added

    def _together(self, readings: list[tuple[str, float]], field: Ranked, day: date | None) -> tuple[PlaceGuess, ...]:
        """Areas with probabilities: mentions of one area support each other; the place field outranks the text."""
        against: dict[str, float] = {}
        for area, probability in readings:
            if probability >= _LEAST_READING:
                weight = _BESIDE_FIELD if field else 1.0
                against[area] = against.get(area, 1.0) * (1.0 - min(probability * weight, 0.99))
        for candidate, probability in field:
            area = self._area(candidate, day)
            against[area] = against.get(area, 1.0) * (1.0 - _FIELD_TRUST * probability)
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
