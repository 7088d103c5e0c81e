"""What shifts the level of every figure of a vintage alike: kappa, the ghost lag, and what no model knows. STATISTICS 2B-D.

All of it is drawn once for a seed and used in every area, setting and period, so that a change between two periods is
free of it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from warehouse.estimates import calibration
from warehouse.estimates.calibration import Audit
from warehouse.estimates.capture_recapture import DELTA, DRAWS, Common

FloatArray = npt.NDArray[np.float64]


def generator(seed: int, *names: str) -> np.random.Generator:
    """Give the generator that belongs to a seed and names (period, area, setting): the same on every run and machine."""
    digest = hashlib.sha256("|".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that the level of a vintage of `day` goes by.

    `audits` are those entered; `weights` the share of each source in what was seen, summing to 1; `expiry_days` what
    its contract declares, where it does; `delta` as in `capture_recapture`.
    """

    day: date
    audits: tuple[Audit, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    expiry_days: Mapping[str, float] = field(default_factory=dict)
    delta: float = DELTA

    def as_json(self) -> dict[str, Any]:
        """Write as JSON can carry it, to the last bit."""
        told = asdict(self)
        audits = [{**audit, "audited_date": audit["audited_date"].isoformat()} for audit in told["audits"]]
        return {**told, "day": self.day.isoformat(), "audits": audits}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        audits = [
            Audit(**{**audit, "audited_date": date.fromisoformat(audit["audited_date"])}) for audit in told["audits"]
        ]
        return cls(**{**told, "day": date.fromisoformat(told["day"]), "audits": tuple(audits)})


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Draws (D,) of kappa and of the ghost lag in days, what figures have in common besides, and a record of it all."""

    kappa: FloatArray
    lag: FloatArray
    common: Common
    delta: float
    warnings: tuple[str, ...]
    record: dict[str, Any]

    @classmethod
    def of(cls, seed: int, known: Knowledge, draws: int = DRAWS) -> "Level":
        """Draw it from what is known.

        Raises:
            WrongModel: an audit that cannot be one.
        """
        kappa = calibration.kappa(known.audits, known.day, generator(seed, "level", "kappa"), draws)
        lag = np.zeros(draws)
        ages: dict[str, int] = {}
        for source, weight in sorted((known.weights or {"": 1.0}).items()):
            audited = calibration.in_force(known.audits, "ghost_lag", known.day, source) is not None
            # Nothing is known of how sources that were not audited differ: they share their draws.
            told = calibration.ghost_lag(
                known.audits,
                source,
                known.day,
                generator(seed, "level", "lag", *([source] if audited else [])),
                draws,
                expiry_days=known.expiry_days.get(source),
            )
            lag += weight * told.draws
            if told.age_days is not None:
                ages[source] = told.age_days
        record = {
            "delta": known.delta,
            "kappa": [round(float(value), 6) for value in np.quantile(kappa.draws, (0.025, 0.5, 0.975))],
            "kappa_audit_age_days": kappa.age_days,
            "ghost_lag_days": [round(float(value), 6) for value in np.quantile(lag, (0.025, 0.5, 0.975))],
            "ghost_audit_age_days": ages,
        }
        warnings = tuple(filter(None, (kappa.label,)))
        return cls(
            kappa.draws, lag, Common.of(generator(seed, "level", "common"), draws), known.delta, warnings, record
        )
