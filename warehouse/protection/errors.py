"""What can go wrong between an estimate and its publication."""

from datetime import date

from warehouse.errors import Refused, WarehouseError, WrongUse


class NoSuchNoise(WarehouseError):
    """No distribution exists on this support with the wanted mean and variance."""


class NothingToRelease(WarehouseError):
    """The day has no estimates yet, or nothing has been released."""


class AttackSucceeded(Refused):
    """An attack test recovered something from what was about to be published; nothing was published."""

    def __init__(self, attacks: tuple[str, ...], cells: tuple[str, ...]) -> None:
        """Name the attacks (A1-A10) and the cells, by their public coordinates only."""
        self.attacks = attacks
        self.cells = cells
        shown = "; ".join(cells[:5]) + (" ..." if len(cells) > 5 else "")
        super().__init__(
            f"nothing was published: attack {', '.join(attacks)} succeeds on {shown}. "
            "Coarsen the rule set of these cells and release the day again."
        )


class LedgerBroken(WarehouseError):
    """The chain of releases does not verify."""


class TableRefused(Refused):
    """A custom table that the rules do not allow."""


class BadTableRequest(WrongUse):
    """A custom table that was asked for in a wrong way."""


class YearNotEnded(Refused):
    """Open data are of whole years only."""

    def __init__(self, year: int, last: date) -> None:
        self.last = last
        super().__init__(
            f"The last week of {year} ends on {last}: open data of a year are released once, after that day. Nothing was "
            "released; ask again then."
        )


class YearTooEmpty(Refused):
    """Open data of a year would lack more than half of its weeks; they are released once only."""

    def __init__(self, year: int, weeks: int, not_estimated: int, low_completeness: int) -> None:
        self.year = year
        super().__init__(
            f"Of the {weeks} weeks of {year}, {not_estimated + low_completeness} would be absent: {not_estimated} were not "
            f"estimated, {low_completeness} not well enough seen. Open data of a year are released once, so nothing was "
            "released and nothing spent. Weeks whose facts are kept can still be estimated (`estimate`); or leave this year out."
        )


class BudgetSpent(Refused):
    """Open data would take more of the privacy budget than is left."""

    def __init__(self, last: date) -> None:
        self.last = last
        super().__init__(
            f"The privacy budget of weeks up to {last} has been spent, so nothing was released. It cannot be had back: "
            "see who entered them in release.open_budget."
        )
