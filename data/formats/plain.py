"""This project's own columns, in JSON Lines, CSV or Parquet: the pair, its provenance, and the answer in `stance`."""

from collections.abc import Iterator
from typing import Any

from data.formats.shape import Answer, Asked, LabelFormat, Task
from data.label_columns import answer_columns, question_columns
from data.tables import Row

__all__ = ["PLAIN"]

UNANSWERED = {"stance": "", "annotator": "", "labelled_at": ""}


def _unwrap(row: Row) -> Asked:
    row.require("stance")
    chosen = row.text("stance").strip()
    answer = Answer([chosen], row.identifier("annotator"), row.identifier("labelled_at"))
    return Asked(row.values, [answer] if chosen else [])


def _wrap(task: Task) -> Iterator[dict[str, Any]]:
    columns = question_columns(task.question)
    for answered in [answer_columns(label) for label in task.labels] or [UNANSWERED]:
        yield {**columns, **answered}


PLAIN = LabelFormat(knows=lambda values: "claim" in values and "statement" in values, unwrap=_unwrap, wrap=_wrap)
