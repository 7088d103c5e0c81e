"""From listings to rows: reading and pseudonymising meet here, in memory, and nowhere else."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from spacy.language import Language

from advertentiemonitor.errors import WrongUse
from nlp.reading import read_lines, read_listings
from warehouse.keys import PseudonymKeys
from warehouse.records import FactRow, Facts, Listing, PlaceGuess, SettingCode
from warehouse.sketches import normalise, sketches

BATCH = 256  # listings read and sketched together: large enough for numpy, small enough for memory


def fact_rows(
    nlp: Language,
    keys: PseudonymKeys,
    listings: Iterable[Listing],
    day: date,
    former: PseudonymKeys | None = None,
) -> Iterator[FactRow]:
    """Turn the listings of a day into rows for the warehouse, in order. Text and numbers end here.

    Args:
        nlp: the reading pipeline.
        keys: of the epoch that holds the day.
        listings: as a crawl read them.
        day: the day of the crawl.
        former: keys of the epoch before, in a bridge week.
    """
    batch: list[Listing] = []
    for listing in listings:
        batch.append(listing)
        if len(batch) == BATCH:
            yield from _rows(nlp, keys, batch, day, former)
            batch = []
    yield from _rows(nlp, keys, batch, day, former)


def _rows(
    nlp: Language, keys: PseudonymKeys, batch: list[Listing], day: date, former: PseudonymKeys | None
) -> Iterator[FactRow]:
    texts = [normalise(f"{listing.title}\n{listing.body}") for listing in batch]
    facts = read_listings(nlp, batch, day=day)
    for listing, text, sketch, fact in zip(batch, texts, sketches(texts, keys.sketch_key()), facts, strict=True):
        numbers = sorted(fact.numbers, key=keys.telephone)  # in an order that says nothing of the numbers
        yield FactRow(
            listing_key=keys.listing(listing.source, listing.listing_id),
            contact_keys=tuple(keys.telephone(number) for number in numbers),
            content_key=keys.content(text),
            sketch=sketch,
            area_codes=tuple(place.area_code for place in fact.places),
            area_probabilities=tuple(place.probability for place in fact.places),
            language_code=fact.language,
            language_probability=fact.language_probability,
            setting_code=fact.setting,
            setting_probability=fact.setting_probability,
            pipeline_version=fact.pipeline_version,
            former_contact_keys=tuple(former.telephone(number) for number in numbers) if former else (),
        )


@dataclass(frozen=True, slots=True)
class FactLine:
    """Facts of one line of a file. Pseudonyms hold within one run only: their key is made for it and thrown away."""

    id: str
    contact_pseudonyms: tuple[str, ...]
    places: tuple[PlaceGuess, ...]
    language: str | None
    language_probability: float
    setting: SettingCode
    setting_probability: float
    pipeline_version: str


def read_file(file: Path) -> list[FactLine]:
    """Read a file of {"id", "title", "body", "place"} lines into facts.

    The key is a fresh one: with the installation's key, this command would tell whether a number is in the warehouse.

    Raises:
        nlp.errors.BadLine: a line is not such an object; the error names its number only.
    """
    from nlp.pipeline import load

    keys = PseudonymKeys(secrets.token_bytes(32), "E0000")
    try:
        with file.open(encoding="utf-8") as lines:
            return [_line(keys, name, fact) for name, fact in read_lines(load(), lines)]
    except UnicodeDecodeError:
        raise WrongUse(f"{file.name} is not UTF-8 text. Save it as UTF-8 and read it again.") from None


def _line(keys: PseudonymKeys, name: str, fact: Facts) -> FactLine:
    return FactLine(
        id=name,
        contact_pseudonyms=tuple(sorted(keys.telephone(number).hex() for number in fact.numbers)),
        places=fact.places,
        language=fact.language,
        language_probability=fact.language_probability,
        setting=fact.setting,
        setting_probability=fact.setting_probability,
        pipeline_version=fact.pipeline_version,
    )
