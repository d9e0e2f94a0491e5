"""How sure a difference between two models is: the paired bootstrap over claims.

Rows on one claim rise and fall together, so that whole claims are drawn, not rows (Efron and Tibshirani 1993, ch. 8).
Both models answer the same drawn claims, which leaves only what they answer differently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, STANCES, Stance

__all__ = ["ECE", "SCORES", "Tally", "figures", "noise", "tally"]

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]

ECE = "ece"
SCORES = ("macro_f1", "macro_f1_4", *map(str, STANCES))
"""The figures where more is better: both macro F1 of `stance evaluate`, and the F1 of each stance."""

DRAWS = 1000
"""They give the standard error to within one part in fifty."""

BINS = 15
UNRELATED = LABELS.index(Stance.UNRELATED)


@dataclass(frozen=True, slots=True)
class Tally:
    """What the figures are made of, by claim.

    `stances` (on relevant rows) and `labels` (on all) are hits, predictions and gold labels (claims, 3, labels); `gaps`
    of each bin of confidence the sum of right less confidence (claims, bins); `rows` is (claims,).
    """

    stances: Floats
    labels: Floats
    gaps: Floats
    rows: Floats


def tally(probabilities: Floats, labels: Labels, claims: Sequence[str]) -> Tally:
    """The tally of probabilities (n, 4) against label ids (n,), claims in the order of their names."""
    names, claim = np.unique(np.array(claims, dtype=np.str_), return_inverse=True)
    relevant = labels != UNRELATED
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    gaps = np.zeros((len(names), BINS))
    place = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    np.add.at(gaps, (claim, place), (predicted == labels) - confidence)
    stances = probabilities[:, : len(STANCES)].argmax(axis=1)
    return Tally(
        stances=_counts(stances[relevant], labels[relevant], claim[relevant], (len(names), len(STANCES))),
        labels=_counts(predicted, labels, claim, (len(names), len(LABELS))),
        gaps=gaps,
        rows=np.bincount(claim, minlength=len(names)).astype(np.float64),
    )


def figures(counts: Tally, weights: Floats | None = None) -> dict[str, Floats]:
    """Every one of SCORES and the ECE, (draws,), where each claim counts as often as `weights` (draws, claims) say."""
    weights = np.ones((1, len(counts.rows))) if weights is None else weights
    stances, labels = _f1(counts.stances, weights), _f1(counts.labels, weights)
    return {
        "macro_f1": stances.mean(axis=1),
        "macro_f1_4": labels.mean(axis=1),
        **{str(stance): stances[:, place] for place, stance in enumerate(STANCES)},
        ECE: np.abs(weights @ counts.gaps).sum(axis=1) / (weights @ counts.rows),
    }


def noise(one: Tally, other: Tally, *, seed: int = 13) -> dict[str, float]:
    """The standard error of the difference between two models' figures on the same rows."""
    size = len(one.rows)
    weights = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=DRAWS).astype(np.float64)
    first, second = figures(one, weights), figures(other, weights)
    return {name: float(np.std(second[name] - first[name])) for name in first}


def _counts(predicted: Labels, labels: Labels, claim: Labels, shape: tuple[int, int]) -> Floats:
    size = shape[0] * shape[1]
    places = claim * shape[1]
    hits = predicted == labels
    kinds = [(places + labels)[hits], places + predicted, places + labels]
    counted = [np.bincount(kind, minlength=size).reshape(shape) for kind in kinds]
    return np.stack(counted, axis=1).astype(np.float64)


def _f1(counts: Floats, weights: Floats) -> Floats:
    """F1 (draws, labels): 0 where there is neither a prediction nor a label."""
    hits, found, gold = np.moveaxis(np.tensordot(weights, counts, axes=1), 1, 0)
    total = found + gold
    f1: Floats = np.divide(2 * hits, total, out=np.zeros_like(total), where=total > 0)
    return f1
