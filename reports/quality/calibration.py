"""How the figures of a release were made and checked: estimator, seed, doubt, and the audits that held."""

from reports import wording
from reports.figures import Snapshot
from reports.sections import Section, Table
from warehouse.protection.rows import Method

AUDIT_DAYS = 120  # an audit holds for so long (docs/volume.md)

_WITHOUT = {
    "kappa": "de marge houdt rekening met 0,6 tot 1,1 adverteerder per groep advertenties",
    "ghost_lag": "we gaan uit van een paar dagen, met een ruime marge",
    "lost_link": "we gaan uit van 1% per week, met een ruime marge",
    "shared_identity": "we gaan uit van 2%, met een ruime marge",
}
_AUDITS = {
    "kappa": "Adverteerders per groep advertenties (kappa)",
    "ghost_lag": "Hoe lang een advertentie blijft staan nadat iemand stopt",
    "lost_link": "Hoe vaak we iemand kwijtraken door een nieuw nummer",
    "shared_identity": "Hoe vaak meer adverteerders één nummer delen",
}
_MADE = {
    "estimator": "Versie van de schatter",
    "seed": "Startgetal van het toeval",
    "draws": "Aantal trekkingen per schatting",
    "delta": "Extra twijfel die geen model kent (delta)",
}


def calibration(snapshot: Snapshot) -> Section:
    """Show the audits that held, and what is done without one; and the doubt learnt by hiding a source."""
    told = [
        (
            "Mensen controleren soms een steekproef van advertenties. Daaruit leren we hoeveel adverteerders er achter een groep "
            f"advertenties zitten. Een controle geldt {AUDIT_DAYS} dagen. Zonder controle is de marge breder."
        ),
        _hidden(snapshot),
    ]
    rows = tuple(_audit(row) for row in snapshot.methods if row.item_code in _AUDITS)
    if not rows:
        told.append("Bij deze uitgave is niet vastgelegd welke controles er golden.")
    columns = ("Wat", "Bron", "Controle", "Wat dat betekent")
    table = Table("Controles die golden bij deze uitgave", columns, rows, is_open=True)
    return Section("ijking", "IJking", tuple(told), None, (table,) if rows else ())


def made(snapshot: Snapshot) -> Table:
    """List how the figures were made: what is needed to make them again."""
    rows = tuple((_MADE[row.item_code], _value(row.value_name)) for row in snapshot.methods if row.item_code in _MADE)
    return Table("Zo zijn de cijfers gemaakt", ("Onderdeel", "Waarde"), rows, is_open=True)


def _audit(row: Method) -> tuple[str, ...]:
    source = wording.source(row.source_code) if row.source_code else "alle"
    if row.age_count is None:
        return (_AUDITS[row.item_code], source, "niet gecontroleerd", _WITHOUT[row.item_code])
    left = max(AUDIT_DAYS - row.age_count, 0)
    return (
        _AUDITS[row.item_code],
        source,
        f"gecontroleerd, {_days(row.age_count)} geleden",
        f"geldt nog {_days(left)}",
    )


def _value(text: str) -> str:
    """Write a number with a decimal comma; other text stays as it is."""
    return text.replace(".", ",") if text.replace(".", "", 1).isdecimal() else text


def _days(number: int) -> str:
    return f"{number} dag" if number == 1 else f"{number} dagen"


def _hidden(snapshot: Snapshot) -> str:
    told = (
        "Elke week doen we alsof we één groep bronnen niet kennen. Dan kijken we of de andere bronnen die groep goed schatten. "
        "Gaat dat te vaak fout, dan wordt de extra twijfel groter en de marge breder."
    )
    value = next((row.value_name for row in snapshot.methods if row.item_code == "delta"), None)
    if value is None:
        return f"{told} Hoe groot die twijfel bij deze uitgave was, is niet vastgelegd."
    return f"{told} Bij deze uitgave is die twijfel {_value(value)}. Hoe vaak het goed ging, staat niet in de uitgave."
