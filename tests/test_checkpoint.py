import json
import shutil

import pytest
from safetensors.numpy import load_file

from data.errors import BadCheckpoint
from data.records import LABELS, Pair
from model.checkpoint import ATTRIBUTION_CHECKPOINT, STANCE_CHECKPOINT, read_checkpoint, seal
from model.classifier import StanceClassifier
from model.quotes.tags import TAGS


def read(folder):
    return read_checkpoint(folder, task="stance", labels=LABELS)


@pytest.fixture
def copied(stance_checkpoint, tmp_path):
    return shutil.copytree(stance_checkpoint, tmp_path / "copy")


def test_round_trip_keeps_facts_and_names_the_bytes(stance_checkpoint, copied):
    assert read(copied).facts == read(stance_checkpoint).facts
    assert read(copied).version == read(stance_checkpoint).version


def test_weights_are_half_precision_and_nothing_is_pickled(stance_checkpoint):
    assert {str(tensor.dtype) for tensor in load_file(stance_checkpoint / "model.safetensors").values()} == {"float16"}
    assert {path.suffix for path in stance_checkpoint.iterdir()} == {".json", ".safetensors"}


def test_another_temperature_is_another_version(copied):
    before = read(copied)
    sealed = seal(copied, before.facts.model_copy(update={"temperature": 2.0}))

    assert sealed == read(copied)
    assert sealed.version != before.version


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(BadCheckpoint, match=r"not a checkpoint: expected a folder with manifest\.json"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "checkpoint.json"])
def test_missing_file_is_named(copied, name):
    (copied / name).unlink()

    with pytest.raises(BadCheckpoint, match=f"{name}: missing"):
        read(copied)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "checkpoint.json"])
def test_one_changed_byte_is_refused(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)

    with pytest.raises(BadCheckpoint, match=f"{name}: altered or cut short"):
        read(copied)


def test_file_cut_short_is_refused(copied):
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])

    with pytest.raises(BadCheckpoint, match=r"model\.safetensors: altered or cut short"):
        read(copied)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": {}}', '{"sha256": 3}'])
def test_broken_manifest_is_refused(copied, content):
    (copied / "manifest.json").write_text(content)

    with pytest.raises(BadCheckpoint, match="its description cannot be read"):
        read(copied)


def test_weights_that_fit_the_manifest_but_not_the_encoder_are_refused(copied):
    facts = read(copied).facts
    (copied / "model.safetensors").write_bytes(b"not a tensor in sight")
    seal(copied, facts)

    with pytest.raises(BadCheckpoint, match="its weights do not load"):
        StanceClassifier.load(copied)


def test_model_of_another_task_is_refused(attribution_checkpoint):
    with pytest.raises(BadCheckpoint, match="expected a model for task stance with labels support, denial, hedge"):
        read(attribution_checkpoint)


def test_labels_in_another_order_are_refused(copied):
    facts = read(copied).facts
    seal(copied, facts.model_copy(update={"labels": ("denial", "support", "hedge", "unrelated")}))

    with pytest.raises(BadCheckpoint, match="found one for stance with denial, support"):
        read(copied)


def test_shipped_checkpoints_are_whole_and_explain_themselves():
    for folder, task, labels in ((STANCE_CHECKPOINT, "stance", LABELS), (ATTRIBUTION_CHECKPOINT, "attribution", TAGS)):
        checkpoint = read_checkpoint(folder, task=task, labels=labels)

        assert checkpoint.facts.metrics
        assert checkpoint.facts.data
        assert json.loads((folder / "config.json").read_text())["label2id"] == {
            str(label): index for index, label in enumerate(labels)
        }


def test_shipped_model_tells_support_from_denial():
    classifier = StanceClassifier.load()
    claim = "The company paid bribes to officials."
    judgements = classifier.judge(
        [
            Pair(claim, "the company paid bribes to officials for years", "A former accountant", "said"),
            Pair(claim, "the company never paid a bribe to anyone", "The chief executive", "said"),
        ]
    )

    assert [str(judgement.stance) for judgement in judgements] == ["support", "denial"]
