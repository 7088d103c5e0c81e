"""What index pages say of the size of a list, as it adds up."""

import pytest

from spiders.index_pages import Card, IndexPage
from spiders.tally import Chain


def page(cards: int = 0, *, faulty: int = 0, listings: int | None = None, pages: int | None = None, more: bool = False):
    shown = tuple(Card(f"a{number}", f"http://a.example/{number}", "x") for number in range(cards))
    return IndexPage(shown, faulty, listings, pages, "http://a.example/?p=2" if more else None)


@pytest.mark.parametrize(
    ("said", "numbers_only", "further", "expected"),
    [
        (page(10, pages=4), False, [2, 3, 4], 4),
        (page(10, listings=35, more=True), False, [2, 3, 4], 4),
        (page(10, listings=35), True, [2, 3, 4], 4),
        (page(8, faulty=2, listings=35, more=True), False, [2, 3, 4], 4),  # ten stand on a page, two of them unreadable
        (page(10, listings=35), False, [], 1),  # no link to more: the total counts something else
        (page(10, more=True), False, None, 0),
        (page(0, listings=0), False, None, 0),
    ],
)
def test_further_pages_follow_from_what_the_first_says(said, numbers_only, further, expected):
    chain = Chain()
    found = chain.learn(said, 1, numbers_only=numbers_only)
    assert (None if found is None else list(found)) == further
    assert chain.pages_expected == expected


def test_a_later_page_adds_what_it_knows_and_takes_nothing_away():
    chain = Chain(pages_asked=1, numbers_read={1})
    assert list(chain.learn(page(10, listings=30, pages=3), 1, numbers_only=False)) == [2, 3]
    assert list(chain.learn(page(10, listings=42, pages=5), 2, numbers_only=False)) == [4, 5]
    assert list(chain.learn(page(2, listings=2, pages=1), 3, numbers_only=False)) == []
    assert (chain.listings_stated, chain.pages_stated, chain.pages_expected) == (42, 5, 5)
    assert chain.missing == [2, 3, 4, 5]
