"""What audits tell: advertisers behind an identity (kappa), days from stopping to disappearing (ghost lag), wrong links.

STATISTICS 2B and 2C. An audit counts from its day on, until a later one of the same kind, and for 120 days. The spread is
not widened with age: how fast kappa drifts could only be told from several audits in a row, and until there are some, any
rate would be invented. After 120 days nothing is believed but the range that holds without an audit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from warehouse.estimates import ghosts
from warehouse.estimates.movement import Linkage
from warehouse.linkage_audit import FEWEST_IDENTITIES

FloatArray = npt.NDArray[np.float64]
Kind = Literal["kappa", "ghost_lag", "lost_link", "shared_identity"]

VALID_DAYS = 120
# Lags are skewed: of exponential ones, 95 % intervals of the mean of 20 hold 90 %, of 50 93 % (simulated, November 2026).
FEWEST_LAGS = 50
FEWEST: dict[Kind, int] = {
    "kappa": FEWEST_IDENTITIES,
    "ghost_lag": FEWEST_LAGS,
    "lost_link": FEWEST_IDENTITIES,
    "shared_identity": FEWEST_IDENTITIES,
}
# Without an audit: in the synthetic market one link in a hundred is lost a week, and few identities are shared over places
# (benchmarks/keeping/linking_quality.py); twice and none are believed as readily.
UNAUDITED_LINKS = Linkage(lost=0.01, lost_error=0.01, shared=0.02, shared_error=0.02)
UNAUDITED_KAPPA = (0.6, 1.1)
NOT_CALIBRATED = "not_calibrated"


@dataclass(frozen=True, slots=True)
class Audit:
    """One figure of an audit.

    Attributes:
        kind: kappa, in advertisers for each identity; ghost_lag, the mean in days; lost_link, the weekly chance that an
            advertiser goes on under another identity; shared_identity, the share of identities that hold two or more.
        audited_date: day that it speaks of.
        point: estimate.
        standard_error: of it, in the same unit.
        sample_count: identities judged, or advertisements whose stop is known.
        source_code: source that a ghost lag belongs to; None for the others.
    """

    kind: Kind
    audited_date: date
    point: float
    standard_error: float
    sample_count: int
    source_code: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Draws (D,) of a quantity, the audit they come from, and its age in days; without one `label` says so."""

    draws: FloatArray
    audit: Audit | None
    age_days: int | None

    @property
    def label(self) -> str | None:
        """The warning that a figure carries which was made with these draws."""
        return NOT_CALIBRATED if self.audit is None else None


def in_force(audits: Iterable[Audit], kind: Kind, day: date, source_code: str | None = None) -> Audit | None:
    """Give the audit that holds on a day: the latest of its kind (and source) that is large and young enough.

    Args:
        audits: in order of entry; of two of one day the one entered later holds.
        kind: what was audited.
        day: vintage.
        source_code: source of a ghost lag.
    """
    holding = [
        audit
        for audit in audits
        if (audit.kind, audit.source_code) == (kind, source_code)
        and audit.sample_count >= FEWEST[kind]
        and 0 <= (day - audit.audited_date).days <= VALID_DAYS
    ]
    return max(reversed(holding), key=lambda audit: audit.audited_date, default=None)


def kappa(audits: Iterable[Audit], day: date, rng: np.random.Generator, draws: int) -> Calibration:
    """Draw kappa: normal around the audit and above 0, or U(0.6, 1.1) without one.

    An identity holds fakes only (0) or several advertisers who share a number, so that 0 is the one bound.
    """
    audit = in_force(audits, "kappa", day)
    if audit is None:
        return Calibration(rng.uniform(*UNAUDITED_KAPPA, draws), None, None)
    lowest = -audit.point / audit.standard_error
    values = stats.truncnorm.ppf(rng.random(draws), lowest, np.inf, loc=audit.point, scale=audit.standard_error)
    return Calibration(np.asarray(values, dtype=np.float64), audit, (day - audit.audited_date).days)


def ghost_lag(
    audits: Iterable[Audit],
    source_code: str,
    day: date,
    rng: np.random.Generator,
    draws: int,
    *,
    expiry_days: float | None = None,
) -> Calibration:
    """Draw the mean ghost lag of a source in days, as `ghosts.lags` does, with the audit that holds.

    Give sources that were not audited the same generator: nothing is known of how they differ.
    """
    audit = in_force(audits, "ghost_lag", day, source_code)
    known, age = None, None
    if audit is not None:
        known = ghosts.Audit(audit.point, audit.standard_error, audit.sample_count)
        age = (day - audit.audited_date).days
    values = ghosts.lags(rng, draws, expiry_days=expiry_days, audit=known)
    return Calibration(values, audit, age)


def linkage(audits: Iterable[Audit], day: date) -> Linkage:
    """Give how often links are wrong, by the audits that hold on a day; what is not audited as `UNAUDITED_LINKS` has it."""
    known = list(audits)
    lost, shared = in_force(known, "lost_link", day), in_force(known, "shared_identity", day)
    return Linkage(
        lost=lost.point if lost else UNAUDITED_LINKS.lost,
        lost_error=lost.standard_error if lost else UNAUDITED_LINKS.lost_error,
        shared=shared.point if shared else UNAUDITED_LINKS.shared,
        shared_error=shared.standard_error if shared else UNAUDITED_LINKS.shared_error,
    )
