"""The behaviour suite: how often a stance model does what each capability asks of it, and whether that is enough."""

import tomllib
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.cases import BEHAVIOUR, Case, CaseKind, read_cases
from data.errors import BadInput
from data.records import LABELS, STANCES, Stance
from model.checkpoint import Checkpoint
from model.classifier import StanceClassifier
from training.metrics import rounded

__all__ = ["LEAST_RISE", "behaviour_figures", "below_floors", "measure_behaviour", "passes", "read_floors"]

LEAST_RISE = 0.2
"""By how much a direction case's label must gain: more than it does at 19 in 20 edits that change nothing."""

UNRELATED = LABELS.index(Stance.UNRELATED)


def measure_behaviour(checkpoint: Checkpoint) -> dict[str, Any]:
    """The figures of the whole suite; see `behaviour_figures`."""
    cases = read_cases()
    probabilities = StanceClassifier(checkpoint).predict([case.pair for case in cases])
    return behaviour_figures(cases, passes(cases, probabilities, threshold=checkpoint.facts.relevance_threshold))


def passes(cases: Sequence[Case], probabilities: NDArray[np.floating[Any]], *, threshold: float) -> NDArray[np.bool_]:
    """Which cases a model passes, (cases,), by its probabilities (cases, 4), columns in the order of LABELS.

    Its answer is what a reader sees: unrelated where the relevance is below `threshold`, else the most probable of
    the three stances. A minimum case asks for the right answer, an invariance case for that to its base, a direction
    case for LEAST_RISE more probability of its label than at its base. Every base must be among the cases.
    """
    place = {case.id: index for index, case in enumerate(cases)}
    every = np.arange(len(cases))
    base = np.array([place[case.base] for case in cases], dtype=np.int64)
    label = np.array([LABELS.index(case.stance) for case in cases], dtype=np.int64)
    relevant = 1.0 - probabilities[:, UNRELATED] >= threshold
    answer = np.where(relevant, probabilities[:, : len(STANCES)].argmax(axis=1), UNRELATED)
    met = {
        CaseKind.MINIMUM: answer == label,
        CaseKind.INVARIANCE: answer == answer[base],
        CaseKind.DIRECTION: probabilities[every, label] - probabilities[base, label] >= LEAST_RISE,
    }
    return np.array([met[case.kind][index] for index, case in enumerate(cases)], dtype=np.bool_)


def behaviour_figures(cases: Sequence[Case], passed: NDArray[np.bool_]) -> dict[str, Any]:
    """The share of cases passed (cases,): of all, of each kind and of each capability."""
    figures: dict[str, Any] = rounded(
        {
            "n": len(cases),
            "pass_rate": float(passed.mean()),
            "kinds": _rates(list(map(attrgetter("kind"), cases)), passed),
            "capabilities": _rates(list(map(attrgetter("capability"), cases)), passed),
        }
    )
    return figures


def read_floors(file: Path = BEHAVIOUR / "floors.toml") -> dict[str, float]:
    """The least pass rate of each capability; raises BadInput for what is no rate."""
    try:
        floors = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: expected a pass rate for each capability, found otherwise ({error})") from error
    for capability, floor in floors.items():
        if not isinstance(floor, float) or not 0 <= floor <= 1:
            raise BadInput(f"{file}: expected a rate from 0.0 to 1.0 for {capability}, found {floor!r}: correct it")
    return floors


def below_floors(figures: Mapping[str, Any], floors: Mapping[str, float]) -> list[str]:
    """Reasons to refuse a model by its `behaviour_figures`, one for each capability below its floor; empty is a pass.

    A floor whose capability was not measured is a reason too.
    """
    measured: Mapping[str, float] = figures["capabilities"]
    return [
        f"behaviour {capability}: {measured[capability]:.3f} is below its floor {floor:.3f}"
        if capability in measured
        else f"behaviour {capability}: not measured, though it has a floor"
        for capability, floor in floors.items()
        if measured.get(capability, -1.0) < floor
    ]


def _rates(names: Sequence[str], passed: NDArray[np.bool_]) -> dict[str, float]:
    return {
        str(name): float(np.mean([ok for other, ok in zip(names, passed, strict=True) if other == name]))
        for name in dict.fromkeys(names)
    }
