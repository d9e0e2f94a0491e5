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
from model.steps import Steps, run

__all__ = ["StanceClassifier"]


class StanceClassifier:
    """A stance checkpoint, loaded. `compute` gives the logits of rows that `encode` made, (4,) each."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        runtime = Runtime(checkpoint)
        self.checkpoint = checkpoint
        self.engine = runtime.engine
        self.compute = runtime.logits
        self._tokenizer = checkpoint.tokenizer

    @classmethod
    def load(cls, folder: Path = STANCE_CHECKPOINT) -> Self:
        """The classifier in `folder`; raises BadCheckpoint."""
        return cls(read_checkpoint(folder, task="stance", labels=LABELS))

    def predict(self, pairs: Sequence[Pair]) -> NDArray[np.floating[Any]]:
        """Probabilities (pairs, 4), columns in the order of LABELS, each row summing to 1."""
        return self._probabilities(self.logits(pairs))

    def judge(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """A judgement for each pair, in order."""
        return run(self.steps(pairs))

    def steps(self, pairs: Sequence[Pair]) -> Steps[list[Judgement]]:
        """What `judge` does, in steps."""
        rows = self.encode(pairs)
        return self.judgements(rows, (yield self.compute, rows))

    def logits(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """The encoder's raw scores (pairs, 4), which calibration is fitted on."""
        return _stacked(self.compute(self.encode(pairs)))

    def encode(self, pairs: Sequence[Pair]) -> list[Encoded]:
        """Each pair as the row that the model reads."""
        return encode_pairs(self._tokenizer, pairs, max_tokens=self.checkpoint.facts.max_tokens)

    def judgements(self, rows: Sequence[Encoded], logits: Sequence[NDArray[np.float32]]) -> list[Judgement]:
        """What the rows' logits say of their pairs."""
        found = self._probabilities(_stacked(logits))
        stances = found[:, : len(STANCES)].argmax(axis=1).tolist()
        return [
            Judgement(stance=STANCES[stance], probabilities=tuple(values), truncated=row.truncated)
            for row, stance, values in zip(rows, stances, found.tolist(), strict=True)
        ]

    def _probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
        return probabilities(logits, self.checkpoint.facts.temperature)


def _stacked(logits: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.array(logits, dtype=np.float32).reshape(-1, len(LABELS))
