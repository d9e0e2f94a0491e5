"""The plain values that the parts hand to each other."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data.records
from data.records import LABELS, STANCES, Judgement, Pair, Span, Stance


def test_the_order_of_labels_is_the_one_that_checkpoints_are_trained_with() -> None:
    assert [str(label) for label in LABELS] == ["support", "denial", "hedge", "unrelated"]
    assert LABELS[:3] == STANCES


@given(st.lists(st.integers(0, 1000), min_size=4, max_size=4).filter(any))
def test_relevance_is_the_probability_of_the_three_stances(weights: list[int]) -> None:
    support, denial, hedge, unrelated = (weight / sum(weights) for weight in weights)
    judgement = Judgement(Stance.HEDGE, (support, denial, hedge, unrelated))
    assert judgement.relevance == pytest.approx(support + denial + hedge)
    assert not judgement.truncated


@pytest.mark.parametrize(("stance", "confidence"), list(zip(STANCES, (0.1, 0.2, 0.3), strict=True)))
def test_confidence_is_the_probability_of_the_given_stance(stance: Stance, confidence: float) -> None:
    assert Judgement(stance, (0.1, 0.2, 0.3, 0.4)).confidence == confidence


@given(st.text(), st.text(), st.text())
def test_a_span_counts_code_points(before: str, inside: str, after: str) -> None:
    assert Span(len(before), len(before) + len(inside)).of(before + inside + after) == inside


def test_pairs_are_compared_by_every_text_and_never_change() -> None:
    pair = Pair("The dam held.", "Yes.")
    assert pair == Pair("The dam held.", "Yes.", speaker="", cue="", context="")
    assert len({pair, Pair("The dam held.", "Yes."), Pair("The dam held.", "Yes.", context="Rain.")}) == 2
    with pytest.raises(FrozenInstanceError):
        pair.claim = "The dam broke."  # type: ignore[misc]


def test_every_public_name_is_listed() -> None:
    defined = {name for name, value in vars(data.records).items() if getattr(value, "__module__", "") == "data.records"}
    assert set(data.records.__all__) == defined | {"LABELS", "STANCES"}
