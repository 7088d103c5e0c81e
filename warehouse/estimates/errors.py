"""Why there is no figure. A refusal has a code that is stored and shown, and its sentence ends in the way out."""

from datetime import date
from typing import ClassVar

from warehouse.errors import WarehouseError


class EstimateError(WarehouseError):
    """Root of what can go wrong in estimating."""

    exit_code = 1


class TableError(EstimateError):
    """A file with counts or histories cannot be read; says which line. Wrong use."""

    exit_code = 2

    def __init__(self, name: str, line: int | None, problem: str) -> None:
        self.line = line
        where = f"{name}, line {line}" if line is not None else name
        super().__init__(f"{where}: {problem}")


class WrongModel(EstimateError):
    """A model was asked for that these lists do not have. Wrong use."""

    exit_code = 2


class Refusal(EstimateError):
    """No figure can be given honestly. `code` is what `refusal_code` in the warehouse holds."""

    exit_code = 3
    code: ClassVar[str] = "refused"


class TooFewSourceGroups(Refusal):
    """Overlap needs at least two independently chosen lists."""

    code: ClassVar[str] = "too_few_source_groups"

    def __init__(self, groups: int) -> None:
        self.groups = groups
        super().__init__(
            f"{groups} source group(s) saw anything and at least 2 are needed: wait for a second source or add one."
        )


class TooFewRecaptures(Refusal):
    """Too few identities were seen on more than one list."""

    code: ClassVar[str] = "too_few_recaptures"

    def __init__(self, recaptures: int, needed: int) -> None:
        self.recaptures, self.needed = recaptures, needed
        super().__init__(
            f"{recaptures} identities were seen more than once and at least {needed} are needed: "
            "take a longer period or a larger area."
        )


class TooFewSeen(Refusal):
    """Under ten identities: no local figure."""

    code: ClassVar[str] = "too_few_seen"

    def __init__(self, seen: int, needed: int) -> None:
        self.seen, self.needed = seen, needed
        super().__init__(f"{seen} identities were seen and at least {needed} are needed: take a larger area.")


class LowCompleteness(Refusal):
    """The crawls of the period could see too little."""

    code: ClassVar[str] = "low_completeness"

    def __init__(self, completeness: float, needed: float) -> None:
        self.completeness, self.needed = completeness, needed
        super().__init__(
            f"the crawls saw {completeness:.0%} of what they should and at least {needed:.0%} is needed: "
            "look at the state of the sources."
        )


class EpochBoundary(Refusal):
    """The period starts under an earlier key: who is who cannot be told across it."""

    code: ClassVar[str] = "epoch_boundary"

    def __init__(self, start: date) -> None:
        self.start = start
        super().__init__(f"the period starts before {start}, when the keys changed: take a period within one epoch.")


class NoModelHolds(Refusal):
    """No log-linear model has an estimate that exists, is identifiable and is not absurdly uncertain."""

    code: ClassVar[str] = "too_few_recaptures"

    def __init__(self, tried: int) -> None:
        self.tried = tried
        super().__init__(
            f"none of {tried} models gives an estimate that exists and is usable: "
            "the lists overlap too little, or one holds nearly everybody; take a longer period or a larger area."
        )


class NotIdentifiable(Refusal):
    """The likelihood of a movement model is flat in some direction."""

    code: ClassVar[str] = "not_identifiable"

    def __init__(self, detail: str) -> None:
        super().__init__(f"the movement model cannot be told from these histories ({detail}): use fewer states.")


class TooFewEnded(Refusal):
    """Too few stays in an area ended while they could be followed."""

    code: ClassVar[str] = "too_few_ended"

    def __init__(self, ended: int, needed: int) -> None:
        self.ended, self.needed = ended, needed
        super().__init__(
            f"{ended} stays began and ended in the period and at least {needed} are needed: "
            "take a longer period or a larger area."
        )


class NotLinked(EstimateError):
    """Listings were seen that belong to no identity yet."""

    def __init__(self, listings: int) -> None:
        self.listings = listings
        super().__init__(f"{listings} listings seen have no identity yet: link the day first, then estimate it again.")


class RowsAboutPersons(EstimateError):
    """A file of counts looks as if it held something about persons. Nothing of it is repeated."""

    exit_code = 3

    def __init__(self, name: str, line: int, problem: str) -> None:
        self.line = line
        super().__init__(
            f"{name}, line {line}: {problem}. Only counts by list are taken, never anything about a person: "
            "destroy this file, and have the third party hand over the table of counts (docs/external-list.md)."
        )


class OverlapDiffers(EstimateError):
    """A table with an external list is not one of our own week and area."""

    exit_code = 3

    def __init__(self, week_start: date, area_code: str, elsewhere: int, identities: int) -> None:
        self.week_start, self.area_code, self.elsewhere, self.identities = week_start, area_code, elsewhere, identities
        super().__init__(
            f"{area_code}, week of {week_start}: at least {elsewhere} of {identities} identities stand where no late sighting "
            "can have put them, so this table was not made from ours. Ask the third party which week and area it matched."
        )


class SourceBreak(Refusal):
    """Other sources from some period on, and too few periods to link the figures on both sides."""

    code: ClassVar[str] = "source_break"

    def __init__(self, periods: int, needed: int) -> None:
        self.periods, self.needed = periods, needed
        super().__init__(
            f"{periods} period(s) can be estimated with and without the source group and at least {needed} are needed: "
            "compare within each side, or wait for more periods."
        )


class TooFewPeriods(Refusal):
    """Too few weeks before or after an event have a figure."""

    code: ClassVar[str] = "too_few_periods"

    def __init__(self, weeks: int, needed: int, side: str) -> None:
        self.weeks, self.needed, self.side = weeks, needed, side
        super().__init__(
            f"{weeks} week(s) {side} the event can be used and at least {needed} are needed: "
            + (
                "wait for more weeks."
                if side == "after"
                else "an effect of this event cannot be estimated from these data."
            )
        )


class TooFewComparators(Refusal):
    """Too few municipalities that a municipality can be held against."""

    code: ClassVar[str] = "too_few_comparators"

    def __init__(self, found: int, needed: int) -> None:
        self.found, self.needed = found, needed
        super().__init__(
            f"{found} municipalities can be compared with and at least {needed} are needed: "
            "wait until more municipalities have figures of their own."
        )


class EventDateUnknown(Refusal):
    """When an event happened is not known, or not to the month."""

    code: ClassVar[str] = "event_date_unknown"

    def __init__(self, known_to: str) -> None:
        super().__init__(
            f"the date of this event is known to the {known_to} only: look it up and add the event with its date."
            if known_to != "unknown"
            else "the date of this event is not known: look it up and add the event with its date."
        )
