"""`stance labels import` and `export`: files in, files out, and a store between them that keeps everything."""

import hashlib
import json
import re
import shlex
from pathlib import Path

import pytest

from data.label_store import LabelStore
from data.labelled import read_labelled
from data.records import LABELS, Stance
from data.tables import read_rows, write_rows
from tests.label_command import Outcome, Run

DOCS = (Path(__file__).parent.parent / "docs" / "labels.md").read_text(encoding="utf-8")


def rows(*answers: str, annotator: str = "ana") -> list[dict[str, str]]:
    return [
        {"claim": f"Claim {number}.", "statement": "Words.", "stance": answer, "annotator": annotator}
        for number, answer in enumerate(answers)
    ]


def account(added: int, known: int = 0, waiting: int = 0, aside: int = 0) -> str:
    return f"{added} labels added, {known} known already, {waiting} pairs not labelled yet, {aside} set aside"


def test_import_keeps_labels_and_adds_nothing_twice(run_labels: Run) -> None:
    write_rows(Path("a.jsonl"), rows("support", "not hedge", "skip", ""))
    assert run_labels("import", "a.jsonl") == Outcome(0, "", [account(3, waiting=1)])
    assert run_labels("import", "a.jsonl", "a.jsonl") == Outcome(0, "", [account(0, known=6, waiting=2)])
    with LabelStore.open(Path("stance-store/labels.sqlite")) as store:
        kept = [stored.label for stored in store.labels()]
    assert [(label.stance, label.rejected) for label in kept] == [("support", None), (None, "hedge"), (None, None)]


def test_a_withdrawn_label_does_not_come_back_by_the_same_file(run_labels: Run) -> None:
    write_rows(Path("a.jsonl"), rows("support"))
    run_labels("import", "a.jsonl")
    with LabelStore.open(Path("stance-store/labels.sqlite")) as store:
        (stored,) = store.labels()
        store.withdraw(stored.id, "ana", stored.recorded_at)
    assert run_labels("import", "a.jsonl").err == [account(0, known=1)]
    assert run_labels("export", "--out", "b.jsonl").err == [
        "stance: stance-store: expected something to write, found no pair; b.jsonl not written"
    ]


def test_import_fills_what_a_file_does_not_say(run_labels: Run) -> None:
    Path("guide.md").write_text("Read it all.")
    write_rows(Path("a.jsonl"), [*rows("support", annotator=""), *rows("", "hedge")])
    options = ["--annotator", "bo", "--guideline", "guide.md", "--source", "https://desk.example", "--licence", "own"]
    run_labels("import", "a.jsonl", *options)
    with LabelStore.open(Path("stance-store/labels.sqlite")) as store:
        bo, ana = (stored.label for stored in store.labels())
    assert (bo.annotator, ana.annotator) == ("bo", "ana")
    assert bo.guideline == ana.guideline == hashlib.sha256(b"Read it all.").hexdigest()[:12]
    assert (bo.source, bo.licence) == ("https://desk.example", "own")
    write_rows(Path("b.jsonl"), rows("denial"))
    run_labels("import", "b.jsonl", "--guideline", "v2")
    run_labels("export", "--out", "out.jsonl")
    assert {row.values["guideline"] for row in read_rows(Path("out.jsonl"))} == {bo.guideline, "v2"}  # type: ignore[union-attr]


def test_labels_of_nobody_are_told(run_labels: Run) -> None:
    write_rows(Path("a.jsonl"), rows("support", "hedge", annotator=""))
    done = run_labels("import", "a.jsonl")
    assert done.err[1].startswith("2 of them without an annotator")


def test_bad_rows_are_set_aside_by_name_and_the_rest_is_kept(run_labels: Run) -> None:
    write_rows(Path("a.jsonl"), rows(*["perhaps"] * 7, "support"))
    done = run_labels("import", "a.jsonl")
    assert done.code == 0
    assert [re.match(r"set aside: a\.jsonl:(\d):", line)[1] for line in done.err[:5]] == ["1", "2", "3", "4", "5"]  # type: ignore[index]
    assert done.err[5:] == ["set aside: 2 rows more", account(1, aside=7)]


