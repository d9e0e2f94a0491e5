"""Rows of pairs to rows of judgements: the classifier's own answers, whatever stands beside a pair."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.texts import invented_pairs
from data.records import LABELS, STANCES, Pair
from data.tables import Reject, Row
from model.classifier import StanceClassifier
from serving.scoring.pairs import PAIR_COLUMNS, PairScorer, carried
from serving.scoring.shards import JUDGEMENTS


@pytest.fixture(scope="module")
def scorer(stance_checkpoint: Path) -> PairScorer:
    return PairScorer(StanceClassifier.load(stance_checkpoint))


@pytest.fixture(scope="module")
def shipped() -> PairScorer:
    return PairScorer(StanceClassifier.load())


def rows_of(pairs: list[Any], **more: Any) -> list[Row | Reject]:
    return [
        Row(f"rows.jsonl:{number}", {"claim": pair.claim, "statement": pair.statement, **more})
        for number, pair in enumerate(pairs, start=1)
    ]


def judgements(scorer: PairScorer, rows: list[Row | Reject]) -> list[dict[str, Any]]:
    return [dict(row) for row in scorer(rows).tables[JUDGEMENTS]]


def test_rows_are_what_the_classifier_says(scorer: PairScorer) -> None:
    texts = invented_pairs(40, seed=0)
    found = judgements(scorer, rows_of(texts, speaker="Ana Ruiz", cue="denied"))
    pairs = [Pair(*text, speaker="Ana Ruiz", cue="denied") for text in texts]
    for row, alone in zip(found, [scorer.classifier.judge([pair])[0] for pair in pairs], strict=True):
        assert list(row)[: len(PAIR_COLUMNS)] == list(PAIR_COLUMNS)
        assert [row[label] for label in LABELS] == pytest.approx(alone.probabilities, abs=0.01)  # bfloat16
        assert row["relevance"] == 1 - row["unrelated"]
        assert row["truncated"] == alone.truncated
        assert row["stance"] == max(STANCES, key=row.__getitem__)
        assert row["stance"] in STANCES
    version = scorer.classifier.checkpoint.version
    assert {row["model"] for row in found} == {f"tiny-stance {version}"}
    assert [row["id"] for row in found[:2]] == ["rows.jsonl:1", "rows.jsonl:2"]


def test_a_pair_is_judged_alike_bit_by_bit_whatever_stands_beside_it(shipped: PairScorer) -> None:
    texts = [
        Pair(text.claim, text.statement[: 20 + 7 * place]) for place, text in enumerate(invented_pairs(48, seed=5))
    ]
    rows = rows_of(texts)
    alone = [judgements(shipped, [row])[0] for row in rows]
    assert judgements(shipped, rows) == alone
    order = random.Random(0).sample(range(len(rows)), len(rows))  # noqa: S311 - an order, not a secret
    assert judgements(shipped, [rows[place] for place in order]) == [alone[place] for place in order]


def test_what_repeats_is_computed_once_and_given_each_time(scorer: PairScorer) -> None:
    texts = invented_pairs(5, seed=1)
    scored = scorer(rows_of(texts * 4))
    assert (scored.tally.judgements, scored.tally.distinct) == (20, 5)
    probabilities = [row["support"] for row in scored.tables[JUDGEMENTS]]
    assert probabilities == probabilities[:5] * 4


def test_a_row_that_cannot_be_judged_hurts_only_itself(scorer: PairScorer) -> None:
    good = rows_of(invented_pairs(2, seed=2))
    bad: list[Row | Reject] = [
        Reject("rows.jsonl:7", "expected JSON"),
        Row("rows.jsonl:8", {"claim": "The dam held."}),
        Row("rows.jsonl:9", {"claim": " ", "statement": "It held."}),
        Row("rows.jsonl:10", {"claim": "The dam held.", "statement": 7}),
        Row("rows.jsonl:11", {"claim": "The dam held.", "statement": "It held.", "id": ["a"]}),
    ]
    scored = scorer([good[0], *bad, good[1]])
    assert judgements(scorer, good) == list(scored.tables[JUDGEMENTS])
    assert [reject.where for reject in scored.rejects] == [row.where for row in bad]
    assert "expected a column 'statement', found claim" in scored.rejects[1].reason
    assert (scored.tally.rows, scored.tally.rejected, scored.tally.judgements) == (7, 5, 2)


def test_no_rows_are_no_judgements(scorer: PairScorer) -> None:
    scored = scorer([])
    assert (list(scored.tables[JUDGEMENTS]), list(scored.rejects), scored.tally.rows) == ([], [], 0)


def test_counts_are_those_of_the_rows(scorer: PairScorer) -> None:
    long = [Pair("The dam held.", "It held. " * 90)]
    scored = scorer(rows_of([*invented_pairs(30, seed=3), *long]))
    table = scored.tables[JUDGEMENTS]
    assert scored.tally.truncated == sum(row["truncated"] for row in table) > 0
    threshold = scorer.classifier.checkpoint.facts.relevance_threshold
    assert scored.tally.relevant == sum(row["relevance"] >= threshold for row in table)
    assert sum(scored.tally.stances.values()) == len(table) == 31


def test_an_identifier_that_is_a_number_is_text(scorer: PairScorer) -> None:
    rows: list[Row | Reject] = [
        Row("r:1", {"claim": "A.", "statement": "B.", "id": value}) for value in (7, 7.0, "x", "")
    ]
    assert [row["id"] for row in judgements(scorer, rows)] == ["7", "7", "x", "r:1"]


names = st.sampled_from([*PAIR_COLUMNS, *(f"input_{name}" for name in PAIR_COLUMNS), "claim", "note"])


@given(st.dictionaries(names, st.integers()))
def test_a_rows_own_columns_go_along_and_none_is_lost(values: dict[str, int]) -> None:
    found = carried(values, PAIR_COLUMNS, without=("id",))
    assert sorted(found.values()) == sorted(value for name, value in values.items() if name != "id")
    assert not set(found) & set(PAIR_COLUMNS)
    for name, value in values.items():
        if name not in PAIR_COLUMNS and not name.startswith("input_"):
            assert found[name] == value
