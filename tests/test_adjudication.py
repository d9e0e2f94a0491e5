"""Many answers, one stance: the majority's, or a pair that somebody has to look at again."""

from datetime import UTC, datetime

import pytest

from data.adjudication import adjudicate
from data.label_columns import parse_answer
from data.label_store import StoredLabel
from data.records import LabelRecord, Pair, Stance

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
QUESTION = LabelRecord(pair=Pair("Claim.", "Words."), group="desk/7", origin="page")


def stored(*answers: str, question: LabelRecord = QUESTION) -> list[StoredLabel]:
    given = (
        parse_answer(question, text, annotator=f"a{number}", labelled_at=NOON) for number, text in enumerate(answers)
    )
    return [StoredLabel(number + 1, NOON, label) for number, label in enumerate(given)]


@pytest.mark.parametrize(
    ("answers", "stance"),
    [
        (["hedge"], "hedge"),
        (["hedge", "skip", "skip"], "hedge"),
        (["hedge", "support", "hedge"], "hedge"),
        (["hedge", "support", "not hedge"], "support"),
        (["not hedge", "hedge", "hedge"], "hedge"),
    ],
)
def test_the_majority_decides(answers: list[str], stance: str) -> None:
    found = adjudicate(stored(*answers))
    (example,) = found.examples
    assert (example.stance, example.pair, example.group, example.origin) == (stance, QUESTION.pair, "desk/7", "page")
    assert found.open == ()


@pytest.mark.parametrize(
    "answers",
    [["hedge", "support"], ["hedge", "not hedge"], ["hedge", "denial", "support"], ["support", "not support"]],
)
def test_a_draw_stays_open(answers: list[str]) -> None:
    labels = stored(*answers)
    found = adjudicate(labels)
    assert found.examples == ()
    assert found.open == (tuple(labels),)


@pytest.mark.parametrize("answers", [["skip"], ["not hedge", "not support"], []])
def test_no_stance_is_no_example_and_no_dispute(answers: list[str]) -> None:
    found = adjudicate(stored(*answers))
    assert (found.examples, found.open) == ((), ())


def test_the_newest_label_of_the_stance_tells_where_it_is_from() -> None:
    (example,) = adjudicate(stored("hedge", "hedge", "support")).examples
    assert (example.id, example.annotator, example.labelled_at) == ("label-2", "a1", "2031-05-04T12:00:00+00:00")


def test_a_label_without_a_group_goes_by_its_article_and_then_by_its_claim() -> None:
    for question, group in (
        (LabelRecord(pair=QUESTION.pair, article="desk/9"), "desk/9"),
        (LabelRecord(pair=QUESTION.pair), "Claim."),
    ):
        (example,) = adjudicate(stored("hedge", question=question)).examples
        assert example.group == group
        assert example.stance is Stance.HEDGE
