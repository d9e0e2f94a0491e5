"""Token ids to logits, on the engine that suits the machine: in few shapes, each row in the width of its own length.

In bfloat16 a probability moves by up to 0.006 with the width that its row is padded to, and not with the number of rows
beside it: so a row comes out the same whatever it is computed with. And OpenVINO keeps about 1 MB for each shape that
it has seen, 717 MB after 24,000 pairs in batches as they came, so that a server grew with its traffic.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.encoding import Encoded
from model.engines import EngineName, open_engine

__all__ = ["BATCH_TOKENS", "Runtime", "batches", "padded_width"]

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
        for width, batch in batches([len(row.token_ids) for row in rows]):
            for index, values in zip(batch, self._forward([rows[index] for index in batch], width), strict=True):
                result[index] = values
        return result

    def _forward(self, rows: Sequence[Encoded], width: int) -> Iterator[NDArray[np.float32]]:
        inputs = np.zeros((3, len(rows), width), dtype=np.int32)  # padding is masked, so its token id does not matter
        for index, row in enumerate(rows):
            length = len(row.token_ids)
            inputs[:, index, :length] = row.token_ids, row.type_ids, np.ones(length)
        for row, values in zip(rows, self._engine(inputs), strict=True):
            yield values[: len(row.token_ids)] if values.ndim == 2 else values


def batches(lengths: Sequence[int], *, budget: int = BATCH_TOKENS) -> Iterator[tuple[int, list[int]]]:
    """A width and the indices of `lengths` that are padded to it, the widest first; each index once.

    A batch has at most `budget` padded tokens, or one row; its rows number a power of two or three times one.
    """
    found: defaultdict[int, list[int]] = defaultdict(list)
    for index, length in enumerate(lengths):
        found[padded_width(length)].append(index)
    for width in sorted(found, reverse=True):
        start, same = 0, found[width]
        while start < len(same):
            size = _round_number(min(len(same) - start, max(1, budget // width)))
            yield width, same[start : start + size]
            start += size


def padded_width(length: int) -> int:
    """`length` rounded up to a quarter of the way to the next power of two, but at least to the next multiple of 16.

    Of a row of 64 tokens or more at most a fifth is padding. Pairs of 46 to 81 tokens are computed 4 to 8 % faster
    than where those below 64 go to multiples of 8. Positions are not exceeded: their tables are powers of two.
    """
    step = max(16, 1 << max(0, length.bit_length() - 3))
    return -(-length // step) * step


def _round_number(most: int) -> int:
    """The largest number up to `most` that is a power of two or three times one."""
    power = 1 << (most.bit_length() - 1)
    return power + power // 2 if power > 1 and most >= power + power // 2 else power
