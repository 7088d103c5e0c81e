"""estimate volume, estimate movement: the estimators on any table. estimate again: an old vintage from what was kept."""

from pathlib import Path
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

estimate = typer.Typer(no_args_is_help=True, help="Run the estimators on a table of your own.")
MODELS = ("ensemble", "loglinear", "chao", "chapman")
HETEROGENEITY = ("none", "chao", "poisson", "darroch", "gamma")
SHOWN = 20  # models a person reads
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Seed = Annotated[int, typer.Option(help="Seed of the draws.", min=0)]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(estimate, name="estimate")


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise typer.BadParameter(f"{value!r}; choose {', '.join(known)}")
    return value


def _terms(text: str) -> tuple[tuple[str, str], ...]:
    """Read `LA:NG,NG:GP` as pairs of list names."""
    pairs = []
    for part in filter(None, text.split(",")):
        names = [name.strip() for name in part.split(":")]
        if len(names) != 2 or not all(names):
            raise typer.BadParameter(f"{part!r} is not a pair of lists; write LA:NG,NG:GP")
        pairs.append((names[0], names[1]))
    return tuple(pairs)


@estimate.command()
def volume(
    table: File,
    model: Annotated[str, typer.Option(help=f"{' | '.join(MODELS)}")] = "ensemble",
    terms: Annotated[str, typer.Option(help="Interactions of a log-linear model, as LA:NG,NG:GP.")] = "",
    heterogeneity: Annotated[str, typer.Option(help=f"{' | '.join(HETEROGENEITY)}")] = "none",
    seed: Seed = 1,
    *,
    as_json: Json = False,
) -> None:
    """Estimate how many there are from a table with a 0/1 column per list and a column `count`."""
    from warehouse.estimates import commands

    result = commands.volume(
        table,
        model=_one_of(model, MODELS),
        terms=_terms(terms),
        heterogeneity=None if _one_of(heterogeneity, HETEROGENEITY) == "none" else heterogeneity,
        seed=seed,
    )
    if as_json:
        print_json(result)
        return
    columns = ["floor", "point", "lower 95 %", "upper 95 %", "coverage"]
    figures = [result.floor, result.point, result.lower, result.upper, result.coverage]
    if result.profile is not None:
        columns += ["profile point", "profile lower 95 %", "profile upper 95 %"]
        figures += [result.profile.n, result.profile.lower, result.profile.upper]
    print_table(f"Volume from {table.name} ({model})", columns, [figures])
    print_table(
        "Made from",
        ("observed", "lists", "delta", "seed", "warnings"),
        [(result.observed, result.lists, result.delta, result.seed, result.warnings)],
    )
    print_table(
        "Beside it, never in its place",
        ("estimator", "point", "lower 95 %", "upper 95 %", "note"),
        [(b.name, b.point, b.lower, b.upper, b.note) for b in result.beside],
    )
    heaviest = sorted(result.models, key=lambda m: -m.weight)[:SHOWN]
    print_table(
        f"Models: the {len(heaviest)} heaviest of {len(result.models)}; --json gives all",
        ("terms", "heterogeneity", "n", "se", "deviance", "df", "aic", "weight", "exists"),
        [
            (
                " ".join(":".join(term) for term in m.terms) or "-",
                m.heterogeneity or "none",
                m.n,
                m.se,
                m.deviance,
                m.df,
                m.aic,
                m.weight,
                m.exists,
            )
            for m in heaviest
        ],
    )


@estimate.command()
def movement(histories: File, seed: Seed = 1, *, as_json: Json = False) -> None:
    """Estimate survival, detection and moves from capture histories: a column an occasion, or `ch`; 1+2 is one of these."""
    from warehouse.estimates.histories import movement as of_histories

    result = of_histories(histories, seed=seed)
    if as_json:
        print_json(result)
        return
    for title, parameters in ((f"Movement from {histories.name}", result.parameters), ("Movers", result.movers)):
        if parameters:
            print_table(
                title,
                ("parameter", "estimate", "se", "lower 95 %", "upper 95 %"),
                [(p.name, p.estimate, "at edge" if p.se is None else p.se, p.lower, p.upper) for p in parameters],
            )
    print_table(
        "Mean stay, in occasions" + (" (of those who are no movers)" if result.movers else ""),
        ("state", "mean", "lower 95 %", "upper 95 %"),
        [(s.state, s.mean, s.lower, s.upper) for s in result.stays],
    )
    print_table(
        "Does the model fit? A small p says no; WBWA is the test of memory",
        ("test", "chi-square", "df", "p"),
        [(t.name, t.statistic, t.df, t.p) for t in result.tests],
    )
    print_table(
        "Fit",
        ("-2 log L", "AIC", "parameters", "individuals", "starts", "agreeing", "identifiable"),
        [
            (
                result.neg2lnl,
                result.aic,
                result.parameter_count,
                result.individuals,
                result.starts,
                result.agreeing_starts,
                result.identifiable,
            )
        ],
    )


@estimate.command()
def again(
    vintage: Annotated[str, typer.Option("--day", help="Vintage: the last day of data, e.g. 2026-11-08.")],
    *,
    as_json: Json = False,
) -> None:
    """Make the figures of an old vintage again from its kept statistics and compare every digit; ends with 1 if any differs."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse.again import again as made_again

    with databases.warehouse_as(Settings(), "estimator") as conn:
        result = made_again(conn, day(vintage))
    if as_json:
        print_json(result)
    else:
        typer.echo(f"{result.day}: {result.made} figures and refusals made again, {len(result.differing)} differ.")
        for cell in result.differing:
            typer.echo(" ".join(map(str, cell)))
    if result.differing:
        raise typer.Exit(1)
