"""Drift on real observations of a tiny model and on made-up ones whose answer is known."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data.errors import BadInput
from data.records import LABELS, Pair
from model.checkpoint import read_checkpoint
from stance import app
from training.drift import LIMITS, MOST_ROWS, Observation, compare, observe, read_pairs
from training.drift_plot import drift_svg


def observation(seed: int, rows: int = 200, *, shift: float = 0.0, tokens: float = 40.0, unknown: float = 0.0):
    """What a model might see: `shift` moves labels and points."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(rows, 4)) + shift * np.eye(4)[0]
    points = random.normal(size=(rows, 8)) + shift * np.eye(8)[0]
    return Observation(
        probabilities=np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True),
        tokens=random.poisson(tokens, rows).astype(float),
        unknown=np.full(rows, unknown) + random.uniform(0, 0.001, rows),
        points=(points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32),
    )


def drifted(before: Observation, after: Observation) -> set[str]:
    return {measure.name for measure in compare(before, after) if measure.drifted}


def test_more_of_the_same_is_no_drift():
    alarms = [drifted(observation(seed), observation(seed + 100)) for seed in range(8)]
    assert sum(map(bool, alarms)) <= 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tokens": 60.0}, {"length"}),
        ({"unknown": 0.05}, {"unknown tokens"}),
        ({"shift": 3.0}, {"label mix", "confidence", "embeddings"}),
    ],
)
def test_what_has_moved_is_named(changes, expected):
    assert drifted(observation(1), observation(2, **changes)) == expected


def test_small_difference_is_no_drift_however_sure():
    measures = {each.name: each for each in compare(observation(1, 1000), observation(2, 1000, unknown=0.004))}
    assert measures["unknown tokens"].p == 0.001
    assert not measures["unknown tokens"].drifted


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_few_rows_of_the_same_prove_nothing(rows):
    assert drifted(observation(1), observation(2, rows)) == set()


def test_distances_are_those_of_the_books():
    before, after = observation(1, 50), observation(2, 80, shift=1.0, tokens=50.0)
    measures = {each.name: each.distance for each in compare(before, after)}
    mixes = [list(each.label_mix().values()) for each in (before, after)]
    assert measures["label mix"] == pytest.approx(np.abs(np.subtract(*mixes)).sum() / 2, abs=1e-3)
    values = np.unique(np.concatenate([before.tokens, after.tokens]))
    gaps = [(before.tokens <= value).mean() - (after.tokens <= value).mean() for value in values]
    assert measures["length"] == pytest.approx(np.abs(gaps).max(), abs=1e-5)
    assert measures["unknown tokens"] == pytest.approx(abs(before.unknown.mean() - after.unknown.mean()), abs=1e-5)
    both = np.concatenate([before.points, after.points]).astype(float)
    squares = ((both[:, None] - both[None]) ** 2).sum(axis=2)
    kernel = np.exp(-squares / np.median(squares))
    expected = kernel[:50, :50].mean() + kernel[50:, 50:].mean() - 2 * kernel[:50, 50:].mean()
    assert measures["embeddings"] == pytest.approx(expected, abs=1e-4)


def test_observation_of_a_model(stance_checkpoint):
    checkpoint = read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)
    seen = observe(checkpoint, [Pair("the wall", "he said"), Pair("the wall", "ж ж ж")])
    assert seen.probabilities.shape == (2, 4)
    assert seen.points.shape == (2, 16)
    assert seen.unknown[0] == 0
    assert seen.unknown[1] == 3 / seen.tokens[1]


def write(path: Path, count: int, text: str = "he said {}") -> Path:
    rows = ({"claim": f"the wall {number % 7}", "statement": text.format(number)} for number in range(count))
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_large_files_are_drawn_from_evenly(tmp_path):
    pairs = read_pairs([write(tmp_path / "many.jsonl", 2 * MOST_ROWS)])
    assert len(pairs) == MOST_ROWS
    assert pairs[-1].statement == f"he said {2 * MOST_ROWS - 1}"


def test_what_is_no_pair_is_refused(tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"claim": "the wall"}')
    with pytest.raises(BadInput, match=r"bad\.jsonl:1: expected a column 'statement'"):
        read_pairs([tmp_path / "bad.jsonl"])
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(BadInput, match="expected pairs, found no row"):
        read_pairs([tmp_path / "empty.jsonl"])


@pytest.mark.parametrize(("text", "code"), [("he said {}", 0), ("ж ж {}", 1)])
def test_by_command(tmp_path, stance_checkpoint, text, code):
    reference, new = write(tmp_path / "old.jsonl", 60), write(tmp_path / "new.jsonl", 50, text)
    plot = tmp_path / "drift.svg"
    command = ["drift", str(new), "--reference", str(reference), "--model", str(stance_checkpoint), "--plot", str(plot)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == code, done.output
    document = json.loads(done.stdout)
    assert document["drift"] == bool(code)
    assert document["rows"] == {"reference": 60, "new": 50}
    assert document["measures"].keys() == LIMITS.keys()
    assert document["measures"]["unknown tokens"]["drifted"] == bool(code)
    assert ET.parse(plot).getroot().tag.endswith("svg")  # noqa: S314 - our own file


def test_plot_holds_no_text_of_the_pairs_and_is_well_formed():
    before, after = observation(1), observation(2, 3)
    drawn = drift_svg(before, after, compare(before, after))
    assert ET.fromstring(drawn).attrib["viewBox"] == "0 0 780 532"  # noqa: S314 - our own
    assert drawn.count("<polyline") == 6
    assert "nan" not in drawn
