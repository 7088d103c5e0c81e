"""What the digest says, in sentences, before it becomes a page, a mail or a text: all three say the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from markupsafe import Markup

from reports import charts, flows, reasons, wording
from reports.banner import Banner, banner
from reports.changes import told
from reports.digest.areas import CARD_WIDTH, AreaView, area
from reports.digest.languages import LanguagesView, languages
from reports.figures import BELOW, KINDS, PUBLISHED, Movement, Share, Snapshot
from warehouse.areas import ENTRY, EXIT, MOVEMENT_STATES, states_in
from warehouse.calendar import block_start
from warehouse.estimates.holidays import is_holiday

Variant = Literal["supervision", "outreach"]
NAMES: Final[dict[Variant, str]] = {"supervision": "Dagbericht", "outreach": "Dagbericht voor hulpverlening"}
SHAPES: dict[str, charts.Shape] = {"home": "circle", "club": "square", "escort": "diamond"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with its margin, or the words that stand in its place."""

    label: str
    value: str
    margin: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShareView:
    """Shares of one area."""

    name: str
    cells: tuple[Cell, ...]
    chart: Markup


@dataclass(frozen=True, slots=True)
class DigestView:
    """The whole digest in words.

    `remarks` are what a reader must know before the figures. `is_week_first` puts the past week above the day.
    `later` says when figures on four weeks come, where there are none yet. `languages` is for outreach only.
    """

    name: str
    day: str
    subject: str
    banner: Banner
    remarks: tuple[str, ...]
    areas: tuple[AreaView, ...]
    is_week_first: bool
    block: str
    later: str
    shares_sentence: str
    shares: tuple[ShareView, ...]
    arrivals: tuple[Cell, ...]
    departures: tuple[Cell, ...]
    moves_sentence: str
    languages: LanguagesView | None
    focus: str
    notes: tuple[str, ...]
    edition: str


def view(snapshot: Snapshot, variant: Variant = "supervision") -> DigestView:
    """Put a snapshot into words.

    On a Monday the past week comes first: its figure came on Sunday, when few readers were at work, and a team plans its
    week on Monday. A Monday without a crawl has that edition too, for the week stands on its own.
    """
    areas = tuple(area(snapshot, code) for code in (snapshot.focus, snapshot.region))
    seen = banner(snapshot)
    focus = snapshot.name(snapshot.focus)
    block = snapshot.last_block()
    moves = flows.between_places(snapshot.moves(block)) if block is not None else []
    edition = snapshot.edition
    name = NAMES[variant]
    title = name if edition.version_number == 1 else f"Verbeterd {name[0].lower()}{name[1:]}"
    return DigestView(
        name=name,
        day=wording.day_long(snapshot.day),
        subject=f"{title} {wording.day_plain(snapshot.day)}, {focus}: {_news(areas[0], seen)}",
        banner=seen,
        remarks=tuple(_remarks(snapshot)),
        areas=areas,
        is_week_first=snapshot.day.weekday() == 0 and bool(areas[0].week),
        block=wording.block(block) if block is not None else "",
        later=_later(snapshot.day) if block is None else "",
        shares_sentence="Aandeel van de adverteerders van wie de soort bekend is.",
        shares=tuple(_shares(snapshot, code, block) for code in (snapshot.focus, snapshot.region)) if block else (),
        arrivals=_moves(snapshot, [row for row in moves if row.destination_code == snapshot.focus], arriving=True),
        departures=_moves(snapshot, [row for row in moves if row.origin_code == snapshot.focus], arriving=False),
        moves_sentence=_moves_sentence(snapshot, block) if block is not None else "",
        languages=languages(snapshot) if variant == "outreach" else None,
        focus=focus,
        notes=tuple(_notes(snapshot, moves)),
        edition=(
            f"Uitgave van {wording.day_plain(edition.vintage_date)}, versie {edition.version_number}. "
            f"Regels {edition.ruleset_version}, schatter {edition.estimator_version}."
        ),
    )


def _news(told_of: AreaView, seen: Banner) -> str:
    """Say in a few words, for the subject, what the day brought.

    No figure, and of an alert no direction: a subject is read on locked screens, without the margin and without how
    often an alert is false.
    """
    words = {
        "higher": f"melding over {told_of.week}",
        "lower": f"melding over {told_of.week}",
        "none": f"geen aantoonbare verandering in {told_of.week}",
        "not_comparable": f"{told_of.week} is niet te vergelijken" if told_of.week else "nog niets te vergelijken",
    }[told_of.change.kind]
    before = {"none": "vandaag geen betrouwbaar cijfer; ", "limited": "gegevens niet volledig; ", "good": ""}
    return before[seen.level] + words


def _remarks(snapshot: Snapshot) -> list[str]:
    """Say what a reader must know before the figures."""
    made = []
    number = snapshot.edition.version_number
    if number > 1:
        made.append(f"Dit is versie {number}, een verbetering. Gooi eerdere versies van deze dag weg.")
    if is_holiday(snapshot.day):
        made.append(
            "Dit is een feestdag. Dan adverteren vaak minder of andere mensen. "
            "Vergelijk het cijfer van vandaag niet met dat van een gewone dag."
        )
    return made


