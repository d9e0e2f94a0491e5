"""Probabilities that mean what they say: temperature scaling and how far off it leaves them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["expected_calibration_error", "fit_temperature", "fit_threshold", "log_softmax", "probabilities"]

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities over the last axis, the same shape."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Calibrated probabilities (n, labels) of `logits` (n, labels), in float64 so that each row sums to 1."""
    exact: Floats = np.exp(log_softmax(logits.astype(np.float64) / temperature))
    return exact


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """The temperature with the least negative log-likelihood (Guo et al., 2017, arXiv:1706.04599).

    `logits` (n, labels) and the index of each row's true label (n,) come from data that was not trained on.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        scores = log_softmax(logits / np.exp(log_temperature))
        return float(-scores[np.arange(len(labels)), labels].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.3, 2.3), method="bounded").x))  # 0.1 to 10


def fit_threshold(relevance: Floats, relevant: NDArray[np.bool_]) -> float:
    """The relevance (n,) from which on calling a row relevant gives the highest F1 against `relevant` (n,)."""
    order = np.argsort(-relevance, kind="stable")
    found = np.cumsum(relevant[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + relevant.sum())
    last_of_its_value = np.append(np.diff(relevance[order]) != 0, True)
    best = int(np.argmax(np.where(last_of_its_value, f1, -1.0)))
    return float(relevance[order][best])


def expected_calibration_error(confidence: Floats, correct: NDArray[np.bool_], *, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by size (Naeini et al., 2015)."""
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.zeros(bins)
    np.add.at(gaps, which, correct.astype(np.float64) - confidence)
    return float(np.abs(gaps).sum() / len(confidence))
