"""What may be said of a change: the released alert in words, with its false-alarm rate (STATISTICS 2F)."""

from dataclasses import dataclass
from typing import Final, Literal

from reports import reasons, wording
from reports.figures import Alert

Kind = Literal["higher", "lower", "none", "not_comparable"]

KINDS: Final[dict[str, Kind]] = {"higher": "higher", "lower": "lower", "no_demonstrable_change": "none"}
MARKS: Final[dict[Kind, str]] = {"higher": "▲", "lower": "▼", "none": "=", "not_comparable": "?"}
TITLES: Final[dict[Kind, str]] = {
    "higher": "Aantoonbaar hoger",
    "lower": "Aantoonbaar lager",
    "none": "Geen aantoonbare verandering",
    "not_comparable": "Niet te vergelijken",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is said of a series."""

    kind: Kind
    title: str
    sentence: str

    @property
    def mark(self) -> str:
        """A sign that says the same without colour."""
        return MARKS[self.kind]


def told(alert: Alert | None) -> Change:
    """Put an alert into words; without one nothing was compared."""
    kind: Kind = KINDS.get(alert.status_code, "not_comparable") if alert is not None else "not_comparable"
    return Change(kind, TITLES[kind], _sentence(kind, alert))


def _sentence(kind: Kind, alert: Alert | None) -> str:
    if alert is None:
        return "Er zijn nog geen cijfers om mee te vergelijken."
    period = wording.period_short(alert.period_code, alert.period_start_date)
    subject = period if alert.period_code == "week" else f"de periode {period}"
    before = "de weken ervoor" if alert.period_code == "week" else "de perioden ervoor"
    if kind == "none":
        return f"Het verschil tussen {period} en {before} kan toeval zijn. Dat bewijst niet dat alles gelijk bleef."
    if kind == "not_comparable" or alert.since_date is None:
        why = reasons.reason(alert.reason_code)
        return f"We zeggen niet of {subject} anders was dan {before}: {why}."
    since = wording.period_short(alert.period_code, alert.since_date)
    when = f"Sinds {since}" if alert.period_code == "week" else f"In de periode {since}"
    word = "hoger" if kind == "higher" else "lager"
    return f"{when} ligt het aantal {word} dan in {before}. {false_alarms(alert.false_alarm_count)}"


def false_alarms(count: int) -> str:
    """Say how often alerts come although nothing changed.

    >>> false_alarms(1)
    'Dit kan vals alarm zijn: ook als er niets verandert, komt er gemiddeld hooguit 1 keer per 180 dagen een melding.'
    """
    times = f"gemiddeld hooguit {wording.number(count)} keer per 180 dagen"
    return f"Dit kan vals alarm zijn: ook als er niets verandert, komt er {times} een melding."
