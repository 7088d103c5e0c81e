"""Where everybody really was, Monday week by Monday week: what estimates of movement are held against."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from simulation.population import BURN_IN, Advertiser
from simulation.settings import WorldSettings
from simulation.towns import towns

# Beside the places (indices into `towns()`) a week can be: absent, not yet there ever, gone for good.
ABSENT, NOT_YET, GONE = len(towns()), len(towns()) + 1, len(towns()) + 2
Mask = NDArray[np.bool_]


class Weeks:
    """Places of all advertisers by week, those of the burn-in included.

    `places` has shape (P, W): where she was most days of the week; of equal states the later one, and within the state
    the place with most days. Absent weeks before somebody's very first day are `NOT_YET`, those after an exit `GONE`.
    """

    def __init__(self, settings: WorldSettings, people: list[Advertiser]) -> None:
        start = settings.first_day - timedelta(days=BURN_IN)
        self._monday = start - timedelta(days=start.weekday())
        zero = (settings.first_day - self._monday).days
        count = (zero + settings.days - 1) // 7 + 1
        self.places: NDArray[np.int64] = np.full((len(people), count), ABSENT)
        for row, person in zip(self.places, people, strict=True):
            days: dict[int, dict[int, int]] = {}
            for stay in person.stays:
                for week in range((stay.first + zero) // 7, (stay.last + zero) // 7 + 1):
                    inside = min(stay.last + zero, 7 * week + 6) - max(stay.first + zero, 7 * week) + 1
                    of_week = days.setdefault(week, {})
                    # Put last again, so that the order is that of the last day there.
                    of_week[stay.town] = of_week.pop(stay.town, 0) + inside
            for week, of_week in days.items():
                row[week] = _main_place(of_week)
            if person.since == person.stays[0].first:
                row[: min(days)] = NOT_YET
            if person.exit_day is not None:
                row[max(days) + 1 :] = GONE

    def number(self, day: date) -> int:
        """Give the number of the week in which a day lies."""
        return (day - self._monday).days // 7

    def whole(self, start: date, end: date) -> range:
        """Give the numbers of the weeks that lie wholly in [start, end]."""
        return range(self.number(start + timedelta(days=-start.weekday() % 7)), self.number(end + timedelta(days=1)))

    def moves(self, origin: Mask, destination: Mask, weeks: range) -> int:
        """Count changes from a place in `origin` in the week before to one in `destination` in one of these weeks."""
        return sum(int((origin[self.places[:, w - 1]] & destination[self.places[:, w]]).sum()) for w in weeks)

    def places_of(self, weeks: range) -> list[set[str]]:
        """List the areas (municipalities, or DE) of each advertiser present in these weeks."""
        codes = [town.area_code for town in towns()]
        found = [{codes[town] for town in row if town < ABSENT} for row in self.places[:, weeks.start : weeks.stop]]
        return [areas for areas in found if areas]

    def returns(self, inside: Mask, weeks: range, within: int) -> tuple[int, int]:
        """Count departures to elsewhere, first week away in `weeks`, and those back at most `within` weeks after leaving.

        Departures of which the world ends sooner than that are left out.
        """
        here = inside[self.places]
        left = back = 0
        for week in weeks:
            if week - 1 + within < self.places.shape[1]:
                leaving = here[:, week - 1] & ~here[:, week] & (self.places[:, week] < ABSENT)
                left += int(leaving.sum())
                back += int((leaving & here[:, week + 1 : week + within].any(axis=1)).sum())
        return left, back

    def arrivals(self, inside: Mask, weeks: range) -> tuple[int, int]:
        """Count arrivals in these weeks, from elsewhere or new, and those who were never inside in a week before."""
        here, known = inside[self.places], (self.places < ABSENT) | (self.places == NOT_YET)
        came = first = 0
        for week in weeks:
            arriving = here[:, week] & ~here[:, week - 1] & known[:, week - 1]
            came += int(arriving.sum())
            first += int((arriving & ~here[:, :week].any(axis=1)).sum())
        return came, first


def _main_place(days: dict[int, int]) -> int:
    """Choose the place of a week from the days at each place, in the order of the last day there."""
    in_state: dict[str, int] = {}
    for town, count in days.items():
        state = towns()[town].state
        in_state[state] = in_state.pop(state, 0) + count
    state = max(reversed(in_state), key=lambda code: in_state[code])
    return max((t for t in reversed(days) if towns()[t].state == state), key=lambda t: days[t])
