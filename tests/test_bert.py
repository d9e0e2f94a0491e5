import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from data.errors import BadCheckpoint
from data.records import LABELS
from model.bert import bert_graph
from model.checkpoint import read_checkpoint, seal


@pytest.fixture
def altered(stance_checkpoint, tmp_path):
    """A function that changes a copy of the checkpoint's configuration and weights, and seals it again."""

    def alter(*, config=None, weights=None, **facts):
        folder = tmp_path / "altered"
        shutil.copytree(stance_checkpoint, folder)
        file = folder / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **(config or {})}))
        tensors = {**load_file(folder / "model.safetensors"), **(weights or {})}
        save_file(
            {name: tensor for name, tensor in tensors.items() if tensor is not None}, folder / "model.safetensors"
        )
        known = read_checkpoint(stance_checkpoint, task="stance", labels=LABELS).facts
        return seal(folder, known.model_copy(update=facts))

    return alter


def test_inputs_are_of_any_size(altered):
    graph = bert_graph(altered())

    assert [str(port.get_partial_shape()) for port in graph.inputs] == ["[?,?]"] * 3
    assert graph.output(0).get_partial_shape()[-1] == len(LABELS)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "deberta-v2"}, "model_type: Input should be 'bert', found 'deberta-v2'"),
        ({"hidden_act": "relu"}, "hidden_act: Input should be 'gelu', found 'relu'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"is_decoder": True}, "is_decoder"),
        ({"num_hidden_layers": 0}, "num_hidden_layers: Input should be greater than 0"),
    ],
)
def test_another_architecture_is_refused_by_name(altered, config, says):
    with pytest.raises(BadCheckpoint, match=rf"config\.json: {says}.*STANCE_ENGINE=torch"):
        bert_graph(altered(config=config))


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"classifier.bias": None}, "expected a tensor 'classifier.bias', found none"),
        ({"bert.extra.weight": np.ones(3, np.float16)}, "expected no tensor 'bert.extra.weight'"),
        ({"classifier.weight": np.ones((4, 5), np.float16)}, "its weights do not load"),
        (
            {"classifier.weight": np.ones((3, 16), np.float16), "classifier.bias": np.ones(3, np.float16)},
            "expected a score for each of 4 labels, found 3",
        ),
    ],
)
def test_weights_of_another_model_are_refused(altered, weights, says):
    with pytest.raises(BadCheckpoint, match=says):
        bert_graph(altered(weights=weights))


def test_a_layer_too_many_is_refused(altered):
    with pytest.raises(BadCheckpoint, match=r"expected a tensor 'bert\.encoder\.layer\.1\..*', found none"):
        bert_graph(altered(config={"num_hidden_layers": 2}))


def test_more_tokens_than_positions_are_refused(altered):
    with pytest.raises(BadCheckpoint, match="expected positions for the checkpoint's 200 tokens, found 128"):
        bert_graph(altered(max_tokens=200))


def test_weights_that_are_no_safetensors_are_refused(altered):
    checkpoint = altered()
    (checkpoint.folder / "model.safetensors").write_bytes(b"\x10\x00\x00\x00 no header")

    with pytest.raises(BadCheckpoint, match="its weights do not load"):
        bert_graph(checkpoint)
