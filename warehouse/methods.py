"""How a vintage was made, as readers are told: estimator, seed, doubt, draws, and how old the audits are that held."""

from datetime import date
from typing import Any, Final, get_args

from warehouse import db
from warehouse.estimates import calibration
from warehouse.estimates.capture_recapture import DRAWS
from warehouse.estimates.inputs import Inputs
from warehouse.estimates.level import Knowledge
from warehouse.protection.rows import Method

AUDITED, NOT_AUDITED = "audited", "not_audited"
GHOST_LAG: Final = "ghost_lag"


def of_vintage(conn: db.Connection, day: date) -> list[Method]:
    """Tell how the vintage of a day was made; nothing of a vintage whose inputs were not kept."""
    kept = db.tuples(conn, "release_est_vintage", {"day": day})
    return [row for inputs, version, seed in kept for row in told(inputs, version, seed)]


def told(inputs: dict[str, Any], version: str, seed: int) -> list[Method]:
    """Write what is kept of a vintage as rows.

    Args:
        inputs: as `Inputs.as_json` writes them.
        version: of the estimator.
        seed: of the draws.
    """
    known = Inputs.from_json(inputs).known
    return [
        Method("estimator", "", version, None),
        Method("seed", "", str(seed), None),
        Method("delta", "", f"{known.delta:g}", None),
        Method("draws", "", str(DRAWS), None),
        *(_audited(known, kind) for kind in get_args(calibration.Kind) if kind != GHOST_LAG),
        *(_audited(known, GHOST_LAG, source) for source in sorted(known.weights)),
    ]


def _audited(known: Knowledge, kind: calibration.Kind, source: str | None = None) -> Method:
    audit = calibration.in_force(known.audits, kind, known.day, source)
    if audit is None:
        return Method(kind, source or "", NOT_AUDITED, None)
    return Method(kind, source or "", AUDITED, (known.day - audit.audited_date).days)
