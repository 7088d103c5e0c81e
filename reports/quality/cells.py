"""Tables of the quality report that count what a release holds: figures by status, widths by size, coverage by level."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from reports import reasons, wording
from reports.figures import BELOW, PUBLISHED, UNRELIABLE, WITHHELD, Snapshot, Volume
from reports.sections import Table

LEVELS = {"country": "Nederland", "province": "provincie", "corop": "regio", "municipality": "gemeente"}
PERIODS = {"day": "dag", "week": "week", "block": "vier weken"}
# Printed figures are multiples of 5.
SIZES: tuple[tuple[int, int | None], ...] = ((10, 20), (20, 40), (40, 80), (80, 160), (160, None))
_STATUSES = (PUBLISHED, BELOW, WITHHELD, UNRELIABLE)
_STEPS = {
    "advertisements": "advertenties",
    "distinct": "verschillende teksten",
    "identities": "groepen van advertenties die bij elkaar horen",
    "advertisers": "adverteerders, geschat",
}


def part(count: int, total: int) -> str:
    """Write how much of a whole, with its percentage.

    >>> part(1, 4), part(1, 1000), part(0, 4)
    ('1 (25%)', '1 (minder dan 1%)', '0')
    """
    if not count:
        return "0"
    share = "minder dan 1%" if round(100 * count / total) == 0 else wording.percent(count / total)
    return f"{wording.number(count)} ({share})"


def level(snapshot: Snapshot, code: str) -> str:
    """Say of which level an area is."""
    area = snapshot.areas.get(code)
    return LEVELS.get(area.level_code, "groter gebied") if area is not None else "groter gebied"


def statuses(snapshot: Snapshot) -> Table:
    """Count the figures by cube, level and status. Rows without any figure are left out."""
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for cube, place, status in _cells(snapshot):
        counted[cube, place][status] += 1
    rows = []
    for (cube, place), found in counted.items():
        total = found.total()
        rows.append((cube, place, wording.number(total), *(part(found[status], total) for status in _STATUSES)))
    columns = ("Cijfers", "Niveau", "Cellen", "Met cijfer", "Minder dan 10", "Afgeschermd", "Niet betrouwbaar")
    return Table("Cellen met en zonder cijfer", columns, tuple(rows), frozenset(range(2, 7)), is_open=True)


def _cells(snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    order = [*LEVELS.values(), "groter gebied"]

    def rank(code: str) -> int:
        return order.index(level(snapshot, code))

    periods = list(PERIODS)
    for row in sorted(
        snapshot.volumes,
        key=lambda row: (periods.index(row.period_code), row.setting_code != "all", rank(row.area_code)),
    ):
        kinds = "" if row.setting_code == "all" else ", per soort"
        yield f"Aantal per {PERIODS[row.period_code]}{kinds}", level(snapshot, row.area_code), row.status_code
    for share in sorted(snapshot.shares, key=lambda row: rank(row.area_code)):
        yield "Aandeel per soort, vier weken", level(snapshot, share.area_code), share.status_code
    for move in snapshot.movements:
        yield "Beweging, vier weken", "tussen gebieden", move.status_code
    for stay in sorted(snapshot.stays, key=lambda row: rank(row.area_code)):
        yield "Verblijf, kwartaal", level(snapshot, stay.area_code), stay.status_code
    for step in sorted(snapshot.steps, key=lambda row: rank(row.area_code)):
        yield "Van advertentie naar adverteerder, week", level(snapshot, step.area_code), step.status_code
    for effect in sorted(snapshot.effects, key=lambda row: rank(row.area_code)):
        yield "Effect van beleid", level(snapshot, effect.area_code), effect.status_code


def half_width(row: Volume) -> float | None:
    """Give half the printed interval as a share of the printed figure; None where there is no figure."""
    if not row.advertiser_count or row.lower_count is None or row.upper_count is None:
        return None
    return (row.upper_count - row.lower_count) / 2 / row.advertiser_count


def widths(snapshot: Snapshot) -> Table:
    """Tell how wide the intervals are by kind of period and size of the figure: all areas, all kinds of work together."""
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row in snapshot.volumes:
        width = half_width(row) if row.setting_code == "all" else None
        if width is not None and row.advertiser_count is not None:
            size = max(n for n, (low, _) in enumerate(SIZES) if n == 0 or row.advertiser_count >= low)
            found[row.period_code, size].append(width)
    rows = []
    for code, name in PERIODS.items():
        for size, (low, high) in enumerate(SIZES):
            here = sorted(found.get((code, size), ()))
            if here:
                label = f"{low} t/m {high - 5}" if high else f"{low} of meer"
                spread = f"{wording.percent(here[len(here) // 4])} tot {wording.percent(here[(3 * len(here)) // 4])}"
                rows.append((name, label, wording.number(len(here)), f"± {wording.percent(median(here))}", spread))
    columns = ("Periode", "Grootte", "Cijfers", "Halve breedte, middelste", "De middelste helft")
    return Table("Breedte van de marge naar grootte", columns, tuple(rows), frozenset({2, 3, 4}), is_open=True)


def coverage(snapshot: Snapshot) -> Table:
    """Tell by level how much of the advertisers was seen in the last whole week, and by how many groups of sources."""
    last = [row for code in snapshot.areas if (row := snapshot.last_week(code)) is not None]
    rows = []
    for code, name in LEVELS.items():
        here = [row for row in last if snapshot.areas[row.area_code].level_code == code]
        if here:
            rows.append(
                (
                    name,
                    wording.number(len(here)),
                    _range(here, lambda row: row.coverage_share),
                    _range(here, lambda row: row.completeness_share),
                    _groups(here),
                )
            )
    columns = ("Niveau", "Gebieden", "Dekking", "Volledigheid", "Groepen bronnen")
    return Table(
        "Dekking en volledigheid, laatste hele week", columns, tuple(rows), frozenset({1, 2, 3, 4}), is_open=True
    )


def _range(rows: Sequence[Volume], of: Callable[[Volume], float | None]) -> str:
    held = sorted(value for row in rows if (value := of(row)) is not None)
    if not held:
        return "niet bekend"
    if held[0] == held[-1]:
        return wording.percent(held[0])
    return f"{wording.percent(held[0])} tot {wording.percent(held[-1])}, midden {wording.percent(median(held))}"


def _groups(rows: Sequence[Volume]) -> str:
    held = sorted(row.source_group_count for row in rows)
    return str(held[0]) if held[0] == held[-1] else f"{held[0]} tot {held[-1]}"


def warnings(snapshot: Snapshot) -> Table:
    """Count printed figures by the warning that goes with them."""
    shown = [row for row in snapshot.volumes if row.status_code == PUBLISHED]
    counted = Counter(code for row in shown for code in set(row.warnings))
    rows = tuple((reasons.warning(code), part(count, len(shown))) for code, count in sorted(counted.items()))
    return Table(
        "Kanttekeningen bij aantallen met een cijfer", ("Kanttekening", "Cijfers"), rows, frozenset({1}), is_open=True
    )


def steps(snapshot: Snapshot) -> Table:
    """Show the four steps of the last week, as they are printed."""
    newest = max((row.week_start_date for row in snapshot.steps), default=None)
    order = list(_STEPS)
    rows = []
    for row in sorted(
        (row for row in snapshot.steps if row.week_start_date == newest and row.step_code in _STEPS),
        key=lambda row: (row.area_code, order.index(row.step_code)),
    ):
        shown = row.status_code == PUBLISHED and row.step_count is not None
        rows.append(
            (
                snapshot.name(row.area_code),
                _STEPS[row.step_code],
                wording.number(row.step_count or 0) if shown else wording.status(row.status_code),
                wording.margin(row.lower_count, row.upper_count) if shown else reasons.reason(row.reason_code),
                "" if row.deflator_value is None else wording.number(row.deflator_value, 2),
            )
        )
    when = f", {wording.week(newest)}" if newest is not None else ""
    columns = ("Gebied", "Stap", "Aantal", "Marge of reden", "Deel van de vorige stap")
    return Table(f"Van advertentie naar adverteerder{when}", columns, tuple(rows), frozenset({2, 4}), is_open=True)
