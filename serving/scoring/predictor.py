"""Pairs in columns to judgements in columns: what Ray Data, `datasets` and Spark call with one batch after another."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from data.errors import BadInput
from data.records import LABELS
from data.tables import Row
from model.checkpoint import STANCE_CHECKPOINT
from model.classifier import StanceClassifier
from serving.scoring.pairs import PAIR_COLUMNS, PairScorer, carried
from serving.scoring.parcel import Parcel, unpacked
from serving.scoring.shards import JUDGEMENTS

__all__ = ["PREDICTED_COLUMNS", "StancePredictor"]

REQUIRED = ("claim", "statement")
READ = (*REQUIRED, "speaker", "cue", "context")

PREDICTED_COLUMNS: Mapping[str, str] = {
    **{name: kind for name, kind in PAIR_COLUMNS.items() if name != "id"},
    "error": "string",
}
"""The columns that a batch gains, with Arrow's names of their types.

`error` is empty where the pair was judged. Where it says why not, `stance` and `model` are empty, numbers are NaN.
"""

_UNJUDGED: Mapping[str, Any] = {
    "stance": "",
    **dict.fromkeys([*map(str, LABELS), "relevance"], float("nan")),
    "truncated": False,
    "model": "",
}
_TYPES: Mapping[str, Any] = {"string": object, "double": np.float64, "bool": np.bool_}


class StancePredictor:
    """A stance checkpoint that takes batches: `dataset.map_batches(StancePredictor, ...)`.

    `model` is a checkpoint's folder, or what `pack` made of it; None is the one that ships. Raises BadCheckpoint.
    `version` names its exact bytes. A pair's judgement is that of `stance score`, bit for bit, in batches of any size.
    """

    def __init__(self, model: str | Path | Parcel | None = None) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # workers have a core each
        self._model = model
        with _folder(model) as folder:
            self._scorer = PairScorer(StanceClassifier.load(folder))
        self.version = self._scorer.classifier.checkpoint.version

    def __reduce__(self) -> tuple[type[Self], tuple[Any], dict[str, str]]:
        """Its model by name and version: what other processes load, and what `datasets` knows its cache by."""
        return type(self), (self._model,), {"version": self.version}

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The batch's own columns and then PREDICTED_COLUMNS, a row for each row: arrays for arrays, lists for lists.

        A column of the batch that has one of their names becomes `input_` and its name. Raises BadInput where `claim`
        or `statement` is no column; a row without them is not judged, and says so in `error`.
        """
        rows = _rows(batch)
        scored = self._scorer(rows)
        errors = {int(reject.where): reject.reason for reject in scored.rejects}
        judged = iter(scored.tables[JUDGEMENTS])
        found: list[Mapping[str, Any]] = [
            {**_UNJUDGED, "error": errors[place]} if place in errors else {**next(judged), "error": ""}
            for place in range(len(rows))
        ]
        arrays = any(isinstance(values, np.ndarray) for values in batch.values())
        columns = {name: _column([row[name] for row in found], kind) for name, kind in PREDICTED_COLUMNS.items()}
        own = carried(batch, PREDICTED_COLUMNS, without=())
        return own | (columns if arrays else {name: values.tolist() for name, values in columns.items()})


@contextmanager
def _folder(model: str | Path | Parcel | None) -> Iterator[Path]:
    if isinstance(model, Mapping):
        with unpacked(model) as folder:
            yield folder
    else:
        yield STANCE_CHECKPOINT if model is None else Path(model)


def _rows(batch: Mapping[str, Any]) -> list[Row]:
    """Each row with its place in the batch."""
    missing = [name for name in REQUIRED if name not in batch]
    if missing:
        found = ", ".join(batch) or "no column"
        raise BadInput(f"expected columns {' and '.join(REQUIRED)}, found {found}: rename yours before")
    texts = {name: _texts(batch[name]) for name in READ if name in batch}
    return [
        Row(str(place), dict(zip(texts, values, strict=True)))
        for place, values in enumerate(zip(*texts.values(), strict=True))
    ]


def _texts(values: Sequence[Any]) -> list[Any]:
    # data frames write a missing text as NaN
    return [None if isinstance(value, float) and np.isnan(value) else value for value in values]


def _column(values: Sequence[Any], kind: str) -> "np.ndarray[Any, Any]":
    return np.array(values, dtype=_TYPES[kind])
