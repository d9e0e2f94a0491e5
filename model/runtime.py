"""Token ids to logits, in batches of like length, on PyTorch: the CPU, or a GPU where there is one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import BadCheckpoint
from model.checkpoint import Checkpoint
from model.encoding import Encoded

__all__ = ["Runtime", "batches"]

BATCH_TOKENS = 4096
"""Padded tokens a batch: past this a two-core CPU gains no speed and the attention matrices grow."""


class Runtime:
    """A checkpoint's encoder with its head, loaded and ready."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

        head: Any = {
            "stance": AutoModelForSequenceClassification,
            "attribution": AutoModelForTokenClassification,
        }[checkpoint.facts.task]
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = _load(head, checkpoint.folder, dtype=torch.float32).to(self._device).eval()

    def logits(self, rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        """One array a row, in order: (labels,) for a pair's model, (tokens, labels) for a tagger."""
        result: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(rows)
        for batch in batches([len(row.token_ids) for row in rows]):
            for index, values in zip(batch, self._forward([rows[index] for index in batch]), strict=True):
                result[index] = values
        return result

    def _forward(self, rows: Sequence[Encoded]) -> Iterator[NDArray[np.float32]]:
        torch = self._torch
        width = max(len(row.token_ids) for row in rows)
        inputs = np.zeros((3, len(rows), width), dtype=np.int64)  # padding is masked, so its token id does not matter
        for index, row in enumerate(rows):
            length = len(row.token_ids)
            inputs[:, index, :length] = row.token_ids, row.type_ids, np.ones(length)
        token_ids, type_ids, mask = torch.from_numpy(inputs).to(self._device)
        with torch.inference_mode():
            logits = self._model(input_ids=token_ids, token_type_ids=type_ids, attention_mask=mask).logits
        for row, values in zip(rows, logits.float().cpu().numpy(), strict=True):
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


def _load(head: Any, folder: Path, **options: Any) -> Any:
    from safetensors import SafetensorError
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return head.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, **options
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadCheckpoint(f"{folder}: its weights do not load ({reason}); put the original folder back") from None
