"""Which of the places of one name is meant: population says where to start, the rest of the text says where to end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlp.gazetteer import Candidate, Municipality, Region, kilometres

_POPULATION_WEIGHT = 0.7
_NEIGHBOUR_WEIGHT, _NEIGHBOUR_KM = 5.0, 20.0
_NEAREST_NEIGHBOURS = 4  # more mentions add nothing
_QUALIFIED = 5.0
_REGION, _PROVINCE = 4.0, 2.2
_POSTCODE, _AREA_CODE = 8.0, 3.0
_ABROAD = -2.0  # a Dutch reading is likelier on a Dutch site
_DISTRICT = -1.0


@dataclass(slots=True)
class Evidence:
    """What the whole listing says about where it is."""

    anchors: list[Candidate] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    postcode_areas: set[str] = field(default_factory=set)
    line_areas: list[Municipality] = field(default_factory=list)
    countries: set[str] = field(default_factory=set)


def decide(candidates: Sequence[Candidate], qualifier: str, evidence: Evidence) -> list[tuple[Candidate, float]]:
    """Candidates with probabilities that sum to 1, most probable first.

    Args:
        candidates: the readings of one name.
        qualifier: province or country named right after it ("Hengelo (Gld)", "Hasselt (BE)"), or "".
        evidence: what the rest of the listing says.
    """
    if len(candidates) == 1:
        return [(candidates[0], 1.0)]
    scores = [_score(candidate, qualifier, evidence) for candidate in candidates]
    top = max(scores)
    odds = [math.exp(score - top) for score in scores]
    total = sum(odds)
    ranked = sorted(zip(candidates, odds, strict=True), key=lambda pair: (-pair[1], pair[0].area))
    return [(candidate, value / total) for candidate, value in ranked]


def _score(candidate: Candidate, qualifier: str, evidence: Evidence) -> float:
    score = _POPULATION_WEIGHT * math.log(candidate.population + 300)
    if candidate.kind == "district":
        score += _DISTRICT
    if candidate.country not in {"NL", qualifier}:
        score += 0.0 if candidate.country in evidence.countries else _ABROAD
    if qualifier:
        score += _QUALIFIED if qualifier in {candidate.province, candidate.country} else -_QUALIFIED
    for region in evidence.regions:
        if region.holds(candidate):
            score += _REGION if candidate.corop_code in region.corop_codes else _PROVINCE
    if candidate.area in evidence.postcode_areas:
        score += _POSTCODE
    nearest = sorted(kilometres(candidate, anchor) for anchor in evidence.anchors)[:_NEAREST_NEIGHBOURS]
    score += sum(_NEIGHBOUR_WEIGHT * math.exp(-distance / _NEIGHBOUR_KM) for distance in nearest)
    for municipality in evidence.line_areas:
        if municipality.code == candidate.municipality_code:
            score += _AREA_CODE
        elif municipality.corop_code == candidate.corop_code:
            score += _AREA_CODE / 2
    return score
