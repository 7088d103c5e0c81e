"""Numbers that do not tell whose an advertisement is: of a booking line, a helpdesk, a house that many passed through.

They stand in a share of all advertisements, in any town and on any site: a few of them in many, most in few (the n-th in
proportion to 1/n). Half stand beside the author's own number, half in its place. No author has a number of their block.
"""

import random
from collections.abc import Sequence
from itertools import accumulate

from simulation import numbers, texts

ADVERTISEMENTS_A_NUMBER = 12  # on the average
_BLOCK = numbers.BLOCKS["BE"]


def writings(advertisements: int, share: float, seed: int) -> dict[int, tuple[str, bool]]:
    """Choose which advertisements get a generic number, how it is written, and whether it takes the place of the own one.

    Args:
        advertisements: how many there are.
        share: of them, 0 to 1.
        seed: of the world.

    Returns:
        By position. The same arguments give the same choice; nothing else of the world is drawn differently for it.
    """
    rng = random.Random(f"{seed}:generic")
    chosen = sorted(rng.sample(range(advertisements), round(share * advertisements)))
    pool = [_BLOCK.number(numbers.FAKES_FROM + n) for n in range(len(chosen) // ADVERTISEMENTS_A_NUMBER + 1)]
    often = list(accumulate(1 / (rank + 1) for rank in range(len(pool))))
    return {
        position: (numbers.plain(rng.choices(pool, cum_weights=often)[0], rng), rng.random() < 0.5)
        for position in chosen
    }


def rewritten(body: str, number: str, own: Sequence[str], sentence: str) -> str:
    """Give a text with `number` in place of the numbers `own`, or in a sentence of its own where it has none of them."""
    changed = body
    for written in own:
        changed = changed.replace(written, number)
    return changed if changed != body else f"{body}\n{sentence}"


def contact_sentence(language: str, number: str, seed: int, position: int) -> str:
    """Write the sentence that names a number, in a language of the market."""
    rng = random.Random(f"{seed}:generic:{position}")
    return texts.contact(language, number, rng)
