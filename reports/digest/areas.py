"""What the digest says of the level of one area: interval before point, in words and as a small chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from reports import charts, reasons, trends, wording
from reports.changes import Change, told
from reports.figures import BELOW, DAYS_SHOWN, DIGEST_WEEKS, PUBLISHED, WITHHELD, Snapshot, Volume
from warehouse.calendar import is_last_day_of_week, week_start

ENOUGH_WEEKS = 8  # from then on the small chart shows weeks instead of days
BARS = 8  # lines of the chart in words, for mail and plain text
CARD_WIDTH, CARD_HEIGHT = 330.0, 112.0


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
    """One area of the digest.

    `headline` is the best estimate, `margin` the interval that stands before it, `week` the last week that is told of
    ("" without one); `chart_words` says every figure of the chart, for those who do not see it.
    """

    name: str
    headline: str
    margin: str
    sentence: str
    week: str
    week_sentence: str
    change: Change
    chart: Markup
    chart_caption: str
    chart_words: str
    bars_caption: str
    bars: tuple[Bar, ...]
    is_published: bool


def area(snapshot: Snapshot, code: str) -> AreaView:
    """Put the level of an area into words."""
    name = snapshot.name(code)
    today = snapshot.volume("day", snapshot.day, code)
    weeks = snapshot.series("week", code)
    by_week = sum(row.status_code == PUBLISHED for row in weeks) >= ENOUGH_WEEKS
    rows = weeks[-DIGEST_WEEKS:] if by_week else snapshot.series("day", code)[-DAYS_SHOWN:]
    unit = "per week" if by_week else "per dag"
    caption = f"{name}, {unit}: balk is de marge, stip de beste schatting"
    drawn = marks(rows)
    words = f"{'; '.join(charts.said(mark) for mark in drawn) or 'Er zijn nog geen cijfers'}."
    newest = weeks[-1] if weeks else None
    is_published = today is not None and today.status_code == PUBLISHED
    return AreaView(
        name=name,
        headline=wording.figure(today) if today is not None else wording.status(""),
        margin=wording.band(today.lower_count, today.upper_count) if today is not None and is_published else "",
        sentence=_day_sentence(today, snapshot.day, name),
        week=wording.week_short(newest.period_start_date) if newest is not None else "",
        week_sentence=_week_sentence(newest, last_week(snapshot.day)),
        change=told(snapshot.alert(code, newest.period_start_date) if newest is not None else None),
        chart=trends.series(
            f"niveau-{wording.slug(code)}", caption, drawn, width=CARD_WIDTH, height=CARD_HEIGHT, description=words
        ),
        chart_caption=caption,
        chart_words=words,
        bars_caption=f"Marge (beste schatting) {unit}",
        bars=tuple(_bars(rows[-BARS:])),
        is_published=is_published,
    )


def last_week(day: date) -> date:
    """Give the Monday of the last week that has ended by the end of a day.

    >>> last_week(date(2026, 11, 8)), last_week(date(2026, 11, 9)), last_week(date(2026, 11, 14))
    (datetime.date(2026, 11, 2), datetime.date(2026, 11, 2), datetime.date(2026, 11, 2))
    """
    return week_start(day) if is_last_day_of_week(day) else week_start(day) - timedelta(days=7)


def marks(rows: Sequence[Volume]) -> list[charts.Mark]:
    """Make marks of volumes."""
    return [
        charts.Mark(
            label=_axis(row, is_long=len(rows) > trends.LONG),
            name=wording.period(row.period_code, row.period_start_date).capitalize(),
            status=row.status_code,
            value=row.advertiser_count,
            lower=row.lower_count,
            upper=row.upper_count,
            reason=reasons.reason(row.reason_code),
        )
        for row in rows
    ]


def _axis(row: Volume, *, is_long: bool) -> str:
    """Name a period in a few letters; a long series needs the year, for week numbers come back."""
    if is_long or row.period_code == "block":
        return wording.month(row.period_start_date)
    if row.period_code == "week":
        return wording.week_short(row.period_start_date).replace("week ", "wk ")
    return wording.day_short(row.period_start_date)


def _day_sentence(row: Volume | None, day: date, place: str) -> str:
    """Say the level of a day: first the ends between which it lies, then the point."""
    when = wording.day_long(day)
    if row is None:
        return f"Voor {when} is er geen cijfer van {place}."
    if row.status_code == PUBLISHED:
        ends = wording.between(row.lower_count, row.upper_count)
        return (
            f"Op {when} waren in {place} met 95% zekerheid {ends} adverteerders zichtbaar. "
            f"De beste schatting is {wording.figure(row)}."
        )
    if row.status_code == BELOW:
        return f"Voor {when} geldt in {place}: minder dan 10 adverteerders gezien of geschat. We geven dan geen getal."
    if row.status_code == WITHHELD:
        return f"Voor {when} tonen we geen cijfer van {place}: {reasons.reason(row.reason_code)}."
    return f"Voor {when} is er geen betrouwbaar cijfer van {place}: {reasons.reason(row.reason_code)}."


def _week_sentence(row: Volume | None, expected: date) -> str:
    if row is None:
        return "Er is nog geen hele week met cijfers."
    start = row.period_start_date
    missing = f"Over {wording.week_short(expected)} is er geen cijfer. " if start < expected else ""
    name = wording.week(start).capitalize()
    if row.status_code == PUBLISHED:
        ends = wording.between(row.lower_count, row.upper_count)
        return f"{missing}{name}: in de hele week samen {ends} adverteerders (beste schatting {wording.figure(row)})."
    return f"{missing}{name}: {wording.status(row.status_code)} ({reasons.reason(row.reason_code)})."


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
        words = f"{wording.band(low, high)} ({wording.figure(row)})"
        made.append(Bar(mark.label, before, inside, max(0, 100 - before - inside), words, is_shown=True))
    return made
