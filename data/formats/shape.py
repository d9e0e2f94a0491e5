"""What a tool's format is: a pair with the answers to it, wrapped in rows of the tool's own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from data.records import LabelRecord
from data.tables import Row

__all__ = ["Answer", "Asked", "LabelFormat", "Task", "question_of", "shown", "tasks"]


class Answer(NamedTuple):
    """One annotator's answer as the tool holds it: what was chosen, by whom, when."""

    chosen: Sequence[Any]
    annotator: Any = None
    at: Any = None


class Asked(NamedTuple):
    """A tool's row, unwrapped: the columns of the pair and of its provenance, and the answers so far."""

    columns: Mapping[str, Any]
    answers: Sequence[Answer]


class Task(NamedTuple):
    """A pair to be labelled, with its provenance, and the labels that it has: none in a queue."""

    question: LabelRecord
    labels: Sequence[LabelRecord] = ()


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """A tool's format.

    `knows` tells its rows by their columns, `unwrap` reads one (BadInput, which names no place), `wrap` writes a task
    in as many rows as the tool wants; `array` says that the tool's file is one JSON array.
    """

    knows: Callable[[Mapping[str, Any]], bool]
    unwrap: Callable[[Row], Asked]
    wrap: Callable[[Task], Iterator[dict[str, Any]]] | None = None
    array: bool = False


def tasks(labels: Iterable[LabelRecord]) -> list[Task]:
    """The labels by what was asked, in the order of first appearance; nothing of a label is lost."""
    found: dict[LabelRecord, list[LabelRecord]] = {}
    for label in labels:
        found.setdefault(question_of(label), []).append(label)
    return [Task(question, answers) for question, answers in found.items()]


def question_of(label: LabelRecord) -> LabelRecord:
    """What the label answers: the label without its answer."""
    return replace(label, stance=None, rejected=None, annotator="", labelled_at=None)


def shown(question: LabelRecord) -> str:
    """The pair as one text, for tools that show one."""
    pair = question.pair
    source = " ".join(filter(None, (pair.speaker, pair.cue)))
    lines = [f"Claim: {pair.claim}", f"{source or 'Statement'}: {pair.statement}"]
    return "\n\n".join([*lines, f"Context: {pair.context}"] if pair.context else lines)
