"""The subcommands that keep a model right: retrain, drift. Heavy imports stand inside."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from training.model_commands import StoreOption, open_store

__all__ = ["drift", "register", "retrain"]

RETRAIN_EXAMPLE = """Example:

\b
  stance retrain labels.jsonl --dry-run
  stance retrain labels.jsonl --store /srv/stance
  stance retrain --from-scratch training/recipes/stance-few-labels.toml --data ../shared/data"""

DRIFT_EXAMPLE = """Example:

\b
  stance drift this-week.jsonl --reference last-year.jsonl --plot drift.svg
  stance drift new.jsonl > drift.json || mail -s drift desk@example.org < drift.json"""

SHOWN_ASIDE = 5


def register(app: typer.Typer) -> None:
    """Mount the subcommands on `app`."""
    app.command(epilog=RETRAIN_EXAMPLE)(retrain)
    app.command(epilog=DRIFT_EXAMPLE)(drift)


def retrain(
    labels: Annotated[
        list[Path] | None,
        typer.Argument(metavar="LABELS", help="Labelled pairs.", show_default="the labels in the store"),
    ] = None,
    *,
    store: StoreOption = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="STANCE_DATA", help="Where more to repeat, or a recipe's files, are.")
    ] = Path("../shared/data"),
    evaluation: Annotated[
        list[Path] | None, typer.Option("--eval", metavar="FILE", help="Labelled pairs to measure with besides.")
    ] = None,
    from_scratch: Annotated[
        Path | None, typer.Option(metavar="RECIPE", help="From the base by this recipe, the labels in its last stage.")
    ] = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason, for the audit log.")] = "",
    no_promote: Annotated[
        bool, typer.Option("--no-promote", help="Keep what passes, but do not serve it yet.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the labels and say what would be done.")] = False,
) -> None:
    """Teach the current model new labels; it is replaced only if the gate finds nothing against the new one."""
    import logging

    from training.commands import require_extra

    require_extra()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    from training.evidence import current_limits
    from training.recipe import read_recipe
    from training.retrain import Retraining
    from training.retrain_data import gather, read_labels

    opened = open_store(store)
    given = read_labels(labels or [], store=opened.root)
    for line in given.set_aside[:SHOWN_ASIDE]:
        _tell(f"set aside: {line}")
    if len(given.set_aside) > SHOWN_ASIDE:
        _tell(f"set aside: {len(given.set_aside) - SHOWN_ASIDE:,} more")
    found = gather(given, data=data, evaluation=evaluation or [])
    recipe = read_recipe(from_scratch) if from_scratch else None
    retraining = Retraining(given, found, store=opened, data=data, recipe=recipe)
    if dry_run:
        _write_json(retraining.plan())
        return
    outcome = retraining.run(current_limits(), promote=not no_promote, why=why)
    for reason in outcome.decision.reasons:
        _tell(f"refused: {reason}")
    _write_json(
        {
            "version": outcome.candidate.version,
            "folder": str(outcome.candidate.folder),
            "promoted": outcome.promoted,
            "labels": {"sha256": given.fingerprint, **found.counts()},
            **outcome.document,
        }
    )
    if not outcome.decision.passed:
        raise typer.Exit(1)


def drift(
    new: Annotated[list[Path], typer.Argument(metavar="NEW", help="Pairs, as they come in.")],
    *,
    reference: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Pairs as they were.", show_default="the corpus that ships"),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="Stance checkpoint folder.", show_default="the current one"),
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Also draw what was compared.")] = None,
) -> None:
    """Compare new pairs with earlier ones, as JSON; exit code 1 where they are no longer alike."""
    if plot is not None and not plot.parent.is_dir():
        raise typer.BadParameter(f"--plot {plot}: there is no folder {plot.parent}")
    from data.held_out import OWN
    from data.records import LABELS
    from model.checkpoint import read_checkpoint
    from model.store import current_model
    from training.drift import compare, observe, read_pairs

    checkpoint = read_checkpoint(model or current_model(), task="stance", labels=LABELS)
    before = observe(checkpoint, read_pairs(reference or [OWN.with_name("train.jsonl")]))
    after = observe(checkpoint, read_pairs(new))
    measures = compare(before, after)
    drifted = any(measure.drifted for measure in measures)
    if plot is not None:
        from training.drift_plot import drift_svg

        plot.write_text(drift_svg(before, after, measures), encoding="utf-8")
    _write_json(
        {
            "drift": drifted,
            "rows": {"reference": before.rows, "new": after.rows},
            "measures": {measure.name: measure.document() for measure in measures},
            "labels": {"reference": before.label_mix(), "new": after.label_mix()},
            "model": checkpoint.identity,
        }
    )
    if drifted:
        raise typer.Exit(1)


def _tell(message: str) -> None:
    typer.echo(message, err=True)


def _write_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
