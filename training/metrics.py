"""The figures of a stance model, as `stance evaluate --format json` names them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, STANCES, Stance
from model.calibration import expected_calibration_error

__all__ = ["rounded", "stance_metrics"]

UNRELATED = LABELS.index(Stance.UNRELATED)


def stance_metrics(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> dict[str, Any]:
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
    f1: dict[str, float] | None = None
    if relevant.any():
        options: dict[str, Any] = {"labels": range(len(STANCES)), "average": None, "zero_division": 0.0}
        f1 = dict(zip(map(str, STANCES), f1_score(labels[relevant], stances[relevant], **options), strict=True))
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


def rounded(figures: Any) -> Any:
    """The same document with its fractions to four places: more would be noise on any set that there is."""
    if isinstance(figures, dict):
        return {name: rounded(value) for name, value in figures.items()}
    return round(float(figures), 4) if isinstance(figures, float) else figures
