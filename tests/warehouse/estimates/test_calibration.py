"""Which audit holds, and what is drawn from it."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from warehouse.estimates import calibration
from warehouse.estimates.audit_files import of_judged, of_shares, read_ghosts, read_identities
from warehouse.estimates.calibration import NOT_CALIBRATED, VALID_DAYS, Audit, in_force
from warehouse.estimates.errors import TableError
from warehouse.linkage_audit import Candidate, draw, judge

DAY = date(2026, 11, 22)
KAPPA = Audit("kappa", DAY, 0.9, 0.03, 200)
LAG = Audit("ghost_lag", DAY, 2.0, 0.4, 80, "nl_rubriek")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_an_audit_holds_from_its_day_on_for_120_days():
    audits = [KAPPA]
    assert in_force(audits, "kappa", DAY - timedelta(1)) is None
    assert in_force(audits, "kappa", DAY) is KAPPA
    assert in_force(audits, "kappa", DAY + timedelta(VALID_DAYS)) is KAPPA
    assert in_force(audits, "kappa", DAY + timedelta(VALID_DAYS + 1)) is None


@pytest.mark.parametrize(
    ("audit", "holds"),
    [
        (replace(KAPPA, sample_count=149), False),
        (replace(KAPPA, sample_count=150), True),
        (replace(LAG, sample_count=49), False),
        (replace(LAG, sample_count=50), True),
    ],
)
def test_a_small_audit_does_not_count(audit, holds):
    assert (in_force([audit], audit.kind, DAY, audit.source_code) is audit) == holds


def test_a_later_audit_takes_the_place_of_an_earlier_one_from_its_day_on():
    later = replace(KAPPA, audited_date=DAY + timedelta(10), point=0.8)
    for audits in ([KAPPA, later], [later, KAPPA]):
        assert in_force(audits, "kappa", DAY + timedelta(9)) is KAPPA
        assert in_force(audits, "kappa", DAY + timedelta(10)) is later
        # When the later one is too old, the earlier one is older still.
        assert in_force(audits, "kappa", later.audited_date + timedelta(VALID_DAYS + 1)) is None


def test_of_two_of_one_day_the_one_entered_later_holds():
    corrected = replace(KAPPA, point=0.85)
    assert in_force([KAPPA, corrected], "kappa", DAY) is corrected
    assert in_force([corrected, KAPPA], "kappa", DAY) is KAPPA


def test_a_lag_is_of_its_source_only():
    assert in_force([LAG, KAPPA], "ghost_lag", DAY, "nl_rubriek") is LAG
    assert in_force([LAG, KAPPA], "ghost_lag", DAY, "nl_kiosk") is None
    assert in_force([LAG], "kappa", DAY) is None


def test_draws_are_of_the_audit():
    made = calibration.kappa([KAPPA], DAY + timedelta(30), rng(), 20_000)
    assert made.draws.mean() == pytest.approx(0.9, abs=0.001)
    assert made.draws.std() == pytest.approx(0.03, abs=0.001)
    assert (made.age_days, made.audit, made.label) == (30, KAPPA, None)
    lag = calibration.ghost_lag([LAG], "nl_rubriek", DAY, rng(), 20_000)
    assert lag.draws.mean() == pytest.approx(2.0, abs=0.05)  # a little of the prior
    assert lag.draws.std() == pytest.approx(0.38, abs=0.03)
    assert (lag.age_days, lag.label) == (0, None)


def test_what_a_source_declares_cuts_its_lag_off():
    wide = calibration.ghost_lag([], "nl_rubriek", DAY, rng(), 2000).draws
    cut = calibration.ghost_lag([], "nl_rubriek", DAY, rng(), 2000, expiry_days=3).draws
    assert cut.max() <= 3 < wide.max()


def test_the_spread_does_not_grow_with_age_while_it_holds():
    young, old = (calibration.kappa([KAPPA], DAY + timedelta(n), rng(), 100).draws for n in (0, VALID_DAYS))
    assert young.tolist() == old.tolist()


def test_without_an_audit_nothing_is_known_and_it_says_so():
    made = calibration.kappa([], DAY, rng(), 20_000)
    assert 0.6 <= made.draws.min() < 0.601
    assert 1.099 < made.draws.max() <= 1.1
    assert (made.age_days, made.audit, made.label) == (None, None, NOT_CALIBRATED)
    lag = calibration.ghost_lag([KAPPA], "nl_rubriek", DAY, rng(), 20_000)
    assert lag.draws.mean() == pytest.approx(2.5, abs=0.05)
    assert lag.label == NOT_CALIBRATED


def test_draws_stay_within_what_is_possible():
    draws = calibration.kappa([replace(KAPPA, point=0.5, standard_error=2.0)], DAY, rng(), 20_000).draws
    assert draws.min() > 0
    # The mean of a normal cut at 0: point + spread * density / share above.
    assert draws.mean() == pytest.approx(0.5 + 2.0 * 0.38667 / 0.59871, abs=0.03)


@pytest.mark.parametrize("audits", [[], [KAPPA, LAG]])
def test_the_same_seed_gives_the_same_bits(audits):
    first, again, other = (calibration.kappa(audits, DAY, rng(seed), 50).draws.tobytes() for seed in (3, 3, 4))
    assert first == again != other
    lags = [calibration.ghost_lag(audits, "nl_rubriek", DAY, rng(seed), 50).draws.tobytes() for seed in (3, 3, 4)]
    assert lags[0] == lags[1] != lags[2]


def judged(seed: int):
    """An audit of a market in which every fifth person has two identities and every seventh identity two persons."""
    listings, person_of, shares = [], {}, []
    for person in range(300):
        for k in range(2):
            identity = person * 10 + (k if person % 5 == 0 else 0)
            identity = identity - 10 if person % 7 == 1 and k == 0 else identity
            listings.append(Candidate(f"{person}-{k}", identity, frozenset({"GM0153"})))
            person_of[f"{person}-{k}"] = person
    sheets = draw(listings, 200, seed, beside=10_000)
    identities_of = {p: {each.identity for each in listings if person_of[each.handle] == p} for p in range(300)}
    for sheet in sheets:
        inside = {person_of[h] for h, i in zip(sheet.handles, sheet.identities, strict=True) if i == sheet.drawn}
        shares.append(sum(1 / len(identities_of[person]) for person in inside))
    return judge(sheets, [{handle: person_of[handle] for handle in sheet.handles} for sheet in sheets]), shares


def test_what_was_judged_and_its_weight_shares_say_the_same():
    said, shares = judged(5)
    whole, parts = of_judged(said.kappa, said.identities, DAY), of_shares(shares, DAY)
    assert whole.point == pytest.approx(parts.point)
    assert whole.standard_error == pytest.approx(parts.standard_error)
    assert 0 < parts.standard_error < 0.1
    assert whole.sample_count == parts.sample_count == 200


def test_where_all_were_right_the_spread_is_that_of_one_that_was_not():
    assert of_shares([1.0] * 150, DAY) == Audit("kappa", DAY, 1.0, 1 / 150, 150)


def test_files_of_identities(tmp_path):
    told, shares = tmp_path / "audit.json", tmp_path / "audit.csv"
    told.write_text('{"kappa": {"point": 0.9, "lower": 0.85, "upper": 0.95}, "identities": 200, "missed_links": {}}')
    audit = read_identities(told, DAY)
    assert (audit.kind, audit.audited_date, audit.point, audit.sample_count) == ("kappa", DAY, 0.9, 200)
    assert audit.standard_error == pytest.approx(0.05 / 1.97196, abs=1e-6)
    shares.write_text("sample_number,weight_share\n" + "".join(f"{n},{1 if n % 2 else 0.5}\n" for n in range(150)))
    assert read_identities(shares, DAY).point == 0.75


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.csv", "number,share\n1,1\n", r"line 1: .*sample_number,weight_share"),
        ("a.csv", "sample_number,weight_share\n1,1\n2,veel\n", r"line 3: weight_share must be a number from 0"),
        ("a.csv", "sample_number,weight_share\n1,1\n2,-1\n", r"line 3: weight_share"),
        ("a.csv", "sample_number,weight_share\n1,nan\n", r"line 2: weight_share"),
        ("a.csv", "sample_number,weight_share\n1,1\n1,1\n", r"line 3: sample_number"),
        ("a.csv", "sample_number,weight_share\n1,1\n2\n", r"line 3: has 1 fields"),
        ("a.csv", "sample_number,weight_share\n1,1\n2,1\n", r"a\.csv: 2 were judged, and at least 150"),
        ("a.csv", "sample_number,weight_share\n" + "".join(f"{n},0\n" for n in range(150)), "every weight share is 0"),
        ("a.csv", b"\xff\xfe", "UTF-8"),
        ("a.json", b"\xff\xfe", "UTF-8"),
        ("a.json", '{"kappa":\n 1,,}', r"line 2: this is not JSON"),
        ("a.json", "[]", "needs"),
        ("a.json", '{"kappa": 0.9, "identities": 200}', "needs"),
        ("a.json", '{"kappa": {"point": "x", "lower": 1, "upper": 1}, "identities": 200}', "numbers"),
        ("a.json", '{"kappa": {"point": 0.9, "lower": 0.85, "upper": 1.2}, "identities": 200}', "middle"),
        ("a.json", '{"kappa": {"point": NaN, "lower": 0.85, "upper": 1.2}, "identities": 200}', "above 0"),
        ("a.json", '{"kappa": {"point": 0.9, "lower": 0.85, "upper": 0.95}, "identities": 149}', "at least 150"),
    ],
)
def test_a_file_that_is_no_audit_says_where(tmp_path, name, text, problem):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TableError, match=problem):
        read_identities(tmp_path / name, DAY)


HEADER = "source_code,mean_days,standard_error,sample_count\n"


def test_a_file_of_lags(tmp_path):
    path = tmp_path / "lags.csv"
    path.write_text(HEADER + "nl_rubriek,2.0,0.4,80\nnl_kiosk,3.5,0.5,60\n")
    first, second = read_ghosts(path, DAY, {"nl_rubriek", "nl_kiosk"})
    assert first == LAG
    assert (second.source_code, second.point) == ("nl_kiosk", 3.5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("source,mean\n1,2\n", "line 1: the columns"),
        (HEADER + "nl_kiosk,2,0.4,80\n", "line 2: source_code"),
        (HEADER + "nl_rubriek,2,0.4,80\nnl_rubriek,2,0.4,80\n", "line 3: source_code"),
        (HEADER + "nl_rubriek,0,0.4,80\n", "line 2: mean_days must be a number above 0"),
        (HEADER + "nl_rubriek,2,0,80\n", "line 2: standard_error must be a number above 0"),
        (HEADER + "nl_rubriek,2,0.4,veel\n", "line 2: sample_count"),
        (HEADER + "nl_rubriek,2,0.4,49\n", "line 2: 49 were judged, and at least 50"),
    ],
)
def test_a_file_that_tells_no_lags_says_where(tmp_path, text, problem):
    path = tmp_path / "lags.csv"
    path.write_text(text)
    with pytest.raises(TableError, match=problem):
        read_ghosts(path, DAY, {"nl_rubriek"})
