"""The stance classifier: pairs in, calibrated probabilities out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, STANCES, Judgement, Pair
from model.calibration import probabilities
from model.checkpoint import STANCE_CHECKPOINT, Checkpoint, read_checkpoint
from model.encoding import Encoded, encode_pairs
from model.runtime import Runtime

__all__ = ["StanceClassifier"]


class StanceClassifier:
    """A stance checkpoint, loaded."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._tokenizer = checkpoint.tokenizer
        self._runtime = Runtime(checkpoint)

    @classmethod
    def load(cls, folder: Path = STANCE_CHECKPOINT) -> Self:
        """The classifier in `folder`; raises BadCheckpoint."""
        return cls(read_checkpoint(folder, task="stance", labels=LABELS))

    def predict(self, pairs: Sequence[Pair]) -> NDArray[np.floating[Any]]:
        """Probabilities (pairs, 4), columns in the order of LABELS, each row summing to 1."""
        return self._predict(self._encode(pairs))

    def judge(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """A judgement for each pair, in order."""
        encoded = self._encode(pairs)
        return [
            Judgement(
                stance=STANCES[int(np.argmax(row[: len(STANCES)]))],
                probabilities=(float(row[0]), float(row[1]), float(row[2]), float(row[3])),
                truncated=item.truncated,
            )
            for item, row in zip(encoded, self._predict(encoded), strict=True)
        ]

    def logits(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """The encoder's raw scores (pairs, 4), which calibration is fitted on."""
        return self._logits(self._encode(pairs))

    def _encode(self, pairs: Sequence[Pair]) -> list[Encoded]:
        return encode_pairs(self._tokenizer, pairs, max_tokens=self.checkpoint.facts.max_tokens)

    def _logits(self, encoded: Sequence[Encoded]) -> NDArray[np.float32]:
        return np.array(self._runtime.logits(encoded), dtype=np.float32).reshape(-1, len(LABELS))

    def _predict(self, encoded: Sequence[Encoded]) -> NDArray[np.floating[Any]]:
        return probabilities(self._logits(encoded), self.checkpoint.facts.temperature)
