"""The command `stance`: mounts the subcommands, and turns every failure into one line and an exit code."""

import io
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

import serving.commands
import training.commands
from data.errors import StanceError

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help costs 0.1 s less
)
serving.commands.register(app)
training.commands.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed or refused, 2 wrong usage, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON and HTML are UTF-8 wherever they go; a lone surrogate of an argument becomes its JSON escape
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app(arguments, prog_name="stance")
    except StanceError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"stance {version('stance-service')}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Who stands where on a claim: finds the statements in a news article, labels each support, denial or hedge."""


def _fail(message: str) -> NoReturn:
    typer.echo(f"stance: {' '.join(message.split())}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
