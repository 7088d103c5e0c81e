"""What the accountability pack shows of the running system: sources, terms beside what is there, keys, receipts, ledger."""

from reports import wording
from reports.accountability.facts import LedgerFact, SourceFact, SystemFacts
from reports.sections import Section, Table

_KEY_STATES = {
    "present": "aanwezig",
    "in use": "in gebruik",
    "bridge": "vorige sleutel, nog een week nodig",
    "destroyed": "vernietigd",
    "wrong": "niet in orde",
}
_DOMAINS = {"spool": "opslag van pagina's", "pseudonym": "pseudoniemen", "record": "ruis op cijfers"}
_RECEIPTS = {
    "load": "dag van een bron geladen",
    "purge": "versleuteld bestand vernietigd",
    "retention": "bewaartermijnen toegepast",
    "key": "sleutel vernietigd",
}
_ENTRIES = {
    "daily": "dagelijkse uitgave",
    "custom": "tabel op maat",
    "open": "open data",
    "audit": "volledige controle",
}
# What is kept, in Dutch, and its term (docs/keeping.md); the order is that of the page.
_KEPT = {
    "spool file": ("versleutelde pagina's", "72 uur"),
    "seen snapshot": ("lijst van geziene advertenties, versleuteld", "14 dagen"),
    "sighting": ("dagen waarop een advertentie te zien was", "23 weken"),
    "listing_version": ("feiten uit een advertentie", "23 weken"),
    "listing": ("advertenties, als pseudoniem", "tot de laatste dag ervan weg is"),
    "identity_member": ("welke advertenties bij elkaar horen", "23 weken"),
    "identity_change": ("samenvoegen en splitsen, als aantal", "23 weken"),
    "identity": ("groepen van advertenties", "tot de laatste advertentie weg is"),
    "shared_contact": ("nummers die meer mensen delen, als pseudoniem", "23 weken"),
    "linked_day": ("dagen die zijn gekoppeld", "23 weken"),
    "exclusion": ("bezwaren, als pseudoniem", "zolang rijen van die periode er kunnen zijn"),
    "log of Airflow": ("logboek van de planning", "28 dagen"),
    "run of Airflow": ("gedane taken van de planning, als aantal", "28 dagen; de laatste van elke soort blijft"),
    "mail sent": ("wie welk dagbericht kreeg, zonder adres", "13 weken"),
    "backup": ("reservekopieën", "14 dagen"),
    "log archive": ("wijzigingen voor herstel", "14 dagen"),
}


def retention(facts: SystemFacts) -> Section:
    """Put the terms beside what is really there."""
    title = "Bewaren: termijnen naast wat er ligt"
    told = (
        "Rijen over één advertentie gaan na 23 weken uit de tabellen. Samen met resten op schijf en reservekopieën duurt het "
        "ten hoogste 26 weken."
    )
    if facts.kept is None:
        return Section("bewaren", title, (told, "Wat er nu ligt, is niet meegegeven."))
    late = [item for item in facts.kept if facts.on and item.next_date is not None and item.next_date < facts.on]
    order = list(_KEPT)
    rows = tuple(
        (
            _KEPT[item.kind][0] if item.kind in _KEPT else item.kind,
            _KEPT[item.kind][1] if item.kind in _KEPT else "",
            "niet te zien" if item.left is None else wording.number(item.left),
            wording.day_plain(item.oldest) if item.oldest else "",
            wording.day_plain(item.next_date) if item.next_date else "",
        )
        for item in sorted(facts.kept, key=lambda item: order.index(item.kind) if item.kind in order else len(order))
    )
    if late:
        kinds = wording.join([_KEPT[item.kind][0] if item.kind in _KEPT else item.kind for item in late])
        verdict = f"Let op: over de termijn zijn {kinds}. Geef de opdracht advertentiemonitor retention run."
    else:
        verdict = "Niets is over de termijn."
    if unseen := [_KEPT[item.kind][0] if item.kind in _KEPT else item.kind for item in facts.kept if item.left is None]:
        verdict += f" Vanaf deze machine niet te zien, en hier niet op te ruimen: {wording.join(unseen)}."
    columns = ("Wat", "Termijn", "Aantal nu", "Oudste dag", "Oudste gaat weg op")
    table = Table("Termijnen naast wat er ligt", columns, rows, frozenset({2}), is_open=True)
    return Section("bewaren", title, (told, verdict), None, (table,))


