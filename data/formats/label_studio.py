"""Label Studio: JSON, one task with the annotations of everybody; JSON-MIN and CSV, one row an annotation.

The answer is a choice of the control `stance`, or of the only control there is; a cancelled annotation is a skip.
https://labelstud.io/guide/task_format
"""

from collections.abc import Iterator, Mapping
from typing import Any

from data.errors import BadInput
from data.formats.shape import Answer, Asked, LabelFormat, Task, shown
from data.label_columns import SKIP, answer_text, question_columns
from data.lines import parse_nested
from data.records import LabelRecord
from data.tables import Row

__all__ = ["LABEL_STUDIO"]

CONTROL = "stance"
OBJECT = "text"


def _knows(values: Mapping[str, Any]) -> bool:
    return isinstance(values.get("data"), dict) or "annotation_id" in values or "lead_time" in values


def _unwrap(row: Row) -> Asked:
    if "data" not in row.values:
        return Asked(row.values, [_flat_answer(row)])
    columns, annotations = row.values["data"], row.values.get("annotations") or []
    if not isinstance(columns, dict) or not isinstance(annotations, list):
        raise BadInput("expected data to be an object and annotations a list, found otherwise: export as JSON again")
    return Asked({**_predicted(row.values.get("predictions")), **columns}, [_answer(found) for found in annotations])


def _answer(annotation: Any) -> Answer:
    if not isinstance(annotation, dict):
        raise BadInput("expected each annotation to be an object, found otherwise: export as JSON again")
    chosen = [SKIP] if annotation.get("was_cancelled") else _choices(annotation.get("result"))
    return Answer(chosen, _person(annotation.get("completed_by")), _last(annotation))


def _flat_answer(row: Row) -> Answer:
    if str(row.values.get("was_cancelled")).casefold() == "true":
        chosen: Any = [SKIP]
    else:
        text = row.require("stance")
        chosen = parse_nested(text) if str(text).lstrip()[:1] in ("{", "[") else text
        chosen = chosen.get("choices") if isinstance(chosen, dict) else chosen
        chosen = chosen if isinstance(chosen, list) else [chosen]
    return Answer(chosen, _person(row.values.get("annotator")), _last(row.values))


def _choices(result: Any) -> list[Any]:
    items = [item for item in result or [] if isinstance(item, dict) and item.get("type") == "choices"]
    if len(items) > 1:
        items = [item for item in items if item.get("from_name") == CONTROL]
    return [choice for item in items for choice in item.get("value", {}).get("choices", [])]


def _predicted(predictions: Any) -> dict[str, Any]:
    """The model's suggestion of a task that was not made here."""
    match predictions:
        case [{"result": list(result)} as prediction, *_] if choices := _choices(result):
            return {"suggestion": choices[0], "model": prediction.get("model_version")}
    return {}


def _person(value: Any) -> Any:
    """Who, whether given by number, by address or as an object with both."""
    return value.get("email") or value.get("id") if isinstance(value, dict) else value


def _last(values: Mapping[str, Any]) -> Any:
    return values.get("updated_at") or values.get("created_at")


def _wrap(task: Task) -> Iterator[dict[str, Any]]:
    question = task.question
    row: dict[str, Any] = {"data": {OBJECT: shown(question), **question_columns(question)}}
    if question.suggestion is not None:
        row["predictions"] = [{"model_version": question.model, "result": [_choice(question.suggestion)]}]
    row["annotations"] = [_annotation(label) for label in task.labels]
    yield row


def _annotation(label: LabelRecord) -> dict[str, Any]:
    at = label.labelled_at.isoformat() if label.labelled_at else None
    answer = answer_text(label)
    annotation: dict[str, Any] = {"was_cancelled": answer == SKIP, "created_at": at, "updated_at": at}
    if label.annotator:
        annotation["completed_by"] = {"email": label.annotator}
    return {**annotation, "result": [] if answer == SKIP else [_choice(answer)]}


def _choice(answer: str) -> dict[str, Any]:
    return {"from_name": CONTROL, "to_name": OBJECT, "type": "choices", "value": {"choices": [answer]}}


LABEL_STUDIO = LabelFormat(knows=_knows, unwrap=_unwrap, wrap=_wrap, array=True)
