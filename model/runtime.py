"""Token ids to logits, in batches of like length, on the engine that suits the machine."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.encoding import Encoded
from model.engines import EngineName, open_engine

__all__ = ["Runtime", "batches"]

BATCH_TOKENS = 2048
"""Padded tokens a batch: half as many are no faster, and twice as many cost 30 MB more and pad more."""


class Runtime:
    """A checkpoint's encoder with its head, loaded and ready. Any thread may ask at any time.

    `engine` is what computes, such as "openvino bf16". Raises BadCheckpoint, and MissingExtra for a named engine that
    is not installed.
    """

    def __init__(self, checkpoint: Checkpoint, *, engine: EngineName | None = None) -> None:
        self._engine = open_engine(checkpoint, engine)
        self.engine = self._engine.name

    def logits(self, rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        """One array a row, in order: (labels,) for a pair's model, (tokens, labels) for a tagger."""
        result: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(rows)
        for batch in batches([len(row.token_ids) for row in rows]):
            for index, values in zip(batch, self._forward([rows[index] for index in batch]), strict=True):
                result[index] = values
        return result

    def _forward(self, rows: Sequence[Encoded]) -> Iterator[NDArray[np.float32]]:
        width = max(len(row.token_ids) for row in rows)
        inputs = np.zeros((3, len(rows), width), dtype=np.int32)  # padding is masked, so its token id does not matter
        for index, row in enumerate(rows):
            length = len(row.token_ids)
            inputs[:, index, :length] = row.token_ids, row.type_ids, np.ones(length)
        for row, values in zip(rows, self._engine(inputs), strict=True):
            yield values[: len(row.token_ids)] if values.ndim == 2 else values


def batches(lengths: Sequence[int], *, budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """The indices of `lengths`, longest first, in batches of at most `budget` padded tokens or one row."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
