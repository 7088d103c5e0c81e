"""What was measured once, on synthetic markets, and is not measured again with each release: outcome, command, date.

Outcomes are those of docs/volume.md, movement.md, policy-effects.md and protection.md, where all of them stand.
"""

from dataclasses import dataclass

from reports.sections import Section, Table

WHEN = "november 2026"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One thing that was measured: what it says of the figures, and the program that measured it."""

    what: str
    outcome: str
    program: str


BENCHMARKS = (
    Benchmark(
        "Ligt het echte aantal binnen de marge? Vier bronnen, 100 tot 1.000 adverteerders",
        "In 93% tot 100% van de proeven. De eis is 93%.",
        "benchmarks/statistics/closed.py --runs 200",
    ),
    Benchmark(
        "Hetzelfde op een verzonnen markt, met een controle van 150",
        "In 94% van de weken. De cijfers lagen in het midden 11% te hoog.",
        "benchmarks/statistics/market.py",
    ),
    Benchmark(
        "Noemen we een verandering als er niets verandert?",
        "In 3,2% tot 3,6% van de weken, bij een vergelijking met de week ervoor.",
        "benchmarks/statistics/trend.py",
    ),
    Benchmark(
        "Zien we een stijging van 30% binnen twee weken?",
        "Bij 40 adverteerders in 46% van de proeven, bij 100 in 81%, bij 300 in bijna alle.",
        "benchmarks/statistics/trend.py",
    ),
    Benchmark(
        "Bronnen die elke nacht dezelfde oude pagina's missen",
        "Het aantal advertenties kan dan 16% verkeerd zijn. De eis van 3% wordt niet gehaald.",
        "benchmarks/statistics/crawls.py",
    ),
    Benchmark(
        "Klopt de marge van beweging tussen gebieden? Stromen van 10 en meer",
        "In 92% tot 98% van de proeven. Vlak na een nieuwe sleutel ligt het aantal nieuwe mensen te hoog.",
        "benchmarks/statistics/movement.py",
    ),
    Benchmark(
        "Zien we een effect van beleid dat er niet is?",
        "In 5,4% van de proeven bij 80 adverteerders. De bedoeling is 5%.",
        "benchmarks/statistics/policy.py",
    ),
    Benchmark(
        "Zien we een effect van 30% in een half jaar, bij 80 adverteerders?",
        "In 90% tot 99% van de proeven. Bij een stijging is de verklaring in 73% goed. De eis is daar 80%.",
        "benchmarks/statistics/policy.py",
    ),
    Benchmark(
        "Wat kost de bescherming aan precisie?",
        "Een weekcijfer van een gemeente wijkt door de bescherming gemiddeld 1,7 tot 1,8 af.",
        "benchmarks/protection/utility.py",
    ),
    Benchmark(
        "Is te zien of één bekende adverteerder meetelt?",
        "Een beetje, als zij komt en gaat of als er weinig anderen zijn: een score tot 0,65, waar 0,5 niets zegt. "
        "De eis van 0,55 wordt dan niet gehaald.",
        "benchmarks/protection/membership.py",
    ),
)


def section() -> Section:
    """Show them as what they are: measured once, on invented markets."""
    rows = tuple((item.what, item.outcome, item.program, WHEN) for item in BENCHMARKS)
    return Section(
        "eenmalig",
        "Eén keer gemeten, niet vandaag",
        (
            (
                "Van een verzonnen markt kennen we de waarheid. Daar is één keer gemeten hoe goed de methode is. Deze uitkomsten "
                "gaan dus niet over deze uitgave en niet over een echte markt."
            ),
            (
                "Wie het wil overdoen, geeft de opdracht uit de tabel. Waar een eis niet is gehaald, staat dat erbij. "
                "De schatter kan sindsdien zijn veranderd."
            ),
        ),
        None,
        (Table("Eenmalige metingen", ("Wat", "Uitkomst", "Opdracht", "Gemeten"), rows, is_open=True),),
    )