def share_marks(shares: dict[str, Share]) -> list[charts.Mark]:
    """Make marks of the shares of one area; a share that is not there at all counts as not reliable."""
    made = []
    for kind in KINDS:
        row = shares.get(kind)
        made.append(
            charts.Mark(
                label=wording.SETTINGS[kind].capitalize(),
                name=wording.SETTINGS[kind].capitalize(),
                status=row.status_code if row else "unreliable",
                value=row.advertiser_share if row else None,
                lower=row.lower_share if row else None,
                upper=row.upper_share if row else None,
                reason=reasons.reason(row.reason_code if row else "no_data"),
                shape=SHAPES[kind],
            )
        )
    return made


def _shares(snapshot: Snapshot, code: str, block: date) -> ShareView:
    shares = snapshot.shares_of(code, block)
    drawn = share_marks(shares)
    cells = []
    for kind, mark in zip(KINDS, drawn, strict=True):
        row = shares.get(kind)
        shown = row is not None and row.status_code == PUBLISHED
        cells.append(
            Cell(
                label=mark.label,
                value=wording.share(row) if row is not None else wording.status(""),
                margin=wording.share_margin(row.lower_share, row.upper_share) if row is not None and shown else "",
                reason="" if shown else mark.reason,
            )
        )
    name = snapshot.name(code)
    title = f"{name}: aandeel thuis, club en escort"
    chart = charts.rows(
        f"soort-{wording.slug(code)}", title, drawn, width=CARD_WIDTH, top=1.0, write=wording.percent, is_dense=True
    )
    return ShareView(name, tuple(cells), chart)


def _moves(snapshot: Snapshot, rows: Sequence[Movement], *, arriving: bool) -> tuple[Cell, ...]:
    cells = []
    for row in sorted(rows, key=lambda row: _order(row.origin_code if arriving else row.destination_code)):
        if row.reason_code == "rolled_up":
            continue  # the row of the wider area stands for it
        shown = row.status_code == PUBLISHED
        other = row.origin_code if arriving else row.destination_code
        cells.append(
            Cell(
                label=place(snapshot, other),
                value=flows.told(row),
                margin=wording.band(row.lower_count, row.upper_count) if shown else "",
                reason="" if shown or row.status_code == BELOW else reasons.reason(row.reason_code),
            )
        )
    if len(cells) > 1 and not cells[0].margin and len({(cell.value, cell.margin, cell.reason) for cell in cells}) == 1:
        return (replace(cells[0], label="alle gebieden"),)
    return tuple(cells)


def _moves_sentence(snapshot: Snapshot, block: date) -> str:
    """Say of all that came and of all that went whether it changed; more words only where there is more to say."""
    focus = snapshot.name(snapshot.focus)
    parts: dict[str, list[str]] = {}
    for series, words in (("arrivals", "naar"), ("departures", "uit")):
        change = told(snapshot.alert(snapshot.focus, block, series))
        more = "" if change.kind == "none" else f" {change.sentence}"
        parts.setdefault(f"{change.title.lower()}.{more}", []).append(words)
    return " ".join(f"Alles samen {wording.join(ways)} {focus}: {said}" for said, ways in parts.items())


def place(snapshot: Snapshot, code: str) -> str:
    """Name the other end of a move."""
    if code == ENTRY:
        return "nieuw, of van buiten de gevolgde gebieden"
    if code == EXIT:
        return "gestopt, of naar buiten de gevolgde gebieden"
    return snapshot.name(code)


def _order(code: str) -> tuple[int, str]:
    """Near before far, the unknown last; an area comes with the farthest place in it."""
    if code in (ENTRY, EXIT):
        return len(MOVEMENT_STATES), code
    return max(MOVEMENT_STATES.index(state) for state in states_in(code)), code


def _later(day: date) -> str:
    end = block_start(day) + timedelta(days=27)
    return (
        "Cijfers over soort werk en beweging maken we per vier weken. De eerste vier weken zijn nog niet om. "
        f"De eerste cijfers komen op {wording.day_long(end)}."
    )


def _notes(snapshot: Snapshot, moves: Sequence[Movement]) -> list[str]:
    codes = (snapshot.focus, snapshot.region)
    rows = [snapshot.volume("day", snapshot.day, code) for code in codes] + [snapshot.last_week(code) for code in codes]
    warnings = sorted({code for row in rows if row is not None for code in row.warnings})
    made = [f"{reasons.warning(code)[0].upper()}{reasons.warning(code)[1:]}." for code in warnings]
    if any(flows.PARTLY in row.warnings for row in moves if snapshot.focus in (row.origin_code, row.destination_code)):
        made.append("Plus een klein deel: er hoort nog een stroom bij die te klein is om te tonen.")
    made.append(
        "Een weekcijfer telt iedereen die in die week een dag zichtbaar was. Daarom is het meestal hoger dan een dagcijfer."
    )
    made.append("Marge: 95% zekerheid. Getallen zijn afgerond op 5. Minder dan 10 tonen we nooit als getal.")
    return made
