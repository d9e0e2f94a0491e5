"""The report of `stance evaluate`, task stance: figures, curves, and the errors that are worth reading."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.records import LABELS, STANCES, Example, Stance
from model.checkpoint import Checkpoint
from training.evaluate import label_ids
from training.metrics import (
    Bin,
    relevance_curves,
    reliability_bins,
    risk_coverage,
    selective_figures,
    stance_metrics,
)
from training.pages import render
from training.plots import curve_plot, reliability_plot

__all__ = ["stance_report"]

UNRELATED = LABELS.index(Stance.UNRELATED)

ERRORS_PER_CELL = 4
"""Of each kind of confusion: enough to see what it is about, few enough to be read."""

MOST_SLICES = 60

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrongly labelled pair, and its four probabilities by label."""

    example: Example
    probabilities: dict[Stance, float]


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows that share a note or an origin: how many, how many of them bear on the claim, and what was right.

    `stances` is the share of right stances among those that bear, `answers` that of right labels among all; None where
    there is nothing to count.
    """

    name: str
    n: int
    relevant_n: int
    stances: float | None
    answers: float
    f1: dict[Stance, float | None]


def stance_report(
    examples: Sequence[Example],
    probabilities: Floats,
    *,
    figures: dict[str, Any],
    checkpoint: Checkpoint,
    made: datetime,
) -> str:
    """The page for labelled pairs and their probabilities (examples, 4); `figures` is the document of the command."""
    labels = label_ids(examples)
    threshold = checkpoint.facts.relevance_threshold
    relevance = 1.0 - probabilities[:, UNRELATED]
    shown = relevance >= threshold
    stances = probabilities[:, : len(STANCES)]
    confidence, right = stances.max(axis=1), stances.argmax(axis=1) == labels
    bears = labels != UNRELATED
    answered = reliability_bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)
    judged = reliability_bins(confidence[shown], right[shown])
    precision, recall = relevance_curves(relevance, bears)
    risks = (
        ("shown", risk_coverage(confidence[shown], right[shown])),
        ("bearing", risk_coverage(confidence[bears], right[bears])),
    )
    return render(
        "stance_report.html",
        made=made,
        figures=figures,
        facts=checkpoint.facts,
        labels=LABELS,
        shares=[[count / max(sum(row), 1) for count in row] for row in figures["confusion"]],
        reliability=[
            (reliability_plot("The most probable of four labels", answered), answered, _gap(answered)),
            (reliability_plot("The stance, where it is shown", judged), judged, _gap(judged)),
        ],
        shown_n=int(shown.sum()),
        risk=curve_plot("Risk and coverage", x="coverage", y="share of wrong stances", curves=risks),
        selective=selective_figures(probabilities, labels),
        relevance=curve_plot(
            "Relevance by threshold",
            x="least relevance",
            y="precision, recall",
            curves=(("precision", precision), ("recall", recall)),
            marked=threshold,
        ),
        slices={name: _slices(examples, probabilities, labels, name) for name in ("origin", "note")},
        mistakes=list(_mistakes(examples, probabilities, labels)),
    )


def _gap(bins: Sequence[Bin]) -> float | None:
    """The expected calibration error of some bins; None without any."""
    rows = sum(one.n for one in bins)
    return sum(one.n * abs(one.accuracy - one.confidence) for one in bins) / rows if rows else None


def _slices(
    examples: Sequence[Example], probabilities: Floats, labels: Ids, column: Literal["origin", "note"]
) -> list[Slice]:
    """The rows by what a column says of them, the most frequent first; none where it does not tell any apart."""
    names = np.array([getattr(example, column) for example in examples], dtype=object)
    counts = Counter(name for name in names.tolist() if name)
    if len(counts) < 2:
        return []
    return [
        _slice(name, probabilities[names == name], labels[names == name]) for name, _ in counts.most_common(MOST_SLICES)
    ]


def _slice(name: str, probabilities: Floats, labels: Ids) -> Slice:
    bears = labels != UNRELATED
    right = probabilities[:, : len(STANCES)].argmax(axis=1) == labels
    f1 = stance_metrics(probabilities, labels)["f1"]
    return Slice(
        name=name,
        n=len(labels),
        relevant_n=int(bears.sum()),
        stances=float(right[bears].mean()) if bears.any() else None,
        answers=float((probabilities.argmax(axis=1) == labels).mean()),
        f1={stance: f1[stance] if (labels == LABELS.index(stance)).any() else None for stance in STANCES},
    )


def _mistakes(
    examples: Sequence[Example], probabilities: Floats, labels: Ids
) -> Iterator[tuple[Stance, Stance, int, list[Mistake]]]:
    """Gold label, answer, how often, and the most confident ones; by kind of confusion, the most frequent first."""
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    cells = [
        (gold, answer, np.flatnonzero((labels == gold) & (answers == answer)))
        for gold in range(len(LABELS))
        for answer in range(len(LABELS))
        if gold != answer
    ]
    for gold, answer, rows in sorted(cells, key=lambda cell: -len(cell[2])):
        worst = rows[np.argsort(-confidence[rows], kind="stable")][:ERRORS_PER_CELL]
        if len(worst):
            mistakes = [
                Mistake(examples[row], dict(zip(LABELS, probabilities[row].tolist(), strict=True))) for row in worst
            ]
            yield LABELS[gold], LABELS[answer], len(rows), mistakes
