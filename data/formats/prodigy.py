"""Prodigy: JSON Lines as `prodigy db-out` writes them, one row an answer, of a choice or of a yes-or-no question.

Rejecting a yes-or-no question says what the stance is not; rejecting a choice as a whole, or ignoring, is a skip.
The columns stand in an object `pair`, since Prodigy draws a `spans` of its own. https://prodi.gy/docs/api-interfaces
"""

from collections.abc import Iterator, Mapping
from typing import Any

from data.errors import BadInput
from data.formats.shape import Answer, Asked, LabelFormat, Task, shown
from data.label_columns import NOT, SKIP, answer_text, question_columns
from data.records import LABELS, LabelRecord
from data.tables import Row

__all__ = ["PRODIGY"]

OPTIONS = [{"id": label, "text": label} for label in LABELS]


def _knows(values: Mapping[str, Any]) -> bool:
    return "answer" in values or "_task_hash" in values or ("options" in values and "text" in values)


def _unwrap(row: Row) -> Asked:
    values = row.values
    columns: dict[str, Any] = {"statement": values.get("text"), **values}
    for part in ("meta", "pair"):
        nested = values.get(part)
        columns |= nested if isinstance(nested, dict) else {}
    if values.get("pair") is None:
        columns["spans"] = None  # Prodigy's own
    if values.get("answer") is None:
        return Asked(columns, [])
    who = values.get("_annotator_id") or values.get("_session_id")
    return Asked(columns, [Answer(_chosen(values), who, values.get("_timestamp"))])


def _chosen(values: Mapping[str, Any]) -> list[Any]:
    is_choice = isinstance(values.get("options"), list)
    match values["answer"]:
        case "accept":
            return _accepted(values) if is_choice else [values.get("label")]
        case "reject":
            return [SKIP] if is_choice else [f"{NOT}{values.get('label')}"]
        case "ignore":
            return [SKIP]
        case other:
            raise BadInput(f"expected answer to be accept, reject or ignore, found {str(other)[:40]!r}: correct it")


def _accepted(values: Mapping[str, Any]) -> list[Any]:
    """What was chosen; an option that is known by a number goes by its text."""
    texts = {option.get("id"): option.get("text") for option in values["options"] if isinstance(option, dict)}
    accepted = values.get("accept")
    if not isinstance(accepted, list):
        raise BadInput("expected accept to be a list of options, found otherwise: run prodigy db-out again")
    return [choice if isinstance(choice, str) else texts.get(choice) for choice in accepted]


def _wrap(task: Task) -> Iterator[dict[str, Any]]:
    question = task.question
    row: dict[str, Any] = {"text": shown(question), "pair": question_columns(question)}
    if question.suggestion is not None or question.reason:
        row["meta"] = {"model suggests": question.suggestion or "", "asked because": question.reason}
    if not task.labels:
        yield {**row, "options": OPTIONS}
    for label in task.labels:
        yield {**row, **_answered(label)}


def _answered(label: LabelRecord) -> dict[str, Any]:
    answer: dict[str, Any]
    if label.rejected is not None:
        answer = {"label": label.rejected, "answer": "reject"}
    else:
        accepted = [] if label.stance is None else [answer_text(label)]
        answer = {"options": OPTIONS, "accept": accepted, "answer": "accept" if accepted else "ignore"}
    if label.annotator:
        answer["_annotator_id"] = label.annotator
    if label.labelled_at:
        answer["_timestamp"] = label.labelled_at.timestamp()
    return answer


PRODIGY = LabelFormat(knows=_knows, unwrap=_unwrap, wrap=_wrap)
