"""Plain Dutch (B1) for figures, periods and statuses. One place, so that every page says it the same way."""

from datetime import date, timedelta
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from reports.figures import BELOW, PUBLISHED, UNRELIABLE, WITHHELD, Movement, Share, Volume

LOCALE: Final = "nl_NL"
SMALLEST: Final = 10  # under it a count is a label, never a number (PRIVACY P9)

SETTINGS: Final[dict[str, str]] = {
    "all": "alle soorten",
    "home": "thuis",
    "club": "club",
    "escort": "escort",
    "other": "anders",
    "unknown": "onbekend",
}

STATUSES: Final[dict[str, str]] = {
    BELOW: "minder dan 10",
    WITHHELD: "afgeschermd",
    UNRELIABLE: "geen betrouwbaar cijfer",
}

# The estimand of the design, in the words of a reader.
ESTIMAND: Final = "adverteerders die op ten minste één gevolgde bron zichtbaar kunnen zijn"

CAVEATS: Final[tuple[tuple[str, str], ...]] = (
    (
        "Het zijn schattingen.",
        "Lees eerst de marge: daarin ligt het echte aantal met 95% zekerheid. De beste schatting is niet zekerder.",
    ),
    (
        "Wie niet online adverteert, telt niet mee.",
        f"We schatten {ESTIMAND}. Hoeveel mensen werken zonder advertentie weten we niet.",
    ),
    (
        "De cijfers zeggen niets over één persoon of adres.",
        "Ze zeggen ook niets over vergunningen, dwang of overlast. Gebruik ze niet om iemand te zoeken of te controleren.",
    ),
    (
        "Een klein verschil is geen verandering.",
        "We melden een verandering pas als die groter is dan wat toeval meestal geeft.",
    ),
)


def number(value: float, digits: int = 0) -> str:
    """Write a number the Dutch way.

    >>> number(1250), number(3.25, 1)
    ('1.250', '3,2')
    """
    return format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=LOCALE)


def counted(count: int, one: str, more: str) -> str:
    """Write a number with the word that goes with it.

    >>> counted(1, "week", "weken"), counted(1250, "week", "weken")
    ('1 week', '1.250 weken')
    """
    return f"{number(count)} {one if count == 1 else more}"


def size(count: int) -> str:
    """Write the size of a file.

    >>> size(300), size(48_213), size(2_400_000)
    ('1 kB', '48 kB', '2,4 MB')
    """
    return f"{number(max(1, round(count / 1000)))} kB" if count < 10**6 else f"{number(count / 10**6, 1)} MB"


def percent(share: float) -> str:
    """Write a share as whole percents.

    >>> percent(0.62)
    '62%'
    """
    return f"{number(round(share * 100))}%"


def day_long(day: date) -> str:
    """Write a day in full.

    >>> day_long(date(2026, 11, 8))
    'zondag 8 november 2026'
    """
    return format_date(day, "EEEE d MMMM y", locale=LOCALE)


def day_plain(day: date) -> str:
    """Write a day without the name of its weekday.

    >>> day_plain(date(2026, 11, 8))
    '8 november 2026'
    """
    return format_date(day, "d MMMM y", locale=LOCALE)


def day_short(day: date) -> str:
    """Write a day for the axis of a chart.

    >>> day_short(date(2026, 11, 8))
    '8 nov'
    """
    return format_date(day, "d MMM", locale=LOCALE).rstrip(".")


def month(day: date) -> str:
    """Write a month and year for the axis of a chart.

    >>> month(date(2026, 11, 8))
    "nov '26"
    """
    return f"{format_date(day, 'MMM', locale=LOCALE).rstrip('.')} '{day.year % 100:02d}"


def span(first: date, last: date) -> str:
    """Write a period, both ends included, without saying twice what is the same.

    >>> span(date(2026, 11, 2), date(2026, 11, 8))
    '2 t/m 8 november 2026'
    >>> span(date(2026, 10, 12), date(2026, 11, 8))
    '12 oktober t/m 8 november 2026'
    >>> span(date(2026, 12, 28), date(2027, 1, 3))
    '28 december 2026 t/m 3 januari 2027'
    >>> span(date(2026, 11, 2), date(2026, 11, 2))
    '2 november 2026'
    """
    if first == last:
        return day_plain(last)
    pattern = "d MMMM y" if first.year != last.year else "d MMMM" if first.month != last.month else "d"
    return f"{format_date(first, pattern, locale=LOCALE)} t/m {day_plain(last)}"


