"""Labels in and out of the files of five tools: what went out comes back, and what cannot be used is named."""

import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from data.formats.files import FormatName, read_tasks, write_tasks
from data.formats.shape import Task, question_of, tasks
from data.labelled import read_labelled
from data.records import LABELS, LabelRecord, Pair, Span, Stance
from data.tables import Reject, write_rows

NOON = datetime(2031, 5, 4, 12, 0, 0, 250_000, UTC)
PAIR = Pair("The dam held.", "“It held,” she “said”.", "the mayor", "said", "It rained.\nA lot.")
QUESTION = LabelRecord(
    pair=PAIR,
    group="desk/7",
    origin="page",
    guideline="250470cd2132",
    source="https://desk.example/7",
    licence="own",
    model="2bbe70229981",
    suggestion=Stance.HEDGE,
    reason="unsure: hedge 0.41, support 0.38",
    article="desk/7",
    spans=(Span(3, 9), Span(20, 26)),
)
WRITTEN = [
    (FormatName.LABEL_STUDIO, "tasks.json"),
    (FormatName.PRODIGY, "tasks.jsonl"),
    (FormatName.DOCCANO, "tasks.jsonl"),
    (FormatName.PLAIN, "tasks.jsonl.gz"),
    (FormatName.PLAIN, "tasks.csv"),
    (FormatName.PLAIN, "tasks.parquet"),
]


def answers(question: LabelRecord = QUESTION) -> list[LabelRecord]:
    """Two people who differ, a skip, a refusal, and an answer of nobody knows whom and when."""
    return [
        replace(question, stance=Stance.SUPPORT, annotator="ana@desk.example", labelled_at=NOON),
        replace(question, stance=Stance.UNRELATED, annotator="bo@desk.example", labelled_at=NOON),
        replace(question, annotator="cy@desk.example", labelled_at=NOON),
        replace(question, rejected=Stance.DENIAL, annotator="ana@desk.example", labelled_at=NOON),
        replace(question, stance=Stance.DENIAL),
    ]


def read(path: Path, name: FormatName | None = None) -> tuple[list[Task], list[Reject]]:
    items = list(read_tasks(path, name))
    return [item[1] for item in items if not isinstance(item, Reject)], [i for i in items if isinstance(i, Reject)]


def labels_of(found: Iterable[Task]) -> list[LabelRecord]:
    return [label for task in found for label in task.labels]


