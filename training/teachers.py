"""Teachers: the mean of several models labels rows that nobody has labelled, and softens the labels of the others.

What one small model gains from it: the agreement of many, and far more text than has labels (Hinton et al. 2015,
"Distilling the knowledge in a neural network").
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.calibration import log_softmax
from model.checkpoint import Checkpoint
from model.encoding import Encoded
from model.runtime import Runtime
from training.attributions import IGNORED
from training.rows import Row, one_hot

__all__ = ["taught_rows"]

log = logging.getLogger(__name__)

CACHE = "taught.npy"


def taught_rows(
    teachers: Sequence[Checkpoint], *, labelled: Sequence[Row], unlabelled: Sequence[Row], share: float, folder: Path
) -> list[Row]:
    """All rows with targets: those of the `unlabelled` are the teachers' mean, those of the `labelled` are that by
    `share` and their own label by the rest.

    What the teachers say is kept in `folder`, so that an interrupted stage need not ask them again.
    """
    asked = [*(labelled if share else []), *unlabelled]
    if not asked:
        return [*labelled]
    told = _cached(folder / CACHE, teachers, asked)
    shares = [*([share] * (len(asked) - len(unlabelled))), *([1.0] * len(unlabelled))]
    taught = [_mixed(row, mean, part) for row, mean, part in zip(asked, told, shares, strict=True)]
    return taught if share else [*labelled, *taught]


def _mixed(row: Row, mean: NDArray[np.float16], share: float) -> Row:
    targets = share * mean.astype(np.float32) + (1 - share) * one_hot(row)
    targets[np.array(row["labels"]) == IGNORED] = 0
    return {**row, "targets": targets.astype(np.float16)}


def _cached(file: Path, teachers: Sequence[Checkpoint], rows: Sequence[Row]) -> list[NDArray[np.float16]]:
    """For each row the mean of the teachers' probabilities, (1 or tokens, labels)."""
    lengths = [len(row["labels"]) for row in rows]
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        pending = file.with_name(f"pending-{file.name}")
        np.save(pending, _mean(teachers, rows), allow_pickle=False)
        pending.rename(file)
    return np.split(np.load(file, allow_pickle=False), np.cumsum(lengths)[:-1])


def _mean(teachers: Sequence[Checkpoint], rows: Sequence[Row]) -> NDArray[np.float16]:
    encoded = [Encoded(row["input_ids"], row["token_type_ids"], truncated=False) for row in rows]
    total: NDArray[np.floating[Any]] | None = None
    for teacher in teachers:
        log.info("teacher %s %s: %d rows", teacher.facts.name, teacher.version, len(rows))
        logits = np.concatenate([np.atleast_2d(values) for values in Runtime(teacher).logits(encoded)])
        probabilities = np.exp(log_softmax(logits)).astype(np.float32)
        total = probabilities if total is None else total + probabilities
    assert total is not None  # noqa: S101 - the recipe has seen to it that there is a teacher
    return (total / len(teachers)).astype(np.float16)
