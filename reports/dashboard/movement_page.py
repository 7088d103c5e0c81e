"""The page on movement: who comes and goes between which areas, how long they stay, and whether they move on and on."""

from collections.abc import Sequence
from typing import Final

from reports import charts, flows, wording
from reports.dashboard.flow_map import COUNTRY_SCOPE, NOTE, REGION_SCOPE, Scope, drawn_in, flow_map
from reports.dashboard.stay_sections import stay_sections
from reports.figures import Movement, Snapshot
from reports.sections import Section, Table, ends, move_marks, source_line, why
from warehouse.areas import ENTRY, EXIT, REST_OF_REGION

LEAD: Final = (
    "Hoeveel verplaatsingen zijn er in vier weken van het ene gebied naar het andere, en hoe lang blijven adverteerders? Wie "
    "twee keer gaat, telt twee keer. Het zijn schattingen: we rekenen mee dat we niet alles zien. Kleine aantallen voegen we "
    "samen tot een groter gebied."
)
EARLIER_SHOWN: Final = 12  # blocks: with the last one a year; more would make the page too large
_ARROWS: Final = (
    "De pijlpunt wijst naar het gebied waar adverteerders heen gingen. Hoe breder de pijl, hoe meer verplaatsingen.",
    (
        "Bij de pijl staat de schatting, met de marge tussen haakjes. Past dat niet, dan staan ze alleen in de grafieken en "
        "de tabel. Een plus achter het getal: een klein deel tonen we niet en telt niet mee."
    ),
    "Een stippellijn: het aantal is te klein, afgeschermd of niet bekend.",
    "Wie nieuw is of stopt, staat niet op de kaart. Die aantallen staan in de grafieken en de tabel.",
)


def sections(snapshot: Snapshot) -> list[Section]:
    """Make the page: maps and charts of the last block of four weeks, stays by quarter, all moves as tables."""
    blocks = sorted({row.block_start_date for row in snapshot.movements})
    if not blocks:
        later = Section("later", "Nog geen cijfers", ("De eerste periode van vier weken is nog niet om.",))
        return [later, *(stay_sections(snapshot) if snapshot.stays else [])]
    told = snapshot.moves(blocks[-1])
    coarse = flows.between_places(told)
    period = wording.block(blocks[-1])
    region = snapshot.name(snapshot.region)
    made = [
        _map(
            snapshot,
            "kaart-nederland",
            f"Kaart van verplaatsingen in Nederland en Duitsland, {period}",
            COUNTRY_SCOPE,
            coarse,
            sentences=_ARROWS,
            notes=(NOTE,),
        ),
        _map(
            snapshot, "kaart-regio", f"Kaart van verplaatsingen in {region} en Duitsland, {period}", REGION_SCOPE, told
        ),
    ]
    for code, ident, found in ((snapshot.focus, "focus", told), (REST_OF_REGION, "regio", coarse)):
        name = snapshot.name(code)
        for arriving, word in ((True, "naar"), (False, "uit")):
            rows = [r for r in found if (r.destination_code if arriving else r.origin_code) == code]
            drawn = move_marks(snapshot, rows, arriving=arriving)
            if drawn:
                made.append(_moves(f"{ident}-{word}", f"Verplaatsingen {word} {name}, {period}", drawn, snapshot))
    made += stay_sections(snapshot)
    earlier = [
        row for block in reversed(blocks[:-1][-EARLIER_SHOWN:]) for row in flows.between_places(snapshot.moves(block))
    ]
    tables = [_table(snapshot, f"Alle beweging, {period}", told)]
    if earlier:
        tables.append(
            _table(
                snapshot, "Eerdere perioden van het afgelopen jaar, in het groot (alles staat bij Downloads)", earlier
            )
        )
    made.append(Section("tabel", "Alle beweging", (), None, tuple(tables)))
    return made


def _map(
    snapshot: Snapshot,
    ident: str,
    title: str,
    scope: Scope,
    moves: Sequence[Movement],
    *,
    sentences: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Section:
    names = {code: snapshot.name(code) for code in (*scope.always, *scope.also)}
    if not any(row.move_count is not None for row in drawn_in(scope, moves)):
        sentences = (*sentences, "Van geen enkele pijl op deze kaart is er een getal.")
    return Section(
        ident,
        title,
        sentences,
        charts.both(ident, lambda at, width: flow_map(at, title, scope, moves, names, width=width)),
        (),
        source_line(snapshot),
        notes,
    )


def _moves(ident: str, title: str, drawn: list[charts.Mark], snapshot: Snapshot) -> Section:
    chart = charts.both(ident, lambda at, width: charts.rows(at, title, drawn, width=width))
    return Section(ident, title, (), chart, (), source_line(snapshot))


def _table(snapshot: Snapshot, caption: str, moves: Sequence[Movement]) -> Table:
    columns = ("Periode", "Van", "Naar", "Schatting", "Marge", "Toelichting")
    return Table(caption, columns, tuple(_row(snapshot, row) for row in moves), frozenset({3, 4}), is_open=True)


def _row(snapshot: Snapshot, row: Movement) -> tuple[str, ...]:
    told = {ENTRY: "nieuw / van elders", EXIT: "gestopt / naar elders"}
    within = "binnen " if row.origin_code == row.destination_code else ""
    return (
        wording.block(row.block_start_date),
        told.get(row.origin_code, snapshot.name(row.origin_code)),
        within + told.get(row.destination_code, snapshot.name(row.destination_code)),
        wording.figure(row),
        ends(row),
        why(row),
    )
