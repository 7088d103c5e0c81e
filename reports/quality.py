"""The quality report under the headings of the European Statistical System, from what was released and nothing else."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports import charts, pages, wording
from reports.banner import banner
from reports.figures import (
    BELOW,
    DAYS_SHOWN,
    PUBLISHED,
    UNRELIABLE,
    WITHHELD,
    Audit,
    Edition,
    Quality,
    Snapshot,
    Volume,
)
from reports.loading import load_dashboard
from reports.outbox import write_atomically
from reports.sections import Section, Table, source_line
from warehouse import db

STYLES = ("tokens", "base", "charts", "dashboard")
OUTCOMES = {"passed": "afgeslagen", "failed": "NIET afgeslagen", "not_run": "niet uitgevoerd"}
NARROW_DAYS = 10


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack test as the ledger holds it."""

    code: str
    outcome: str
    control: str


def build(conn: db.Connection, out: Path, *, day: date | None = None, contact: str = "", notice: str = "") -> Path:
    """Write the quality report of a release (the last when `day` is None) to the file `out` and give its path.

    Raises:
        NothingReleased: there is no release (on that day).
        ReportNotWritten: the file cannot be written.
    """
    return write_atomically(out, render(load_dashboard(conn, day), contact=contact, notice=notice))


def render(snapshot: Snapshot, *, contact: str = "", notice: str = "") -> bytes:
    """Make the quality report as one page."""
    chapters = [
        Section(
            "relevantie",
            "1. Relevantie",
            (
                (
                    f"De cijfers schatten het aantal {wording.ESTIMAND}, per gemeente, regio, provincie en voor Nederland. "
                    "Gebruikers zijn analisten, handhaving en hulpverlening, en beleid."
                ),
            ),
        ),
        _accuracy(snapshot),
        Section(
            "actualiteit",
            "3. Actualiteit en punctualiteit",
            (
                (
                    f"De laatste uitgave gaat over {wording.day_long(snapshot.day)}. "
                    f"Er zijn tot die dag {len(snapshot.editions)} dagelijkse uitgaven, "
                    f"op {_days_with(snapshot.editions)} van de {_days_between(snapshot.editions)} dagen."
                ),
                *_revisions(snapshot.editions),
            ),
        ),
        _comparability(snapshot),
        Section(
            "toegankelijkheid",
            "6. Toegankelijkheid en duidelijkheid",
            (
                (
                    "De cijfers staan in het dagbericht, op het dashboard, in bestanden voor een rekenblad en in de "
                    "database voor analisten. Bij elke grafiek hoort een tabel."
                ),
                _hidden(snapshot),
            ),
        ),
        *sections(snapshot),
    ]
    made = pages.page(
        "report",
        pages.style(*STYLES),
        title=f"Kwaliteitsrapport {wording.day_plain(snapshot.day)}",
        lead="Gemaakt uit de uitgegeven cijfers zelf, volgens de indeling van het Europees Statistisch Systeem.",
        sections=chapters,
        contact=contact,
        notice=notice,
        edition=source_line(snapshot).removeprefix("Bron: "),
    )
    return made.encode()


def sections(snapshot: Snapshot) -> list[Section]:
    """Make the parts that the dashboard's page on quality shares: sources, warnings, attacks, ledger."""
    told = banner(snapshot)
    return [
        Section("vandaag", told.title, told.lines),
        _sources(snapshot),
        _attacks(snapshot),
        _ledger(snapshot.editions),
    ]


def attacks_of(edition: Edition | Audit) -> list[Attack]:
    """Read the attack tests of an edition or an audit, whichever way the ledger lists them (a list, or an object by code)."""
    held = edition.attacks
    entries: list[tuple[str, Any]] = []
    if isinstance(held, dict):
        entries = [(str(code), value) for code, value in held.items()]
    elif isinstance(held, list):
        entries = [(str(item.get("attack", item.get("code", "?"))), item) for item in held if isinstance(item, dict)]
    made = []
    for code, value in entries:
        if isinstance(value, dict):
            outcome = str(value.get("outcome", value.get("result", "not_run")))
            made.append(Attack(code, outcome, str(value.get("control", ""))))
        else:
            made.append(Attack(code, str(value), ""))
    return sorted(made, key=lambda attack: (len(attack.code), attack.code))