def write_json(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return path


# round trips


@pytest.mark.parametrize(("name", "file"), WRITTEN)
def test_labels_come_back_as_they_went_out(name: FormatName, file: str, tmp_path: Path) -> None:
    sent = [*answers(), *answers(LabelRecord(pair=Pair("Another.", "Words.")))]
    write_tasks(tmp_path / file, name, tasks(sent))
    for named in (name, None):  # also by its columns alone
        found, rejects = read(tmp_path / file, named)
        assert rejects == []
        assert labels_of(found) == sent


@pytest.mark.parametrize(("name", "file"), WRITTEN)
def test_a_queue_comes_back_unlabelled(name: FormatName, file: str, tmp_path: Path) -> None:
    sent = [Task(QUESTION), Task(LabelRecord(pair=Pair("Another.", "Words.")))]
    write_tasks(tmp_path / file, name, sent)
    found, rejects = read(tmp_path / file)
    assert rejects == []
    assert [(task.question, list(task.labels)) for task in found] == [(task.question, []) for task in sent]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
words = texts.filter(str.strip)
pairs = st.builds(Pair, words, words, texts, texts, texts)
names = st.sampled_from(["", "ana", "bo@desk.example", "7"])
times = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
given_labels = st.builds(
    lambda question, answer, annotator, at: replace(question, **answer, annotator=annotator, labelled_at=at),
    st.builds(
        lambda pair, model, suggestion, reason: LabelRecord(
            pair=pair, model=model, suggestion=suggestion, reason=reason
        ),
        pairs,
        names,
        st.sampled_from([None, *LABELS]),
        texts,
    ),
    st.builds(
        lambda kind, stance: {kind: stance}, st.sampled_from(["stance", "rejected"]), st.sampled_from([None, *LABELS])
    ),
    names,
    times,
)


@pytest.mark.parametrize(("name", "file"), [item for item in WRITTEN if item[1] != "tasks.csv"])
@given(sent=st.lists(given_labels, min_size=1, max_size=4))
def test_any_text_survives(
    name: FormatName, file: str, sent: list[LabelRecord], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("labels") / file
    write_tasks(path, name, tasks(sent))
    found, rejects = read(path, name)
    assert rejects == []
    assert labels_of(found) == labels_of(tasks(sent))


def test_what_trains_reads_the_plain_file_of_one_annotator(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    ana, _, cy, *_ = answers()
    write_tasks(path, FormatName.PLAIN, tasks([ana, replace(cy, pair=Pair("Another.", "Words."))]))
    found = read_labelled([path])
    (example,) = found.examples
    assert (example.pair, example.stance, example.group, example.annotator) == (
        PAIR,
        "support",
        "desk/7",
        ana.annotator,
    )
    assert [reject.where for reject in found.rejects] == [f"{path}:2"]


# what the annotator sees


def test_the_suggestion_and_the_reason_go_along(tmp_path: Path) -> None:
    for name, file in WRITTEN[:3]:
        write_tasks(tmp_path / file, name, [Task(QUESTION)])
        text = (tmp_path / file).read_text(encoding="utf-8")
        row = json.loads(text)[0] if name is FormatName.LABEL_STUDIO else json.loads(text)
        if name is FormatName.LABEL_STUDIO:
            (prediction,) = row["predictions"]
            assert prediction["model_version"] == QUESTION.model
            assert prediction["result"][0]["value"] == {"choices": ["hedge"]}
            assert row["data"]["reason"] == QUESTION.reason
            row = row["data"]
        elif name is FormatName.PRODIGY:
            assert row["meta"] == {"model suggests": "hedge", "asked because": QUESTION.reason}
            assert [option["id"] for option in row["options"]] == [*LABELS]
            assert "accept" not in row
        else:
            assert (row["suggestion"], row["reason"], row["label"]) == ("hedge", QUESTION.reason, [])
        assert PAIR.claim in row["text"]
        assert f"{PAIR.speaker} {PAIR.cue}: {PAIR.statement}" in row["text"]


# files as the tools write them

BARE = {"claim": "The dam held.", "statement": "It held.", "speaker": "the mayor"}
BARE_PAIR = Pair("The dam held.", "It held.", "the mayor")


def choice(*chosen: str, control: str = "stance") -> dict[str, Any]:
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [*chosen]}}


def test_label_studio_json(tmp_path: Path) -> None:
    when = {"created_at": "2031-05-04T11:00:00.5Z", "updated_at": "2031-05-04T12:00:00.250000Z"}
    annotations = [
        {"completed_by": 3, "was_cancelled": False, "result": [choice("Denial", control="sentiment")], **when},
        {"completed_by": {"id": 4, "email": "bo@desk.example"}, "result": [choice("hedge")], **when},
        {"completed_by": 5, "was_cancelled": True, "result": [], **when},
        {"completed_by": 6, "result": [], **when},
        {"completed_by": 7, "result": [choice("support", "denial")], **when},
        {"completed_by": 8, "result": [choice("yes", control="sure"), choice("not hedge")], **when},
        {"completed_by": 9, "result": [choice("maybe")], **when},
    ]
    prediction = {"model_version": "m1", "result": [choice("support")], "score": 0.4}
    rows = [
        {"id": 1, "data": BARE, "annotations": annotations, "predictions": [prediction]},
        {"id": 2, "data": BARE, "annotations": []},
        {"id": 3, "data": {"text": "no pair"}, "annotations": annotations},
    ]
    path = write_json(tmp_path / "project-1.json", rows)
    found, rejects = read(path)
    asked = LabelRecord(pair=BARE_PAIR, model="m1", suggestion=Stance.SUPPORT)
    assert labels_of(found) == [
        replace(asked, stance=Stance.DENIAL, annotator="3", labelled_at=NOON),
        replace(asked, stance=Stance.HEDGE, annotator="bo@desk.example", labelled_at=NOON),
        replace(asked, annotator="5", labelled_at=NOON),
        replace(asked, rejected=Stance.HEDGE, annotator="8", labelled_at=NOON),
    ]
    assert len(found) == 2
    reasons = [reject.reason for reject in rejects]
    assert reasons[0].startswith("expected one answer, found none")
    assert reasons[1].startswith("expected one answer, found support, denial")
    assert reasons[2].startswith("expected stance to be one of support, denial, hedge, unrelated, skip")
    assert reasons[3].startswith("expected a column 'claim', found text")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert {reject.where for reject in rejects[:3]} == {f"{path}:2"}
    third = lines.index('  "id": 3,')  # from 0: the line before it, from 1, opens the object
    assert rejects[3].where == f"{path}:{third}"


FLAT = {
    "id": 1,
    "annotator": 3,
    "annotation_id": 8,
    "created_at": "2031-05-04T12:00:00.250000Z",
    "updated_at": "2031-05-04T12:00:00.250000Z",
    "lead_time": 4.2,
    **BARE,
}


def test_label_studio_json_min(tmp_path: Path) -> None:
    rows = [FLAT | {"stance": "support"}, FLAT | {"stance": {"choices": ["hedge", "denial"]}}, FLAT]
    found, rejects = read(write_json(tmp_path / "min.json", rows))
    expected = LabelRecord(pair=BARE_PAIR, stance=Stance.SUPPORT, annotator="3", labelled_at=NOON)
    assert labels_of(found) == [expected]
    assert [reject.reason.split(":")[0] for reject in rejects] == [
        "expected one answer, found hedge, denial",
        f"expected a column 'stance', found {', '.join(FLAT)}",
    ]


def test_label_studio_csv(tmp_path: Path) -> None:
    path = tmp_path / "project.csv"
    rows = [
        FLAT | {"stance": "unrelated", "was_cancelled": False},
        FLAT | {"stance": '{"choices": ["not support"]}', "was_cancelled": False},
        FLAT | {"stance": "", "was_cancelled": True},
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        writer.writerows(rows)
    found, rejects = read(path)
    asked = LabelRecord(pair=BARE_PAIR, annotator="3", labelled_at=NOON)
    assert rejects == []
    assert labels_of(found) == [replace(asked, stance=Stance.UNRELATED), replace(asked, rejected=Stance.SUPPORT), asked]


def test_prodigy(tmp_path: Path) -> None:
    path = tmp_path / "db-out.jsonl"
    base = {"text": "It held.", "meta": {"claim": "The dam held."}, "_task_hash": -3, "_timestamp": 1935748800}
    base |= {"_annotator_id": "desk-ana", "spans": [{"start": 0, "end": 2, "label": "X"}]}
    options = [{"id": 0, "text": "Support"}, {"id": 1, "text": "Denial"}, {"id": "hedge", "text": "says perhaps"}]
    write_rows(
        path,
        [
            base | {"label": "support", "answer": "accept"},
            base | {"label": "support", "answer": "reject"},
            base | {"label": "support", "answer": "ignore"},
            base | {"options": options, "accept": [1], "answer": "accept"},
            base | {"options": options, "accept": ["hedge"], "answer": "accept"},
            base | {"options": options, "accept": ["hedge"], "answer": "reject"},
            base | {"options": options, "accept": [], "answer": "accept"},
            base | {"options": options, "accept": [7], "answer": "accept"},
            base | {"label": "support", "answer": "perhaps"},
            base | {"label": None, "answer": "reject"},
            base | {"options": options},
        ],
    )
    found, rejects = read(path)
    at = datetime.fromtimestamp(1935748800, UTC)
    asked = LabelRecord(pair=Pair("The dam held.", "It held."), annotator="desk-ana", labelled_at=at)
    assert labels_of(found) == [
        replace(asked, stance=Stance.SUPPORT),
        replace(asked, rejected=Stance.SUPPORT),  # a refusal of a yes-or-no question says something
        asked,
        replace(asked, stance=Stance.DENIAL),
        replace(asked, stance=Stance.HEDGE),
        asked,
    ]
    assert found[-1].labels == []
    assert [reject.where for reject in rejects] == [f"{path}:{line}" for line in (7, 8, 9, 10)]


def test_doccano(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    base = {"id": 1, "text": "It held.", "claim": "The dam held.", "group": None, "Comments": []}
    rows: list[dict[str, Any]] = [
        base | {"label": found} for found in (["Support"], ["skip"], [], ["support", "denial"])
    ]
    write_rows(path, [*rows, base | {"label": [[0, 4, "support"]]}, base | {"label": 4}])
    found, rejects = read(path)
    asked = LabelRecord(pair=Pair("The dam held.", "It held."))
    assert labels_of(found) == [replace(asked, stance=Stance.SUPPORT), asked]
    assert [reject.where for reject in rejects] == [f"{path}:{line}" for line in (4, 5, 6)]


def test_argilla_nested_and_flat_say_the_same(tmp_path: Path) -> None:
    at = {"updated_at": "2031-05-04T12:00:00.250000"}
    nested = {
        "id": "r1",
        "fields": {"claim": BARE["claim"], "statement": BARE["statement"]},
        "metadata": {"speaker": BARE["speaker"], "group": "desk/7"},
        "suggestions": {"stance": {"value": "hedge", "score": 0.4, "agent": "m1"}},
        "responses": {
            "stance": [
                {"value": "support", "user_id": "u1"},
                {"value": None, "user_id": "u2", "status": "discarded"},
                {"value": "denial", "user_id": "u3", "status": "draft"},
            ]
        },
        **at,
    }
    flat = {
        "id": "r1",
        "claim": BARE["claim"],
        "statement": BARE["statement"],
        "metadata.speaker": BARE["speaker"],
        "metadata.group": "desk/7",
        "stance.suggestion": "hedge",
        "stance.suggestion.score": 0.4,
        "stance.suggestion.agent": "m1",
        "stance.responses": ["support", None, "denial"],
        "stance.responses.users": ["u1", "u2", "u3"],
        "stance.responses.status": ["submitted", "discarded", "draft"],
        **at,
    }
    unlabelled = {name: None if name.startswith("stance.responses") else value for name, value in flat.items()}
    write_rows(tmp_path / "flat.parquet", [flat, unlabelled])
    asked = LabelRecord(pair=BARE_PAIR, group="desk/7", model="m1", suggestion=Stance.HEDGE, labelled_at=NOON)
    expected = [replace(asked, stance=Stance.SUPPORT, annotator="u1"), replace(asked, annotator="u2")]
    for path in (write_json(tmp_path / "records.json", [nested]), tmp_path / "flat.parquet"):
        found, rejects = read(path)
        assert rejects == []
        assert labels_of(found) == expected
    two = nested | {"responses": {"tone": [], "topic": []}, "suggestions": {}}
    _, (reject,) = read(write_json(tmp_path / "two.json", [two]))
    assert reject.reason == "expected a question 'stance', found tone, topic: rename one"


def test_a_table_with_blanks_is_labelled_in_part(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("claim,statement,stance\nC,S,Support\nC,T,\nC,U,skip\nC,V,not  hedge\nC,W,perhaps\n,X,support\n")
    found, rejects = read(path)
    assert [(task.question.pair.statement, len(task.labels)) for task in found] == [
        ("S", 1),
        ("T", 0),
        ("U", 1),
        ("V", 1),
    ]
    assert labels_of(found)[2].rejected is Stance.HEDGE
    assert [reject.where for reject in rejects] == [f"{path}:6", f"{path}:7"]


# what cannot be used


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"speech": "words"}, "expected the columns of label-studio, argilla, prodigy, doccano, plain, found speech"),
        ({"claim": "C", "statement": "S"}, "expected a column 'stance'"),
        ({"claim": "C", "statement": "S", "stance": 3}, "expected text in 'stance'"),
        ({"claim": "C", "statement": "S", "stance": "hedge", "suggestion": "x"}, "expected suggestion to be one of"),
        ({"claim": "C", "statement": "S", "stance": "hedge", "spans": [[4, 2]]}, "expected spans"),
        ({"claim": "C", "statement": "S", "stance": "hedge", "labelled_at": "noon"}, "expected a time such as 2031-"),
        ({"claim": "C", "statement": "S\0", "stance": "hedge"}, "expected statement to be text in UTF-8 without zeros"),
        ({"data": {"claim": "C", "statement": "S"}, "annotations": {"x": 1}}, "expected data to be an object and"),
        ({"data": {"claim": "C", "statement": "S"}, "annotations": ["x"]}, "expected each annotation to be an object"),
        ({"fields": {"claim": "C", "statement": "S"}, "responses": []}, ""),
        ({"fields": {"claim": "C", "statement": "S"}, "responses": [1]}, "expected responses to be an object"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_place(row: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    good = {"claim": "C", "statement": "Good.", "stance": "hedge"}
    write_rows(path, [row, good])
    found, rejects = read(path)
    assert labels_of(found)[-1].pair.statement == "Good."
    if reason:
        assert [reject.where for reject in rejects] == [f"{path}:1"]
        assert rejects[0].reason.startswith(reason)
    else:
        assert rejects == []


@pytest.mark.parametrize(
    "text", ["[", '[{"data": ', '[{"claim": "C"} {"claim": "C"}]', "[{},", '["\\ud8', "[[[[" * 100_000]
)
def test_a_broken_array_is_refused_as_a_whole(text: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"labels\.json"):
        read(path)


def test_an_array_of_nothing_holds_nothing(tmp_path: Path) -> None:
    write_tasks(tmp_path / "labels.json", FormatName.LABEL_STUDIO, [])
    assert read(tmp_path / "labels.json") == ([], [])
    (tmp_path / "labels.json").write_text('\ufeff [\n3,\n"x", {"a": NaN}]', encoding="utf-8")
    _, rejects = read(tmp_path / "labels.json")
    assert [reject.where.rpartition(":")[2] for reject in rejects] == ["2", "3", "3"]


def test_a_format_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"expected a format that can be written .*, found argilla"):
        write_tasks(tmp_path / "x.json", FormatName.ARGILLA, [Task(QUESTION)])
    with pytest.raises(BadInput, match=r"expected a name that ends in \.json, found x\.jsonl"):
        write_tasks(tmp_path / "x.jsonl", FormatName.LABEL_STUDIO, [Task(QUESTION)])
    assert list(tmp_path.iterdir()) == []


def test_tasks_hold_every_label_under_its_question() -> None:
    sent = [*answers(), *answers(replace(QUESTION, guideline="newer"))]
    found = tasks(sent)
    assert [len(task.labels) for task in found] == [5, 5]
    assert {question_of(label) for label in sent} == {task.question for task in found}
