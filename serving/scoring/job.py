"""A job: what is scored, with which models and options. All that decides what stands in a part is in its manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.records import LABELS
from data.tables import Reject, Row
from model.analyser import Analyser
from model.checkpoint import read_checkpoint
from model.classifier import StanceClassifier
from model.quotes.tags import TAGS
from serving.scoring.articles import ArticleScorer
from serving.scoring.inputs import Source
from serving.scoring.pairs import PairScorer, carried
from serving.scoring.parts import Format, dump
from serving.scoring.shards import JUDGEMENTS, Tally

__all__ = ["Job", "Part", "Task", "carried_types", "versions"]

COMPUTING = ("stance-service", "numpy", "openvino", "tokenizers", "torch")
"""Packages whose version may change a probability."""


class Task(StrEnum):
    """What the rows hold."""

    PAIRS = "pairs"
    ARTICLES = "articles"


@dataclass(frozen=True, slots=True)
class Part:
    """What a shard comes to: the bytes of each table, counts, and the rows left out."""

    files: Mapping[str, bytes]
    tally: Tally
    rejects: Sequence[Reject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked for; whoever has it can score any shard. `carried` has the Arrow types of the rows' own columns."""

    task: Task
    model: Path
    attribution: Path
    claims: tuple[str, ...] = ()
    every: bool = False
    beliefs: bool = True
    form: Format = Format.JSONL
    carried: Mapping[str, Any] = field(default_factory=dict)

    def scorer(self) -> PairScorer | ArticleScorer:
        """What judges rows, its models loaded. Raises BadCheckpoint."""
        if self.task is Task.PAIRS:
            return PairScorer(StanceClassifier.load(self.model))
        analyser = Analyser.load(stance=self.model, attribution=self.attribution)
        return ArticleScorer(analyser, self.claims, every=self.every, beliefs=self.beliefs)

    def part(self, scorer: PairScorer | ArticleScorer, rows: Sequence[Row | Reject]) -> Part:
        """What the rows come to."""
        scored = scorer(rows)
        files = {
            name: dump(table, self.form, scorer.columns[name], self.carried if name == JUDGEMENTS else {})
            for name, table in scored.tables.items()
        }
        return Part(files, scored.tally, scored.rejects)

    def manifest(self, sources: Sequence[Source], *, shard_rows: int, engine: str) -> dict[str, Any]:
        """All that decides what stands in a part. Raises BadCheckpoint."""
        models = {"stance": read_checkpoint(self.model, task="stance", labels=LABELS).identity}
        if self.task is Task.ARTICLES:
            models["attribution"] = read_checkpoint(self.attribution, task="attribution", labels=TAGS).identity
        return {
            "input": [{"name": one.name, "bytes": one.size, "sha256": one.sha256} for one in sources],
            "model": models,
            "options": {
                "task": str(self.task),
                "format": str(self.form),
                "shard_rows": shard_rows,
                "claims": list(self.claims),
                "all": self.every,
                "beliefs": self.beliefs,
            },
            "versions": {"engine": engine} | versions(),
        }


def carried_types(task: Task, sources: Sequence[Source]) -> dict[str, Any]:
    """The Arrow types of the columns that rows bring along, none where some input is not Parquet and has no types.

    Raises BadInput where files differ in the type of a column.
    """
    if not sources or any(source.rows is None for source in sources):
        return {}
    import pyarrow as pa
    from pyarrow.parquet import read_schema

    try:
        schema = pa.unify_schemas([read_schema(source.path) for source in sources])
    except (OSError, pa.ArrowException) as error:
        raise BadInput(
            f"expected Parquet files with one type for each column, found otherwise ({str(error).splitlines()[0]}): "
            "convert them, or write another --format"
        ) from None
    scorer = PairScorer if task is Task.PAIRS else ArticleScorer
    types = {field.name: field.type for field in schema}
    return carried(types, scorer.columns[JUDGEMENTS], without=scorer.consumed)


def versions() -> dict[str, str]:
    """Of the packages here whose version may change a probability."""
    return {name: found for name in COMPUTING if (found := _version(name))}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
