"""`stance labels check` and `queue`: what they print, and what they leave to people."""

import json
from pathlib import Path
from typing import Any

from data.held_out import OWN
from data.labelled import read_labelled
from data.records import LABELS
from data.tables import Row, read_rows, write_rows
from model.checkpoint import read_checkpoint
from tests.label_command import Run


def row(claim: str, stance: str, annotator: str = "ana", statement: str = "Words.") -> dict[str, str]:
    return {"claim": claim, "statement": statement, "stance": stance, "annotator": annotator}


def write_labels(path: Path) -> None:
    (dev, *_) = read_labelled([OWN]).examples
    write_rows(
        path,
        [
            row("A.", "support"),
            row("A.", "hedge", "bo"),
            row("a", "support", statement="words"),
            row("B.", "denial"),
            row("B.", "denial", "bo"),
            row(dev.pair.claim, "hedge", statement="Nobody said this."),
            row("C.", "perhaps"),
        ],
    )


def test_check_says_all_in_json(run_labels: Run, stance_checkpoint: Path) -> None:
    write_labels(Path("labels.jsonl"))
    done = run_labels("check", "labels.jsonl", "--model", stance_checkpoint, "--format", "json")
    found: dict[str, Any] = json.loads(done.out)
    assert done.code == 0
    assert (found["labels"], found["pairs"]) == (6, 4)
    assert found["answers"] == {"support": 2, "denial": 2, "hedge": 2}
    assert found["annotators"] == {"ana": 4, "bo": 2}
    assert found["agreement"]["pairs"] == 2
    assert [[item["where"] for item in group["labels"]] for group in found["repeats"]] == [
        ["labels.jsonl:1", "labels.jsonl:3"]
    ]
    (contradiction,) = found["contradictions"]
    assert (contradiction["by_one"], len(contradiction["labels"])) == (False, 3)
    assert [item["where"] for item in found["evaluation"]] == ["labels.jsonl:6"]
    assert found["suspects"] == []  # too few
    assert found["set_aside"][0].startswith("labels.jsonl:7: expected stance")
    assert done.err == [f"set aside: {found['set_aside'][0]}"]


def test_check_reads_the_store_and_own_evaluation_sets(run_labels: Run) -> None:
    write_labels(Path("labels.jsonl"))
    run_labels("import", "labels.jsonl")
    write_rows(Path("test.jsonl"), [{"claim": "b", "statement": "Other words."}])
    done = run_labels("check", "--no-suspects", "--against", "test.jsonl", "--format", "json")
    found = json.loads(done.out)
    assert [item["where"] for item in found["evaluation"]] == ["label 4", "label 5", "label 6"]
    assert found["suspects"] is None


def test_check_prints_tables_that_obey_nobody(run_labels: Run, stance_checkpoint: Path) -> None:
    claims = [f"[bold]Claim {number}\x1b[31m." for number in range(12)]
    labels = [row(claim, stance, name) for claim in claims for stance, name in (("hedge", "ana"), ("support", "bo"))]
    write_rows(Path("labels.jsonl"), labels)
    done = run_labels("check", "labels.jsonl", "--model", stance_checkpoint)
    assert done.code == 0
    assert "contradictions: 12" in done.out
    assert "[bold]Claim 0[31m." in done.out.replace("\n", "")
    assert "\x1b" not in done.out
    assert "and 2 more, which --format json lists" in done.out
    assert "repeats: 0" in done.out


def test_check_without_labels_is_refused(run_labels: Run) -> None:
    write_rows(Path("labels.jsonl"), [row("A.", "")])
    done = run_labels("check", "labels.jsonl")
    assert (done.code, done.err) == (1, ["stance: labels.jsonl: expected labels, found none"])
    assert run_labels("check").code == 1


def write_pairs(path: Path, count: int) -> None:
    write_rows(
        path,
        [
            {"claim": f"Claim {n}.", "statement": f"“{'Perhaps' * (n % 3)} words {n},” she said.", "group": f"desk/{n}"}
            for n in range(count)
        ],
    )


def test_queue_writes_what_to_label_and_why(run_labels: Run, stance_checkpoint: Path) -> None:
    write_pairs(Path("pairs.jsonl"), 12)
    done = run_labels(
        "queue", "pairs.jsonl", "--count", "5", "--out", "q.jsonl", "--model", stance_checkpoint, "--format", "json"
    )
    printed = json.loads(done.out)
    assert (done.code, done.err, printed["among"]) == (0, [], 12)
    queued = [item.values for item in read_rows(Path("q.jsonl")) if isinstance(item, Row)]
    assert len(queued) == len({item["claim"] for item in queued}) == 5
    version = read_checkpoint(stance_checkpoint, task="stance", labels=LABELS).version
    for item, shown in zip(queued, printed["picked"], strict=True):
        assert item == {**shown, "stance": "", "annotator": "", "labelled_at": ""}
        assert item["reason"].startswith(f"unsure: {item['suggestion']} 0.")
        assert item["model"] == version
        assert item["group"].startswith("desk/")
    table = run_labels("queue", "pairs.jsonl", "--count", "5", "--model", stance_checkpoint).out
    assert "5 of 12 pairs" in table


def test_queue_passes_over_what_is_labelled_or_twice_there(run_labels: Run, stance_checkpoint: Path) -> None:
    write_pairs(Path("pairs.jsonl"), 6)
    arguments = [
        "queue",
        "pairs.jsonl",
        "pairs.jsonl",
        "--out",
        "q.csv",
        "--model",
        stance_checkpoint,
        "--format",
        "json",
    ]
    first = json.loads(run_labels(*arguments, "--count", "2").out)
    assert first["among"] == 6
    labelled = [{**item, "stance": answer} for item, answer in zip(first["picked"], ["hedge", "skip"], strict=True)]
    write_rows(Path("done.jsonl"), labelled)
    run_labels("import", "done.jsonl", "--annotator", "ana")
    rest = json.loads(run_labels(*arguments, "--count", "9").out)
    assert rest["among"] == len(rest["picked"]) == 4
    assert not {item["claim"] for item in first["picked"]} & {item["claim"] for item in rest["picked"]}
    assert "the first" not in rest["picked"][0]["reason"]  # there are labelled ones to be far from


def test_queue_without_a_pair_is_refused(run_labels: Run, stance_checkpoint: Path) -> None:
    write_rows(Path("pairs.jsonl"), [{"claim": "C.", "speech": "words"}])
    done = run_labels("queue", "pairs.jsonl", "--model", stance_checkpoint)
    assert done.code == 1
    assert done.err[0].startswith("set aside: pairs.jsonl:1: expected a column 'statement'")
    assert done.err[1] == "stance: pairs.jsonl: expected pairs without a label, found none: bring others"
    assert run_labels("queue", "pairs.jsonl", "--count", "0").code == 2
