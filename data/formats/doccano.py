"""doccano: JSON Lines of text classification; whatever is not `text` or `label` it keeps as metadata.

It has no skip and no refusal, so these are labels beside the stances: `skip`, `not support`. The model's suggestion is
metadata too: as a label, a pair that nobody has looked at would come back as labelled. https://doccano.github.io/doccano
"""

from collections.abc import Iterator
from typing import Any

from data.errors import BadInput
from data.formats.shape import Answer, Asked, LabelFormat, Task, shown
from data.label_columns import answer_columns, question_columns
from data.tables import Row

__all__ = ["DOCCANO"]


def _unwrap(row: Row) -> Asked:
    values = row.values
    chosen = values.get("label", values.get("labels"))
    chosen = [chosen] if isinstance(chosen, str) and chosen.strip() else chosen or []
    if not isinstance(chosen, list):
        raise BadInput("expected label to be a list of labels, found otherwise: export the project as JSONL")
    answer = Answer(chosen, row.identifier("annotator"), row.identifier("labelled_at"))
    return Asked({"statement": values.get("text"), **values}, [answer] if chosen else [])


def _wrap(task: Task) -> Iterator[dict[str, Any]]:
    row = {"text": shown(task.question), **question_columns(task.question)}
    if not task.labels:
        yield {**row, "label": []}
    for label in task.labels:
        answered = answer_columns(label)
        yield {**row, "label": [answered.pop("stance")], **answered}


DOCCANO = LabelFormat(
    knows=lambda values: "text" in values and ("label" in values or "labels" in values), unwrap=_unwrap, wrap=_wrap
)
