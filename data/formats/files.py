"""Labels in and out of files, in whichever tool's format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.formats.argilla import ARGILLA
from data.formats.arrays import is_array, read_array, write_array
from data.formats.doccano import DOCCANO
from data.formats.label_studio import LABEL_STUDIO
from data.formats.plain import PLAIN
from data.formats.prodigy import PRODIGY
from data.formats.shape import Answer, LabelFormat, Task
from data.label_columns import parse_answer, parse_question, parse_time, require_text
from data.records import LabelRecord
from data.tables import Reject, Row, read_rows, write_rows

__all__ = ["FormatName", "read_tasks", "write_tasks"]


class FormatName(StrEnum):
    """The formats, in the order in which a row is tried for them."""

    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"
    PRODIGY = "prodigy"
    DOCCANO = "doccano"
    PLAIN = "plain"


FORMATS: Mapping[FormatName, LabelFormat] = {
    FormatName.LABEL_STUDIO: LABEL_STUDIO,
    FormatName.ARGILLA: ARGILLA,
    FormatName.PRODIGY: PRODIGY,
    FormatName.DOCCANO: DOCCANO,
    FormatName.PLAIN: PLAIN,
}


def read_tasks(path: Path, name: FormatName | None = None) -> Iterator[tuple[str, Task] | Reject]:
    """Each row's place and task, in order; without a name a row's columns tell its format.

    What cannot be used comes as a Reject: a row, or one answer of a row that holds several. Raises BadInput where the
    file as a whole cannot be read.
    """
    for row in read_array(path) if is_array(path) else read_rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            asked = _format(row, name).unwrap(row)
            question = parse_question(Row(row.where, dict(asked.columns)))
        except BadInput as error:
            yield Reject(row.where, str(error))
            continue
        labels = [_label(row.where, question, answer) for answer in asked.answers]
        yield from (label for label in labels if isinstance(label, Reject))
        kept = [label for label in labels if isinstance(label, LabelRecord)]
        if kept or not labels:
            yield row.where, Task(question, kept)


def write_tasks(path: Path, name: FormatName, tasks: Iterable[Task]) -> None:
    """Write the tasks, with their labels where they have any, for a tool to read.

    The file appears under its name only when it is whole. Raises BadInput where the format is one that is only read,
    the name does not fit it or the file cannot be written.
    """
    form = FORMATS[name]
    if form.wrap is None:
        others = ", ".join(name for name, form in FORMATS.items() if form.wrap)
        raise BadInput(f"{path}: expected a format that can be written ({others}), found {name}: choose one of these")
    if form.array and path.suffix.lower() != ".json":
        raise BadInput(f"{path}: expected a name that ends in .json, found {path.name}: {name} reads one JSON array")
    rows = (row for task in tasks for row in form.wrap(task))
    write_array(path, rows) if form.array else write_rows(path, rows)


def _format(row: Row, name: FormatName | None) -> LabelFormat:
    if name is not None:
        return FORMATS[name]
    for form in FORMATS.values():
        if form.knows(row.values):
            return form
    raise BadInput(
        f"expected the columns of {', '.join(FORMATS)}, found {', '.join(row.values) or 'none'}: name the --format, or "
        "give the row a claim and a statement"
    )


def _label(where: str, question: LabelRecord, answer: Answer) -> LabelRecord | Reject:
    try:
        who = Row(where, {"annotator": answer.annotator}).identifier("annotator")
        label = parse_answer(question, _only(answer.chosen), annotator=who, labelled_at=parse_time(answer.at))
        require_text(label)
    except BadInput as error:
        return Reject(where, str(error))
    return label


def _only(chosen: Sequence[Any]) -> str:
    match chosen:
        case [str(answer)]:
            return answer
    found = ", ".join(str(choice)[:40] for choice in chosen) or "none"
    raise BadInput(f"expected one answer, found {found}: choose one")
