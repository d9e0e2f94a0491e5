import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_curve

from model.calibration import expected_calibration_error
from training.metrics import (
    relevance_curves,
    reliability_bins,
    risk_coverage,
    selective_figures,
    stance_metrics,
)

# columns: support, denial, hedge, unrelated
PROBABILITIES = np.array(
    [
        [0.7, 0.1, 0.1, 0.1],  # support, right
        [0.3, 0.2, 0.1, 0.4],  # support: called unrelated, yet the right stance of the three
        [0.1, 0.5, 0.2, 0.2],  # denial, right
        [0.1, 0.6, 0.2, 0.1],  # hedge called denial
        [0.2, 0.1, 0.1, 0.6],  # unrelated, right
        [0.6, 0.1, 0.1, 0.2],  # unrelated called support
    ]
)
LABELS = np.array([0, 0, 1, 2, 3, 3])


def test_figures_by_hand():
    figures = stance_metrics(PROBABILITIES, LABELS)

    assert figures["n"] == 6
    assert figures["relevant_n"] == 4
    assert figures["f1"] == {"support": 1.0, "denial": 0.6667, "hedge": 0.0}
    assert figures["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3, abs=1e-4)
    # relevance of the relevant rows .9 .6 .8 .9, of the others .4 .8: of eight pairs six right, one tied, one wrong
    assert figures["relevance_auc"] == pytest.approx(6.5 / 8, abs=1e-4)
    assert figures["confusion"] == [[1, 0, 0, 1], [0, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 1]]


def test_macro_f1_of_four_is_scikit_learns():
    expected = f1_score(LABELS, PROBABILITIES.argmax(axis=1), average="macro")

    assert stance_metrics(PROBABILITIES, LABELS)["macro_f1_4"] == pytest.approx(expected, abs=1e-4)


def test_figures_without_grounds_are_none():
    only_unrelated = stance_metrics(PROBABILITIES[4:], LABELS[4:])

    assert only_unrelated["macro_f1"] is None
    assert only_unrelated["f1"] is None
    assert only_unrelated["relevance_auc"] is None
    assert stance_metrics(PROBABILITIES[:4], LABELS[:4])["relevance_auc"] is None


JUDGED = st.lists(st.tuples(st.sampled_from([0.3, 0.5, 0.55, 0.8, 1.0]), st.booleans()), min_size=1, max_size=60)


@given(JUDGED)
def test_the_bins_hold_every_row_and_their_gaps_are_the_calibration_error(rows):
    confidence, correct = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    bins = reliability_bins(confidence, correct)

    assert sum(one.n for one in bins) == len(rows)
    assert all(one.low < one.confidence <= one.high + 1e-12 for one in bins)
    gaps = sum(one.n * abs(one.accuracy - one.confidence) for one in bins) / len(rows)
    assert gaps == pytest.approx(expected_calibration_error(confidence, correct))


def test_no_rows_no_bins_and_no_curve():
    nothing, none = np.empty(0), np.empty(0, dtype=bool)
    assert reliability_bins(nothing, none) == []
    assert len(risk_coverage(nothing, none).x) == 0
    assert [len(curve.x) for curve in relevance_curves(nothing, none)] == [0, 0]


def test_risk_by_hand():
    curve = risk_coverage(np.array([0.5, 0.9, 0.5, 0.7]), np.array([False, True, True, False]))

    assert curve.threshold.tolist() == [0.9, 0.7, 0.5]
    assert curve.x.tolist() == [0.25, 0.5, 1.0]
    assert curve.y.tolist() == [0.0, 0.5, 0.5]


@given(JUDGED)
def test_relevance_curves_are_scikit_learns(rows):
    relevance, relevant = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    relevant[0] = True  # recall of nothing is undefined
    precision, recall = relevance_curves(relevance, relevant)
    expected_precision, expected_recall, thresholds = precision_recall_curve(relevant, relevance)

    assert precision.x[::-1] == pytest.approx(thresholds)
    assert precision.y[::-1] == pytest.approx(expected_precision[:-1])
    assert recall.y[::-1] == pytest.approx(expected_recall[:-1])


def test_selective_figures_are_those_of_the_most_confident_rows():
    figures = selective_figures(PROBABILITIES, LABELS)

    assert list(figures) == ["100", "80", "60", "40"]
    whole = stance_metrics(PROBABILITIES, LABELS)
    assert figures["100"] == {"min_confidence": 0.3, "macro_f1": whole["macro_f1"], "accuracy": 0.75}
    # by confidence: support .7 right, denial called for a hedge .6, denial .5 right, support .3 right
    assert figures["80"]["min_confidence"] == 0.5
    assert figures["80"]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["60"]["accuracy"] == figures["40"]["accuracy"] == 0.5
    assert selective_figures(PROBABILITIES[4:], LABELS[4:]) == {}
