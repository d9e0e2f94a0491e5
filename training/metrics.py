"""The figures of a stance model, as `stance evaluate` names them, and the curves of its report."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, STANCES, Stance
from model.calibration import expected_calibration_error

__all__ = [
    "COVERAGES",
    "Bin",
    "Curve",
    "relevance_curves",
    "reliability_bins",
    "risk_coverage",
    "rounded",
    "selective_figures",
    "stance_metrics",
]

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]

UNRELATED = LABELS.index(Stance.UNRELATED)

COVERAGES = (1.0, 0.8, 0.6, 0.4)
"""Shares of judgements, the most confident first, that `selective_figures` looks at."""


class Bin(NamedTuple):
    """Rows whose confidence lies in (low, high]: how many, their mean confidence, and the share that is right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


class Curve(NamedTuple):
    """`y` against `x`, both (points,); `threshold` (points,) is the least score that counts at each."""

    x: Floats
    y: Floats
    threshold: Floats


def stance_metrics(probabilities: Floats, labels: Labels) -> dict[str, Any]:
    """Figures of probabilities (n, 4) against label ids (n,).

    `macro_f1` and `f1` weigh the three stances on the rows that are relevant by their gold label, since relevance is
    judged apart, by `relevance_auc`; `macro_f1_4` weighs all four labels on all rows; `ece` is that of the most
    probable of the four; `confusion` counts gold (rows) against most probable label (columns), in the order of LABELS.
    A figure for which the rows give no grounds (no relevant row, or one kind only) is None.
    """
    from sklearn.metrics import confusion_matrix, f1_score, roc_auc_score

    relevant = labels != UNRELATED
    relevance = 1.0 - probabilities[:, UNRELATED]
    stances = probabilities[:, : len(STANCES)].argmax(axis=1)
    predicted = probabilities.argmax(axis=1)
    f1 = _f1(stances[relevant], labels[relevant]) if relevant.any() else None
    every: dict[str, Any] = {"labels": range(len(LABELS)), "average": "macro", "zero_division": 0.0}
    both_kinds = relevant.any() and not relevant.all()
    figures: dict[str, Any] = rounded(
        {
            "n": len(labels),
            "relevant_n": int(relevant.sum()),
            "macro_f1": sum(f1.values()) / len(f1) if f1 else None,
            "f1": f1,
            "macro_f1_4": f1_score(labels, predicted, **every),
            "relevance_auc": roc_auc_score(relevant, relevance) if both_kinds else None,
            "ece": expected_calibration_error(probabilities.max(axis=1), predicted == labels),
            "confusion": confusion_matrix(labels, predicted, labels=range(len(LABELS))).tolist(),
        }
    )
    return figures


def selective_figures(probabilities: Floats, labels: Labels) -> dict[str, Any]:
    """What `--min-confidence` buys: by the coverage in per cent, the figures of the most confident rows alone.

    Of the relevant rows by their gold label; `min_confidence` is the least confidence among them, `accuracy` the share
    of right stances. Empty without a relevant row.
    """
    rows = np.flatnonzero(labels != UNRELATED)
    confidence = probabilities[rows, : len(STANCES)].max(axis=1)
    rows = rows[np.argsort(-confidence, kind="stable")]
    figures: dict[str, Any] = {}
    for coverage in COVERAGES if len(rows) else ():
        kept = rows[: max(round(coverage * len(rows)), 1)]
        stances = probabilities[kept, : len(STANCES)]
        f1 = _f1(stances.argmax(axis=1), labels[kept])
        figures[f"{100 * coverage:.0f}"] = {
            "min_confidence": float(stances[-1].max()),
            "macro_f1": sum(f1.values()) / len(f1),
            "accuracy": float((stances.argmax(axis=1) == labels[kept]).mean()),
        }
    result: dict[str, Any] = rounded(figures)
    return result


def reliability_bins(confidence: Floats, correct: NDArray[np.bool_], *, bins: int = 15) -> list[Bin]:
    """The bins that hold a row, the least confident first, for a reliability diagram (Guo et al., 2017).

    `confidence` and `correct` are (n,). The bins are those of `expected_calibration_error`, which is the mean gap
    between their confidence and accuracy, weighted by n.
    """
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [
        Bin(
            low=index / bins,
            high=(index + 1) / bins,
            n=int((which == index).sum()),
            confidence=float(confidence[which == index].mean()),
            accuracy=float(correct[which == index].mean()),
        )
        for index in np.unique(which).tolist()
    ]


def risk_coverage(confidence: Floats, correct: NDArray[np.bool_]) -> Curve:
    """The share of wrong ones (y) among the most confident share of rows (x) (El-Yaniv and Wiener, JMLR 2010).

    `confidence` and `correct` are (n,); rows of one confidence come together, as a threshold takes them.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    ends = _ends(ranked)
    taken = ends + 1.0
    wrong = np.cumsum(~correct[order])[ends]
    return Curve(x=taken / max(len(ranked), 1), y=wrong / taken, threshold=ranked[ends])


def relevance_curves(relevance: Floats, relevant: NDArray[np.bool_]) -> tuple[Curve, Curve]:
    """Precision and recall by the threshold from which on a row is called relevant; both inputs are (n,)."""
    order = np.argsort(-relevance, kind="stable")
    ranked = relevance[order]
    ends = _ends(ranked)
    found = np.cumsum(relevant[order])[ends]
    threshold = ranked[ends]
    precision = Curve(x=threshold, y=found / (ends + 1.0), threshold=threshold)
    return precision, Curve(x=threshold, y=found / max(int(relevant.sum()), 1), threshold=threshold)


def rounded(figures: Any) -> Any:
    """The same document with its fractions to four places: more would be noise on any set that there is."""
    if isinstance(figures, dict):
        return {name: rounded(value) for name, value in figures.items()}
    return round(float(figures), 4) if isinstance(figures, float) else figures


def _ends(ranked: Floats) -> NDArray[np.intp]:
    """Where a run of equal values ends: a threshold takes all of them or none."""
    return np.flatnonzero(np.append(np.diff(ranked), 1.0)[: len(ranked)])


def _f1(stances: Labels, labels: Labels) -> dict[str, float]:
    """F1 of each of the three stances, on rows that are relevant."""
    from sklearn.metrics import f1_score

    options: dict[str, Any] = {"labels": range(len(STANCES)), "average": None, "zero_division": 0.0}
    return dict(zip(map(str, STANCES), f1_score(labels, stances, **options).tolist(), strict=True))
