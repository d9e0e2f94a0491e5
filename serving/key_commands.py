"""The subcommands of `stance keys`: add. A key is taken away by deleting its line of the file."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add", "register"]

ADD_EXAMPLE = """Example:

\b
  stance keys add newsroom --keys keys.txt
  stance serve --keys keys.txt
  curl localhost:3000/v1/info -H "Authorization: Bearer KEY"
  sed -i /^newsroom:/d keys.txt     # a server that runs refuses the key from here on"""


def register(app: typer.Typer) -> None:
    """Mount the group on `app`."""
    keys = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The keys that a server asks for.")
    keys.callback()(_group)
    keys.command(epilog=ADD_EXAMPLE)(add)
    app.add_typer(keys, name="keys")


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is; the log shows it.")],
    *,
    keys: Annotated[
        Path, typer.Option(metavar="FILE", envvar="STANCE_KEYS", help="The file that gets its name and hash.")
    ],
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    from serving.keys import add_key

    typer.echo(add_key(name, keys))


def _group() -> None:
    """The keys that a server asks for."""  # with one command alone, typer would make it the group
