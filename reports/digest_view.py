"""What the digest says, in sentences, before it becomes a page, a mail or a text: all three say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from reports import charts, flows, wording
from reports.banner import Banner, banner
from reports.changes import Change, told
from reports.figures import (
    BELOW,
    DAYS_SHOWN,
    DIGEST_WEEKS,
    KINDS,
    PUBLISHED,
    WITHHELD,
    Movement,
    Share,
    Snapshot,
    Volume,
)
from warehouse.areas import ENTRY, EXIT, MOVEMENT_STATES, states_in
from warehouse.calendar import block_start

ENOUGH_WEEKS = 8  # from then on the small chart shows weeks instead of days
MAIL_BARS = 8
LONG = 40  # periods
CARD_WIDTH, CARD_HEIGHT = 330.0, 112.0
SHAPES: dict[str, charts.Shape] = {"home": "circle", "club": "square", "escort": "diamond"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of the mail's chart, in percents of its width; `words` stands beside it, or alone where nothing is shown."""

    label: str
    before: int
    inside: int
    after: int
    words: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class AreaView:
    """One area of the digest."""

    name: str
    headline: str
    margin: str
    sentence: str
    week_sentence: str
    change: Change
    chart: Markup
    chart_caption: str
    bars: tuple[Bar, ...]
    is_published: bool


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
    """The whole digest in words. `later` says when figures on four weeks come, where there are none yet."""

    day: str
    subject: str
    banner: Banner
    areas: tuple[AreaView, ...]
    block: str
    later: str
    shares: tuple[ShareView, ...]
    arrivals: tuple[Cell, ...]
    departures: tuple[Cell, ...]
    moves_sentence: str
    focus: str
    notes: tuple[str, ...]
    edition: str


def view(snapshot: Snapshot) -> DigestView:
    """Put a snapshot into words."""
    areas = tuple(_area(snapshot, code) for code in (snapshot.focus, snapshot.region))
    seen = banner(snapshot)
    focus = snapshot.name(snapshot.focus)
    block = snapshot.last_block()
    moves = flows.between_places(snapshot.moves(block)) if block is not None else []
    edition = snapshot.edition
    news = _news(areas[0], seen)
    return DigestView(
        day=wording.day_long(snapshot.day),
        subject=f"Dagbericht {wording.day_plain(snapshot.day)}: {focus}, {news}",
        banner=seen,
        areas=areas,
        block=wording.block(block) if block is not None else "",
        later=_later(snapshot.day) if block is None else "",
        shares=tuple(_shares(snapshot, code, block) for code in (snapshot.focus, snapshot.region)) if block else (),
        arrivals=_moves(snapshot, [row for row in moves if row.destination_code == snapshot.focus], arriving=True),
        departures=_moves(snapshot, [row for row in moves if row.origin_code == snapshot.focus], arriving=False),
        moves_sentence=_moves_sentence(snapshot, block) if block is not None else "",
        focus=focus,
        notes=tuple(_notes(snapshot)),
        edition=(
            f"Uitgave van {wording.day_plain(edition.vintage_date)}, versie {edition.version_number}. "
            f"Regels {edition.ruleset_version}, schatter {edition.estimator_version}."
        ),
    )


def _news(area: AreaView, seen: Banner) -> str:
    """Say in a few words, for the subject, what the day brought."""
    if seen.level == "none":
        return "geen betrouwbaar cijfer"
    return "geen vergelijking mogelijk" if area.change.kind == "not_comparable" else area.change.title.lower()


def level_sentence(row: Volume | None, day: date, place: str) -> str:
    """Say the level of a day in one or two sentences."""
    when = wording.day_long(day)
    if row is None:
        return f"Voor {when} is er geen cijfer voor {place}."
    if row.status_code == PUBLISHED:
        return (
            f"Op {when} waren in {place} naar schatting {wording.figure(row)} adverteerders zichtbaar. {certain(row)}"
        )
    if row.status_code == BELOW:
        return f"Voor {place} geldt op {when}: minder dan 10 adverteerders. We geven dan geen getal."
    if row.status_code == WITHHELD:
        return f"Het cijfer van {when} is afgeschermd: {wording.reason(row.reason_code)}."
    return f"Voor {when} is er geen betrouwbaar cijfer: {wording.reason(row.reason_code)}."


def certain(row: Volume) -> str:
    """Say the interval of a published figure."""
    low, high = row.lower_count, row.upper_count
    if low is None or high is None:
        return "De marge is niet bekend."
    if low < wording.SMALLEST:
        return f"Het echte aantal is met 95% zekerheid niet hoger dan {wording.number(high)}."
    return f"Het echte aantal ligt met 95% zekerheid tussen {wording.number(low)} en {wording.number(high)}."


