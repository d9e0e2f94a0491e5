"""The subcommands of `stance models`: list, show, verify, promote, rollback, compare. Heavy imports stand inside."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import StanceError

if TYPE_CHECKING:
    from model.store import ModelStore

__all__ = ["StoreOption", "compare", "open_store", "promote", "register", "rollback", "show", "show_all", "verify"]

LIST_EXAMPLE = """Example:

\b
  stance models list
  stance models list --store /srv/stance --format json"""

SHOW_EXAMPLE = """Example:

\b
  stance models show current"""

VERIFY_EXAMPLE = """Example:

\b
  stance models verify && stance serve"""

PROMOTE_EXAMPLE = """Example:

\b
  stance models promote f6c4ef8eabd6 --why "agreed in the desk's meeting" """

ROLLBACK_EXAMPLE = """Example:

\b
  stance models rollback --why "calls every doubt a denial" """

COMPARE_EXAMPLE = """Example:

\b
  stance models compare shipped current
  stance models compare current artifacts/stance --eval ours.jsonl"""

VERSION_HELP = "A version, `current`, `shipped`, or a checkpoint's folder."


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The store.", show_default="STANCE_STORE, else ./stance-store"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]
WhyOption = Annotated[str, typer.Option(metavar="TEXT", help="The reason, for the audit log.")]


def register(app: typer.Typer) -> None:
    """Mount the group on `app`."""
    models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The versions of the stance model.")
    models.command("list", epilog=LIST_EXAMPLE)(show_all)
    models.command(epilog=SHOW_EXAMPLE)(show)
    models.command(epilog=VERIFY_EXAMPLE)(verify)
    models.command(epilog=PROMOTE_EXAMPLE)(promote)
    models.command(epilog=ROLLBACK_EXAMPLE)(rollback)
    models.command(epilog=COMPARE_EXAMPLE)(compare)
    app.add_typer(models, name="models")


def open_store(place: Path | None) -> "ModelStore":
    """The store at `place`, else the default one."""
    from model.store import ModelStore, default_store

    return ModelStore(place or default_store())


def show_all(*, store: StoreOption = None, form: FormatOption = Format.TABLE) -> None:
    """List every version: which is current, which the gate refused, and who did what."""
    opened = open_store(store)
    history = opened.history
    rows = [_row(opened, "shipped", "current" if not history else "shipped")]
    for version in opened.versions():
        place = history.index(version) if version in history else None
        state = "passed" if place is None else "current" if place == 0 else f"{place} before"
        rows.append(_row(opened, version, state))
    rows += [_row(opened, version, "refused") for version in opened.versions(refused=True)]
    entries = [entry.model_dump() for entry in opened.audit.entries()]
    if form is Format.JSON:
        _write_json({"store": str(opened.root), "models": rows, "audit": entries})
        return
    _print_rows(rows)
    if entries:
        _print_rows([{name: entry[name] for name in ("when", "who", "what", "version", "why")} for entry in entries])


def show(
    version: Annotated[str, typer.Argument(metavar="VERSION", help=VERSION_HELP)] = "current",
    *,
    store: StoreOption = None,
) -> None:
    """Show as JSON what a version says of itself and what the gate found."""
    opened = open_store(store)
    checkpoint = opened.read(version)
    _write_json(
        {
            "version": checkpoint.version,
            "folder": str(checkpoint.folder),
            **checkpoint.facts.model_dump(mode="json"),
            "gate": opened.gate(version),
        }
    )


def verify(
    versions: Annotated[
        list[str] | None, typer.Argument(metavar="VERSION", help=VERSION_HELP, show_default="every one")
    ] = None,
    *,
    store: StoreOption = None,
) -> None:
    """Check every byte of versions against their manifests; exit code 1 where one is not whole."""
    opened = open_store(store)
    every = ["current", *opened.versions(), *opened.versions(refused=True)]
    broken = 0
    for version in versions or every:
        try:
            typer.echo(f"{version}: {opened.read(version).version}, whole")
        except StanceError as error:
            broken += 1
            typer.echo(f"{version}: {error}", err=True)
    if broken:
        raise typer.Exit(1)


def promote(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A version that passed the gate.")],
    *,
    why: WhyOption,
    store: StoreOption = None,
) -> None:
    """Make a version that passed the gate the current one; a server takes it at its next start."""
    opened = open_store(store)
    judged = opened.gate(version).get("champion", {}).get("version") if version in opened.versions() else None
    before = opened.read("current").version
    checkpoint = opened.promote(version, why=why)
    if judged not in (None, before):
        typer.echo(f"the gate judged {version} beside {judged}, and {before} was current by now", err=True)
    typer.echo(f"{checkpoint.version} is current, after {before}")


def rollback(*, why: WhyOption, store: StoreOption = None) -> None:
    """Make the version before the current one current again."""
    opened = open_store(store)
    before = opened.read("current").version
    typer.echo(f"{opened.rollback(why=why).version} is current, after {before}")


def compare(
    champion: Annotated[str, typer.Argument(metavar="VERSION", help=VERSION_HELP)],
    candidate: Annotated[str, typer.Argument(metavar="VERSION", help="Another, to be judged beside it.")],
    *,
    evaluation: Annotated[
        list[Path] | None, typer.Option("--eval", metavar="FILE", help="Labelled pairs to measure both with besides.")
    ] = None,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Measure two versions on the same rows, and say what the gate would."""
    from training.commands import require_extra

    require_extra()
    from data.labelled import read_labelled
    from training.evidence import current_limits, frozen_examples, judge
    from training.gate import FROZEN, decide
    from training.retrain import gate_document

    opened = open_store(store)
    sets = {FROZEN: frozen_examples()}
    if evaluation:
        sets["given"] = read_labelled(evaluation).examples
    first, second = judge(opened.read(champion), opened.read(candidate), sets, {})
    document = gate_document(first, second, decide(first, second, current_limits()))
    if form is Format.JSON:
        _write_json(document)
        return
    from training.figures import print_table

    print_table(_comparison(document))
    for reason in document["reasons"]:
        typer.echo(f"against {second.version}: {reason}")


def _row(store: "ModelStore", version: str, state: str) -> dict[str, Any]:
    """A line of the list; what is wrong with a version that is not whole."""
    try:
        checkpoint = store.read(version)
    except StanceError:
        return {"version": version, "state": f"{state}, not whole", "made": "", "macro_f1": None}
    facts = checkpoint.facts
    return {
        "version": checkpoint.version,
        "state": state,
        "made": facts.created,
        "macro_f1": facts.metrics.get("macro_f1"),
    }


def _comparison(document: dict[str, Any]) -> Any:
    from rich.table import Table

    models = [document["champion"], document["candidate"]]
    table = Table("", *(each["version"] for each in models), "± noise", box=None, pad_edge=False)
    for name, figures in models[0]["sets"].items():
        for score in (*figures["scores"], "ece"):
            values = [{**each["sets"][name]["scores"], "ece": each["sets"][name]["ece"]}[score] for each in models]
            table.add_row(
                f"{name} {score}",
                *(f"{value:.3f}" for value in values),
                f"{models[1]['sets'][name]['noise'][score]:.3f}",
            )
    for name in ("pass_rate", "changed_labels", "largest_shift", "latency_ms", "size_mb"):
        table.add_row(name, *(f"{each[name]:.3f}" for each in models), "")
    return table


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from training.figures import print_table

    table = Table(*rows[0], box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("–" if value is None else str(value) for value in row.values()))
    print_table(table)


def _write_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
