"""From listings to facts: what may be known of one advertisement, and nothing else."""

import json
from collections.abc import Iterable, Iterator
from datetime import date

from spacy.language import Language
from spacy.tokens import Doc

from nlp import attributes
from nlp.attributes import Hints
from nlp.errors import BadLine
from nlp.pipeline import VERSION
from nlp.place_reading import entities
from warehouse.records import Facts, Listing


def read_listings(nlp_pipeline: Language, listings: Iterable[Listing], *, day: date | None = None) -> Iterator[Facts]:
    """Read listings, in order, one `Facts` each.

    A number or place in a field of its own outranks the text; the site's category is a cue for the setting.

    Args:
        nlp_pipeline: what `nlp.pipeline.load()` gave.
        listings: any number; read in a stream.
        day: the day whose municipal borders count; None means those now in force.
    """
    kept: list[str | None] = []

    def documents() -> Iterator[Doc]:
        for listing in listings:
            doc = nlp_pipeline.make_doc(f"{listing.title}\n{listing.body}")
            if listing.place or listing.category or day:
                attributes.reading(doc).hints = Hints(listing.place, listing.category, day)
            kept.append(listing.contact)
            yield doc

    for doc in nlp_pipeline.pipe(documents()):
        yield facts(doc, _contact(nlp_pipeline, kept.pop(0)))


def _contact(nlp_pipeline: Language, contact: str | None) -> tuple[str, ...]:
    """Numbers in a site's contact field."""
    if not contact:
        return ()
    doc = nlp_pipeline.make_doc(contact)
    for finder in ("phrase_finder", "phone_finder"):
        doc = nlp_pipeline.get_pipe(finder)(doc)
    return tuple(mention.e164 for mention in attributes.phones(doc))


def facts(doc: Doc, contact_numbers: tuple[str, ...] = ()) -> Facts:
    """The facts of a read Doc; each number once, those of the contact field first."""
    numbers = dict.fromkeys((*contact_numbers, *(mention.e164 for mention in attributes.phones(doc))))
    language = attributes.language(doc)
    setting = attributes.setting(doc)
    return Facts(
        numbers=tuple(numbers),
        places=attributes.place_guesses(doc),
        language=language.code,
        language_probability=round(language.probability, 4),
        setting=setting.label,
        setting_probability=setting.probability,
        pipeline_version=VERSION + entities.stamp(),
    )


def read_lines(nlp_pipeline: Language, lines: Iterable[str]) -> Iterator[tuple[str, Facts]]:
    """Read listings given as JSON lines {"id", "title", "body", "place"}; `place` and `title` may be absent.

    Yields:
        The line's id and its facts, in order; empty lines are skipped.

    Raises:
        BadLine: a line is no such object; the error names the line number only.
    """
    identities: list[str] = []

    def listings() -> Iterator[Listing]:
        for number, line in enumerate(lines, 1):
            if line.strip():
                identity, listing = _parse(number, line)
                identities.append(identity)
                yield listing

    for read in read_listings(nlp_pipeline, listings()):
        yield identities.pop(0), read


_BROKEN = object()


def _parse(number: int, line: str) -> tuple[str, Listing]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        given = _BROKEN
    if given is _BROKEN:  # raised here and not above: the JSON error would hang on to the line
        raise BadLine(number, "no JSON")
    if not isinstance(given, dict):
        raise BadLine(number, "no object")
    values: dict[str, str] = {}
    for key in ("id", "title", "body", "place"):
        value = given.get(key)
        if isinstance(value, int) and key == "id":
            value = str(value)
        if value is None and key in {"title", "place"}:
            continue
        if not isinstance(value, str):
            raise BadLine(number, f'"{key}" is missing or no text')
        values[key] = value
    return values["id"], Listing("lines", values["id"], values.get("title", ""), values["body"], values.get("place"))