def week(start: date) -> str:
    """Name a week by its ISO number and days.

    >>> week(date(2026, 11, 2))
    'week 45 (2 t/m 8 november 2026)'
    """
    return f"week {start.isocalendar().week} ({span(start, start + timedelta(days=6))})"


def week_short(start: date) -> str:
    """Name a week by its number only.

    >>> week_short(date(2026, 11, 2))
    'week 45'
    """
    return f"week {start.isocalendar().week}"


def period_short(code: str, start: date) -> str:
    """Name a week by its number, and any other period in full.

    >>> period_short("week", date(2026, 11, 2)), period_short("block", date(2026, 10, 12))
    ('week 45', '12 oktober t/m 8 november 2026')
    """
    return week_short(start) if code == "week" else period(code, start)


def block(start: date) -> str:
    """Name a block of four weeks.

    >>> block(date(2026, 10, 12))
    '12 oktober t/m 8 november 2026'
    """
    return span(start, start + timedelta(days=27))


def period(code: str, start: date) -> str:
    """Name a period of any kind: day, week or block."""
    if code == "week":
        return week(start)
    return block(start) if code == "block" else day_long(start)


def bound(value: int) -> str:
    """Write an end of an interval; what lies under ten is a label.

    >>> bound(0), bound(45)
    ('minder dan 10', '45')
    """
    return number(value) if value >= SMALLEST else STATUSES[BELOW]


def margin(lower: int | None, upper: int | None) -> str:
    """Write an interval.

    >>> margin(75, 125)
    '75 tot 125'
    """
    if lower is None or upper is None:
        return "onbekend"
    return f"{bound(lower)} tot {bound(upper)}"


def band(lower: int | None, upper: int | None) -> str:
    """Write an interval as the digest does; where its lower end is a label, only its upper end says something.

    >>> band(75, 125), band(0, 30)
    ('75 tot 125', 'hooguit 30')
    """
    if lower is not None and upper is not None and lower < SMALLEST:
        return f"hooguit {bound(upper)}"
    return margin(lower, upper)


def between(lower: int | None, upper: int | None) -> str:
    """Write an interval inside a sentence.

    >>> between(75, 125), between(0, 30)
    ('tussen de 75 en 125', 'hooguit 30')
    """
    if lower is None or upper is None:
        return "een onbekend aantal"
    return f"tussen de {number(lower)} en {number(upper)}" if lower >= SMALLEST else band(lower, upper)


def slug(code: str) -> str:
    """Make a code fit for the name of an element in a page.

    >>> slug("PV-Overijssel")
    'pv-overijssel'
    """
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in code).lower()


def share_margin(lower: float | None, upper: float | None) -> str:
    """Write an interval of a share.

    >>> share_margin(0.4, 0.55)
    '40% tot 55%'
    """
    if lower is None or upper is None:
        return "onbekend"
    return f"{percent(lower)} tot {percent(upper)}"


def status(code: str) -> str:
    """Say in words that there is no number."""
    return STATUSES.get(code, STATUSES[UNRELIABLE])


def figure(row: Volume | Movement) -> str:
    """Write the figure of a row, or why it is not there in one or two words."""
    count = row.advertiser_count if isinstance(row, Volume) else row.move_count
    return number(count) if row.status_code == PUBLISHED and count is not None else status(row.status_code)


def share(row: Share) -> str:
    """Write a share, or why it is not there."""
    if row.status_code == PUBLISHED and row.advertiser_share is not None:
        return percent(row.advertiser_share)
    return status(row.status_code)


def join(parts: list[str]) -> str:
    """Join words as a sentence does.

    >>> join(["a", "b", "c"])
    'a, b en c'
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} en {parts[-1]}"


def source(code: str) -> str:
    """Write the name of a source as people say it.

    >>> source("nl_rubriek")
    'Rubriek'
    """
    bare = code.split("_", 1)[1] if code[2:3] == "_" else code
    return spaced(bare).capitalize()


def spaced(code: str) -> str:
    """Write a code that nobody has put into words yet.

    >>> spaced("iets_nieuws")
    'iets nieuws'
    """
    return code.replace("_", " ")
