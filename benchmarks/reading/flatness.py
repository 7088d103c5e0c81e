"""Cost of a listing from 1,000 to 100,000 of them, text in, facts and pseudonyms out, and the memory it takes.

Texts are made in portions before the clock runs; facts are counted and thrown away, as a load would.

    python benchmarks/reading/flatness.py [--largest 100000]
"""

import argparse
import math
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from texts import generate
from throughput import pseudonym

from nlp.pipeline import load
from nlp.reading import read_listings
from warehouse.records import Listing

_PORTION = 5_000
_STEP = 10**0.5


def seconds(count: int, seed: int) -> float:
    """Processor time for `count` fresh listings."""
    pipeline = load()
    taken = 0.0
    for portion in range(0, count, _PORTION):
        texts = generate(min(_PORTION, count - portion), seed + portion)
        listings = [Listing("x", str(i), "", text.text) for i, text in enumerate(texts)]
        began = time.process_time()
        for facts in read_listings(pipeline, listings):
            for number in facts.numbers:
                pseudonym(number)
        taken += time.process_time() - began
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=100_000)
    largest = parser.parse_args().largest
    seconds(1_000, seed=1)
    sizes = [round(1_000 * _STEP**step) for step in range(1 + round(math.log(largest / 1_000, _STEP)))]
    costs = [seconds(size, seed=size * 7) / size for size in sizes]
    for size, cost in zip(sizes, costs, strict=True):
        print(f"{size:8} listings  {1e6 * cost:6.0f} us each  {1 / cost:6.0f} a second a core")
    slope = statistics.linear_regression([math.log(s) for s in sizes], [math.log(c) for c in costs]).slope
    print(f"exponent of the cost of one listing in their number: {slope:+.3f} (flat: 0)")
    print(
        f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most, texts of a portion included"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
