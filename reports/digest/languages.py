"""Languages of advertisement texts of the region, for those who make information material (the outreach digest only).

Region and four weeks, as `release.language` has them: nothing smaller is ever told by language (PRIVACY P5, P10).
"""

from dataclasses import dataclass
from typing import Final

from babel import Locale

from reports import wording
from reports.figures import PUBLISHED, Language, Snapshot

TITLE: Final = "Taal van de advertentietekst, voor voorlichtingsmateriaal"
OTHER, UNTOLD = "other", "und"
LAST: Final[dict[str, str]] = {OTHER: "overige talen", UNTOLD: "taal niet herkend"}


@dataclass(frozen=True, slots=True)
class LanguagesView:
    """The languages of one block of four weeks: `rows` are (language, advertisers seen); `hidden` names the others."""

    title: str
    block: str
    area: str
    rows: tuple[tuple[str, str], ...]
    hidden: str
    sentence: str


def languages(snapshot: Snapshot) -> LanguagesView | None:
    """Put the languages of the last block into words; None where the release holds none."""
    here = [row for row in snapshot.languages if row.area_code == snapshot.region]
    start = max((row.block_start_date for row in here), default=None)
    if start is None:
        return None
    rows = sorted((row for row in here if row.block_start_date == start), key=_order)
    shown = [row for row in rows if row.status_code == PUBLISHED and row.advertiser_count is not None]
    others = [language(row.language_code) for row in rows if row not in shown]
    return LanguagesView(
        title=TITLE,
        block=wording.block(start),
        area=snapshot.name(snapshot.region),
        rows=tuple(
            (language(row.language_code).capitalize(), wording.number(row.advertiser_count or 0)) for row in shown
        ),
        hidden=f"Te klein of afgeschermd, daarom zonder getal: {wording.join(others)}." if others else "",
        sentence=(
            "Dit zijn adverteerders die we zagen: afgerond, geen schatting en dus zonder marge. "
            "De taal van een tekst zegt niet waar iemand vandaan komt of welke taal iemand spreekt."
        ),
    )


def language(code: str) -> str:
    """Name a language in Dutch.

    >>> language("ro"), language("other"), language("und")
    ('Roemeens', 'overige talen', 'taal niet herkend')
    """
    return LAST.get(code) or Locale("nl").languages.get(code, code)


def _order(row: Language) -> tuple[int, str]:
    """By name, so that no language stands first for its number; the rest and what was not told come last."""
    return [OTHER, UNTOLD].index(row.language_code) + 1 if row.language_code in LAST else 0, language(row.language_code)
