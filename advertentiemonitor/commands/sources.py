"""sources: the register, why a source may not run, how a new one is made, and which ones are blind or dead."""

import shlex
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from advertentiemonitor.commands.printing import Json, print_json, print_table

if TYPE_CHECKING:
    from spiders import recording
    from spiders.preview import Preview

sources = typer.Typer(no_args_is_help=True, help="The register of sources.")
Name = Annotated[str, typer.Argument(help="Name in the register.")]
Address = Annotated[str | None, typer.Option("--url", help="Address that a saved page came from.")]
Kind = Annotated[
    Literal["index", "listing"] | None, typer.Option("--as", help="What a saved page is; told if left out.")
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(sources, name="sources")


@sources.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the sources, their owner group and whether they are enabled; and the sites that are not crawled at all."""
    from spiders import register as sources_register

    entries, never, broken = sources_register.load(), sources_register.excluded(), sources_register.problems()
    rows: list[tuple[str, str, str, str]] = [
        *((name, entry.group, entry.kind, "yes" if entry.enabled else "no") for name, entry in sorted(entries.items())),
        *((name, "-", "excluded", "never") for name in sorted(never)),
        *((name, "-", "not valid", "no") for name in sorted(broken)),
    ]
    if as_json:
        print_json([dict(zip(("name", "group", "kind", "enabled"), row, strict=True)) for row in rows])
    else:
        print_table("Sources", ("name", "group", "kind", "enabled"), rows)


@sources.command()
def show(name: Name) -> None:
    """Print one register entry."""
    from spiders import register as sources_register

    never = sources_register.excluded()
    entry = never[name] if name in never else sources_register.entry_of(name)
    print_json(entry.model_dump(mode="json", by_alias=True))


@sources.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Names; all when left out.")] = None,
    *,
    page: Annotated[
        Path | None,
        typer.Option(
            help="A saved page: show what one source reads on it.", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    url: Address = None,
    kind: Kind = None,
    as_json: Json = False,
) -> None:
    """Tell why a source may not run; exit 3 when one may not. With --page: show what it reads there, field by field."""
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from spiders import register as sources_register

    if page is not None:
        if not names or len(names) != 1:
            raise WrongUse("Name the one source whose page this is: sources check NAME --page FILE.")
        _, shown = _saved(names[0], page, url, kind)
        if as_json:
            print_json(shown)
        else:
            _print_preview(shown)
        raise typer.Exit(0 if shown.is_good else 1)
    today = Settings().today(synthetic=False)
    reasons = {name: _reasons(name, today) for name in names or sorted(sources_register.contracts())}
    if as_json:
        print_json(reasons)
    else:
        for name, against in reasons.items():
            typer.echo(f"{name}: {'may run' if not against else 'may NOT run: ' + '; '.join(against)}")
    if any(reasons.values()):
        raise typer.Exit(3)


def _reasons(name: str, today: date) -> list[str]:
    """Say why a source may not run; whatever is wrong with its files is a reason too."""
    from spiders import classes, permission
    from spiders import register as sources_register
    from spiders.errors import RegisterInvalid

    never, contract = sources_register.excluded(), sources_register.contract_path(name)
    if name in never:
        return [f"it is not crawled: {never[name].because} Instead: {never[name].instead}"]
    try:
        against = permission.reasons_against(sources_register.read_entry(contract), today)
    except RegisterInvalid as error:
        return [f"{error.name}.yml is not valid: {'; '.join(error.problems)}"]
    problem = classes.class_problem(contract)
    return [*against, problem] if problem else against


@sources.command()
def new(
    name: Annotated[str, typer.Argument(help="Country, underscore, site, in lower case: nl_marktplein.")],
    url: Annotated[str, typer.Option(help="Its first index page, feed or sitemap. Nothing is fetched.")],
    page_type: Annotated[
        Literal["html", "json_ld", "feed", "sitemap"], typer.Option("--type", help="What that page is.")
    ] = "html",
) -> None:
    """Begin a new source: class, contract, test and a folder for recordings. It is off until its contract is complete."""
    from spiders import register as sources_register
    from spiders.onboarding import begin

    made = begin(name, url, page_type)
    for path in (made.contract, made.module, made.test, made.recordings):
        typer.echo(f"made {path}")
    gaps = sources_register.read_entry(made.contract)
    still_open = gaps.reading.still_open if gaps.reading is not None else []
    typer.echo(f"To be filled in first: {', '.join(still_open) or 'nothing'}.")
    typer.echo(
        f"Look at a saved page with: advertentiemonitor sources check {name} --page FILE --url {shlex.quote(url)}"
    )


@sources.command()
def record(
    name: Name,
    *,
    page: Annotated[
        Path | None,
        typer.Option(help="A saved page, instead of fetching one.", exists=True, dir_okay=False, readable=True),
    ] = None,
    url: Address = None,
    kind: Kind = None,
) -> None:
    """Save pages of a source for its tests, scrubbed of numbers, names, mail and handles.

    Fetches one index page and one listing's page under all rules, so only what may be crawled; or takes a saved page.
    """
    from advertentiemonitor.errors import WrongUse
    from spiders import recording
    from spiders import register as sources_register

    contract = sources_register.contract_path(name)
    if page is None:
        pages = _fetched(name)
    else:
        saved, shown = _saved(name, page, url, kind)
        if not shown.is_good:
            raise WrongUse(f"{page.name} cannot be read: {shown.why}. See: sources check {name} --page {page.name}")
        pages = [saved]
    for each in pages:
        typer.echo(f"recorded {recording.keep(each, contract)}")
    entry = sources_register.read_entry(contract)
    on_index = entry.reading is not None and entry.reading.listing.on_index
    if page is None and not on_index and all(each.callback == "parse_index" for each in pages):
        typer.echo(f"No listing's page could be read. Save one and look: sources check {name} --page FILE", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"Now run the test of {name}: it fails until you have read expected.unread.json beside the page and, where it is "
        "right, renamed it to expected.json."
    )


def _fetched(name: str) -> "list[recording.Page]":
    from advertentiemonitor.crawler import crawl_log_path, read_crawl_log
    from advertentiemonitor.settings import Settings
    from spiders import register as sources_register
    from spiders.classes import spider_class
    from spiders.crawl import Manner, agent_for
    from spiders.errors import SiteSaidNo
    from spiders.recorder import fetch_pages

    settings, entry = Settings(), sources_register.entry_of(name)
    synthetic = entry.kind == "synthetic"
    log_path = crawl_log_path(settings.shared, name, settings.today(synthetic=synthetic))
    if log_path.exists() and (log := read_crawl_log(log_path)).state == "refused":
        raise SiteSaidNo(name, log.reason)  # it is left alone for the day
    manner = Manner(agent_for(settings.contact), settings.market_url(entry.base_url) if synthetic else None)
    return fetch_pages(entry, spider_class(name), settings.today(synthetic=synthetic), manner)


def _saved(name: str, path: Path, url: str | None, kind: str | None) -> "tuple[recording.Page, Preview]":
    """Read a page that a person saved, as whichever kind it is, and give what is read on it."""
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from spiders import register as sources_register
    from spiders.addresses import origin_of
    from spiders.classes import spider_class
    from spiders.preview import best_preview, preview
    from spiders.recording import CALLBACKS, Page, content_type_of

    entry, spider = sources_register.entry_of(name), spider_class(name)
    if entry.reading is not None and entry.reading.still_open:
        raise WrongUse(f"Fill in {', '.join(entry.reading.still_open)} of {name} first.")
    if url is not None and origin_of(url) != origin_of(entry.base_url):
        raise WrongUse(f"--url has to be an address of {entry.base_url}, where {name} lives.")
    text = path.read_bytes()
    today = Settings().today(synthetic=entry.kind == "synthetic")
    page = Page(url or f"{entry.base_url}/", CALLBACKS[kind == "listing"], today, content_type_of(text), text)
    return (page, preview(entry, spider, page)) if kind is not None else best_preview(entry, spider, page)


def _print_preview(shown: "Preview") -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(soft_wrap=True, highlight=False)
    if shown.problem:
        console.print(f"[red]cannot be read[/red] ({shown.callback}): {escape(shown.problem)}")
        return
    console.print(f"reads as {shown.callback.removeprefix('parse_')} page")
    colours = {"found": "green", "missing": "bold red", "left out": "yellow"}
    for row in shown.rows:
        console.print(f"  {row.name:32} [{colours[row.state]}]{row.state:9}[/] {escape(row.shown)}")


@sources.command()
def health(
    days: Annotated[int, typer.Option(help="How many days to look back.", min=1, max=400)] = 28,
    *,
    as_json: Json = False,
) -> None:
    """Tell which sources were seen well, and which are thin, blind, changed, refusing or dead, why, and what to do."""
    from advertentiemonitor.settings import Settings
    from advertentiemonitor.watching.health import report

    found = report(Settings(), days)
    if as_json:
        print_json(found)
        return
    print_table(
        f"Sources over {days} days",
        ("source", "now", "reason", "completeness", "days not ok", "last ok", "what to do"),
        [
            (s.source, s.state, s.reason or "-", s.completeness, s.days_not_ok, s.last_ok or "-", s.remedy)
            for s in found
        ],
    )
    if any(s.is_dead for s in found):
        raise typer.Exit(1)
