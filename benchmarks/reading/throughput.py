"""Listings read per second, against the straightforward stack, in one run.

Ours: text in, facts and pseudonyms out. The peer: blank spaCy with the same names in an EntityRuler, phonenumbers'
PhoneNumberMatcher and lingua on every text, numbers pseudonymised too. Correctness first: a reading that finds fewer
numbers or places than the peer prints no speed.

    python benchmarks/reading/throughput.py [--texts 1000] [--rounds 7]
"""

import argparse
import gc
import hashlib
import hmac
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import phonenumbers
import spacy
from lingua import LanguageDetectorBuilder
from spacy.language import Language

sys.path.insert(0, str(Path(__file__).parents[1] / "table"))
sys.path.insert(0, str(Path(__file__).parent))
from measured import Bar, Disagreement, Measured, bench, grown
from texts import Text, generate

from nlp.components.language_finder import LANGUAGES
from nlp.gazetteer import gazetteer
from nlp.pipeline import load
from nlp.reading import read_listings
from warehouse.records import Listing

KEY = b"benchmark" * 4
Answer = tuple[set[bytes], set[str], str | None]


def pseudonym(number: str) -> bytes:
    return hmac.new(KEY, number.encode(), hashlib.sha256).digest()


def ours(pipeline: Language, texts: Sequence[Text]) -> list[Answer]:
    listings = (Listing("x", str(i), "", text.text) for i, text in enumerate(texts))
    return [
        (
            {pseudonym(number) for number in facts.numbers},
            {guess.area_code for guess in facts.places if guess.probability >= 0.5},
            facts.language,
        )
        for facts in read_listings(pipeline, listings)
    ]


def straightforward() -> Callable[[Sequence[Text]], list[Answer]]:
    nlp = spacy.blank("nl")
    ruler = nlp.add_pipe("entity_ruler")
    entries = [entry for entry in gazetteer().entries.values() if not entry.ordinary]
    ruler.add_patterns([{"label": "GPE", "pattern": entry.name, "id": entry.candidates[0].area} for entry in entries])
    language = LanguageDetectorBuilder.from_languages(*LANGUAGES).build()

    def read(texts: Sequence[Text]) -> list[Answer]:
        answers = []
        for doc in nlp.pipe(text.text for text in texts):
            numbers = {
                pseudonym(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
                for match in phonenumbers.PhoneNumberMatcher(doc.text, "NL")
            }
            heard = language.compute_language_confidence_values(doc.text)[0]
            code = heard.language.iso_code_639_1.name.lower()
            answers.append((numbers, {entity.ent_id_ for entity in doc.ents}, code))
        return answers

    return read


def score(answers: list[Answer], texts: Sequence[Text]) -> dict[str, float]:
    pairs = list(zip(answers, texts, strict=True))
    return {
        "numbers": sum(a[0] == {pseudonym(t.number)} for a, t in pairs) / len(pairs),
        "places": sum(a[1] == {t.area} for a, t in pairs) / len(pairs),
        "language": sum(a[2] == t.language for a, t in pairs) / len(pairs),
    }


def seconds(read: Callable[[Sequence[Text]], list[Answer]], texts: Sequence[Text]) -> float:
    began = time.process_time()
    read(texts)
    return time.process_time() - began


Readers = dict[str, Callable[[Sequence[Text]], list[Answer]]]
LEAST_RATIO, LEAST_RATE = 6, 3_000  # against the straightforward stack; listings a second on a core


def both(pipeline: Language) -> Readers:
    return {"ours": lambda batch: ours(pipeline, batch), "straightforward": straightforward()}


def scores(readers: Readers, texts: Sequence[Text]) -> dict[str, dict[str, float]]:
    return {name: score(read(texts), texts) for name, read in readers.items()}


def reads_less(found: dict[str, dict[str, float]]) -> bool:
    return any(found["ours"][signal] < found["straightforward"][signal] - 0.002 for signal in found["ours"])


def race(readers: Readers, size: int, rounds: int) -> dict[str, list[float]]:
    """Let both read fresh texts, in an order drawn anew for each round; give the seconds of a core."""
    gc.collect()
    gc.freeze()  # the tables of both, which neither run makes or drops
    rng = random.Random(2)
    times: dict[str, list[float]] = {name: [] for name in readers}
    for round_number in range(rounds):
        fresh = generate(size, seed=100 + round_number)
        for name in rng.sample(sorted(readers), len(readers)):
            times[name].append(seconds(readers[name], fresh))
    return times


def measure(rounds: int, size: int, sizes: Sequence[int]) -> Measured:
    """Grow with ours alone in memory; then race on `size` texts a round."""
    pipeline = load()
    ours(pipeline, generate(min(sizes), seed=1))  # a warm-up
    peak = bench.peak_mb()
    growth = grown(
        "listings", sizes, rounds, lambda n: seconds(lambda batch: ours(pipeline, batch), generate(n, seed=n))
    )
    megabytes = peak()
    readers = both(pipeline)
    if reads_less(scores(readers, generate(size, seed=1))):
        raise Disagreement("ours reads less than the straightforward stack")
    times = race(readers, size, rounds)
    row = Measured(
        "listings", size, "spaCy, EntityRuler, phonenumbers, lingua",
        ("spacy", "phonenumbers", "lingua-language-detector"),
        tuple(times["ours"]), tuple(times["straightforward"]), growth, megabytes,
    )  # fmt: skip
    bars = (
        Bar("listings/s", row.throughput, LEAST_RATE, at_least=True),
        Bar("ratio", row.ratio[0], LEAST_RATIO, at_least=True),
    )
    return replace(row, bars=bars)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    texts = generate(given.texts, seed=1)
    readers = both(load())
    found = scores(readers, texts)
    for name, figures in found.items():
        print(f"{name:16}", "  ".join(f"{signal} {share:.3f}" for signal, share in figures.items()))
    if reads_less(found):
        print("ours reads less than the straightforward stack: no speed is shown")
        return 1
    times = race(readers, given.texts, given.rounds)
    for name, taken in times.items():
        print(f"{name:16} {given.texts / statistics.median(taken):8.0f} listings/s a core (median of {given.rounds})")
    ratio, low, high = bench.spread(times["ours"], times["straightforward"])
    print(f"ratio            {ratio:.1f} ({low:.1f} to {high:.1f})")
    print(f"length           {statistics.mean(len(text.text) for text in texts):.0f} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