def _accuracy(snapshot: Snapshot) -> Section:
    rows: list[tuple[str, ...]] = []
    for code in (snapshot.focus, snapshot.region, "NL"):
        last = snapshot.last_week(code)
        if last is None:
            continue
        coverage = wording.percent(last.coverage_share) if last.coverage_share is not None else ""
        rows.append(
            (
                snapshot.name(code),
                wording.figure(last),
                wording.margin(last.lower_count, last.upper_count) if last.status_code == PUBLISHED else "",
                _half_width(last),
                coverage,
                str(last.source_group_count),
                wording.percent(last.completeness_share),
            )
        )
    codes = sorted({code for row in snapshot.volumes for code in row.warnings})
    columns = ("Gebied", "Schatting", "Marge", "Halve breedte", "Dekking", "Groepen bronnen", "Volledigheid")
    table = Table("Laatste hele week", columns, tuple(rows), frozenset(range(1, 7)), is_open=True)
    return Section(
        "nauwkeurigheid",
        "2. Nauwkeurigheid en betrouwbaarheid",
        (
            (
                "Elke schatting heeft een marge van 95%. Dekking is het deel van de adverteerders dat we naar schatting "
                "echt hebben gezien."
            ),
            *(f"{wording.warning(code)[0].upper()}{wording.warning(code)[1:]}." for code in codes),
        ),
        None,
        (table,) if rows else (),
    )


def _half_width(row: Volume) -> str:
    if not row.advertiser_count or row.lower_count is None or row.upper_count is None:
        return ""
    return f"± {wording.percent((row.upper_count - row.lower_count) / 2 / row.advertiser_count)}"


def _comparability(snapshot: Snapshot) -> Section:
    weeks = snapshot.series("week", snapshot.region)
    breaks = [
        wording.week_short(later.period_start_date)
        for earlier, later in itertools.pairwise(weeks)
        if earlier.source_group_count != later.source_group_count
    ]
    told = f"Er is een breuk in {wording.join(breaks)}." if breaks else "In de getoonde weken is er geen breuk."
    versions = sorted({edition.estimator_version for edition in snapshot.editions})
    return Section(
        "vergelijkbaarheid",
        "4 en 5. Vergelijkbaarheid en samenhang",
        (
            "Weken met een ander aantal groepen bronnen vergelijken we niet met elkaar. " + told,
            (
                f"Versies van de schatter in de uitgaven: {wording.join(versions)}. Vaste periodes: dagen, weken vanaf "
                "maandag en periodes van vier weken. Delen en totalen kunnen iets verschillen, omdat elk cijfer apart is "
                "beschermd en afgerond."
            ),
        ),
    )


def _sources(snapshot: Snapshot) -> Section:
    days = [snapshot.day - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    first = min((row.day_date for row in snapshot.quality), default=snapshot.day)
    days = [day for day in days if day >= first]
    found = {(row.source_code, row.day_date): row for row in snapshot.quality}
    codes = sorted({row.source_code for row in snapshot.quality})
    if not codes:
        return Section("bronnen", "Bronnen", ("Er is nog geen enkele bron bekeken.",))

    def line(code: str, shown: Sequence[date]) -> tuple[str, list[tuple[str, str, str]]]:
        return wording.source(code), [_box(found.get((code, day)), day) for day in shown]

    def draw(ident: str, width: float) -> Markup:
        shown = days if width >= charts.WIDE else days[-NARROW_DAYS:]
        labels = [wording.day_short(day) for day in shown]
        return charts.grid(ident, "Bronnen per dag", [line(code, shown) for code in codes], labels, width=width)

    rows = tuple(
        (
            wording.day_plain(row.day_date),
            wording.source(row.source_code),
            wording.crawl_state(row.state_code),
            wording.percent(row.completeness_share),
            wording.crawl_reason(row.reason_code),
        )
        for row in sorted(snapshot.quality, key=lambda row: (row.day_date, row.source_code), reverse=True)
    )
    groups = len({row.source_group_code for row in snapshot.quality})
    seen = Counter(row.state_code for row in snapshot.quality)
    counted = wording.join([f"{wording.crawl_state(code)} {number}" for code, number in sorted(seen.items())])
    legend = "; ".join(f"{sign} {wording.STATES[code]}" for code, sign in wording.STATE_MARKS.items())
    columns = ("Dag", "Bron", "Toestand", "Volledigheid", "Reden")
    return Section(
        "bronnen",
        "Hoe goed waren de bronnen te zien?",
        (
            (
                f"{len(codes)} bronnen in {groups} groepen. Bronnen van één eigenaar tellen als één groep. "
                f"Brondagen: {counted}."
            ),
            f"Tekens: {legend}.",
        ),
        charts.both("bronnen", draw),
        (Table("Bronnen per dag", columns, rows, frozenset({3})),),
        source_line(snapshot),
    )


def _box(row: Quality | None, day: date) -> tuple[str, str, str]:
    state = row.state_code if row is not None else "missing"
    share = f", {wording.percent(row.completeness_share)}" if row is not None else ""
    reason = f", {wording.crawl_reason(row.reason_code)}" if row is not None and row.reason_code else ""
    known = state if state in wording.STATES else "failed"
    return known, wording.STATE_MARKS[known], f"{wording.day_plain(day)}: {wording.crawl_state(state)}{share}{reason}"


def _attacks(snapshot: Snapshot) -> Section:
    columns = ("Proef", "Wat wordt geprobeerd", "Uitkomst")
    audit = snapshot.audit
    held = [("Laatste uitgave", attacks_of(snapshot.edition))]
    told = "Een volledige controle is nog niet gedaan."
    if audit is not None:
        held.append(("Laatste volledige controle", attacks_of(audit)))
        told = (
            f"De laatste volledige controle was op {wording.day_plain(audit.ran_date)}. Die valt alles aan wat is "
            "uitgegeven, en zoekt in alles wat is bewaard."
        )
        if audit.problem_count:
            told += (
                f" Daarbij klopte niet alles met wat is vastgelegd ({audit.problem_count}). Wat er niet klopt, staat in "
                "release.edition."
            )
    return Section(
        "aanvallen",
        "Bescherming: aanvallen op de eigen cijfers",
        (
            (
                "Vóór elke uitgave vallen we de cijfers zelf aan. Slaagt een aanval, dan gaat de uitgave niet door. "
                "Een aanval die niet is uitgevoerd, telt niet als afgeslagen."
            ),
            told,
        ),
        None,
        tuple(Table(title, columns, _attack_rows(attacks), is_open=True) for title, attacks in held if attacks),
    )


def _attack_rows(attacks: Sequence[Attack]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            attack.code,
            _ATTACK_WORDS.get(attack.code, ""),
            OUTCOMES.get(attack.outcome, attack.outcome.replace("_", " ")),
        )
        for attack in attacks
    )


