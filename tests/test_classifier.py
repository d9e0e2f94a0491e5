import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.records import LABELS, STANCES, Pair
from model.classifier import StanceClassifier
from model.runtime import batches, padded_width

PAIRS = [
    Pair(claim="The firm paid bribes.", statement="we never paid" + " again" * count, speaker="Ruiz", cue="said")
    for count in range(20)
]


@pytest.fixture(scope="module")
def classifier(stance_checkpoint) -> StanceClassifier:
    return StanceClassifier.load(stance_checkpoint)


def test_probabilities_have_a_row_a_pair_and_a_column_a_label(classifier):
    probabilities = classifier.predict(PAIRS)

    assert probabilities.shape == (len(PAIRS), len(LABELS))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(PAIRS)))


def test_no_pairs_no_rows(classifier):
    assert classifier.predict([]).shape == (0, len(LABELS))
    assert classifier.judge([]) == []


def test_one_by_one_together_and_in_any_order_is_the_same(classifier):
    together = classifier.predict(PAIRS)
    alone = np.concatenate([classifier.predict([pair]) for pair in PAIRS])

    assert together == pytest.approx(alone, abs=1e-5)
    assert classifier.predict(PAIRS[::-1])[::-1] == pytest.approx(together, abs=1e-5)


def test_parity_with_transformers_own_pipeline(stance_checkpoint, monkeypatch):
    import torch
    from transformers import AutoModelForSequenceClassification

    from model.encoding import encode_pairs

    monkeypatch.setenv("STANCE_ENGINE", "openvino-f32")
    classifier = StanceClassifier.load(stance_checkpoint)
    model = AutoModelForSequenceClassification.from_pretrained(stance_checkpoint, dtype=torch.float32).eval()
    [encoded] = encode_pairs(classifier.checkpoint.tokenizer, PAIRS[:1], max_tokens=96)
    with torch.no_grad():
        logits = model(torch.tensor([encoded.token_ids]), token_type_ids=torch.tensor([encoded.type_ids])).logits

    expected = torch.softmax(logits / classifier.checkpoint.facts.temperature, dim=1).numpy()
    assert classifier.predict(PAIRS[:1]) == pytest.approx(expected, abs=1e-5)


def test_judgement_is_the_most_probable_of_three_and_relevance_the_rest(classifier):
    for judgement, row in zip(classifier.judge(PAIRS), classifier.predict(PAIRS), strict=True):
        assert judgement.stance == STANCES[int(row[:3].argmax())]
        assert judgement.relevance == pytest.approx(row[:3].sum())


@settings(max_examples=25)
@given(st.builds(Pair, claim=st.text(), statement=st.text(), speaker=st.text(), cue=st.text(), context=st.text()))
def test_any_text_is_judged(classifier, pair):
    [judgement] = classifier.judge([pair])

    assert sum(judgement.probabilities) == pytest.approx(1.0)


@given(st.lists(st.integers(1, 300)), st.integers(1, 2000))
def test_batches_hold_every_row_once_within_the_budget(lengths, budget):
    found = list(batches(lengths, budget=budget))

    assert sorted(index for _, batch in found for index in batch) == list(range(len(lengths)))
    for width, batch in found:
        assert len(batch) == 1 or width * len(batch) <= budget
        assert len(batch) in {times << power for power in range(9) for times in (1, 3)}
        for index in batch:
            assert width == padded_width(lengths[index])
            assert lengths[index] <= width <= max(lengths[index] + 15, lengths[index] * 1.25)


def test_widths_are_few():
    assert {padded_width(length) for length in range(1, 513)} == {
        16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
    }  # fmt: skip
