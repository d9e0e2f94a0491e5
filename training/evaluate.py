"""Checkpoints measured on labelled data, through the same doors that a request takes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, AnnotatedArticle, Example
from model.checkpoint import Checkpoint
from model.classifier import StanceClassifier
from model.quotes.extractor import QuoteExtractor
from training.metrics import rounded, stance_metrics
from training.quote_scores import attribution, score

__all__ = ["label_ids", "measure_quotes", "measure_stance"]


def label_ids(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Each example's place in LABELS, (examples,)."""
    return np.array([LABELS.index(example.stance) for example in examples], dtype=np.int64)


def measure_stance(checkpoint: Checkpoint, examples: Sequence[Example]) -> dict[str, Any]:
    """The figures of `stance evaluate`, task stance; see `training.metrics`."""
    probabilities = StanceClassifier(checkpoint).predict([example.pair for example in examples])
    return stance_metrics(probabilities, label_ids(examples))


def measure_quotes(checkpoint: Checkpoint, articles: Sequence[AnnotatedArticle]) -> dict[str, Any]:
    """The figures of `stance evaluate`, task quotes; see `training.quote_scores`."""
    extract = QuoteExtractor.of(checkpoint).extract
    found = [[attribution(statement) for statement in extract(article.text)] for article in articles]
    figures: dict[str, Any] = rounded(asdict(score(articles, found)))
    return figures
