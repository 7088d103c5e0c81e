"""What the ledger says of the protection: attacks on the own figures, the last audit, the chain of releases."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports import wording
from reports.figures import Audit, Edition, Snapshot
from reports.sections import Section, Table

OUTCOMES = {"passed": "afgeslagen", "failed": "NIET afgeslagen", "not_run": "niet uitgevoerd"}
LEDGER_ROWS = 50

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


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack test as the ledger holds it; `control` is whether it won on an unprotected twin, None where not told."""

    code: str
    outcome: str
    control: bool | None = None


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
            made.append(Attack(code, outcome, _control(value.get("control"))))
        else:
            made.append(Attack(code, str(value)))
    return sorted(made, key=lambda attack: (len(attack.code), attack.code))


def _control(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"succeeded": True, "failed": False}.get(str(value))


def attacks_section(snapshot: Snapshot) -> Section:
    """Show the attacks on the last release, and those of the last audit."""
    audit = snapshot.audit
    held = [("Laatste uitgave", attacks_of(snapshot.edition))]
    told = ["Een volledige controle is nog niet gedaan."]
    if audit is not None:
        held.append(("Laatste volledige controle", attacks_of(audit)))
        told = [
            (
                f"De laatste volledige controle was op {wording.day_plain(audit.ran_date)}. Die valt alles aan wat is "
                "uitgegeven, en zoekt in alles wat is bewaard."
            )
        ]
        if audit.problem_count:
            told[0] += (
                f" Daarbij klopte niet alles met wat is vastgelegd ({audit.problem_count}). Wat er niet klopt, staat in "
                "release.edition."
            )
    if not held[0][1]:
        told.insert(0, "Bij deze uitgave staan geen aanvallen in het grootboek. We weten dus niet of ze zijn gedaan.")
    columns = ("Proef", "Wat wordt geprobeerd", "Uitkomst", "Lukt zonder bescherming")
    return Section(
        "aanvallen",
        "Bescherming: aanvallen op de eigen cijfers",
        (
            (
                "Vóór elke uitgave vallen we de cijfers zelf aan. Slaagt een aanval, dan gaat de uitgave niet door. "
                "Een aanval die niet is uitgevoerd, telt niet als afgeslagen."
            ),
            (
                "Elke aanval doen we ook op cijfers zonder bescherming. Daar moet de aanval wél lukken. Anders bewijst de "
                "proef niets."
            ),
            *told,
        ),
        None,
        tuple(Table(title, columns, _attack_rows(attacks), is_open=True) for title, attacks in held if attacks),
    )


def _attack_rows(attacks: Sequence[Attack]) -> tuple[tuple[str, ...], ...]:
    controls = {True: "ja", False: "nee", None: ""}
    return tuple(
        (
            attack.code,
            _ATTACK_WORDS.get(attack.code, ""),
            OUTCOMES.get(attack.outcome, attack.outcome.replace("_", " ")),
            controls[attack.control],
        )
        for attack in attacks
    )


def ledger_section(editions: Sequence[Edition]) -> Section:
    """Show the daily entries of the ledger, the newest first, with the first 16 digits of their digests."""
    rows = tuple(
        (
            wording.day_plain(row.vintage_date),
            str(row.version_number),
            row.ruleset_version,
            row.estimator_version,
            row.figures_digest[:16],
            row.entry_digest[:16],
        )
        for row in reversed(editions[-LEDGER_ROWS:])
    )
    columns = ("Uitgave", "Versie", "Regels", "Schatter", "Cijfers (SHA-256)", "Regel (SHA-256)")
    chained = all(later.previous_digest == earlier.entry_digest for earlier, later in itertools.pairwise(editions))
    told = (
        "sluit elke regel aan op de vorige"
        if chained
        else "zitten er andere regels tussen (tabellen op maat, open data, controles)"
    )
    sentences = [f"Elke uitgave staat in het grootboek. In de dagelijkse uitgaven {told}."]
    if len(editions) > LEDGER_ROWS:
        sentences.append(f"Er zijn {wording.number(len(editions))} regels. Hier staan de laatste {LEDGER_ROWS}.")
    return Section(
        "grootboek",
        "Grootboek van uitgaven",
        tuple(sentences),
        None,
        (Table("Uitgaven", columns, rows, frozenset({1})),),
    )
