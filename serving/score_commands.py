"""The subcommand `stance score`: files of pairs or articles to files of judgements."""

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import BadInput
from serving.scoring.parts import Format
from serving.scoring.progress import Mode, open_progress

if TYPE_CHECKING:
    from serving.scoring.dispatch import Pool
    from serving.scoring.inputs import Reading
    from serving.scoring.job import Job
    from serving.scoring.runner import Output

__all__ = ["Engine", "register", "score"]

STDOUT = "-"

SCORE_EXAMPLE = """Example:

\b
  stance score pairs.csv --out judged
  stance score 'crawl/2026-*/*.parquet' --out judged --format parquet --workers 8
  stance score articles.jsonl.zst --claims claims.txt --out judged --matrix
  RAY_ADDRESS=auto stance score crawl --out judged --engine ray
  zcat pairs.jsonl.gz | stance score - --out - | gzip > judged.jsonl.gz"""

ROWS = {"pairs": 2_000, "articles": 100}
"""Rows of a shard: some eight seconds of a core, which is what a run that is killed does again."""

STREAMED_ROWS = {"pairs": 256, "articles": 8}
"""As many are judged before the first comes out of a pipe."""


class Engine(StrEnum):
    """What divides the work."""

    LOCAL = "local"
    RAY = "ray"


def register(app: typer.Typer) -> None:
    """Mount the subcommand on `app`."""
    app.command(epilog=SCORE_EXAMPLE)(score)


def score(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Files, folders or patterns of JSON Lines, CSV or Parquet; - reads JSON Lines."
        ),
    ],
    *,
    out: Annotated[str, typer.Option(metavar="DIR|-", help="A folder for the judgements; - writes JSON Lines.")],
    claims: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Claims for articles that have none, one per line.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write the judgements.")] = Format.JSONL,
    engine: Annotated[Engine, typer.Option(help="This machine, or a Ray cluster.")] = Engine.LOCAL,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one for each core")] = None,
    gpus: Annotated[float, typer.Option(min=0, help="Of a GPU for each process of a Ray cluster.")] = 0,
    shard_rows: Annotated[
        int | None, typer.Option(min=1, help="Rows of an output file.", show_default="2,000 pairs, 100 articles")
    ] = None,
    max_rejects: Annotated[int, typer.Option(min=0, help="Stop at more rows that cannot be judged.")] = 1_000,
    every: Annotated[bool, typer.Option("--all", help="Also give statements that say nothing on a claim.")] = False,
    beliefs: Annotated[
        bool,
        typer.Option("--beliefs/--no-beliefs", help="Whether to count what people are said to think, hope or plan."),
    ] = True,
    matrix: Annotated[bool, typer.Option("--matrix", help="Also write who stands where on which claim.")] = False,
    progress: Annotated[Mode, typer.Option(help="A bar on a terminal, or JSON lines.")] = Mode.AUTO,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="Stance checkpoint folder.", show_default="the shipped one"),
    ] = None,
    attribution_model: Annotated[
        Path | None,
        typer.Option(
            "--attribution-model", metavar="DIR", help="Attribution checkpoint folder.", show_default="the shipped one"
        ),
    ] = None,
) -> None:
    """Judge files of pairs or articles. Run it again after anything: what is finished is kept."""
    if gpus and engine is Engine.LOCAL:
        raise typer.BadParameter("--gpus expects --engine ray; on one machine STANCE_ENGINE=torch uses its GPU")
    _check_out(out, inputs, form=form, matrix=matrix)
    from serving.scoring import runner
    from serving.scoring.inputs import Reading, find_sources

    reading = Reading(find_sources(inputs))
    job = _job(reading, claims=claims, every=every, beliefs=beliefs, form=form, models=(model, attribution_model))
    if matrix and job.task == "pairs":
        raise typer.BadParameter("--matrix expects articles, whose speakers it shows; found pairs")
    summary = runner.score(
        job,
        reading,
        _output(out, job, reading, matrix=matrix),
        open_pool=partial(_pool, job, engine, workers, gpus),
        shard_rows=shard_rows or (STREAMED_ROWS if out == STDOUT else ROWS)[job.task],
        max_rejects=max_rejects,
        progress=open_progress(progress, sum(source.size for source in reading.sources)),
    )
    if out != STDOUT or (progress is Mode.AUTO and sys.stderr.isatty()):
        typer.echo("\n".join(summary.lines()), err=out == STDOUT)


def _check_out(out: str, inputs: list[str], *, form: Format, matrix: bool) -> None:
    if out == STDOUT:
        if form is not Format.JSONL or matrix:
            raise typer.BadParameter("--out - writes JSON Lines alone; name a folder for --format and --matrix")
        return
    for place in inputs:
        if Path(place).is_dir() and Path(out).resolve().is_relative_to(Path(place).resolve()):
            raise typer.BadParameter(f"--out {out} lies in the input {place}, and would be read the next time")


def _output(out: str, job: "Job", reading: "Reading", *, matrix: bool) -> "Output":
    from serving.scoring.folder import Folder
    from serving.scoring.stream import Stream

    if out == STDOUT:
        return Stream()
    if any(source.path.resolve().is_relative_to(Path(out).resolve()) for source in reading.sources):
        raise BadInput(f"{out}: expected a folder without input, found some of it there: choose another --out")
    return Folder(Path(out), job.form, matrix=matrix)


def _pool(job: "Job", engine: Engine, workers: int | None, gpus: float) -> "Pool":
    if engine is Engine.RAY:
        from serving.scoring.cluster import ClusterWorkers

        return ClusterWorkers(job, workers, gpus=gpus)
    from serving.scoring.workers import Workers, cores

    return Workers(job, workers or len(cores()))


def _job(
    reading: "Reading",
    *,
    claims: Path | None,
    every: bool,
    beliefs: bool,
    form: Format,
    models: tuple[Path | None, Path | None],
) -> "Job":
    from model.checkpoint import ATTRIBUTION_CHECKPOINT
    from model.store import current_model
    from serving.scoring.job import Job, Task, carried_types

    first = reading.peek()
    columns = first.values if first else {}
    task = Task.ARTICLES if claims or ("article" in columns and "statement" not in columns) else Task.PAIRS
    stance, attribution = models
    return Job(
        task=task,
        model=(stance or current_model()).absolute(),
        attribution=(attribution or ATTRIBUTION_CHECKPOINT).absolute(),
        claims=_claims(claims),
        every=every,
        beliefs=beliefs,
        form=form,
        carried=carried_types(task, reading.sources) if form is Format.PARQUET else {},
    )


def _claims(file: Path | None) -> tuple[str, ...]:
    from serving.article import read_text

    if file is None:
        return ()
    claims = tuple(line.strip() for line in read_text(str(file)).splitlines() if line.strip())
    if not claims:
        raise BadInput(f"{file}: expected a claim on each line, found none: write one sentence a line")
    return claims
