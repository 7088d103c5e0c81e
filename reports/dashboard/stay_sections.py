"""How long advertisers stay and how they move on, by quarter: quartiles of stays, and shares with what they do not mean."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from reports import charts, reasons, wording
from reports.figures import PUBLISHED, Snapshot
from reports.sections import Section, Table, source_line
from warehouse.areas import COUNTRY, EVERYWHERE, MOVEMENT_STATES, NEIGHBOUR
from warehouse.protection.rows import StayFigure

QUARTERS_SHOWN: Final = 8
QUARTILES: Final[dict[str, str]] = {
    "dwell_lower_quartile": "Een kwart blijft zo lang of korter",
    "dwell_median": "De helft blijft zo lang of korter",
    "dwell_upper_quartile": "Driekwart blijft zo lang of korter",
}
_UNITS: Final[dict[str, str]] = {"weeks": "weken", "days": "dagen"}
_MEDIAN, _RETURN = "dwell_median", "return_share"
# Short name for a chart, and what is counted of whom.
SHARES: Final[dict[str, tuple[str, str]]] = {
    "carousel_share": (
        "Carrousel",
        "Carrousel: in drie of meer gemeenten binnen acht weken, van alle adverteerders in die weken",
    ),
    "one_place_share": ("In één gemeente", "In één gemeente gebleven, van alle adverteerders in acht weken"),
    "new_to_region_share": ("Nieuw in de regio", "Nieuw in de regio, van wie er in vier weken aankwam"),
}
# docs/movement.md: the interval of these holds the truth less often than it says.
TOO_NARROW: Final = frozenset({"one_place_share", "new_to_region_share"})
_NARROW_WORDS: Final = "deze marge is te klein: de echte onzekerheid is groter"
_MEANING: Final = (
    (
        "Carrousel betekent: iemand adverteerde binnen acht weken in drie of meer gemeenten. Dat zegt hoe vaak mensen verder "
        "trekken. Het zegt niet waarom, en niet of iemand dat zelf wil. Het is dus geen teken van dwang."
    ),
    (
        "Nieuw in de regio betekent: niet eerder in de regio gezien in de weken die we kunnen verbinden, dat zijn er hooguit "
        "17. Wie langer geleden al in de regio was, telt hier als nieuw."
    ),
    (
        "De marges van ‘In één gemeente’ en ‘Nieuw in de regio’ zijn te klein. Uit onze controles blijkt dat het echte aandeel "
        "vaker buiten de marge ligt dan bij 95% zekerheid hoort. Gebruik deze twee alleen als ruwe aanwijzing."
    ),
)


def stay_sections(snapshot: Snapshot) -> list[Section]:
    """Tell of the last quarter in charts and of the last two years in tables; of earlier ones the downloads tell."""
    quarters = sorted({row.quarter_start_date for row in snapshot.stays})[-QUARTERS_SHOWN:]
    if not quarters:
        words = "Hoe lang adverteerders blijven, vertellen we per kwartaal. Het eerste kwartaal is nog niet om."
        return [Section("verblijf", "Hoe lang blijven adverteerders?", (words,))]
    rows = [row for row in snapshot.stays if row.quarter_start_date in quarters]
    near = (snapshot.focus, snapshot.region, COUNTRY)
    towns = [*near, *(area.area_code for area in snapshot.members(snapshot.region) if area.area_code not in near)]
    weeks = (
        (
            "Een verblijf begint als iemand in een gebied gaat adverteren en eindigt als dat daar stopt. De stip is het midden: "
            "de helft van de verblijven is zo lang of korter. Korter dan een week is hier niet te zien."
        ),
    )
    days = (
        "Hier tellen we in dagen, afgerond op 5. Een onderbreking van tien dagen of minder telt niet als vertrek.",
        "De tabel geeft ook de gemeenten in de regio. De andere gemeenten staan bij Downloads.",
    )
    made = [
        _lengths(snapshot, "verblijf-weken", "weeks", weeks, rows, [*MOVEMENT_STATES]),
        _lengths(snapshot, "verblijf-dagen", "days", days, rows, towns),
        _shares(snapshot, rows),
        _returns(snapshot, rows),
    ]
    return [section for section in made if section is not None]


def quarter(start: date) -> str:
    """Name a quarter by its first day.

    >>> quarter(date(2026, 7, 1))
    'derde kwartaal 2026'
    """
    return f"{('eerste', 'tweede', 'derde', 'vierde')[(start.month - 1) // 3]} kwartaal {start.year}"


def _count(value: float) -> str:
    """Write weeks or days; they are no advertisers, so that none of them is too few to be written."""
    return wording.number(value)


def _is_shown(row: StayFigure) -> bool:
    return row.status_code == PUBLISHED


def _lengths(
    snapshot: Snapshot,
    ident: str,
    unit: str,
    sentences: tuple[str, ...],
    rows: Sequence[StayFigure],
    areas: Sequence[str],
) -> Section | None:
    """Show quartiles of stays in a unit; areas without any row are left out, with None where all are."""
    found = {
        (row.quarter_start_date, row.area_code, row.figure_code.rsplit("_", 1)[0]): row
        for row in rows
        if row.figure_code.endswith(f"_{unit}")
    }
    keys = {(start, area) for start, area, _ in found if area in areas}
    if not keys:
        return None
    last = max(start for start, _ in keys)
    title = f"Hoe lang blijven adverteerders in {_places(snapshot)}? In {_UNITS[unit]}, {quarter(last)}"
    drawn = [
        charts.Mark(
            snapshot.name(area),
            snapshot.name(area),
            row.status_code,
            row.stay_count,
            row.lower_count,
            row.upper_count,
            reasons.reason(row.reason_code),
        )
        for area in areas
        if (row := found.get((last, area, _MEDIAN))) is not None
    ]
    table = tuple(
        (
            quarter(start).capitalize(),
            snapshot.name(area),
            *(_length(found.get((start, area, code))) for code in QUARTILES),
            "; ".join(
                dict.fromkeys(
                    reasons.reason(row.reason_code)
                    for code in QUARTILES
                    if (row := found.get((start, area, code))) is not None and row.reason_code
                )
            ),
        )
        for start in sorted({start for start, _ in keys}, reverse=True)
        for area in areas
        if (start, area) in keys
    )
    columns = ("Kwartaal", "Gebied", *QUARTILES.values(), "Toelichting")
    chart = (
        charts.both(ident, lambda at, width: charts.rows(at, title, drawn, width=width, write=_count))
        if drawn
        else None
    )
    caption = f"Lengte van een verblijf in {_UNITS[unit]}, met de marge tussen haakjes"
    return Section(
        ident, title, sentences, chart, (Table(caption, columns, table, frozenset({2, 3, 4})),), source_line(snapshot)
    )


def _places(snapshot: Snapshot) -> str:
    return f"{snapshot.name(snapshot.focus)} en andere gebieden"


def _length(row: StayFigure | None) -> str:
    if row is None:
        return ""
    if not _is_shown(row) or row.stay_count is None:
        return wording.status(row.status_code)
    return f"{_count(row.stay_count)} ({_count(row.lower_count or 0)} tot {_count(row.upper_count or row.stay_count)})"


def _shares(snapshot: Snapshot, rows: Sequence[StayFigure]) -> Section | None:
    order = list(SHARES)
    found = sorted(
        (row for row in rows if row.figure_code in SHARES),
        key=lambda row: (-row.quarter_start_date.toordinal(), order.index(row.figure_code), row.area_code),
    )
    named = []
    for row in found:
        short, full = SHARES[row.figure_code]
        where = "" if row.area_code in (EVERYWHERE, snapshot.region) else f": {snapshot.name(row.area_code)}"
        named.append((short + where, full + where, row))
    where = wording.join([snapshot.name(code) for code in (COUNTRY, NEIGHBOUR)])
    what = f"Verder trekken in {where}, en nieuw in {snapshot.name(snapshot.region)}: aandeel van de adverteerders"
    return _share_section(snapshot, "carrousel", what, _MEANING, named)


def _returns(snapshot: Snapshot, rows: Sequence[StayFigure]) -> Section | None:
    found = [row for row in rows if row.figure_code == _RETURN and row.area_code in MOVEMENT_STATES]
    found.sort(key=lambda row: (-row.quarter_start_date.toordinal(), MOVEMENT_STATES.index(row.area_code)))
    names = {code: snapshot.name(code) for code in MOVEMENT_STATES}
    named = [(names[row.area_code], f"Terug in {names[row.area_code]}", row) for row in found]
    sentences = ("Van wie uit een gebied vertrekt naar een ander gebied: het deel dat binnen acht weken terug is.",)
    return _share_section(
        snapshot, "terug", f"Terugkomen in {_places(snapshot)}: aandeel van wie vertrok", sentences, named
    )


def _share_section(
    snapshot: Snapshot,
    ident: str,
    what: str,
    sentences: tuple[str, ...],
    named: Sequence[tuple[str, str, StayFigure]],
) -> Section | None:
    """Show shares, each with a short and a full name, newest first: the last quarter drawn, all in the table."""
    if not named:
        return None
    last = named[0][2].quarter_start_date
    title = f"{what}, {quarter(last)}"
    drawn = [
        charts.Mark(
            short,
            full,
            row.status_code,
            row.advertiser_share,
            row.lower_share,
            row.upper_share,
            reasons.reason(row.reason_code),
        )
        for short, full, row in named
        if row.quarter_start_date == last
    ]
    table = tuple(
        (
            quarter(row.quarter_start_date).capitalize(),
            full,
            wording.percent(row.advertiser_share)
            if _is_shown(row) and row.advertiser_share is not None
            else wording.status(row.status_code),
            wording.share_margin(row.lower_share, row.upper_share) if _is_shown(row) else "",
            f"{wording.number(row.part_count or 0)} van {wording.number(row.whole_count or 0)}"
            if _is_shown(row)
            else "",
            (_NARROW_WORDS if row.figure_code in TOO_NARROW else "")
            if _is_shown(row)
            else reasons.reason(row.reason_code),
        )
        for _, full, row in named
    )
    columns = ("Kwartaal", "Wat", "Aandeel", "Marge", "Uit deze aantallen", "Toelichting")
    chart = charts.both(
        ident, lambda at, width: charts.rows(at, title, drawn, width=width, top=1.0, write=wording.percent)
    )
    return Section(
        ident, title, sentences, chart, (Table(f"{what}, per kwartaal", columns, table, frozenset({2, 3, 4})),),
        source_line(snapshot),
    )  # fmt: skip
