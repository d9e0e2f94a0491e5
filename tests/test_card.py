"""The cards that ship say what the files beside them say."""

from pathlib import Path

import pytest

from data.labelled import read_labelled
from data.records import LABELS
from model.checkpoint import (
    ATTRIBUTION_CHECKPOINT,
    STANCE_CHECKPOINT,
    Checkpoint,
    Task,
    read_checkpoint,
)
from model.quotes.tags import TAGS
from training.card import CARD, corpus_card, model_card, write_model_card

CORPUS = Path(__file__).parent.parent / "data" / "corpus"
SHIPPED: list[tuple[Path, Task, tuple[str, ...]]] = [
    (STANCE_CHECKPOINT, "stance", LABELS),
    (ATTRIBUTION_CHECKPOINT, "attribution", TAGS),
]


@pytest.fixture(params=SHIPPED, ids=lambda shipped: shipped[1])
def shipped(request: pytest.FixtureRequest) -> Checkpoint:
    folder, task, labels = request.param
    return read_checkpoint(folder, task=task, labels=labels)


def test_a_shipped_card_is_that_of_its_checkpoint(shipped: Checkpoint) -> None:
    assert (shipped.folder / CARD).read_text(encoding="utf-8") == model_card(shipped), "write_model_card writes it anew"


def test_a_card_has_every_figure_and_every_file(shipped: Checkpoint) -> None:
    card = model_card(shipped)
    assert card.startswith(f"# {shipped.facts.name} {shipped.version}\n")
    metrics = shipped.facts.metrics
    figures = metrics["f1"] if shipped.facts.task == "stance" else metrics["quote_and_speaker"]
    for value in figures.values():
        assert f"| {value:.3f} |" in card
    for name, sha256 in shipped.facts.data.items():
        assert f"| {name} | `{sha256[:16]}…` |" in card
    for stage in shipped.facts.recipe["stages"]:
        assert f"| {stage['name']} | " in card
        assert all(f"\n| {source} | " in card for source in stage["sources"])


def test_a_checkpoint_with_its_card_is_the_same_checkpoint(stance_checkpoint: Path) -> None:
    before = read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)
    card = write_model_card(before)
    try:
        assert read_checkpoint(stance_checkpoint, task="stance", labels=LABELS) == before
        assert "Seed –" in card.read_text(encoding="utf-8")
    finally:
        card.unlink()


def test_the_card_of_the_corpus_counts_what_is_in_it() -> None:
    parts = {name: read_labelled([CORPUS / name]) for name in ("train.jsonl", "dev.jsonl")}
    assert (CORPUS / CARD).read_text(encoding="utf-8") == corpus_card(parts)
    for part in parts.values():
        assert f"| {len(part.examples)} |" in corpus_card(parts)
        assert part.fingerprint[:16] in corpus_card(parts)
