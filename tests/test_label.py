"""`stance label`: what a reader asks of one judgement beyond its stance."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from data.records import Pair
from model.classifier import StanceClassifier
from model.explanation import explain
from stance import app

PAIR = Pair(claim="The firm paid bribes.", statement="We never paid anyone.", speaker="Ruiz", cue="said")
GIVEN = ["--claim", PAIR.claim, "--statement", PAIR.statement, "--speaker", PAIR.speaker, "--cue", PAIR.cue]


def label(checkpoint: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(app, ["label", *GIVEN, "--model", str(checkpoint), *arguments])
    assert done.exit_code == 0, done.output
    return done


def judged(checkpoint: Path, *arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(label(checkpoint, "--format", "json", *arguments).stdout)
    [judgement] = document["judgements"]
    assert isinstance(judgement, dict)
    return judgement


@pytest.mark.parametrize(("more", "is_open"), [(0.01, True), (-0.01, False)])
def test_a_judgement_is_open_below_the_confidence_asked_for(
    stance_checkpoint: Path, more: float, is_open: bool
) -> None:
    [judgement] = StanceClassifier.load(stance_checkpoint).judge([PAIR])
    at_least = str(min(max(judgement.confidence + more, 0.0), 1.0))
    asked = judged(stance_checkpoint, "--min-confidence", at_least)
    assert asked.pop("open") is is_open
    assert asked == judged(stance_checkpoint)
    assert asked["stance"] == judgement.stance
    relevant = judgement.relevance >= StanceClassifier.load(stance_checkpoint).checkpoint.facts.relevance_threshold
    assert ("? open" in label(stance_checkpoint, "--min-confidence", at_least).stdout) is (is_open and relevant)


def test_the_evidence_is_what_the_explanation_says(stance_checkpoint: Path) -> None:
    classifier = StanceClassifier.load(stance_checkpoint)
    [judgement] = classifier.judge([PAIR])
    explanation = explain(classifier, PAIR, judgement.stance)
    told = judged(stance_checkpoint, "--explain")["explanation"]
    assert told == json.loads(json.dumps(explanation.document(PAIR)))
    assert told["evidence"]
    for item in told["evidence"]:
        assert getattr(PAIR, item["part"])[item["start"] : item["end"]] == item["text"]
    row = next(line for line in label(stance_checkpoint, "--explain").stdout.splitlines() if " by " in line)
    assert row.startswith(f"{judgement.stance} by")
    assert told["evidence"][0]["text"] in row


def test_what_was_not_asked_for_is_not_told(stance_checkpoint: Path) -> None:
    assert set(judged(stance_checkpoint)) == {"stance", "relevance", "probabilities", "truncated"}
    table = label(stance_checkpoint).stdout
    assert "open" not in table
    assert " by " not in table


@pytest.mark.parametrize("value", ["-0.1", "1.1", "much"])
def test_a_confidence_that_is_no_probability_is_wrong_usage(value: str) -> None:
    assert CliRunner().invoke(app, ["label", *GIVEN, "--min-confidence", value]).exit_code == 2
