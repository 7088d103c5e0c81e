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
SAME = "geen verschil"
LEFT_OUT = "Duitsland en kleine gemeenten tellen niet mee."
VERDICTS = {
    "decline": "Er zijn minder aanbieders. Dat zij allemaal naar {near} gingen, is niet aannemelijk. "
    f"Dat een deel dat deed, is niet aangetoond. {LEFT_OUT}",
    "growth": "Er zijn meer aanbieders. Dat zij allemaal uit {near} kwamen, is niet aannemelijk. "
    f"Dat een deel daarvandaan kwam, is niet aangetoond. {LEFT_OUT}",
    "displacement": "Dat niemand is verplaatst van of naar {near}, is niet aannemelijk. "
    f"Of er in totaal meer of minder aanbieders zijn, is niet te zeggen. {LEFT_OUT}",
    "both": "Een deel is verplaatst van of naar {near}, en een deel niet: iets anders is niet aannemelijk. " + LEFT_OUT,
    "cannot_tell": "Of aanbieders zijn verplaatst, is niet te zeggen.",
}


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(policy, name="policy")


@policy.command("list")
def list_events(*, as_json: Json = False) -> None:
    """Show all events."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse import areas
    from warehouse import policy as policies

    with databases.warehouse_as(Settings(), "estimator") as conn:
        events = policies.events(conn)
    if as_json:
        print_json(events)
        return
    rows = [
        (
            str(one.policy_event_id),
            f"{areas.municipality(one.area_code).name} ({one.area_code})",
            one.when,
            one.event_name,
            one.direction_code,
            one.source_name,
        )
        for one in events
    ]
    print_table("Events of policy", ("event", "municipality", "date", "what", "direction", "source"), rows)


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
    from advertentiemonitor import databases
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from warehouse import comparators
    from warehouse import policy as policies

    place = comparators.named(municipality)
    settings = Settings()
    when, precision = policies.dated(on)
    policies.require_sensible(when, settings.today(synthetic=True))
    if direction not in policies.DIRECTIONS:
        raise WrongUse(f"{direction!r} is not a direction; write relaxed, tightened or other.")
    for name, text, longest in (("--what", what, 200), ("--source", source, 300)):
        if not 0 < len(text.strip()) <= longest:
            raise WrongUse(f"{name} has {len(text.strip())} characters; write 1 to {longest}.")
    event = policies.Event(None, place.code, when, precision, what.strip(), direction, source.strip())
    with databases.warehouse_as(settings, "owner") as conn:
        is_new = policies.enter(conn, event)
    typer.echo(f"{place.name} ({place.code}), {event.when}: {'entered' if is_new else 'known already'}.")


@policy.command()
def effect(
    municipality: Place,
    on: Annotated[
        str | None, typer.Option("--date", help="Date of the event, where there are more.", metavar="DATE")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--event", help="Number of the event, as policy list shows it.", metavar="NUMBER")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--day", help="Last day of data used; today when left out.", metavar="DAY")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Tell what an event did: first the smallest effect that could be told, then the effect. It is kept too."""
    from advertentiemonitor import databases
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from warehouse import comparators
    from warehouse import policy as policies

    settings = Settings()
    place, today = comparators.named(municipality), settings.today(synthetic=True)
    vintage = day(until) if until else today
    if not policies.EARLIEST <= vintage <= today:
        raise WrongUse(f"--day {vintage} cannot be: there are no data of it. Write a day up to {today}.")
    with databases.warehouse_as(settings, "estimator") as conn:
        own = [one for one in policies.events(conn) if one.area_code == place.code]
        event = policies.only(own, place.name, on, number)
        cases = policies.prepare(conn, event, vintage, settings.seed)
        if not as_json:
            typer.echo(f"{place.name}, {event.when}: {event.event_name}. Gegevens tot en met {vintage}.")
            others = [f"{one.when}: {one.event_name}" for one in own if one.policy_event_id in cases[0].meanwhile]
            if others:
                typer.echo(f"Let op: andere gebeurtenissen in dit venster: {'; '.join(others)}.")
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
    from reports import wording

    if case.plan is None:
        return ""
    fall, rise = (wording.percent(abs(each - 1)) for each in (case.plan.detectable_fall, case.plan.detectable_rise))
    weeks = case.plan.after * case.panel.weeks
    return (
        f"{OUTCOMES[case.outcome]}: vooraf bepaald dat na {weeks} weken een daling van {fall} of meer en een stijging van "
        f"{rise} of meer{_of(case.outcome)} te zien is (kans 80%, vals alarm 5%), tegen {len(case.comparators)} vergelijkbare gebieden."
    )


def _effect(told: "Told") -> str:
    """Say in plain Dutch what was found of one outcome."""
    from reports import reasons

    name = OUTCOMES[told.outcome_code]
    if told.refusal_code or told.ratio_value is None:
        return f"{name}: geen betrouwbaar cijfer: {reasons.reason(told.refusal_code or 'no_estimate')}."
    point, low, high = map(_than, (told.ratio_value, told.lower_ratio_value, told.upper_ratio_value))
    figures = f"{point} {'met wat' if point == SAME else 'dan'} we verwachtten (95%: {low} tot {high})"
    figures += _of(told.outcome_code)
    placebos = (
        f" {told.beyond_count} van {told.placebo_count} proefdata en proefgebieden weken zo ver af."
        if told.placebo_count
        else ""
    )
    if not told.is_demonstrable:
        return f"{name}: geen aantoonbaar effect. Gemeten: {figures}.{placebos}"
    if told.outcome_code != "all":
        return f"{name}: aantoonbaar effect: {figures}.{placebos}"
    change = _people(told.change_value, told.lower_change_value, told.upper_change_value)
    text = f"{name}: aantoonbaar effect: {figures}, {change}.{placebos}"
    if told.neighbour_change_value is not None:
        near = _people(
            told.neighbour_change_value, told.lower_neighbour_change_value, told.upper_neighbour_change_value
        )
        text += f"\nBuurgemeenten samen: {near}."
    return f"{text}\n{VERDICTS[told.verdict_code or 'cannot_tell'].format(near=_names(told))}"


def _names(told: "Told") -> str:
    from reports import wording
    from warehouse import areas

    names = wording.join([areas.municipality(code).name for code in told.neighbour_codes])
    return f"de buurgemeenten waarvan we cijfers hebben ({names})"


def _of(outcome: str) -> str:
    """Say of what a change is told: of a setting it is that of the odds, so not of all advertisers."""
    return "" if outcome == "all" else " op elke 100 andere aanbieders"


def _than(ratio: float | None) -> str:
    """Say how much more or fewer a ratio is."""
    from reports import wording

    change = round(100 * ((ratio or 0) - 1))
    return f"{wording.percent(abs(change) / 100)} {'minder' if change < 0 else 'meer'}" if change else SAME


def _people(*values: float | None) -> str:
    fives = (5 * round((value or 0) / 5) for value in values)
    point, low, high = (f"{value:+d}" if value else "0" for value in fives)
    return f"{point} aanbieders (95%: {low} tot {high}, op vijftallen)"
