"""The checkpoint as its transformers files are used directly: a padded batch, one forward pass, softmax."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

__all__ = ["TorchPairs"]


class TorchPairs:
    """The model on the CPU, with as many threads as OMP_NUM_THREADS says."""

    def __init__(self, model: str, dtype: str) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model)
        network: Any = AutoModelForSequenceClassification.from_pretrained(model, dtype=getattr(torch, dtype))
        self._network = network.eval()
        self._labels = list(network.config.id2label.values())

    def __call__(self, pairs: Sequence[Mapping[str, str]]) -> list[dict[str, float]]:
        """The probability of each label for each pair."""
        texts = [pair["claim"] for pair in pairs], [pair["statement"] for pair in pairs]
        batch = self._tokenizer(*texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            probabilities = self._network(**batch).logits.float().softmax(-1).tolist()
        return [dict(zip(self._labels, row, strict=True)) for row in probabilities]
