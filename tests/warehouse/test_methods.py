"""How a vintage was made: what was kept of it, and the audits that held on its day."""

from dataclasses import replace
from datetime import date, timedelta

from warehouse import methods
from warehouse.estimates.calibration import VALID_DAYS, Audit
from warehouse.estimates.inputs import Inputs
from warehouse.estimates.level import Knowledge

DAY = date(2026, 11, 8)
KAPPA = Audit("kappa", DAY - timedelta(days=40), 0.9, 0.05, 200)


def told(*audits):
    known = Knowledge(DAY, audits=audits, weights={"nl_een": 0.6, "nl_twee": 0.4}, delta=0.31)
    inputs = Inputs(7, ("a", "b"), (0.9,) * 4, DAY, known).as_json()
    return {(row.item_code, row.source_code): (row.value_name, row.age_count) for row in methods.told(inputs, "4", 7)}


def test_estimator_seed_delta_and_draws_are_told_as_they_were():
    rows = told()
    assert rows["estimator", ""] == ("4", None)
    assert rows["seed", ""] == ("7", None)
    assert rows["delta", ""] == ("0.31", None)
    assert int(rows["draws", ""][0]) >= 200


def test_an_audit_is_told_by_its_age_while_it_holds():
    rows = told(KAPPA, Audit("ghost_lag", DAY, 3.0, 0.4, 60, "nl_twee"))
    assert rows["kappa", ""] == ("audited", 40)
    assert rows["ghost_lag", "nl_twee"] == ("audited", 0)
    assert rows["ghost_lag", "nl_een"] == rows["lost_link", ""] == rows["shared_identity", ""] == ("not_audited", None)
    old = replace(KAPPA, audited_date=DAY - timedelta(days=VALID_DAYS + 1))
    assert told(old)["kappa", ""] == ("not_audited", None)
