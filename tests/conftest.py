"""Tiny real checkpoints of random weights: every code path, no meaning."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from data.records import LABELS
from model.analyser import Analyser
from model.checkpoint import Facts, Task, seal, write_weights
from model.quotes.tags import TAGS
from tests.label_command import run_labels  # noqa: F401 - a fixture

settings.register_profile("no-clock", deadline=None)  # a busy machine is no failure
settings.load_profile("no-clock")


def write_tiny_checkpoint(folder: Path, task: Task, *, seed: int = 0) -> Path:
    """A one-layer BERT with a letter-by-letter WordPiece vocabulary, sealed as a checkpoint in `folder`."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertForTokenClassification

    labels = [str(label) for label in (LABELS if task == "stance" else TAGS)]
    vocabulary = _write_tokenizer(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    head: Any = BertForSequenceClassification if task == "stance" else BertForTokenClassification
    model = head(config)
    with torch.no_grad():
        model.classifier.weight.normal_(std=2.0)  # random weights alone would call everything the same
    write_weights(folder, model=model, tokenizer=folder / "tokenizer.json")
    facts = Facts(
        name=f"tiny-{task}",
        task=task,
        labels=tuple(labels),
        max_tokens=96,
        temperature=1.5,
        relevance_threshold=0.3,
        base_model="none",
        created="2026-01-01T00:00:00+00:00",
        recipe={},
        data={"invented.jsonl": "0" * 64},
        metrics={},
    )
    seal(folder, facts)
    return folder


def _write_tokenizer(folder: Path) -> int:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()] + list("“”‘’–…é")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    pieces += ["said", "denied", "the", "not", "he", "she"]
    tokenizer = Tokenizer(models.WordPiece({piece: index for index, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return len(pieces)


@pytest.fixture(scope="session")
def stance_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny stance checkpoint."""
    return write_tiny_checkpoint(tmp_path_factory.mktemp("models") / "stance", "stance")


@pytest.fixture(scope="session")
def attribution_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny attribution checkpoint."""
    return write_tiny_checkpoint(tmp_path_factory.mktemp("models") / "attribution", "attribution")


@pytest.fixture(scope="session")
def analyser(stance_checkpoint: Path, attribution_checkpoint: Path) -> Analyser:
    """Both tiny checkpoints at work."""
    return Analyser.load(stance=stance_checkpoint, attribution=attribution_checkpoint)
