"""The quality report over time: when figures come, what corrections did to them, and what breaks a series."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from reports import wording
from reports.figures import Edition, Snapshot
from reports.quality.cells import PERIODS
from reports.sections import Section, Table

MISSING_SHOWN = 10
_ALERTS = ("no_demonstrable_change", "higher", "lower", "not_comparable")
_SERIES = {"level": "aantal", "arrivals": "erbij gekomen", "departures": "weggegaan"}


def timeliness(snapshot: Snapshot) -> tuple[str, ...]:
    """Say of which days there are releases, and what is not measured."""
    editions = snapshot.editions
    days = {edition.vintage_date for edition in editions}
    span = (editions[-1].vintage_date - editions[0].vintage_date).days + 1
    missing = sorted({editions[0].vintage_date + timedelta(days=n) for n in range(span)} - days)
    told = [
        (
            f"Deze uitgave gaat over {wording.day_long(snapshot.day)}. "
            f"De eerste uitgave ging over {wording.day_plain(editions[0].vintage_date)}. "
            f"Er zijn uitgaven van {len(days)} van de {span} dagen."
        ),
        (
            "De planning is: elke dag om 06:00 staan de cijfers vast, en vóór 07:00 is het dagbericht er. Cijfers over een "
            "week komen na de zondag, cijfers over vier weken na de laatste zondag daarvan."
        ),
        (
            "Stiptheid is niet gemeten. Het grootboek legt vast over welke dag een uitgave gaat, maar niet hoe laat die is "
            "uitgegeven."
        ),
    ]
    if missing:
        named = wording.join([wording.day_plain(day) for day in missing[-MISSING_SHOWN:]])
        kind = "Dagen" if len(missing) <= MISSING_SHOWN else f"De laatste {MISSING_SHOWN} dagen"
        told.append(f"{kind} zonder uitgave: {named}. Wat toen niet is gezien, tellen we niet als nul.")
    return tuple(told)


def revisions(snapshot: Snapshot) -> Section:
    """Tell how many corrections there were, and how far they moved printed figures."""
    corrected = [edition for edition in snapshot.editions if edition.version_number > 1]
    told = [
        "Een cijfer dat is uitgegeven, verandert niet meer. Een fout herstellen we in een nieuwe versie van dezelfde dag.",
        f"Nieuwe versies tot nu toe: {wording.number(len(corrected))}, in {wording.number(len(snapshot.editions))} uitgaven.",
    ]
    rows = []
    for row in snapshot.revisions:
        mean = "" if row.mean_move_count is None else wording.number(row.mean_move_count, 1)
        largest = "" if row.largest_move_count is None else wording.number(row.largest_move_count)
        rows.append(
            (
                f"{wording.day_plain(row.vintage_date)}, versie {row.version_number}",
                PERIODS.get(row.period_code, row.period_code),
                wording.number(row.row_count),
                f"{wording.number(row.moved_count)} van {wording.number(row.compared_count)}",
                mean,
                largest,
                wording.number(row.outside_count),
                wording.number(row.switched_count),
            )
        )
    if rows:
        told.append(
            "De tabel zet elk verbeterd aantal naast de versie ervoor. We vergelijken alleen als beide versies een cijfer "
            "hebben. Verschuivingen zijn in adverteerders, na afronden op 5."
        )
    elif corrected:
        told.append("Hoe ver de verbeterde aantallen zijn verschoven, is in deze uitgave niet na te gaan.")
    columns = (
        "Uitgave",
        "Periode",
        "Aantallen",
        "Ander cijfer",
        "Gemiddelde verschuiving",
        "Grootste verschuiving",
        "Buiten de oude marge",
        "Wel of geen cijfer veranderd",
    )
    table = Table(
        "Verbeterde aantallen naast de vorige versie", columns, tuple(rows), frozenset(range(2, 8)), is_open=True
    )
    return Section("revisies", "Revisies", tuple(told), None, (table,) if rows else ())


def comparability(snapshot: Snapshot) -> Section:
    """Name breaks in the weeks shown, versions of estimator and rules, and what alerts said."""
    weeks = snapshot.series("week", snapshot.region)
    breaks = [
        wording.week(later.period_start_date)
        for earlier, later in itertools.pairwise(weeks)
        if earlier.source_group_count != later.source_group_count
    ]
    if not weeks:
        told = "Er is nog geen hele week, dus nog niets om te vergelijken."
    else:
        told = f"Er is een breuk in {wording.join(breaks)}." if breaks else "In de getoonde weken is er geen breuk."
    tables = [_versions(snapshot.editions)]
    if snapshot.alerts:
        tables.append(_alerts(snapshot))
    return Section(
        "vergelijkbaarheid",
        "Vergelijkbaarheid",
        (
            "Weken met een ander aantal groepen bronnen vergelijken we niet met elkaar. " + told,
            (
                "Alle gemeenten worden op dezelfde manier geschat. Kleine gemeenten lenen kracht van heel Nederland: hun "
                "cijfer ligt daardoor dichter bij het gemiddelde."
            ),
            (
                "Een nieuwe versie van de schatter is ook een breuk. Vaste periodes zijn dagen, weken vanaf maandag, vier "
                "weken en kwartalen."
            ),
            (
                "Aantallen zijn niet te vergelijken met vergunningen, aangiften of registers. Die tellen iets anders: "
                "bedrijven, meldingen of inschrijvingen."
            ),
        ),
        None,
        tuple(tables),
    )


def _versions(editions: Sequence[Edition]) -> Table:
    found: dict[tuple[str, str], list[date]] = {}
    for edition in editions:
        found.setdefault((edition.estimator_version, edition.ruleset_version), []).append(edition.vintage_date)
    rows = tuple(
        (estimator, rules, wording.day_plain(min(days)), wording.day_plain(max(days)), wording.number(len(days)))
        for (estimator, rules), days in found.items()
    )
    columns = ("Schatter", "Regels van bescherming", "Eerste dag", "Laatste dag", "Uitgaven")
    return Table("Versies in de uitgaven", columns, rows, frozenset({4}), is_open=True)


def _alerts(snapshot: Snapshot) -> Table:
    counted: dict[tuple[str, str], Counter[str]] = {}
    for row in snapshot.alerts:
        counted.setdefault((row.area_code, row.series_code), Counter())[row.status_code] += 1
    rate = max(row.false_alarm_count for row in snapshot.alerts)
    rows = tuple(
        (
            snapshot.name(area),
            _SERIES.get(series, series),
            *(wording.number(found[status]) for status in _ALERTS),
        )
        for (area, series), found in sorted(counted.items())
    )
    columns = ("Gebied", "Reeks", "Geen aantoonbare verandering", "Hoger", "Lager", "Niet te vergelijken")
    times = "melding" if rate == 1 else "meldingen"
    title = f"Meldingen per periode (ten hoogste {wording.number(rate)} valse {times} in 180 dagen, alle reeksen samen)"
    return Table(title, columns, rows, frozenset({2, 3, 4, 5}), is_open=True)
