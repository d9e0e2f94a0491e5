import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.calibration import expected_calibration_error, fit_temperature, fit_threshold, log_softmax, probabilities


@given(arrays(np.float32, (5, 4), elements=st.floats(-50, 50, width=32)), st.floats(0.1, 10))
def test_probabilities_sum_to_one_and_keep_the_order_of_logits(logits, temperature):
    values = probabilities(logits, temperature)

    assert values.sum(axis=1) == pytest.approx(np.ones(5))
    best = np.take_along_axis(values, logits.argmax(axis=1)[:, None], axis=1)[:, 0]
    assert best == pytest.approx(values.max(axis=1))


def test_fitted_temperature_recovers_the_one_that_made_the_labels():
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 4)) * 2
    labels = np.array([random.choice(4, p=row) for row in probabilities(logits, 1.0)])

    assert fit_temperature(logits * 3, labels) == pytest.approx(3.0, rel=0.05)


def test_fitted_temperature_is_no_worse_than_its_neighbours():
    random = np.random.default_rng(1)
    logits = random.normal(size=(200, 4))
    labels = np.where(random.random(200) < 0.7, logits.argmax(axis=1), random.integers(4, size=200))

    def loss(temperature):
        return -log_softmax(logits / temperature)[np.arange(200), labels].mean()

    fitted = fit_temperature(logits, labels)
    assert loss(fitted) <= min(loss(fitted * 1.05), loss(fitted / 1.05))


def test_threshold_is_the_best_of_all_by_f1():
    relevance = np.array([0.9, 0.8, 0.8, 0.6, 0.3, 0.1])
    relevant = np.array([True, True, False, True, False, False])

    def f1(threshold):
        called = relevance >= threshold
        return 2 * (called & relevant).sum() / (called.sum() + relevant.sum())

    assert fit_threshold(relevance, relevant) == 0.6
    assert f1(0.6) == max(f1(value) for value in relevance)


def test_calibration_error_by_hand():
    # two bins of 15: (0.4, 0.4667] holds 0.45 twice, one right; (0.8667, 0.9333] holds 0.9 twice, both right
    confidence = np.array([0.45, 0.45, 0.9, 0.9])
    correct = np.array([True, False, True, True])

    expected = (2 * abs(0.45 - 0.5) + 2 * abs(0.9 - 1.0)) / 4
    assert expected_calibration_error(confidence, correct) == pytest.approx(expected)


def test_certain_and_right_is_no_error():
    assert expected_calibration_error(np.ones(3), np.ones(3, dtype=bool)) == 0.0
