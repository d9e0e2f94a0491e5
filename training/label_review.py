"""`stance labels check` and `queue`: what is wrong with the labels that there are, and what to label next."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import BadInput, MissingExtra
from training.label_files import LabelsUrl, StoreFolder, open_store, read_files, tell_rejects

if TYPE_CHECKING:
    from data.records import LabelRecord, Pair
    from model.classifier import StanceClassifier
    from training.label_check import Placed, Suspect
    from training.label_queue import Pick

__all__ = ["CHECK_EXAMPLE", "QUEUE_EXAMPLE", "Form", "check_labels", "queue_pairs"]

CHECK_EXAMPLE = """Example:

\b
  stance labels check
  stance labels check labels.jsonl --against our-test-set.jsonl --format json"""

QUEUE_EXAMPLE = """Example:

\b
  stance labels queue pairs.jsonl.gz --count 50 --out queue.jsonl
  stance labels export queue.jsonl --format label-studio --out tasks.json"""

Model = Annotated[
    Path | None, typer.Option("--model", metavar="DIR", help="Checkpoint folder.", show_default="the shipped one")
]


class Form(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


def check_labels(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Labels in any of the formats.", show_default="the labels in the store"),
    ] = None,
    *,
    against: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Pairs of an evaluation set of your own, beside those that ship."),
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="STANCE_DATA", help="Where the public evaluation sets are, if here.")
    ] = Path("../shared/data"),
    suspects: Annotated[
        bool, typer.Option(help="Rank the labels that are probably wrong, which needs a model.")
    ] = True,
    form: Annotated[Form, typer.Option("--format", help="How to write what was found.")] = Form.TABLE,
    model: Model = None,
    store: StoreFolder = Path("stance-store"),
    labels_url: LabelsUrl = None,
) -> None:
    """Find repeats, contradictions, labels of evaluation sets and labels that are probably wrong; measure agreement."""
    from data.held_out import held_out_pairs
    from data.labelled import parse_pair
    from data.tables import Reject, parse_rows
    from training.label_check import Placed
    from training.label_findings import findings, print_findings, write_json

    if files:
        found, rejects = read_files(files)
        labels = [Placed(where, label) for where, task in found for label in task.labels]
    else:
        with open_store(store, labels_url) as opened:
            labels, rejects = [Placed(f"label {stored.id}", stored.label) for stored in opened.labels()], []
    tell_rejects(rejects)
    if not labels:
        raise BadInput(f"{', '.join(map(str, files or [store]))}: expected labels, found none")
    own = chain.from_iterable(parse_rows(file, parse_pair) for file in against or [])
    evaluation = chain(held_out_pairs(data), (pair for pair in own if not isinstance(pair, Reject)))
    document = findings(labels, rejects, evaluation, _suspects(labels, model) if suspects else None)
    write_json(document) if form is Form.JSON else print_findings(document)


def queue_pairs(
    files: Annotated[list[Path], typer.Argument(metavar="PAIRS", help="Unlabelled pairs.")],
    *,
    count: Annotated[int, typer.Option(min=1, help="How many to pick.")] = 50,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The picked pairs, to be labelled or exported.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to print what was picked.")] = Form.TABLE,
    model: Model = None,
    store: StoreFolder = Path("stance-store"),
    labels_url: LabelsUrl = None,
) -> None:
    """Pick the pairs to label next: those on which the model is unsure, and no two alike; say why."""
    from data.label_store import labels_place
    from training.label_check import words_of_pair
    from training.label_queue import POOL, choose, most_uncertain

    place = labels_place(store, labels_url)
    labelled: list[Pair] = []
    if not isinstance(place, Path) or place.is_file():  # before the first import there is no store
        with open_store(store, labels_url) as opened:
            labelled = list(dict.fromkeys(stored.label.pair for stored in opened.labels()))
    done = set(map(words_of_pair, labelled))
    questions: dict[object, LabelRecord] = {}
    for question in _unlabelled(files):
        key = words_of_pair(question.pair)
        if key not in done:
            questions.setdefault(key, question)
    if not questions:
        raise BadInput(f"{', '.join(map(str, files))}: expected pairs without a label, found none: bring others")
    classifier = _classifier(model)
    asked = list(questions.values())
    probabilities = classifier.predict([question.pair for question in asked])
    pool = most_uncertain(probabilities, POOL * count)
    points, known = _points(classifier, [asked[index].pair for index in pool], labelled)
    picks = choose(probabilities[pool], points, count, labelled=known)
    picked = [_asked(asked[pool[pick.place]], pick, classifier) for pick in picks]
    _write_queue(picked, out, form, len(asked))


def _unlabelled(files: Iterable[Path]) -> "Iterable[LabelRecord]":
    from data.label_columns import parse_question
    from data.tables import Reject, parse_rows

    rejects: list[Reject] = []
    for item in chain.from_iterable(parse_rows(file, parse_question) for file in files):
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            yield item
    tell_rejects(rejects)


def _points(classifier: "StanceClassifier", pool: "list[Pair]", labelled: "list[Pair]") -> tuple[Any, Any]:
    from model.embedding import embed

    points = embed(classifier.checkpoint, [*pool, *labelled])
    return points[: len(pool)], points[len(pool) :]


def _asked(question: "LabelRecord", pick: "Pick", classifier: "StanceClassifier") -> "LabelRecord":
    version = classifier.checkpoint.version
    return replace(question, model=version, suggestion=pick.likeliest[0], reason=pick.reason)


def _write_queue(picked: "list[LabelRecord]", out: Path | None, form: Form, among: int) -> None:
    from data.formats.files import FormatName, write_tasks
    from data.formats.shape import Task
    from data.label_columns import question_columns
    from training.label_findings import print_rows, write_json

    if out is not None:
        write_tasks(out, FormatName.PLAIN, map(Task, picked))
    if form is Form.JSON:
        write_json({"among": among, "picked": [question_columns(question) for question in picked]})
        return
    rows = [(question.pair.claim, question.pair.statement, question.reason) for question in picked]
    print_rows(f"{len(picked):,} of {among:,} pairs", ("claim", "statement", "why"), rows)


def _suspects(labels: "Sequence[Placed]", model: Path | None) -> "list[Suspect]":
    from importlib.util import find_spec

    if find_spec("sklearn") is None:
        raise MissingExtra("ranking suspects needs scikit-learn: pip install '.[train]', or leave it to --no-suspects")
    from training.label_check import suspects

    return suspects(labels, _classifier(model).logits([placed.label.pair for placed in labels]))


def _classifier(model: Path | None) -> "StanceClassifier":
    from model.checkpoint import STANCE_CHECKPOINT
    from model.classifier import StanceClassifier

    return StanceClassifier.load(model or STANCE_CHECKPOINT)
