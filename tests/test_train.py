"""Real training of a tiny encoder, end to end: what `stance train` and `stance evaluate` do, in seconds."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from typer.testing import CliRunner

from data.errors import BadRecipe
from data.records import LABELS
from model.checkpoint import read_checkpoint
from model.classifier import StanceClassifier
from model.quotes.tags import TAGS
from stance import app
from training.recipe import read_recipe
from training.train import train

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # transformers and accelerate warn of their own affairs while training
]

RECIPE = """
name = "tiny"
task = "{task}"
base_model = "{base}"
max_tokens = 64
dev = ["dev.jsonl"]

[[stages]]
name = "one"
files = ["train.jsonl"]
epochs = 10
learning_rate = 0.01
batch_size = 8
dropout = 0.0
choose = "{choose}"
"""

WORDS = {"support": "said", "denial": "denied", "hedge": "he", "unrelated": "she"}


def write_recipe(folder: Path, base: Path, *, task: str = "stance", choose: str = "best") -> Path:
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(task=task, base=base, choose=choose))
    return path


@pytest.fixture
def pairs(tmp_path) -> Path:
    """Pairs whose statement gives its label away, so that even a tiny encoder learns them."""
    for split, count in (("train", 64), ("dev", 16)):
        rows = [
            {"claim": f"the {split} {number}", "statement": f"{WORDS[label]} {WORDS[label]}", "stance": label}
            for number in range(count // 4)
            for label in map(str, LABELS)
        ]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


@pytest.fixture
def articles(tmp_path) -> Path:
    text = "Ruiz said the wall fell."
    row = {"text": text, "attributions": [{"source": [[0, 4]], "cue": [[5, 9]], "content": [[10, 23]]}]}
    for split, count in (("train", 32), ("dev", 4)):
        lines = [json.dumps({"id": f"{split}-{number}", **row}) for number in range(count)]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_pairs_become_a_checkpoint_that_explains_itself_and_has_learned(pairs, stance_checkpoint):
    recipe = read_recipe(write_recipe(pairs, stance_checkpoint))
    made = train(recipe, data=pairs, out=pairs / "out", runs=pairs / "runs")

    read = read_checkpoint(pairs / "out", task="stance", labels=LABELS)
    assert read == made
    assert read.facts.metrics["macro_f1"] > 0.9
    assert read.facts.recipe == recipe.model_dump(mode="json")
    assert set(read.facts.data) == {"train.jsonl", "dev.jsonl"}
    assert StanceClassifier(read).predict([]).shape == (0, 4)


def test_finished_stage_is_not_run_again_and_gives_the_same_weights(pairs, stance_checkpoint, caplog):
    recipe = read_recipe(write_recipe(pairs, stance_checkpoint))
    train(recipe, data=pairs, out=pairs / "first", runs=pairs / "runs")
    with caplog.at_level(logging.INFO):
        train(recipe, data=pairs, out=pairs / "second", runs=pairs / "runs")

    assert "from the start" not in caplog.text
    assert (pairs / "first/model.safetensors").read_bytes() == (pairs / "second/model.safetensors").read_bytes()


def test_interrupted_stage_resumes_from_its_last_save(pairs, stance_checkpoint, caplog):
    recipe = read_recipe(write_recipe(pairs, stance_checkpoint, choose="last"))
    train(recipe, data=pairs, out=pairs / "whole", runs=pairs / "runs")
    [stage] = (pairs / "runs").glob("*/seed-0")
    for folder in (stage, stage.parent):
        (folder / "done").rename(folder / "forgotten")  # as if the machine went down before the last save
    saves = sorted(stage.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    saves[-1].rename(stage / "lost")
    with caplog.at_level(logging.INFO):
        train(recipe, data=pairs, out=pairs / "resumed", runs=pairs / "runs")

    assert f"resuming {saves[-2]}" in caplog.text
    assert read_checkpoint(pairs / "resumed", task="stance", labels=LABELS).facts.metrics["macro_f1"] > 0.9


def test_same_recipe_twice_gives_the_same_weights(pairs, stance_checkpoint):
    recipe = read_recipe(write_recipe(pairs, stance_checkpoint))
    for name in ("first", "second"):
        train(recipe, data=pairs, out=pairs / name, runs=pairs / f"runs-{name}")

    assert (pairs / "first/model.safetensors").read_bytes() == (pairs / "second/model.safetensors").read_bytes()


def test_the_weights_of_several_seeds_are_averaged(pairs, stance_checkpoint):
    path = write_recipe(pairs, stance_checkpoint)
    path.write_text(path.read_text().replace("epochs = 10", "epochs = 2\nseeds = [0, 1]"))
    train(read_recipe(path), data=pairs, out=pairs / "out", runs=pairs / "runs")
    ends = [load_file(path) for path in sorted((pairs / "runs").glob("*/seed-*/done/model.safetensors"))]
    [kept] = [load_file(path) for path in (pairs / "runs").glob("*/done/model.safetensors")]

    assert len(ends) == 2
    assert any(not np.array_equal(ends[0][name], ends[1][name]) for name in kept)
    for name, weights in kept.items():
        np.testing.assert_allclose(weights, (ends[0][name] + ends[1][name]) / 2, rtol=1e-6)


def test_stage_may_end_before_its_schedule(pairs, stance_checkpoint):
    path = write_recipe(pairs, stance_checkpoint)
    path.write_text(path.read_text().replace("epochs = 10", "epochs = 10\nstop_after = 2"))
    train(read_recipe(path), data=pairs, out=pairs / "out", runs=pairs / "runs")
    [stage] = (pairs / "runs").glob("*/seed-0")

    steps = [int(path.name.split("-")[1]) for path in stage.glob("checkpoint-*")]
    assert max(steps) == 2 * 64 // 8


def test_nothing_is_written_over(pairs, stance_checkpoint):
    (pairs / "out").mkdir()
    (pairs / "out/precious").touch()
    with pytest.raises(BadRecipe, match="not empty, and a checkpoint is never written over another"):
        train(read_recipe(write_recipe(pairs, stance_checkpoint)), data=pairs, out=pairs / "out", runs=pairs / "runs")


def test_articles_become_a_tagger(articles, attribution_checkpoint):
    recipe = read_recipe(write_recipe(articles, attribution_checkpoint, task="attribution"))
    made = train(recipe, data=articles, out=articles / "out", runs=articles / "runs")

    assert read_checkpoint(articles / "out", task="attribution", labels=TAGS) == made
    assert set(made.facts.metrics) == {"content", "source", "cue", "quote_and_speaker"}


def test_train_and_evaluate_by_command(pairs, stance_checkpoint):
    recipe = write_recipe(pairs, stance_checkpoint)
    out, runs = pairs / "made", pairs / "runs"
    trained = CliRunner().invoke(
        app, ["train", str(recipe), "--data", str(pairs), "--out", str(out), "--runs", str(runs)]
    )
    assert trained.exit_code == 0, trained.output
    made = json.loads(trained.stdout)

    measured = CliRunner().invoke(app, ["evaluate", str(pairs / "dev.jsonl"), "--model", str(out), "--format", "json"])
    figures = json.loads(measured.stdout)
    assert {name: figures[name] for name in made["metrics"]} == made["metrics"]
    assert figures["model"] == {"name": "tiny", "version": made["version"]}
    assert len(figures["data_sha256"]) == 64
