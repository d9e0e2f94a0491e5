"""What a check of labels finds: repeats, contradictions, agreement, leaks, and labels that are probably wrong."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.held_out import OWN, held_out_pairs
from data.label_columns import parse_answer
from data.labelled import read_labelled
from data.records import LABELS, LabelRecord, Pair, Stance
from model.classifier import StanceClassifier
from training.label_check import FEWEST, Group, Placed, agreement, contradictions, leaks, repeats, suspects

PAIR = Pair("Claim.", "Words.")
SAME = Pair("CLAIM", "“Words”,", context="Another sentence.")


def placed(where: str, answer: str, annotator: str = "ana", pair: Pair = PAIR) -> Placed:
    return Placed(where, parse_answer(LabelRecord(pair=pair), answer, annotator=annotator, labelled_at=None))


def places(groups: list[Group]) -> list[list[str]]:
    return [[where for where, _ in group.labels] for group in groups]


def test_repeats_are_the_same_words_and_answer_of_one_annotator() -> None:
    labels = [
        placed("1", "hedge"),
        placed("2", "hedge", pair=SAME),
        placed("3", "hedge", "bo"),
        placed("4", "support"),
        placed("5", "hedge", pair=Pair("Claim.", "Other words.")),
    ]
    assert places(repeats(labels)) == [["1", "2"]]
    assert places(repeats(labels[2:])) == []


@pytest.mark.parametrize(
    ("answers", "contradict"),
    [
        (["hedge", "support"], True),
        (["hedge", "not hedge"], True),
        (["hedge", "not support"], False),
        (["not hedge", "not support"], False),
        (["hedge", "skip"], False),
        (["hedge", "hedge"], False),
    ],
)
def test_contradictions(answers: list[str], contradict: bool) -> None:
    labels = [placed("1", answers[0]), placed("2", answers[1], "bo", SAME), placed("3", "skip", "cy")]
    found = contradictions(labels)
    assert places(found) == ([["1", "2"]] if contradict else [])
    assert [group.by_one for group in found] == [False] * len(found)
    if contradict:
        assert contradictions([placed("1", answers[0]), placed("2", answers[1])])[0].by_one


def test_agreement_counts_the_last_answer_of_each() -> None:
    pairs = [Pair(f"Claim {number}.", "Words.") for number in range(4)]
    labels = [placed("", "denial", "ana", pairs[0])]
    for pair, answer in zip(pairs, ["support", "denial", "hedge", "support"], strict=True):
        labels += [placed("", answer, name, pair) for name in ("ana", "bo")]
    found = agreement([*labels, placed("", "skip", "cy", pairs[0])])
    assert found == {
        "pairs": 4,
        "alpha": 1.0,
        "alpha_of": {"support": 1.0, "denial": 1.0, "hedge": 1.0, "unrelated": None},
    }


def test_a_refusal_counts_against_its_own_label_alone() -> None:
    pairs = [Pair(f"Claim {number}.", "Words.") for number in range(3)]
    labels = [
        placed("", answer, "ana", pair) for pair, answer in zip(pairs, ["support", "denial", "hedge"], strict=True)
    ]
    labels += [placed("", "not support", "bo", pairs[0]), placed("", "not support", "bo", pairs[1])]
    found = agreement(labels)
    assert (found["pairs"], found["alpha"]) == (0, None)
    assert found["alpha_of"]["support"] == pytest.approx(0)  # two pairs, one of them answered both ways
    assert found["alpha_of"]["denial"] is None


def test_labels_of_evaluation_sets_are_found() -> None:
    (first, *_) = read_labelled([OWN]).examples
    near = Pair(first.pair.claim, f"{first.pair.statement} Indeed.")
    labels = [
        placed("near", "hedge", pair=near),
        placed("claim", "hedge", pair=Pair(first.pair.claim.upper(), "Words that nobody said.")),
        placed("free", "hedge"),
    ]
    assert [where for where, _ in leaks(labels, held_out_pairs(Path("nowhere")))] == ["near", "claim"]
    assert leaks(labels, []) == []


def turned(stances: list[Stance], share: float) -> tuple[list[Stance], set[int]]:
    """Some of the stances made others at random, and which."""
    random = np.random.default_rng(7)
    bad = set(random.choice(len(stances), size=round(share * len(stances)), replace=False).tolist())
    others = {place: int(random.integers(1, len(LABELS))) for place in sorted(bad)}
    index = LABELS.index
    return [LABELS[(index(stance) + others.get(place, 0)) % len(LABELS)] for place, stance in enumerate(stances)], bad


def test_turned_labels_rank_first_where_the_logits_know_better() -> None:
    random = np.random.default_rng(3)
    truth = [LABELS[number] for number in random.integers(0, 4, 300)]
    logits = random.normal(size=(300, 4)).astype(np.float32)
    logits[range(300), [LABELS.index(stance) for stance in truth]] += 6
    stances, bad = turned(truth, 0.1)
    labels = [placed(str(n), stance, pair=Pair(f"Claim {n % 40}.", f"Words {n}.")) for n, stance in enumerate(stances)]
    found = suspects(labels, logits)
    assert len(bad & {int(suspect.placed.where) for suspect in found}) >= 24  # of 30
    assert len(bad & {int(suspect.placed.where) for suspect in found[:30]}) >= 24
    known = [suspect for suspect in found if int(suspect.placed.where) in bad]
    assert sum(suspect.likelier is truth[int(suspect.placed.where)] for suspect in known) >= 24
    assert [suspect.probability for suspect in found] == sorted(suspect.probability for suspect in found)


@pytest.mark.slow
def test_the_shipped_model_finds_turned_labels_in_the_own_corpus() -> None:
    """These are the cases that it finds hard: half of what it says of them is wrong."""
    examples = read_labelled([OWN]).examples
    stances, bad = turned([example.stance for example in examples], 0.2)
    pairs = [example.pair for example in examples]
    labels = [placed(str(n), stance, pair=pair) for n, (stance, pair) in enumerate(zip(stances, pairs, strict=True))]
    found = {int(suspect.placed.where) for suspect in suspects(labels, StanceClassifier.load().logits(pairs))}
    assert len(found & bad) / len(bad) > 0.7
    assert len(found & bad) / len(found) > 1.25 * len(bad) / len(labels)  # what chance would find


def test_few_labels_one_claim_or_one_stance_make_no_suspect() -> None:
    logits = np.eye(4, dtype=np.float32)[np.arange(FEWEST + 1) % 4] * 9
    stances = [LABELS[(n + 1) % 4] for n in range(FEWEST + 1)]
    many = [placed("", stance, pair=Pair(f"Claim {n}.", "Words.")) for n, stance in enumerate(stances)]
    assert suspects(many[: FEWEST - 1], logits[: FEWEST - 1]) == []
    assert suspects([placed("", stance) for stance in stances], logits) == []
    assert suspects([placed("", "hedge", pair=label.pair) for _, label in many], logits) == []
    assert suspects([], logits[:0]) == []


@given(
    st.lists(st.tuples(st.sampled_from([*LABELS, "skip", "not hedge"]), st.integers(0, 3)), min_size=20, max_size=40),
    st.integers(0, 9),
)
def test_only_stances_are_suspect_and_each_once(answers: list[tuple[str, int]], seed: int) -> None:
    labels = [placed(str(n), answer, pair=Pair(f"C{claim}", f"W{n}")) for n, (answer, claim) in enumerate(answers)]
    logits = np.random.default_rng(seed).normal(size=(len(labels), 4)).astype(np.float32)
    found = suspects(labels, logits)
    assert len({suspect.placed.where for suspect in found}) == len(found)
    for suspect in found:
        assert suspect.placed.label.stance not in (None, suspect.likelier)
        assert 0 <= suspect.probability <= 1
        assert 0 <= suspect.likelier_probability <= 1
