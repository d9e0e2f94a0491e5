"""Rows of pairs to rows of judgements: nothing here knows of files, processes or an order of work."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

from data.labelled import parse_pair
from data.records import LABELS, Judgement, Pair
from data.tables import Reject, Row
from model.checkpoint import Checkpoint
from model.classifier import StanceClassifier
from model.encoding import Encoded
from serving.scoring.shards import JUDGEMENTS, Scored, parsed, tally

__all__ = ["PAIR_COLUMNS", "PairScorer", "carried", "identifier", "judgement_columns"]

PAIR_COLUMNS = {
    "id": "string",
    "stance": "string",
    **{str(label): "double" for label in LABELS},
    "relevance": "double",
    "truncated": "bool",
    "model": "string",
}
"""The columns of a judgement, in order, with Arrow's names of their types."""

ENCODED_AT_ONCE = 512
"""The tokenizer keeps some 10 kB of a pair until its ids are taken."""


class PairScorer:
    """Judges rows of pairs. A pair's judgement depends on the pair alone, not on the rows around it."""

    columns: ClassVar = {JUDGEMENTS: PAIR_COLUMNS}
    consumed = ("id",)
    """Columns of a row that its judgement does not repeat."""

    def __init__(self, classifier: StanceClassifier) -> None:
        self.classifier = classifier

    def __call__(self, rows: Sequence[Row | Reject]) -> Scored:
        """A judgement for each row that holds a pair, in order, in PAIR_COLUMNS and then the row's own columns."""
        fine, rejects = parsed(rows, lambda row: (identifier(row), parse_pair(row)))
        judged = self.judge([pair for _, (_, pair) in fine])
        checkpoint = self.classifier.checkpoint
        table = [
            {
                "id": name,
                **judgement_columns(judged[pair], checkpoint),
                **carried(row.values, PAIR_COLUMNS, without=self.consumed),
            }
            for row, (name, pair) in fine
        ]
        counts = tally(
            [judged[pair] for _, (_, pair) in fine],
            rows=len(rows),
            rejected=len(rejects),
            distinct=len(judged),
            threshold=checkpoint.facts.relevance_threshold,
        )
        return Scored({JUDGEMENTS: table}, rejects, counts)

    def judge(self, pairs: Sequence[Pair]) -> dict[Pair, Judgement]:
        """The judgement of each distinct pair."""
        distinct = dict.fromkeys(pairs)
        encoded: list[Encoded] = []
        waiting = iter(distinct)
        while some := list(islice(waiting, ENCODED_AT_ONCE)):
            encoded += self.classifier.encode(some)
        logits = self.classifier.compute(encoded)
        return dict(zip(distinct, self.classifier.judgements(encoded, logits), strict=True))


def identifier(row: Row) -> str:
    """What a row's judgements are called: its `id`, else its place. Raises BadInput."""
    return row.identifier("id") or row.where


def judgement_columns(judgement: Judgement, checkpoint: Checkpoint) -> dict[str, Any]:
    """What every row of output says of its judgement."""
    return {
        "stance": str(judgement.stance),
        **{str(label): value for label, value in zip(LABELS, judgement.probabilities, strict=True)},
        "relevance": judgement.relevance,
        "truncated": judgement.truncated,
        "model": " ".join(checkpoint.identity.values()),
    }


def carried(values: Mapping[str, Any], columns: Mapping[str, str], *, without: Sequence[str]) -> dict[str, Any]:
    """A row's own columns, as they go along with its judgements.

    One that has the name of one of `columns`, such as the stance that a person gave, becomes `input_` and its name.
    """
    return {_free(name, columns, values): value for name, value in values.items() if name not in without}


def _free(name: str, columns: Mapping[str, str], values: Mapping[str, Any]) -> str:
    free = name
    while free in columns or (free != name and free in values):
        free = f"input_{free}"
    return free