def marks(rows: Sequence[Volume]) -> list[charts.Mark]:
    """Make marks of volumes."""
    return [
        charts.Mark(
            label=_axis(row, is_long=len(rows) > LONG),
            name=wording.period(row.period_code, row.period_start_date).capitalize(),
            status=row.status_code,
            value=row.advertiser_count,
            lower=row.lower_count,
            upper=row.upper_count,
            reason=wording.reason(row.reason_code),
        )
        for row in rows
    ]


def _axis(row: Volume, *, is_long: bool) -> str:
    """Name a period in a few letters; a long series needs the year, for week numbers come back."""
    if is_long:
        return wording.month(row.period_start_date)
    if row.period_code == "week":
        return wording.week_short(row.period_start_date).replace("week ", "wk ")
    return wording.day_short(row.period_start_date)


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
                reason=wording.reason(row.reason_code if row else "no_data"),
                shape=SHAPES[kind],
            )
        )
    return made


def _area(snapshot: Snapshot, code: str) -> AreaView:
    name = snapshot.name(code)
    today = snapshot.volume("day", snapshot.day, code)
    weeks = snapshot.series("week", code)
    published = [row for row in weeks if row.status_code == PUBLISHED]
    by_week = len(published) >= ENOUGH_WEEKS
    rows = weeks[-DIGEST_WEEKS:] if by_week else snapshot.series("day", code)[-DAYS_SHOWN:]
    caption = f"{name}, {'per week' if by_week else 'per dag'}: schatting met marge"
    later = weeks[-1] if weeks else None
    is_published = today is not None and today.status_code == PUBLISHED
    return AreaView(
        name=name,
        headline=wording.figure(today) if today is not None else wording.status(""),
        margin=wording.margin(today.lower_count, today.upper_count) if today is not None and is_published else "",
        sentence=level_sentence(today, snapshot.day, name),
        week_sentence=_week_sentence(later),
        change=told(snapshot.alert(code, later.period_start_date) if later is not None else None),
        chart=charts.series(f"niveau-{_slug(code)}", caption, marks(rows), width=CARD_WIDTH, height=CARD_HEIGHT),
        chart_caption=caption,
        bars=tuple(_bars(rows[-MAIL_BARS:])),
        is_published=is_published,
    )


def _week_sentence(row: Volume | None) -> str:
    if row is None:
        return "Er is nog geen hele week met cijfers."
    name = wording.week(row.period_start_date).capitalize()
    if row.status_code == PUBLISHED:
        ends = wording.margin(row.lower_count, row.upper_count)
        return f"{name}: in de hele week samen {wording.figure(row)} adverteerders (marge {ends})."
    return f"{name}: {wording.status(row.status_code)} ({wording.reason(row.reason_code)})."


def _bars(rows: Sequence[Volume]) -> list[Bar]:
    top = max((row.upper_count or row.advertiser_count or 0 for row in rows), default=0) or 1
    made = []
    for mark, row in zip(marks(rows), rows, strict=True):
        if row.advertiser_count is None:
            made.append(Bar(mark.label, 0, 0, 100, wording.status(row.status_code), is_shown=False))
            continue
        low = row.advertiser_count if row.lower_count is None else row.lower_count
        high = row.advertiser_count if row.upper_count is None else row.upper_count
        before = round(100 * low / top)
        inside = max(2, round(100 * high / top) - before)
        words = f"{wording.figure(row)} ({wording.margin(low, high)})"
        made.append(Bar(mark.label, before, inside, max(0, 100 - before - inside), words, is_shown=True))
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
        f"soort-{_slug(code)}", title, drawn, width=CARD_WIDTH, top=1.0, write=wording.percent, is_dense=True
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
                margin=wording.margin(row.lower_count, row.upper_count) if shown else "",
                reason="" if shown or row.status_code == BELOW else wording.reason(row.reason_code),
            )
        )
    return tuple(cells)


def _moves_sentence(snapshot: Snapshot, block: date) -> str:
    """Say of all that came and of all that went whether it changed; more words only where there is more to say."""
    parts = []
    for series, words in (("arrivals", "Alles samen naar"), ("departures", "Alles samen uit")):
        change = told(snapshot.alert(snapshot.focus, block, series))
        more = "" if change.kind == "none" else f" {change.sentence}"
        parts.append(f"{words} {snapshot.name(snapshot.focus)}: {change.title.lower()}.{more}")
    return " ".join(parts)


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


def _notes(snapshot: Snapshot) -> list[str]:
    rows = [snapshot.volume("day", snapshot.day, code) for code in (snapshot.focus, snapshot.region)]
    codes = sorted({code for row in rows if row is not None for code in row.warnings})
    return [f"{wording.warning(code)[0].upper()}{wording.warning(code)[1:]}." for code in codes]


def _slug(code: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in code).lower()
