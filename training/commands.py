"""The subcommands that make and measure models: train, evaluate; and the groups beside. Heavy imports inside."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import training.label_commands
import training.model_commands
import training.retrain_commands
from data.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from data.records import AnnotatedArticle
    from data.tables import Reject

__all__ = ["evaluate", "register", "require_extra", "train"]

TRAIN_EXAMPLE = """Example:

\b
  stance train training/recipes/stance.toml --data ../shared/data --out artifacts/stance
  tensorboard --logdir runs"""

EVALUATE_EXAMPLE = """Example:

\b
  stance evaluate data/corpus/dev.jsonl --report report.html
  stance evaluate articles.jsonl --task quotes --format json"""

SHOWN_REJECTS = 5


class Task(StrEnum):
    """What is measured: judged pairs, or extracted statements."""

    STANCE = "stance"
    QUOTES = "quotes"


class Format(StrEnum):
    """How the figures are written."""

    TABLE = "table"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Mount the subcommands on `app`."""
    app.command(epilog=TRAIN_EXAMPLE)(train)
    app.command(epilog=EVALUATE_EXAMPLE)(evaluate)
    training.label_commands.register(app)
    training.model_commands.register(app)
    training.retrain_commands.register(app)


def train(
    recipe: Annotated[
        Path, typer.Argument(metavar="RECIPE", help="A TOML file; the shipped ones are in training/recipes.")
    ],
    *,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="STANCE_DATA", help="Where the files that the recipe names are.")
    ] = Path("../shared/data"),
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The new checkpoint.", show_default="artifacts/<recipe's name>")
    ] = None,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="Where work in progress is kept.")] = Path("runs"),
) -> None:
    """Make a checkpoint from a recipe; run again after an interruption, it goes on where it was."""
    import logging

    from training.recipe import read_recipe

    require_extra()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parsed = read_recipe(recipe)
    from training.train import train as run

    checkpoint = run(parsed, data=data, out=out or Path("artifacts") / parsed.name, runs=runs)
    _write_json(
        {
            "checkpoint": str(checkpoint.folder),
            "version": checkpoint.version,
            "metrics": checkpoint.facts.metrics,
        }
    )


def evaluate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Labelled pairs, or annotated articles.")],
    *,
    task: Annotated[Task, typer.Option(help="What to measure.")] = Task.STANCE,
    form: Annotated[Format, typer.Option("--format", help="How to write the figures.")] = Format.TABLE,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="DIR", help="Checkpoint folder.", show_default="the current one")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Also write a page with curves and errors worth reading.")
    ] = None,
) -> None:
    """Measure a checkpoint on labelled files."""
    if report is not None and not report.parent.is_dir():
        raise typer.BadParameter(f"--report {report}: there is no folder {report.parent}")
    require_extra()
    measure = _evaluate_stance if task is Task.STANCE else _evaluate_quotes
    figures = measure(files, model, report)
    if form is Format.JSON:
        _write_json(figures)
    else:
        from training.figures import figures_table, print_table

        print_table(figures_table(figures))


def _evaluate_stance(files: list[Path], model: Path | None, report: Path | None) -> dict[str, Any]:
    from data.labelled import read_labelled
    from data.records import LABELS
    from model.checkpoint import read_checkpoint
    from model.store import current_model
    from training.evaluate import label_ids, predict_stances
    from training.metrics import selective_figures, stance_metrics

    checkpoint = read_checkpoint(model or current_model(), task="stance", labels=LABELS)
    found = read_labelled(files)
    _tell_rejects(found.rejects)
    for conflict in found.conflicts:
        _tell(str(conflict))
    probabilities, labels = predict_stances(checkpoint, found.examples), label_ids(found.examples)
    figures = {
        **stance_metrics(probabilities, labels),
        "selective": selective_figures(probabilities, labels),
        "model": checkpoint.identity,
        "data_sha256": found.fingerprint,
    }
    if report is not None:
        from training.report import stance_report

        made = datetime.now(UTC)
        page = stance_report(found.examples, probabilities, figures=figures, checkpoint=checkpoint, made=made)
        report.write_text(page, encoding="utf-8")
    return figures


def _evaluate_quotes(files: list[Path], model: Path | None, report: Path | None) -> dict[str, Any]:
    import hashlib

    from model.checkpoint import ATTRIBUTION_CHECKPOINT, read_checkpoint
    from model.quotes.tags import TAGS
    from training.evaluate import find_attributions, quote_figures

    checkpoint = read_checkpoint(model or ATTRIBUTION_CHECKPOINT, task="attribution", labels=TAGS)
    articles = list(_articles(files))
    digest = hashlib.sha256("".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files).encode())
    found = find_attributions(checkpoint, articles)
    figures = {
        **quote_figures(articles, found),
        "model": checkpoint.identity,
        "data_sha256": digest.hexdigest(),
    }
    if report is not None:
        from training.quote_report import quote_report

        made = datetime.now(UTC)
        page = quote_report(articles, found, figures=figures, checkpoint=checkpoint, made=made)
        report.write_text(page, encoding="utf-8")
    return figures


def _articles(files: list[Path]) -> "Iterable[AnnotatedArticle]":
    from data.articles import read_articles
    from data.tables import Reject

    rejects = []
    count = 0
    for file in files:
        for item in read_articles(file):
            if isinstance(item, Reject):
                rejects.append(item)
            else:
                count += 1
                yield item
    _tell_rejects(rejects)
    if not count:
        raise BadInput(f"{', '.join(map(str, files))}: expected annotated articles, found no usable row")


def _tell_rejects(rejects: "Iterable[Reject]") -> None:
    found = list(rejects)
    for reject in found[:SHOWN_REJECTS]:
        _tell(f"set aside: {reject}")
    if len(found) > SHOWN_REJECTS:
        _tell(f"set aside: {len(found) - SHOWN_REJECTS} rows more")


def _tell(message: str) -> None:
    typer.echo(message, err=True)


def _write_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def require_extra() -> None:
    """Refuse early and by name where the training dependencies are not installed."""
    from importlib.util import find_spec

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    missing = [name for name in ("accelerate", "sklearn", "scipy", "tensorboard") if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"{', '.join(missing)} not installed; training and measuring need: pip install '.[train]'")
