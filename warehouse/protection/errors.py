"""What can go wrong between an estimate and its publication."""

# ruff: noqa: N818 - an error bears the name of what happened, as everywhere in this house


class ReleaseError(Exception):
    """Root of what the release gate refuses or cannot do; `exit_code` as the command line returns it."""

    exit_code: int = 1


class NoSuchNoise(ReleaseError):
    """No distribution exists on this support with the wanted mean and variance."""


class NothingToRelease(ReleaseError):
    """The day has no estimates yet."""


class AttackSucceeded(ReleaseError):
    """An attack test recovered something from what was about to be published; nothing was published."""

    exit_code = 3

    def __init__(self, attacks: tuple[str, ...], cells: tuple[str, ...]) -> None:
        """Name the attacks (A1-A10) and the cells, by their public coordinates only."""
        self.attacks = attacks
        self.cells = cells
        shown = "; ".join(cells[:5]) + (" ..." if len(cells) > 5 else "")
        super().__init__(
            f"nothing was published: attack {', '.join(attacks)} succeeds on {shown}. "
            "Coarsen the rule set of these cells and release the day again."
        )


class LedgerBroken(ReleaseError):
    """The chain of releases does not verify."""


class TableRefused(ReleaseError):
    """A custom table that the rules do not allow."""

    exit_code = 3


class BadTableRequest(ReleaseError):
    """A custom table that was asked for in a wrong way."""

    exit_code = 2
