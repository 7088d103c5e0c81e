from nlp.gazetteer import gazetteer
from nlp.place_reading.deciding import Evidence, decide

KNOWN = gazetteer()
HENGELO = KNOWN.entries["hengelo"].candidates


def top(evidence: Evidence, qualifier: str = "") -> tuple[str, float]:
    candidate, share = decide(HENGELO, qualifier, evidence)[0]
    return candidate.area, share


def test_population_decides_first() -> None:
    assert top(Evidence())[0] == "GM0164"


def test_qualifier_outweighs_population() -> None:
    area, share = top(Evidence(), "Gelderland")
    assert area == "GM1876"
    assert share > 0.95


def test_neighbours_region_and_postcode_move_it() -> None:
    assert top(Evidence(anchors=[KNOWN.entries["vorden"].candidates[0]]))[0] == "GM1876"
    assert top(Evidence(regions=[KNOWN.regions["achterhoek"]]))[0] == "GM1876"
    assert top(Evidence(postcode_areas={"GM1876"}))[0] == "GM1876"


def test_probabilities_sum_to_one() -> None:
    for entry in KNOWN.entries.values():
        ranked = decide(entry.candidates, "", Evidence())
        assert abs(sum(share for _, share in ranked) - 1.0) < 1e-9
