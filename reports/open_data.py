"""Open data of a year as files for everybody: figures, weeks and privacy budget, described, with the method in plain Dutch."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reports import reasons, wording
from reports.errors import YearNotReleased
from reports.figures import Column
from reports.files import data_package, downloads, tables
from reports.outbox import write_atomically
from warehouse import db
from warehouse.audit.open_reading import editions, released_year
from warehouse.protection.open_figures import OpenBudget, OpenFigures, OpenWeek
from warehouse.protection.open_rules import FALSE_PRINT, QUERIES, RHO_OF_WEEK, RHO_OF_YEAR, last_day

METHOD = """\
# Open data van {year}: hoe ze zijn gemaakt

{notice}

## Wat staat erin

Hoeveel adverteerders we per week hebben gezien op de bronnen die we volgen. Dat is geen schatting van hoeveel het er zijn:
wie op geen enkele bron stond, telt niet mee. Een adverteerder is hier een groep advertenties die bij elkaar horen, door
hetzelfde telefoonnummer of bijna dezelfde tekst.

- `cijfers.csv`: per gemeente (alle soorten samen), en per regio en voor heel Nederland (thuis, club, escort, anders of onbekend).
- `weken.csv`: alle weken van {year}, en waarom een week ontbreekt. Een week die ontbreekt is niet nul.
- `budget.csv`: hoeveel van het privacybudget elke tabel heeft gekost.
- `datapackage.json`: wat elke kolom betekent.

Er zijn {released} weken uitgebracht. {absent} weken ontbreken{reasons}.

## Hoe we mensen beschermen

Elke adverteerder telt per week één keer mee: in één gemeente en bij één soort. Dat is de gemeente met de meeste dagen waarop
zij adverteerde. Daarna tellen we bij elk cijfer een toevallig getal op, soms onder nul. Door dat toeval verandert er bijna
niets aan de cijfers als één adverteerder er een week wel of niet bij is. Of iemand erbij was, is er daarom moeilijk uit af te
leiden, ook voor wie alle anderen kent. Hoe moeilijk, staat vast: dat is het privacybudget. Wie het hele jaar adverteert, is
minder sterk beschermd dan wie er één week is. Dit heet differentiële privacy (zCDP, met discrete Gauss-ruis van OpenDP).

{noise}

Cijfers onder deze grens tonen we niet. Er staat dan `below_threshold`. Een gebied met minder dan {threshold} adverteerders
komt bijna nooit boven de grens: de kans is kleiner dan {chance} op de 10.000.

Het toeval van elk cijfer staat ernaast, in `sigma_value`. In ongeveer twee van de drie gevallen ligt het cijfer niet verder
dan dat van het getelde aantal, en in 95 van de 100 gevallen niet verder dan twee keer dat.

## Let op bij het rekenen

- Cijfers tellen niet op: gemeenten samen zijn niet precies hun regio. Elk cijfer heeft zijn eigen toeval.
- Een verschil tussen twee weken zegt pas iets als het groter is dan ongeveer drie keer `sigma_value`.
- Vlak boven de grens zijn cijfers gemiddeld iets te hoog, omdat lagere niet worden getoond.
- Per maand of per jaar een gemiddelde nemen mag: dan valt veel van het toeval weg.
- In een maand kan één adverteerder in meer weken meetellen. Weken optellen geeft dus geen aantal mensen.

## Het privacybudget

Elke week kost hooguit rho = {week}, een jaar hooguit {cap}. {year} heeft {spent} gekost. De database weigert meer. Daarom
brengen we een jaar één keer uit. We verbeteren het ook niet, want dat zou opnieuw budget kosten.
"""


@dataclass(frozen=True, slots=True)
class _Row:
    week_start_date: date
    query_code: str
    area_code: str
    area_name: str
    setting_code: str
    status_code: str
    identity_count: int | None
    sigma_value: float


def export(conn: db.Connection, year: int, out: Path, *, notice: str = "") -> list[Path]:
    """Write the open data of a year into a folder and give the files.

    Args:
        conn: any role that reads all of `release`.
        year: a year that was released.
        out: the folder; made when it is not there, files of the same names are replaced.
        notice: line at the top of the method, e.g. that the market is made up.

    Raises:
        YearNotReleased: that year has no open data.
        ReportNotWritten: the folder cannot be written.
    """
    last = last_day(year)
    if not editions(conn, last):
        raise YearNotReleased(year)
    made = released_year(conn, last)
    rows = db.rows(conn, "open_export", _Row, {"last": last})
    columns = db.rows(conn, "report_columns", Column)
    files = [
        downloads.as_csv(table)
        for table in (
            tables.of("cijfers", "open_figure", f"Geziene adverteerders per week, {year}", _Row, rows, columns),
            tables.of("weken", "open_week", f"Weken van {year}", OpenWeek, made.weeks, columns),
            tables.of("budget", "open_budget", f"Privacybudget van {year}", OpenBudget, made.budgets, columns),
        )
    ]
    name, title = f"advertentiemonitor-open-data-{year}", f"Advertentiemonitor: open data van {year}"
    source = " ".join(filter(None, (f"Bron: {title}.", notice)))
    content = {item.name: item.content for item in files}
    content["datapackage.json"] = data_package.describe(name, title, str(last), source, files)
    content["methode.md"] = method(year, made, notice).encode()
    for file, data in content.items():
        write_atomically(out / file, data)
    return [out / file for file in content]


def method(year: int, made: OpenFigures, notice: str = "") -> str:
    """Tell in plain Dutch how a year's open data were made and how to read them."""
    released = [row for row in made.weeks if row.status_code == "released"]
    absent = [row for row in made.weeks if row.status_code != "released"]
    told = sorted({reasons.reason(row.reason_code) for row in absent})
    first = {row.query_code: row for row in reversed(made.budgets)}
    names = {
        "municipality": "Gemeenten",
        "corop_setting": "Regio's per soort",
        "country_setting": "Nederland per soort",
    }
    noise = "\n".join(
        f"- {names[query.code]}: het toeval is meestal niet meer dan {wording.number(first[query.code].sigma_value, 1)} "
        f"(één keer `sigma_value`). We tonen cijfers vanaf {first[query.code].printed_from_count}."
        for query in QUERIES
    )
    return METHOD.format(
        year=year,
        notice=notice or "Dit zijn cijfers uit openbare advertenties. Ze gaan niet over één persoon of adres.",
        released=len(released),
        absent=len(absent),
        reasons=f": {'; '.join(told)}" if told else "",
        noise=noise,
        threshold=wording.SMALLEST,
        chance=round(FALSE_PRINT * 10_000),
        week=wording.number(float(RHO_OF_WEEK), 1),
        cap=wording.number(float(RHO_OF_YEAR), 1),
        spent=wording.number(sum(row.rho_value for row in made.budgets), 1),
    )