_ATTACK_WORDS = {
    "A1": "kleine getallen uitrekenen uit totalen",
    "A2": "kleine verschillen uitrekenen tussen uitgaven",
    "A3": "aantallen terugrekenen uit percentages",
    "A4": "ruis wegmiddelen door vaak te vragen",
    "A5": "pseudoniemen koppelen tussen periodes",
    "A6": "nummers raden en zoeken in alles wat is bewaard",
    "A7": "zien of één adverteerder meetelt",
    "A8": "de grens van de open data overschrijden",
    "A9": "unieke rijen vinden",
    "A10": "cellen zoeken waarin één adverteerder de meeste advertenties heeft",
}


def _ledger(editions: Sequence[Edition]) -> Section:
    rows = tuple(
        (
            wording.day_plain(row.vintage_date),
            str(row.version_number),
            row.ruleset_version,
            row.estimator_version,
            row.figures_digest[:16],
            row.entry_digest[:16],
        )
        for row in reversed(editions[-100:])
    )
    columns = ("Uitgave", "Versie", "Regels", "Schatter", "Cijfers (SHA-256)", "Regel (SHA-256)")
    chained = all(later.previous_digest == earlier.entry_digest for earlier, later in itertools.pairwise(editions))
    told = (
        "sluit elke regel aan op de vorige"
        if chained
        else "zitten er andere regels tussen (tabellen op maat, open data, controles)"
    )
    return Section(
        "grootboek",
        "Grootboek van uitgaven",
        (f"Elke uitgave staat in het grootboek. In de dagelijkse uitgaven {told}.",),
        None,
        (Table("Uitgaven", columns, rows, frozenset({1})),),
    )


def _hidden(snapshot: Snapshot) -> str:
    counted = Counter(row.status_code for row in snapshot.volumes)
    parts = [
        f"{wording.number(counted[PUBLISHED])} met een cijfer",
        f"{wording.number(counted[BELOW])} minder dan 10",
        f"{wording.number(counted[WITHHELD])} afgeschermd",
        f"{wording.number(counted[UNRELIABLE])} zonder betrouwbaar cijfer",
    ]
    return f"Van de {wording.number(len(snapshot.volumes))} aantallen in dit rapport zijn er {wording.join(parts)}."


def _days_with(editions: Sequence[Edition]) -> int:
    return len({edition.vintage_date for edition in editions})


def _days_between(editions: Sequence[Edition]) -> int:
    return (editions[-1].vintage_date - editions[0].vintage_date).days + 1


def _revisions(editions: Sequence[Edition]) -> tuple[str, ...]:
    corrected = sum(edition.version_number > 1 for edition in editions)
    return (f"Correcties (een nieuwe versie van dezelfde dag): {corrected}.",)
