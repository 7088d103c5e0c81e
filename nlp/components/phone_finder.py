"""Component: telephone numbers."""

from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.components.batches import Batched
from nlp.lexicon import LETTER, OPENING, SEED
from nlp.numbers.reader import NO_CLUES, Clues, find, find_told
from nlp.tokens import Tokens

_MARKS = SEED | OPENING | LETTER
# Fields of Clues and the turns of phrase that fill them.
_ROLES = (("labels", "label"), ("reversals", "reverse"), ("beginnings", "told"), ("corrections", "correction"))
_TURNS = frozenset(role for _, role in _ROLES)


class PhoneFinder(Batched):
    """Leaves `Reading.phones`: each number that a numbering plan accepts; see `nlp.numbers.reader`."""

    def __init__(self) -> None:
        attributes.register()

    def __call__(self, doc: Doc) -> Doc:
        """Read the numbers of `doc`."""
        reading = attributes.reading(doc)
        tokens = reading.tokens or attributes.tokens(doc)
        marks = [(start, start + length, bits) for _, bits, start, length in tokens.marked if bits & _MARKS]
        if not marks:
            return doc
        turns, language = reading.matches.turns, reading.language.code

        asked: list[Clues] = []

        def clues() -> Clues:
            if not asked:
                asked.append(self._clues(reading, tokens))
            return asked[0]

        found = find(reading.text, marks, language, clues)
        if "told" in turns or "correction" in turns:
            found = find_told(reading.text, marks, language, clues(), found)
        reading.phones = found
        return doc

    @staticmethod
    def _clues(reading: attributes.Reading, tokens: Tokens) -> Clues:
        turns, french = reading.matches.turns, reading.language.code == "fr"
        if not french and turns.keys().isdisjoint(_TURNS):
            return NO_CLUES
        spans = {name: [tokens.span(*span) for span in turns[role]] for name, role in _ROLES if role in turns}
        return Clues(**spans, countries=_countries(reading) if french else frozenset())


def _countries(reading: attributes.Reading) -> frozenset[str]:
    """Countries of the places named, ordinary words left out."""
    return frozenset(entry.candidates[0].country for entry, _, _ in reading.matches.names if not entry.ordinary)


@Language.factory(
    "advertentiemonitor_phone_finder",
    assigns=["doc._.phone_mentions"],
    requires=["doc._.phrase_matches", "doc._.language_cue"],
)
def make_phone_finder(nlp: Language, name: str) -> PhoneFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PhoneFinder()
