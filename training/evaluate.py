"""Checkpoints measured on labelled data, through the same doors that a request takes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, AnnotatedArticle, Attribution, Example
from model.checkpoint import Checkpoint
from model.classifier import StanceClassifier
from model.quotes.extractor import QuoteExtractor
from training.metrics import rounded
from training.quote_scores import attribution, score

__all__ = ["find_attributions", "label_ids", "measure_quotes", "predict_stances", "quote_figures"]


def label_ids(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Each example's place in LABELS, (examples,)."""
    return np.array([LABELS.index(example.stance) for example in examples], dtype=np.int64)


def predict_stances(checkpoint: Checkpoint, examples: Sequence[Example]) -> NDArray[np.floating[Any]]:
    """Probabilities (examples, 4), in the order of LABELS."""
    return StanceClassifier(checkpoint).predict([example.pair for example in examples])


def measure_quotes(checkpoint: Checkpoint, articles: Sequence[AnnotatedArticle]) -> dict[str, Any]:
    """The figures of `stance evaluate`, task quotes; see `training.quote_scores`."""
    return quote_figures(articles, find_attributions(checkpoint, articles))


def find_attributions(checkpoint: Checkpoint, articles: Sequence[AnnotatedArticle]) -> list[list[Attribution]]:
    """What a tagger finds in each article, in order."""
    extract = QuoteExtractor.of(checkpoint).extract
    return [[attribution(statement) for statement in extract(article.text)] for article in articles]


def quote_figures(articles: Sequence[AnnotatedArticle], found: Sequence[Sequence[Attribution]]) -> dict[str, Any]:
    """The figures of what was found in each article."""
    figures: dict[str, Any] = rounded(asdict(score(articles, found)))
    return figures
