import numpy as np
import pytest
from sklearn.metrics import f1_score

from training.metrics import stance_metrics

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
