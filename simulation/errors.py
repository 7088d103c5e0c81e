"""What can go wrong in the synthetic market. `exit_code` is what the command line ends with."""

from datetime import date


class SimulationError(Exception):
    """Root of this room's errors."""

    exit_code = 1


class WrongSettings(SimulationError):
    """A world cannot be made with these settings."""

    exit_code = 2


class DayOutsideWorld(SimulationError):
    """The world does not know this day."""

    exit_code = 2

    def __init__(self, day: date, first: date, last: date) -> None:
        self.day = day
        super().__init__(f"The synthetic market lives from {first} to {last}, not on {day}. Name a day within it.")


class UnknownArea(SimulationError):
    """No such area in the synthetic market."""

    exit_code = 2

    def __init__(self, area_code: str) -> None:
        self.area_code = area_code
        super().__init__(
            f"The synthetic market has no area {area_code!r}. Use a GM, CR or PV- code, NL, DE or an area of movement "
            "such as CR12X; see simulation/data/towns.csv."
        )


class UnknownSite(SimulationError):
    """No such listing site."""

    exit_code = 2

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        super().__init__(f"The synthetic market has no site {name!r}. It has: {', '.join(known)}.")


class PortInUse(SimulationError):
    """Another program listens where a site should."""

    def __init__(self, port: int, how: str) -> None:
        self.port = port
        super().__init__(
            f"Port {port} of this machine cannot be used for a listing site ({how}). "
            "Stop the program that uses it, or choose other ports with ADVERTENTIEMONITOR_MARKET_PORT."
        )


class SiteStopped(SimulationError):
    """The process that serves sites ended or fell silent."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"A process of the synthetic market {what}. Start the market again; no data was lost.")
