"""Shards: consecutive rows that are scored and written together, and what each comes to."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from data.errors import BadInput
from data.records import Judgement
from data.tables import Reject, Row
from serving.scoring.inputs import Reading

__all__ = ["JUDGEMENTS", "STATEMENTS", "Scored", "Shard", "Tally", "cut", "parsed", "tally"]

T = TypeVar("T")

JUDGEMENTS = "part"
STATEMENTS = "statements"
"""The tables that scorers make, as their files are called."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The rows `number * size` to `number * size + len(rows)` of the input; `position` is where they end, in bytes."""

    number: int
    rows: Sequence[Row | Reject]
    position: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts that add up. `rows` = the rows that were judged + `rejected`.

    `judgements` are the rows of output, one for each pair, any number for an article; `distinct` the pairs that were
    computed, as one that repeats within a shard is not; `relevant` those at or above the checkpoint's threshold.
    """

    rows: int = 0
    rejected: int = 0
    judgements: int = 0
    distinct: int = 0
    relevant: int = 0
    truncated: int = 0
    statements: int = 0
    stances: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            rows=self.rows + other.rows,
            rejected=self.rejected + other.rejected,
            judgements=self.judgements + other.judgements,
            distinct=self.distinct + other.distinct,
            relevant=self.relevant + other.relevant,
            truncated=self.truncated + other.truncated,
            statements=self.statements + other.statements,
            stances=dict(Counter(self.stances) + Counter(other.stances)),
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scorer makes of some rows: JUDGEMENTS and, of articles, STATEMENTS by name, and the rows left out."""

    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    rejects: Sequence[Reject]
    tally: Tally


def tally(judgements: Sequence[Judgement], *, rows: int, rejected: int, distinct: int, threshold: float) -> Tally:
    """The counts of some judgements; `threshold` is the relevance from which on one is relevant."""
    return Tally(
        rows=rows,
        rejected=rejected,
        judgements=len(judgements),
        distinct=distinct,
        relevant=sum(judgement.relevance >= threshold for judgement in judgements),
        truncated=sum(judgement.truncated for judgement in judgements),
        stances=dict(Counter(str(judgement.stance) for judgement in judgements)),
    )


def parsed(rows: Sequence[Row | Reject], parse: Callable[[Row], T]) -> tuple[list[tuple[Row, T]], list[Reject]]:
    """The rows beside what `parse` makes of them, and those for which it raises BadInput."""
    fine: list[tuple[Row, T]] = []
    rejects: list[Reject] = []
    for row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        try:
            fine.append((row, parse(row)))
        except BadInput as error:
            rejects.append(Reject(row.where, str(error)))
    return fine, rejects


def cut(reading: Reading, size: int) -> Iterator[Shard]:
    """The rows in shards of `size`, the last one shorter; rows that cannot be parsed count."""
    number = 0
    while rows := list(islice(reading, size)):
        yield Shard(number, rows, reading.position)
        number += 1
