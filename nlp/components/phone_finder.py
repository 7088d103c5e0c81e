"""Component: telephone numbers."""

from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.components.batches import Batched
from nlp.lexicon import OPENING, SEED
from nlp.numbers.reader import Clues, find


class PhoneFinder(Batched):
    """Leaves `Reading.phones`: each number that a numbering plan accepts; see `nlp.numbers.reader`."""

    def __init__(self) -> None:
        attributes.register()

    def __call__(self, doc: Doc) -> Doc:
        """Read the numbers of `doc`."""
        tokens = attributes.tokens(doc)
        starts, lengths = tokens.starts, tokens.lengths
        marks = [(starts[i], starts[i] + lengths[i], bits) for i, bits in tokens.marked if bits & (SEED | OPENING)]
        if not marks:
            return doc
        reading = attributes.reading(doc)

        def clues() -> Clues:
            turns = reading.matches.turns
            return Clues(*(tuple(tokens.span(*span) for span in turns.get(role, ())) for role in ("label", "reverse")))

        reading.phones = find(reading.text, marks, reading.language.code, clues)
        return doc


@Language.factory(
    "advertentiemonitor_phone_finder",
    assigns=["doc._.phone_mentions"],
    requires=["doc._.phrase_matches", "doc._.language_cue"],
)
def make_phone_finder(nlp: Language, name: str) -> PhoneFinder:  # noqa: ARG001 (spaCy gives each factory its name)
    """Build the component; it has no settings."""
    return PhoneFinder()