def sources(facts: SystemFacts) -> Section:
    """Show the register of sources."""
    title = "Register van bronnen"
    if facts.sources is None:
        return Section("bronregister", title, ("Het register van bronnen is niet meegegeven.",))
    columns = ("Bron", "Eigenaar", "Groep", "Grondslag", "DPIA", "Opnieuw bekijken", "Staat")
    rows = tuple(_source(item) for item in facts.sources)
    return Section("bronregister", title, (), None, (Table(title, columns, rows, is_open=True),))


def _source(item: SourceFact) -> tuple[str, ...]:
    review = wording.day_plain(item.review_date) if item.review_date else ""
    state = "aan" if item.is_enabled else "uit"
    return (item.name, item.owner, item.group, item.legal_ground, item.dpia, review, state)


def keys(facts: SystemFacts) -> Section:
    """Show which keys there are and which were destroyed, never a value."""
    title = "Sleutels"
    if facts.keys is None:
        return Section("sleutels", title, ("De stand van de sleutels is niet meegegeven.",))
    rows = tuple(
        (
            _DOMAINS.get(item.domain, item.domain),
            item.epoch or "geen",
            _KEY_STATES.get(item.state, item.state),
            wording.day_plain(item.until) if item.until else "",
        )
        for item in facts.keys
    )
    columns = ("Sleutel", "Periode", "Toestand", "Dag van vernietigen")
    table = Table(title, columns, rows, is_open=True)
    return Section("sleutels", title, ("Waarden staan hier nooit.",), None, (table,))


def receipts(facts: SystemFacts) -> Section:
    """Show the receipts by kind, and how many objections hold."""
    title = "Bewijzen van laden en vernietigen"
    told = (
        "Het aantal bezwaren is niet meegegeven."
        if facts.objections is None
        else f"Bezwaren die gelden: {wording.number(facts.objections)}."
    )
    if facts.receipts is None:
        return Section("bewijzen", title, (told, "De bewijzen zijn niet meegegeven."))
    rows = tuple(
        (
            _RECEIPTS.get(item.kind, item.kind),
            wording.number(item.receipts),
            wording.span(item.first_day, item.last_day),
            wording.number(item.rows),
        )
        for item in facts.receipts
    )
    columns = ("Soort", "Bewijzen", "Dagen", "Rijen")
    return Section("bewijzen", title, (told,), None, (Table(title, columns, rows, frozenset({1, 3}), is_open=True),))


def ledger(facts: SystemFacts) -> Section:
    """Show the last entries of the ledger, of every kind, and whether its chain holds."""
    title = "Uittreksel van het grootboek"
    held = facts.ledger
    if held is None:
        return Section("uittreksel", title, ("Het grootboek is niet meegegeven.",))
    verdict = (
        f"De keten is nagerekend en klopt: {wording.number(held.entries)} regels, elk vast aan de regel ervoor."
        if held.is_whole
        else "Let op: de keten van het grootboek klopt NIET. Geef de opdracht advertentiemonitor audit en vergelijk met een reservekopie."
    )
    rows = tuple(
        (
            entry.vintage,
            _ENTRIES.get(entry.kind, entry.kind),
            str(entry.version),
            entry.figures_digest[:16],
            entry.entry_digest[:16],
        )
        for entry in reversed(held.last)
    )
    columns = ("Dag", "Soort", "Versie", "Cijfers (SHA-256)", "Regel (SHA-256)")
    table = Table("Laatste regels van het grootboek", columns, rows, frozenset({2}), is_open=True)
    told = (verdict, f"De laatste {len(rows)} regels staan hier. De hele controlegetallen staan in grootboek.csv.")
    return Section("uittreksel", title, told if rows else (verdict,), None, (table,) if rows else ())


def ledger_rows(held: LedgerFact | None) -> list[tuple[str, ...]]:
    """Give the entries for a file, digests whole, a heading first."""
    heading = ("dag", "soort", "versie", "cijfers_sha256", "vorige_sha256", "regel_sha256")
    entries = held.last if held is not None else ()
    return [
        heading,
        *(
            (
                e.vintage,
                _ENTRIES.get(e.kind, e.kind),
                str(e.version),
                e.figures_digest,
                e.previous_digest,
                e.entry_digest,
            )
            for e in entries
        ),
    ]
