import shutil

import pytest

from data.errors import BadCheckpoint, BadInput
from data.records import LABELS, Pair
from model.checkpoint import read_checkpoint, seal, write_weights
from model.classifier import StanceClassifier
from model.runtime import Runtime


@pytest.fixture
def stance(stance_checkpoint):
    return read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)


@pytest.fixture
def distilbert(stance, tmp_path):
    """A checkpoint of an architecture that only transformers knows."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    tokenizer = stance.folder / "tokenizer.json"
    config = DistilBertConfig(
        vocab_size=stance.tokenizer.get_vocab_size(), dim=16, n_layers=1, n_heads=2, hidden_dim=32, num_labels=4
    )
    write_weights(tmp_path / "other", model=DistilBertForSequenceClassification(config), tokenizer=tokenizer)
    return seal(tmp_path / "other", stance.facts)


def test_the_engine_says_what_computes_and_how(stance):
    assert Runtime(stance, engine="openvino-f32").engine == "openvino f32"
    assert Runtime(stance, engine="openvino").engine in {"openvino bf16", "openvino f16", "openvino f32"}
    assert Runtime(stance, engine="torch").engine.startswith("torch f32 ")


def test_the_environment_chooses_and_the_argument_comes_first(stance, monkeypatch):
    monkeypatch.setenv("STANCE_ENGINE", "torch")

    assert Runtime(stance).engine.startswith("torch")
    assert Runtime(stance, engine="openvino-f32").engine == "openvino f32"


def test_an_unknown_engine_is_refused_by_name(stance, monkeypatch):
    monkeypatch.setenv("STANCE_ENGINE", "tpu")

    with pytest.raises(BadInput, match="STANCE_ENGINE: expected one of openvino, openvino-f32, torch, found 'tpu'"):
        Runtime(stance)


def test_another_architecture_runs_where_transformers_is(distilbert):
    classifier = StanceClassifier(distilbert)

    [row] = classifier.predict([Pair(claim="The firm paid bribes.", statement="We never paid.")])

    assert row.sum() == pytest.approx(1.0)
    assert Runtime(distilbert).engine.startswith("torch")
    with pytest.raises(BadCheckpoint, match="model_type"):
        Runtime(distilbert, engine="openvino")


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_broken_weights_are_a_bad_checkpoint_on_every_engine(stance, tmp_path, engine):
    folder = shutil.copytree(stance.folder, tmp_path / "broken")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])

    with pytest.raises(BadCheckpoint, match="its weights do not load"):
        Runtime(seal(folder, stance.facts), engine=engine)
