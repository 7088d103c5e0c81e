"""Figures of audits as files: what `linkage_audit.judge` said or its weight shares, ghost lags by source, wrong links."""

import json
import math
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from scipy import stats

from warehouse.estimates.calibration import FEWEST, Audit, Kind
from warehouse.estimates.errors import TableError
from warehouse.estimates.tables import csv_lines, is_whole
from warehouse.linkage_audit import Interval

MOST_ADVERTISERS = 60  # of one identity: each holds a listing, and a union of over 60 listings is not made
MOST_LAG_DAYS = 365
MOST_JUDGED = 1_000_000
MOST_LINKS_WRONG = 0.5


def read_identities(path: Path, audited: date) -> Audit:
    """Read an audit of identities.

    Args:
        path: JSON as `linkage_audit.Audit` is written, `{"kappa": {"point", "lower", "upper"}, "identities"}`; or CSV
            `sample_number,weight_share`, a line for each identity judged (of which only mean and spread are taken).
        audited: day that the audit speaks of.

    Raises:
        TableError: it cannot be read, or fewer were judged than an audit needs; says the line.
    """
    if path.suffix.lower() == ".json":
        return _judged(path, audited)
    header, body = csv_lines(path)
    if header != ["sample_number", "weight_share"]:
        raise TableError(path.name, 1, "the columns must be sample_number,weight_share.")
    shares: dict[str, float] = {}
    for line, (number, share) in body:
        if not is_whole(number, MOST_JUDGED) or number in shares:
            raise TableError(path.name, line, "sample_number must be a whole number that comes once.")
        shares[number] = _number(path.name, line, share, "weight_share", MOST_ADVERTISERS)
    _enough(path.name, "kappa", len(shares))
    if not any(shares.values()):
        raise TableError(path.name, None, "every weight share is 0: none of these identities was an advertiser's.")
    return of_shares(list(shares.values()), audited)


def of_shares(shares: Sequence[float], audited: date) -> Audit:
    """Give kappa from the weight shares of the identities judged: their mean, as `linkage_audit.judge` takes it."""
    values = np.array(shares)
    return _kappa(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)), len(values), audited)


def of_judged(kappa: Interval, identities: int, audited: date) -> Audit:
    """Give kappa from what `linkage_audit.judge` says: its interval is the point and t times the standard error."""
    half = (kappa.upper - kappa.lower) / 2
    return _kappa(kappa.point, half / float(stats.t.ppf(0.975, identities - 1)), identities, audited)


def _kappa(point: float, standard_error: float, identities: int, audited: date) -> Audit:
    # Where every identity was one advertiser's the spread is 0; one of them off by one would have moved the mean by 1 / n.
    return Audit("kappa", audited, point, max(standard_error, 1 / identities), identities)


def _judged(path: Path, audited: date) -> Audit:
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise TableError(path.name, error.lineno, "this is not JSON.") from None
    except UnicodeDecodeError:
        raise TableError(path.name, None, "is not UTF-8 text.") from None
    except (RecursionError, ValueError):
        raise TableError(
            path.name, None, "this is not what an audit writes: it is nested too deep, or a number is too long."
        ) from None
    except OSError as error:
        raise TableError(path.name, None, f"cannot be read ({error.strerror}).") from None
    try:
        figures = [told["kappa"][name] for name in ("lower", "point", "upper")]
        identities = told["identities"]
    except (KeyError, TypeError, IndexError):
        raise TableError(
            path.name, None, 'needs "kappa" with "point", "lower" and "upper", and "identities".'
        ) from None
    if not all(isinstance(value, int | float) for value in figures) or not isinstance(identities, int):
        raise TableError(path.name, None, "kappa and identities must be numbers.")
    if not 0 <= identities <= MOST_JUDGED:
        raise TableError(path.name, None, f"identities must be a whole number up to {MOST_JUDGED:,}.")
    try:
        lower, point, upper = map(float, figures)
    except OverflowError:
        raise TableError(path.name, None, "kappa must be numbers of an ordinary size.") from None
    if not 0 < point <= MOST_ADVERTISERS or not abs(upper + lower - 2 * point) <= 1e-3 * point or upper < lower:
        raise TableError(path.name, None, "kappa must lie above 0 and in the middle of lower and upper.")
    _enough(path.name, "kappa", identities)
    return of_judged(Interval(point, lower, upper), identities, audited)


def read_ghosts(path: Path, audited: date, sources: Collection[str]) -> list[Audit]:
    """Read audits of ghost lags: CSV `source_code,mean_days,standard_error,sample_count`, a line a source.

    Args:
        path: CSV file.
        audited: day that the audit speaks of.
        sources: names that are known.

    Raises:
        TableError: it cannot be read, or fewer were seen to stop than an audit needs; says the line.
    """
    header, body = csv_lines(path)
    if header != ["source_code", "mean_days", "standard_error", "sample_count"]:
        raise TableError(path.name, 1, "the columns must be source_code,mean_days,standard_error,sample_count.")
    audits: dict[str, Audit] = {}
    for line, (source, mean, error, sample) in body:
        if source not in sources or source in audits:
            raise TableError(path.name, line, "source_code must be a source of the register that comes once.")
        if not is_whole(sample, MOST_JUDGED):
            raise TableError(path.name, line, f"sample_count must be a whole number up to {MOST_JUDGED:,}.")
        _enough(path.name, "ghost_lag", int(sample), line)
        point, spread = (
            _number(path.name, line, field, name, MOST_LAG_DAYS, positive=True)
            for field, name in ((mean, "mean_days"), (error, "standard_error"))
        )
        audits[source] = Audit("ghost_lag", audited, point, spread, int(sample), source)
    return list(audits.values())


def read_links(path: Path, audited: date) -> list[Audit]:
    """Read how often links are wrong: CSV `kind_code,share,standard_error,sample_count`, lost_link or shared_identity.

    Args:
        path: CSV file.
        audited: day that the audit speaks of.

    Raises:
        TableError: it cannot be read, or fewer were judged than an audit needs; says the line.
    """
    header, body = csv_lines(path)
    if header != ["kind_code", "share", "standard_error", "sample_count"]:
        raise TableError(path.name, 1, "the columns must be kind_code,share,standard_error,sample_count.")
    kinds: dict[str, Kind] = {"lost_link": "lost_link", "shared_identity": "shared_identity"}
    audits: dict[str, Audit] = {}
    for line, (name, share, error, sample) in body:
        if name not in kinds or name in audits:
            raise TableError(path.name, line, "kind_code must be lost_link or shared_identity and come once.")
        if not is_whole(sample, MOST_JUDGED):
            raise TableError(path.name, line, f"sample_count must be a whole number up to {MOST_JUDGED:,}.")
        _enough(path.name, kinds[name], int(sample), line)
        point = _number(path.name, line, share, "share", MOST_LINKS_WRONG)
        spread = _number(path.name, line, error, "standard_error", MOST_LINKS_WRONG / 2, positive=True)
        audits[name] = Audit(kinds[name], audited, point, spread, int(sample))
    return list(audits.values())


def _number(name: str, line: int, field: str, column: str, most: float, *, positive: bool = False) -> float:
    try:
        value = float(field)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most or (positive and value == 0):
        raise TableError(name, line, f"{column} must be a number {'above' if positive else 'from'} 0, to {most}.")
    return value


def _enough(name: str, kind: Kind, sample: int, line: int | None = None) -> None:
    if sample < FEWEST[kind]:
        raise TableError(name, line, f"{sample} were judged, and at least {FEWEST[kind]} are needed: judge more.")
