"""Examples and annotated articles as rows of token ids that a trainer takes, and rows as batches."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, AnnotatedArticle, Example, Stance
from model.encoding import encode_pairs
from model.quotes.tags import TAGS
from training.attributions import IGNORED, tag_windows

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

__all__ = ["Row", "article_rows", "batch_rows", "one_hot", "pair_rows"]


class Row(TypedDict):
    """One input of the encoder. `labels` has one label id, or one per token; `allowed` says, label by label, which
    compete: a source without a hedge class teaches nothing about hedges. `targets`, where a teacher has had its say,
    are the probabilities to learn, (1 or tokens, labels); else the labels are."""

    input_ids: list[int]
    token_type_ids: list[int]
    labels: list[int]
    allowed: list[bool]
    targets: NotRequired[NDArray[np.float16]]


def pair_rows(
    examples: Sequence[Example], tokenizer: "Tokenizer", *, max_tokens: int, taught: Iterable[Stance] = LABELS
) -> list[Row]:
    """A row for each example, in order; only the labels that are `taught` compete for it."""
    allowed = [label in set(taught) for label in LABELS]
    encoded = encode_pairs(tokenizer, [example.pair for example in examples], max_tokens=max_tokens)
    return [
        Row(
            input_ids=item.token_ids,
            token_type_ids=item.type_ids,
            labels=[LABELS.index(example.stance)],
            allowed=allowed,
        )
        for example, item in zip(examples, encoded, strict=True)
    ]


def article_rows(articles: Iterable[AnnotatedArticle], tokenizer: "Tokenizer", *, max_tokens: int) -> list[Row]:
    """The rows of each article's windows."""
    return [
        Row(
            input_ids=window.token_ids,
            token_type_ids=[0] * len(window.token_ids),
            labels=labels,
            allowed=[True] * len(TAGS),
        )
        for article in articles
        for window, labels in tag_windows(article, tokenizer, max_tokens)
    ]


def one_hot(row: Row) -> NDArray[np.float16]:
    """The row's labels as probabilities, (1 or tokens, labels): 1 for the label, all 0 where it is IGNORED."""
    labels = np.array(row["labels"])
    known = np.flatnonzero(labels != IGNORED)
    probabilities = np.zeros((len(labels), len(row["allowed"])), dtype=np.float16)
    probabilities[known, labels[known]] = 1
    return probabilities


def batch_rows(rows: Sequence[Row]) -> "dict[str, torch.Tensor]":
    """Rows padded to the longest: `input_ids`, `token_type_ids`, `attention_mask` (rows, tokens), `allowed` (rows,
    labels), `labels`, (rows, 1) for pairs or (rows, tokens) with IGNORED where nothing is to be learned, and `targets`,
    the same with a last axis of probabilities, all 0 where nothing is to be learned."""
    import torch

    def padded(values: Sequence[list[int]], fill: int) -> torch.Tensor:
        array = np.full((len(values), max(map(len, values))), fill, dtype=np.int64)
        for index, value in enumerate(values):
            array[index, : len(value)] = value
        return torch.from_numpy(array)

    labels = padded([row["labels"] for row in rows], IGNORED)
    targets = np.zeros((*labels.shape, len(rows[0]["allowed"])), dtype=np.float32)
    for index, row in enumerate(rows):
        targets[index, : len(row["labels"])] = row["targets"] if "targets" in row else one_hot(row)
    batch: dict[str, Any] = {
        "input_ids": padded([row["input_ids"] for row in rows], 0),
        "token_type_ids": padded([row["token_type_ids"] for row in rows], 0),
        "attention_mask": padded([[1] * len(row["input_ids"]) for row in rows], 0),
        "labels": labels,
        "targets": torch.from_numpy(targets),
        "allowed": torch.tensor([row["allowed"] for row in rows]),
    }
    return batch
