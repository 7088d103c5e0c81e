"""read: facts from texts in a file, for checks and for those who know the file already."""

from pathlib import Path
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, plain, print_table


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(read)


def read(
    file: Annotated[Path, typer.Argument(help='Lines {"id", "title", "body", "place"}.', exists=True, dir_okay=False)],
    *,
    as_json: Json = False,
) -> None:
    """Read texts into facts: pseudonyms, municipalities, language, setting; never text or numbers."""
    import json

    from advertentiemonitor.facts import read_file

    lines = read_file(file)
    if as_json:
        for line in lines:
            typer.echo(json.dumps(plain(line), ensure_ascii=False))
        return
    print_table(
        str(file.name),
        ("id", "municipalities", "language", "setting", "numbers"),
        [
            (
                fact.id,
                " ".join(f"{place.area_code}:{place.probability:.2f}" for place in fact.places) or "-",
                fact.language or "-",
                f"{fact.setting}:{fact.setting_probability:.2f}",
                len(fact.contact_pseudonyms),
            )
            for fact in lines
        ],
    )
