"""The figures of a stance benchmark: its own for the task, and those that the papers on public sets report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, STANCES, Stance
from training.metrics import stance_metrics

__all__ = ["Figures", "fnc_figures", "public_figures", "task_figures"]

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]
Figures = dict[str, float | None]
"""A figure by its name; None where the rows give no grounds for it."""

UNRELATED = LABELS.index(Stance.UNRELATED)


def task_figures(scores: Floats, gold: Labels, _: Sequence[Stance] = LABELS) -> Figures:
    """Those of `stance evaluate` from scores (n, 4) that sum to 1 and label ids (n,)."""
    found: Mapping[str, Any] = stance_metrics(scores, gold)
    f1 = found["f1"] or dict.fromkeys(map(str, STANCES))
    names = ("macro_f1_4", "relevance_auc", "ece")
    return {"macro_f1": found["macro_f1"], **{f"f1 {name}": f1[name] for name in f1}, **{n: found[n] for n in names}}


def public_figures(scores: Floats, gold: Labels, labels: Sequence[Stance]) -> Figures:
    """Accuracy, macro F1 and the F1 of each label, where only the `labels` that a set has can be answered."""
    from sklearn.metrics import f1_score

    ids = [LABELS.index(label) for label in labels]
    answers = _answers(scores, ids)
    f1: list[float] = f1_score(gold, answers, labels=ids, average=None, zero_division=0.0).tolist()
    each = {f"f1 {label}": value for label, value in zip(labels, f1, strict=True)}
    return {"accuracy": float((answers == gold).mean()), "macro_f1": sum(f1) / len(f1), **each}


def fnc_figures(scores: Floats, gold: Labels, labels: Sequence[Stance]) -> Figures:
    """The same, and the challenge's weighted score as a share of the best one.

    A row gives a quarter for being called related or not, a related one three quarters more for its stance.
    """
    answers = _answers(scores, [LABELS.index(label) for label in labels])
    related = gold != UNRELATED
    quarter = 0.25 * (related == (answers != UNRELATED))
    points = quarter + 0.75 * (related & (answers == gold))
    best = 0.25 + 0.75 * related
    return {"weighted": float(points.sum() / best.sum()), **public_figures(scores, gold, labels)}


def _answers(scores: Floats, ids: Sequence[int]) -> Labels:
    answers: Labels = np.array(ids)[scores[:, list(ids)].argmax(axis=1)]
    return answers
