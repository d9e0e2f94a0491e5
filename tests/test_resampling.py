from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import stance_metrics
from training.resampling import ECE, figures, noise, tally


def invented(seed: int, rows: int, claims: int) -> tuple[Any, Any, list[str]]:
    """Probabilities that are right somewhat more often than not, their labels and claims."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, rows)
    logits = random.normal(size=(rows, 4)) + 1.2 * np.eye(4)[labels]
    told = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return told, labels, [f"claim {number}" for number in random.integers(0, claims, rows)]


@given(st.integers(0, 10_000), st.integers(5, 80), st.integers(1, 12))
def test_figures_are_those_of_evaluate(seed: int, rows: int, claims: int) -> None:
    told, labels, names = invented(seed, rows, claims)
    labels[0] = 0  # a relevant row at least
    expected = stance_metrics(told, labels)
    found = {name: float(values[0]) for name, values in figures(tally(told, labels, names)).items()}
    assert found["macro_f1"] == pytest.approx(expected["macro_f1"], abs=1e-4)
    assert found["macro_f1_4"] == pytest.approx(expected["macro_f1_4"], abs=1e-4)
    assert found[ECE] == pytest.approx(expected["ece"], abs=1e-4)
    for stance, value in expected["f1"].items():
        assert found[stance] == pytest.approx(value, abs=1e-4)


def test_weights_count_claims_as_often_as_they_say() -> None:
    told, labels, names = invented(3, 60, 6)
    twice = [np.concatenate([each, each[[name == "claim 0" for name in names]]]) for each in (told, labels)]
    more = names + ["claim 0"] * (len(twice[1]) - len(names))
    weights = np.array([[2.0, 1, 1, 1, 1, 1]])
    weighted, counted = figures(tally(told, labels, names), weights), figures(tally(twice[0], twice[1], more))
    for name, values in weighted.items():
        assert values == pytest.approx(counted[name])


def test_a_model_differs_from_itself_by_nothing() -> None:
    told = tally(*invented(5, 100, 20))
    assert set(noise(told, told).values()) == {0.0}


def test_noise_is_the_spread_of_the_difference_over_fresh_data() -> None:
    claims = 60
    differences, estimates = [], []
    for seed in range(80):
        told, labels, names = invented(seed, 300, claims)
        other = np.roll(told, 1, axis=1) * 0.35 + told * 0.65
        pair = tally(told, labels, names), tally(other, labels, names)
        differences.append(float(figures(pair[1])["macro_f1"][0] - figures(pair[0])["macro_f1"][0]))
        estimates.append(noise(*pair)["macro_f1"])
    assert np.mean(estimates) == pytest.approx(np.std(differences), rel=0.25)


def test_rows_on_one_claim_are_not_taken_for_many() -> None:
    told, labels, _ = invented(11, 200, 10)
    worse = told.copy()
    worse[:100] = np.roll(told[:100], 1, axis=1)
    rows = [str(number) for number in range(200)]
    claims = [str(number // 100) for number in range(200)]
    apart, together = (noise(tally(told, labels, by), tally(worse, labels, by)) for by in (rows, claims))
    assert together["macro_f1"] > 3 * apart["macro_f1"]
