"""init, up, doctor, status, run."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

if TYPE_CHECKING:
    from advertentiemonitor.settings import Settings
    from advertentiemonitor.watching.nights import DayRun, StageRun

Day = Annotated[str, typer.Option("--day", help="Local day, as 2026-11-08.", metavar="DAY")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (init, up, doctor, status, run):
        app.command()(command)


def init() -> None:
    """Make the state folder, its keys and its database."""
    from advertentiemonitor.installation import initialise
    from advertentiemonitor.settings import Settings

    settings = Settings()
    made = initialise(settings)
    typer.echo(f"State folder {settings.root}: {', '.join(made) if made else 'complete already'}.")


def up(
    port: Annotated[int, typer.Option(help="Port of the user interface, on loopback.", min=1024, max=65535)] = 18780,
) -> None:
    """Run Airflow's processes with the user interface on loopback, until Ctrl-C."""
    from advertentiemonitor.installation import run_airflow
    from advertentiemonitor.settings import Settings

    run_airflow(Settings(), port, typer.echo)


def doctor(*, as_json: Json = False) -> None:
    """Tell whether all is well with this installation, or what is most wrong; then one sentence each, with the remedy."""
    from advertentiemonitor.databases import kept_running
    from advertentiemonitor.observing import metrics
    from advertentiemonitor.settings import Settings
    from advertentiemonitor.watching.diagnosis import examine
    from advertentiemonitor.watching.findings import headline

    settings = Settings()
    with kept_running(settings):
        findings = examine(settings)
        metrics.write(settings)
    if as_json:
        print_json(findings)
    else:
        typer.echo(headline(findings))
        for finding in findings:
            typer.echo(f"{'ok ' if finding.ok else 'NOT'}  {finding.what}: {finding.told}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def status(*, as_json: Json = False) -> None:
    """Tell whether all is well; then what has run per day, the last night's stages with their times, and what comes next."""
    from advertentiemonitor.databases import kept_running
    from advertentiemonitor.settings import Settings

    settings = Settings()
    with kept_running(settings):
        _show_status(settings, as_json=as_json)


def _show_status(settings: "Settings", *, as_json: bool = False) -> None:
    from advertentiemonitor.watching import nights
    from advertentiemonitor.watching.diagnosis import examine
    from advertentiemonitor.watching.findings import headline

    if not as_json:
        typer.echo(headline(examine(settings)))
    released = nights.known(nights.released_days, settings)
    ran = nights.known(nights.stages_run, settings)
    crawled = nights.known(nights.crawls, settings)
    days = nights.days_run(settings, crawled or (), released, ran or ())
    if as_json:
        print_json(days)
    else:
        _show_days(days)
        if ran is not None:
            _show_stages(settings, ran)
    silent = [
        *(["the database"] if released is None or ran is None else []),
        *(["the exchange"] if crawled is None else []),
    ]
    if silent:
        told = f"Not all is shown, for want of an answer of {' and '.join(silent)}"
        typer.echo(f"{told}: `advertentiemonitor doctor` says why.", err=True)
        raise typer.Exit(1)


def _show_days(days: "list[DayRun]") -> None:
    print_table(
        "Days",
        ("day", "sources", "not ok", "completeness", "released", "digest"),
        [
            (str(d.day), d.sources, ", ".join(d.not_ok) or "-", d.completeness, d.released, d.digest_at or "-")
            for d in days
        ],
    )


def _show_stages(settings: "Settings", ran: "list[StageRun]") -> None:
    from advertentiemonitor.watching import nights

    if ran:
        last = ran[-1].day
        rows = [(each.stage, each.state, each.told) for each in ran if each.day == last]
        print_table(f"Stages of {last}, Dutch time", ("stage", "state", "from-to"), rows)
    has_stopped = nights.known(nights.has_stopped, settings)
    if has_stopped is None:
        typer.echo("Whether Airflow runs is not known: `advertentiemonitor doctor` says why.")
        return
    if has_stopped:
        typer.echo("Airflow does not run: nothing runs now, and nothing comes next.")
        return
    running = [f"{each.stage} of {each.day}" for each in ran if each.state == "running"]
    typer.echo(f"Runs now: {', '.join(running) or 'nothing'}.")
    if settings.market_today is not None:
        typer.echo("Nothing starts by the clock: the days here are those of a market's calendar.")
    elif coming := nights.known(nights.next_run, settings):
        typer.echo(f"Next by the clock: {coming[0]}, {coming[1]:%Y-%m-%d %H:%M}.")


def run(
    on: Day,
    source: Annotated[str | None, typer.Option(help="Collect this source only, and stop after collecting.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Collect, read, estimate, release and publish one day. A day that has passed cannot be collected."""
    from advertentiemonitor import stages
    from advertentiemonitor.databases import kept_running
    from advertentiemonitor.settings import Settings
    from spiders import register as register_of_sources

    settings = Settings()
    chosen = day(on)
    for problem in register_of_sources.problems().values():
        typer.echo(f"Warning: {problem}", err=True)
    if source is not None:
        stages.collect(settings, chosen, source)
        _told(settings, chosen, source, as_json=as_json)
        return
    try:
        with kept_running(settings):
            counts = stages.run_day(settings, chosen)
    finally:
        for log in stages.crawls_of(settings, chosen):
            if log.state != "ok":
                told = f"{log.source} was not seen well ({log.state}{f': {log.reason}' if log.reason else ''})"
                typer.echo(f"Warning: {told}. `advertentiemonitor sources health` says what to do.", err=True)
    if as_json:
        print_json(counts)
    else:
        print_table(f"Day {chosen}", ("stage", "count"), list(counts.items()))


def _told(settings: "Settings", on: date, source: str, *, as_json: bool) -> None:
    """Say what came of one source's crawl: how many listings is only half of it."""
    from advertentiemonitor.crawler import crawl_log_path, read_crawl_log

    path = crawl_log_path(settings.shared, source, on)
    if not path.exists():
        typer.echo(f"{source} is not due on {on}; nothing was fetched.", err=True)
        return
    log = read_crawl_log(path)
    told = {
        "collect": log.listings_present,
        "state": log.state,
        "reason": log.reason,
        "listings_read": log.listings_read,
        "listings_unchanged": log.listings_unchanged,
        "index_pages_missing": list(log.index_pages_missing),
        "completeness": log.completeness,
    }
    if as_json:
        print_json(told)
    else:
        print_table(f"{source} on {on}", ("what", "found"), list(told.items()))
