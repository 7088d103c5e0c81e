"""The completeness banner: what a reader sees first."""

from dataclasses import dataclass
from typing import Literal

from reports import reasons, wording
from reports.figures import DAYS_SHOWN, UNRELIABLE, Quality, Snapshot

Level = Literal["good", "limited", "none"]
MARKS: dict[Level, str] = {"good": "✓", "limited": "!", "none": "✕"}
_SEEN = frozenset({"ok", "thin"})


@dataclass(frozen=True, slots=True)
class Banner:
    """A title that says it all and a few lines that say why."""

    level: Level
    title: str
    lines: tuple[str, ...]

    @property
    def mark(self) -> str:
        """A sign that says the same without colour."""
        return MARKS[self.level]


def banner(snapshot: Snapshot) -> Banner:
    """Say how well the sources could be seen on the snapshot's day, and what that does to the figures."""
    sources = snapshot.quality_on(snapshot.day)
    if not sources:
        return Banner("none", "Vandaag zijn er geen nieuwe gegevens", ("Geen enkele bron is bekeken.",))
    level_rows = [snapshot.volume("day", snapshot.day, area) for area in (snapshot.focus, snapshot.region)]
    unreliable = [row for row in level_rows if row is None or row.status_code == UNRELIABLE]
    fine = [row for row in sources if row.state_code == "ok"]
    troubled = [row for row in sources if row.state_code != "ok"]
    lines = _troubles(troubled, snapshot)
    if len(unreliable) == len(level_rows):
        told = sorted({reasons.reason(row.reason_code) for row in unreliable if row is not None and row.reason_code})
        lines.append(
            "Daarom geven we voor vandaag geen cijfer."
            if not told
            else f"We geven voor vandaag geen cijfer: {wording.join(told)}."
        )
        return Banner("none", "Vandaag is er geen betrouwbaar cijfer", tuple(lines))
    if not troubled:
        mean = sum(row.completeness_share for row in sources) / len(sources)
        who = "De bron is" if len(sources) == 1 else "De bronnen zijn gemiddeld"
        said = f"{who} voor {wording.percent(mean)} bekeken."
        return Banner("good", f"De gegevens zijn volledig: {_all(len(sources))} goed bekeken", (said,))
    lines.append("Daarom kan de marge groter zijn. Wat we niet zagen, tellen we niet als nul.")
    title = f"De gegevens zijn niet volledig: {_count(len(fine), len(sources))} goed bekeken"
    return Banner("limited", title, tuple(lines))


def _all(total: int) -> str:
    return "de bron is" if total == 1 else f"alle {total} bronnen zijn"


def _count(fine: int, total: int) -> str:
    if fine == 0:
        return "de bron is niet" if total == 1 else f"geen van de {total} bronnen is"
    return f"{fine} van de {total} bronnen {'is' if fine == 1 else 'zijn'}"


def _troubles(rows: list[Quality], snapshot: Snapshot) -> list[str]:
    """Say what was wrong and for how long, sources with the same trouble together."""
    alike: dict[tuple[str, str, int], list[Quality]] = {}
    for row in rows:
        alike.setdefault((row.state_code, row.reason_code, _days_unseen(row, snapshot)), []).append(row)
    return [_trouble(state, reason, days, found) for (state, reason, days), found in alike.items()]


def _days_unseen(row: Quality, snapshot: Snapshot) -> int:
    """Count the days up to the snapshot's on which nothing could be seen of a source; 0 where it was seen in part."""
    days = 0
    for earlier in sorted(snapshot.quality, key=lambda each: each.day_date, reverse=True):
        if earlier.source_code == row.source_code:
            if earlier.state_code in _SEEN:
                break
            days += 1
    return days


def _trouble(state: str, reason: str, days: int, rows: list[Quality]) -> str:
    names = wording.join([wording.source(row.source_code) for row in rows])
    why = reasons.crawl_reason(reason)
    parts = sorted({wording.percent(row.completeness_share) for row in rows}) if state in _SEEN else []
    seen = f" ({wording.join(parts)})" if parts else ""
    longer = " of langer" if days >= DAYS_SHOWN else ""
    since = f" (al {days} dagen{longer})" if days > 1 else ""
    return f"{names}: {reasons.crawl_state(state)}{seen}{since}{f', {why}' if why else ''}."
