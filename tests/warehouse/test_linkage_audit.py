import numpy as np
import pytest

from warehouse.errors import WrongUse
from warehouse.linkage_audit import FEWEST_IDENTITIES, Candidate, draw, judge


def market(seed: int, people: int = 400, split: float = 0.2, mixed: float = 0.1):
    """Listings of people, some of them split over two identities, some sharing one; with the truth."""
    rng = np.random.default_rng(seed)
    listings, person_of, identity = [], {}, 0
    for person in range(people):
        if rng.random() >= mixed:
            identity += 1
        for k in range(int(rng.integers(1, 6))):
            handle = f"{person}-{k}"
            if k and rng.random() < split:
                identity += 1
            listings.append(Candidate(handle, identity, frozenset({f"GM{person % 7}"})))
            person_of[handle] = person
    # Where two share an identity they are met in one place.
    places = {each.identity: frozenset() for each in listings}
    for each in listings:
        places[each.identity] |= each.places
    return [Candidate(each.handle, each.identity, places[each.identity]) for each in listings], person_of


def whole_answers(sheets, person_of):
    return [{handle: person_of[handle] for handle in sheet.handles} for sheet in sheets]


def test_all_identities_judged_give_the_truth():
    listings, person_of = market(1)
    identities = {each.identity for each in listings}
    audit = judge(*[sheets := draw(listings, 10_000, 1, beside=10_000), whole_answers(sheets, person_of)])
    assert audit.identities == len(identities)
    assert audit.kappa.point == pytest.approx(400 / len(identities))
    pairs = [(a, b) for n, a in enumerate(listings) for b in listings[:n]]
    linked = [(a, b) for a, b in pairs if a.identity == b.identity]
    own = [(a, b) for a, b in pairs if person_of[a.handle] == person_of[b.handle]]
    wrong = sum(person_of[a.handle] != person_of[b.handle] for a, b in linked)
    assert audit.false_links.point == pytest.approx(wrong / len(linked))
    assert audit.missed_links.point == pytest.approx(sum(a.identity != b.identity for a, b in own) / len(own))


def test_intervals_hold_the_truth_as_often_as_they_say():
    covered = []
    for seed in range(40):
        listings, person_of = market(seed)
        identities = len({each.identity for each in listings})
        sheets = draw(listings, FEWEST_IDENTITIES, seed, beside=10_000)
        kappa = judge(sheets, whole_answers(sheets, person_of)).kappa
        covered.append(kappa.lower <= 400 / identities <= kappa.upper)
    assert np.mean(covered) >= 0.85


def test_fakes_are_nobody():
    listings = [Candidate(n, n, frozenset({"GM1"})) for n in range(200)]
    sheets = draw(listings, 200, 1, beside=3)
    audit = judge(sheets, [{handle: None if handle % 2 else handle for handle in sheet.handles} for sheet in sheets])
    assert audit.kappa.point == 0.5
    assert audit.false_links.upper == audit.missed_links.upper == 1.0  # nothing was there to be wrong


def test_a_sheet_shows_the_identity_whole_and_not_which_it_is():
    listings, _ = market(2)
    members = {}
    for each in listings:
        members.setdefault(each.identity, set()).add(each.handle)
    sheets = draw(listings, 200, 3, beside=10)
    assert len({sheet.drawn for sheet in sheets}) == 200
    assert all(members[sheet.drawn] <= set(sheet.handles) for sheet in sheets)
    first = [sheet.identities[0] == sheet.drawn for sheet in sheets if len(set(sheet.identities)) > 4]
    assert 0.02 < np.mean(first) < 0.6
    assert "-" not in repr(sheets[0])


def test_the_same_seed_draws_the_same():
    listings, _ = market(4)
    assert draw(listings, 150, 1) == draw(listings, 150, 1) != draw(listings, 150, 2)


def test_too_few_or_unanswered_is_refused():
    listings, person_of = market(5)
    few = draw(listings, FEWEST_IDENTITIES - 1, 1)
    with pytest.raises(WrongUse):
        judge(few, whole_answers(few, person_of))
    sheets = draw(listings, FEWEST_IDENTITIES, 1)
    answers = whole_answers(sheets, person_of)
    answers[0].popitem()
    with pytest.raises(WrongUse):
        judge(sheets, answers)
    with pytest.raises(WrongUse):
        draw([], 150, 1)
