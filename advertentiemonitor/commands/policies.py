"""policy: events of municipal policy, and what they did to the number of advertisers."""

from typing import TYPE_CHECKING, Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

if TYPE_CHECKING:
    from warehouse.policy import Told
    from warehouse.policy_cases import Case

policy = typer.Typer(no_args_is_help=True, help="Events of municipal policy and what they did.")
Place = Annotated[str, typer.Argument(help="Municipality: its name or its code, e.g. Hilversum or GM0402.")]

OUTCOMES = {
    "all": "Aantal aanbieders",
    "home": "Thuiswerk in de regio",
    "club": "Clubs in de regio",
    "escort": "Escort in de regio",
}
VERDICTS = {
    "decline": "Er zijn minder aanbieders. Dat zij allemaal naar buurgemeenten gingen, is uitgesloten; "
    "dat een deel dat deed, is niet aangetoond.",
    "growth": "Er zijn meer aanbieders. Dat zij allemaal uit buurgemeenten kwamen, is uitgesloten; "
    "dat een deel daarvandaan kwam, is niet aangetoond.",
    "displacement": "Een deel van de verandering is verplaatsing van of naar buurgemeenten. "
    "Of er in totaal meer of minder aanbieders zijn, is niet te zeggen.",
    "both": "Een deel is verplaatsing van of naar buurgemeenten, en een deel niet.",
    "cannot_tell": "Of aanbieders zijn verplaatst, is niet te zeggen.",
}


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(policy, name="policy")


@policy.command("list")
def list_events(*, as_json: Json = False) -> None:
    """Show all events."""
    from advertentiemonitor import stages
    from advertentiemonitor.settings import Settings
    from warehouse import areas
    from warehouse import policy as policies

    with stages.warehouse_as(Settings(), "estimator") as conn:
        events = policies.events(conn)
    if as_json:
        print_json(events)
        return
    rows = [
        (areas.municipality(one.area_code).name, one.when, one.event_name, one.direction_code, one.source_name)
        for one in events
    ]
    print_table("Events of policy", ("municipality", "date", "what", "direction", "source"), rows)


@policy.command()
def add(
    municipality: Place,
    what: Annotated[str, typer.Option(help="What happened, in Dutch.")],
    source: Annotated[str, typer.Option(help="Public source that anybody can look up.")],
    on: Annotated[
        str | None,
        typer.Option("--date", help="2023-03-08, 2023-03 or 2023; left out where unknown.", metavar="DATE"),
    ] = None,
    direction: Annotated[str, typer.Option(help="relaxed, tightened or other.")] = "other",
) -> None:
    """Enter an event."""
    from advertentiemonitor import stages
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from warehouse import comparators
    from warehouse import policy as policies

    place = comparators.named(municipality)
    when, precision = policies.dated(on)
    if direction not in policies.DIRECTIONS:
        raise WrongUse(f"{direction!r} is not a direction; write relaxed, tightened or other.")
    for name, text, longest in (("--what", what, 200), ("--source", source, 300)):
        if not 0 < len(text.strip()) <= longest:
            raise WrongUse(f"{name} has {len(text.strip())} characters; write 1 to {longest}.")
    event = policies.Event(None, place.code, when, precision, what.strip(), direction, source.strip())
    with stages.warehouse_as(Settings(), "owner") as conn:
        is_new = policies.enter(conn, event)
    typer.echo(f"{place.name}, {event.when}: {'entered' if is_new else 'known already'}.")


@policy.command()
def effect(
    municipality: Place,
    on: Annotated[
        str | None, typer.Option("--date", help="Date of the event, where there are more.", metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--day", help="Last day of data used; today when left out.", metavar="DAY")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Tell what an event did: first the smallest effect that could be told, then the effect. It is kept too."""
    from advertentiemonitor import stages
    from advertentiemonitor.settings import Settings
    from warehouse import comparators
    from warehouse import policy as policies

    settings = Settings()
    place = comparators.named(municipality)
    vintage = day(until) if until else settings.today(synthetic=True)
    with stages.warehouse_as(settings, "estimator") as conn:
        event = policies.only([one for one in policies.events(conn) if one.area_code == place.code], place.name, on)
        cases = policies.prepare(conn, event, vintage, settings.seed)
        if not as_json:
            typer.echo(f"{place.name}, {event.when}: {event.event_name}. Gegevens tot en met {vintage}.")
            for case in filter(_has_plan, cases):
                typer.echo(_plan(case))
        told = [policies.judge(case, event, vintage, settings.seed) for case in cases]
        policies.keep(conn, told)
    if as_json:
        print_json({"event": event, "effects": told})
    else:
        typer.echo("\n".join(map(_effect, told)))
    if told[0].refusal_code:
        raise typer.Exit(3)


def _has_plan(case: "Case") -> bool:
    return case.plan is not None


def _plan(case: "Case") -> str:
    if case.plan is None:
        return ""
    fall, rise = 1 - case.plan.detectable_fall, case.plan.detectable_rise - 1
    return (
        f"{OUTCOMES[case.outcome]}: vooraf bepaald dat een daling van {fall:.0%} of meer en een stijging van {rise:.0%} of "
        f"meer te zien zou zijn (kans 80 %, vals alarm 5 %), tegen {len(case.comparators)} vergelijkbare gebieden."
    )


def _effect(told: "Told") -> str:
    """Say in plain Dutch what was found of one outcome."""
    name = OUTCOMES[told.outcome_code]
    if told.refusal_code or told.ratio_value is None:
        return f"{name}: geen betrouwbaar cijfer ({told.refusal_code})."
    point, low, high = (
        f"{value - 1:+.0%}" for value in (told.ratio_value, told.lower_ratio_value or 0, told.upper_ratio_value or 0)
    )
    figures = f"{point} (95 %: {low} tot {high})"
    placebos = f"{told.beyond_count} van {told.placebo_count} proefdata en proefgebieden weken zo ver af."
    if not told.is_demonstrable:
        return f"{name}: geen aantoonbaar effect. Gemeten {figures}; {placebos}"
    if told.outcome_code != "all":
        return f"{name}: de verhouding tot de rest veranderde {figures}; {placebos}"
    change = _people(told.change_value, told.lower_change_value, told.upper_change_value)
    text = f"{name}: aantoonbaar effect van {figures}, {change}; {placebos}"
    if told.neighbour_change_value is not None:
        near = _people(
            told.neighbour_change_value, told.lower_neighbour_change_value, told.upper_neighbour_change_value
        )
        text += f"\nBuurgemeenten samen: {near}."
    return f"{text}\n{VERDICTS[told.verdict_code or 'cannot_tell']}"


def _people(*values: float | None) -> str:
    point, low, high = (f"{5 * round((value or 0) / 5):+d}" for value in values)
    return f"{point} aanbieders (95 %: {low} tot {high}, op vijftallen)"