def test_a_file_without_any_label_is_refused(run_labels: Run) -> None:
    write_rows(Path("a.jsonl"), [{"speech": "words"}])
    done = run_labels("import", "a.jsonl")
    assert (done.code, done.err[-1]) == (
        1,
        "stance: a.jsonl: expected labels, found no usable row: mend the rows, or name the --format",
    )
    assert not Path("stance-store").exists()
    assert run_labels("import", "nothing.json").code == 1
    assert run_labels("import", "a.jsonl", "--format", "excel").code == 2


@pytest.mark.parametrize(("form", "file"), [("label-studio", "t.json"), ("prodigy", "t.jsonl"), ("doccano", "t.jsonl")])
def test_through_a_tool_and_back(run_labels: Run, form: str, file: str) -> None:
    write_rows(Path("a.jsonl"), [*rows("support", "skip", "not hedge"), *rows("denial", annotator="bo")])
    run_labels("import", "a.jsonl", "--store", "one")
    done = run_labels("export", "--store", "one", "--format", form, "--out", file)
    assert done == Outcome(0, "", [f"{file}: 3 pairs, 4 labels"])
    assert run_labels("import", file, "--store", "two").err == [account(4)]
    assert run_labels("import", "a.jsonl", "--store", "two").err == [account(0, known=4)]


def test_the_store_is_where_the_environment_says(run_labels: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCE_STORE", "shelf")
    write_rows(Path("a.jsonl"), rows("support"))
    run_labels("import", "a.jsonl")
    assert Path("shelf/labels.sqlite").is_file()
    monkeypatch.setenv("STANCE_LABELS_URL", "oracle://desk@db/labels")
    assert run_labels("import", "a.jsonl").err == [
        "stance: expected a file or a postgresql:// URL for the labels, found oracle://: name one of the two"
    ]


def test_export_wants_a_store_and_a_format(run_labels: Run) -> None:
    done = run_labels("export", "--out", "x.jsonl")
    reason = "expected labels, found nothing there: import some first, or name the --store"
    assert done == Outcome(1, "", [f"stance: stance-store/labels.sqlite: {reason}"])
    assert run_labels("export", "--out", "x.jsonl", "--format", "auto").code == 2
    assert not Path("stance-store").exists()


# the guide


def test_every_command_of_the_guide_works_in_its_order(run_labels: Run) -> None:
    """What a person does between two of them is done here: labels in Label Studio, a guideline, a corrected cell."""
    write_rows(
        Path("pairs.jsonl"), [{"claim": f"Claim {n}.", "statement": f"“Words {n},” she said."} for n in range(9)]
    )
    Path("guidelines.md").write_text("Read it all.")
    commands = re.findall(r"^stance labels .*", DOCS, re.MULTILINE)
    assert len(commands) >= 8
    for command in commands:
        if "import project.json" in command:
            tasks = json.loads(Path("tasks.json").read_text(encoding="utf-8"))
            result = [{"type": "choices", "from_name": "stance", "value": {"choices": ["hedge"]}}]
            for task in tasks:
                task["annotations"] = [{"completed_by": 1, "result": result, "created_at": "2031-05-04T12:00:00Z"}]
            Path("project.json").write_text(json.dumps(tasks), encoding="utf-8")
        if "import labels.csv" in command:
            text = Path("labels.csv").read_text(encoding="utf-8")
            Path("labels.csv").write_text(text.replace(",hedge,1,", ",denial,1,", 1), encoding="utf-8")
        done = run_labels(*shlex.split(command)[2:])
        assert done.code == 0, (command, done.err)
    stances = [example.stance for example in read_labelled([Path("labels.jsonl.gz")]).examples]
    assert sorted(stances) == [Stance.DENIAL] + [Stance.HEDGE] * 8


def test_the_guide_sets_label_studio_up_as_the_export_expects() -> None:
    assert re.findall(r'<Choice value="(\w+)"/>', DOCS) == [*LABELS]
    assert '<Choices name="stance" toName="text"' in DOCS
    assert '<Text name="text" value="$text"/>' in DOCS
