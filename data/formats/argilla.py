"""Argilla 2: records as `records.to_json` nests them, or flat as `to_datasets` and the hub's Parquet files hold them.

The answer is the response to the question `stance`, or to the only question there is; a discarded response is a skip
and a draft is none yet. https://docs.argilla.io/latest/how_to_guides/import_export
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from data.errors import BadInput
from data.formats.shape import Answer, Asked, LabelFormat
from data.label_columns import SKIP
from data.tables import Row

__all__ = ["ARGILLA"]

QUESTION = "stance"
RESPONSES = ".responses"


def _knows(values: Mapping[str, Any]) -> bool:
    return isinstance(values.get("fields"), dict) or any(name.endswith(RESPONSES) for name in values)


def _unwrap(row: Row) -> Asked:
    values = row.values
    if isinstance(values.get("fields"), dict):
        suggestions = _object(values, "suggestions")
        responses = _object(values, "responses")
        question = _question([*responses, *suggestions])
        suggested = suggestions.get(question) or {}
        columns = {"suggestion": suggested.get("value"), "model": suggested.get("agent")}
        columns |= {**_object(values, "metadata"), **values["fields"]}
        found = [(item.get("value"), item.get("user_id"), item.get("status")) for item in responses.get(question) or []]
    else:
        question = _question([name.removesuffix(RESPONSES) for name in values if name.endswith(RESPONSES)])
        flat = {name.removeprefix("metadata."): value for name, value in values.items()}
        suggestion = f"{question}.suggestion"
        columns = {"suggestion": values.get(suggestion), "model": values.get(f"{suggestion}.agent"), **flat}
        lists = (values.get(f"{question}{RESPONSES}{part}") or [] for part in ("", ".users", ".status"))
        found = list(zip_longest(*lists))
    return Asked(columns, _answers(found, values.get("updated_at")))


def _answers(found: Sequence[tuple[Any, Any, Any]], at: Any) -> list[Answer]:
    """From each response's value, user and status; a status that is not told is `submitted`."""
    answers = []
    for value, user, status in found:
        if status == "draft":
            continue
        answers.append(Answer([SKIP if status == "discarded" else value], user, at))
    return answers


def _question(names: Collection[str]) -> str:
    found = set(names)
    if QUESTION in found or not found:
        return QUESTION
    if len(found) > 1:
        raise BadInput(f"expected a question {QUESTION!r}, found {', '.join(sorted(found))}: rename one")
    return found.pop()


def _object(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = values.get(name) or {}
    if not isinstance(value, dict):
        raise BadInput(f"expected {name} to be an object, found a {type(value).__name__}: export with Argilla 2")
    return value


ARGILLA = LabelFormat(knows=_knows, unwrap=_unwrap)
