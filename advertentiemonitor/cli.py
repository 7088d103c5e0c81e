"""`advertentiemonitor`: exit codes 0 done, 1 failed, 2 wrong use, 3 refused by a rule."""

import os
import signal
import sys
from types import FrameType

import typer

from advertentiemonitor.commands import (
    backfilling,
    calibrating,
    copying,
    daily,
    estimating,
    keeping,
    keys,
    market,
    opening,
    policies,
    publishing,
    reading,
    sources,
)
from advertentiemonitor.errors import Unforeseen
from advertentiemonitor.observing.libraries import quieted

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Statistics on independent home-based sex work from public listings. Statistics only: never about a person.",
)
for group in (
    daily,
    backfilling,
    reading,
    estimating,
    calibrating,
    policies,
    publishing,
    opening,
    keys,
    keeping,
    copying,
    sources,
    market,
):
    group.register(app)


def _stop(number: int, _frame: FrameType | None) -> None:
    """End in order: everything that was started is stopped on the way out."""
    typer.echo("Stopping. Run the same command again to go on where it was.", err=True)
    sys.exit(128 + number)


def main() -> None:
    """Run the command line. An error is one sentence on standard error, never a traceback, which could quote a listing."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    os.umask(0o077)  # what is kept is its owner's, whoever starts us and how
    try:
        with quieted():
            app()
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        typer.echo(f"Error:{where}: {error.strerror or type(error).__name__}", err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the boundary with whoever typed it
        code = getattr(error, "exit_code", None)
        told = error if isinstance(code, int) else Unforeseen(error)
        typer.echo(f"Error: {told}", err=True)
        sys.exit(code if isinstance(code, int) else Unforeseen.exit_code)
