"""Teachers: what several models say together, as the targets of another."""

import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import BadRecipe
from data.records import AnnotatedArticle, Example, Pair, Span, Stance
from model.checkpoint import read_checkpoint
from model.classifier import StanceClassifier
from model.quotes.tags import TAGS
from training.attributions import IGNORED
from training.recipe import read_recipe
from training.rows import Row, article_rows, batch_rows, one_hot, pair_rows
from training.teachers import taught_rows
from training.train import train

TEACHER = """
name = "{name}"
task = "stance"
base_model = "{base}"
max_tokens = 64
seed = {seed}
dev = ["dev.jsonl"]

[[stages]]
name = "labels"
files = ["train.jsonl"]
epochs = 10
learning_rate = 0.01
batch_size = 8
dropout = 0.0
"""

STUDENT = """
name = "student"
task = "stance"
base_model = "{base}"
max_tokens = 64
dev = ["dev.jsonl"]
teachers = ["one", "two"]

[[stages]]
name = "silver"
files = ["pool.jsonl"]
teacher_share = 1.0
unlabelled = ["news.jsonl"]
unlabelled_sample = 1
epochs = 20
learning_rate = 0.01
batch_size = 8
dropout = 0.0
"""

WORDS = {"support": "said", "denial": "denied", "hedge": "he", "unrelated": "she"}


def stance_rows(classifier: StanceClassifier) -> tuple[list[Row], list[Example]]:
    examples = [Example(Pair(claim="the wall", statement=word), stance=Stance(name)) for name, word in WORDS.items()]
    return pair_rows(examples, classifier.checkpoint.tokenizer, max_tokens=64), examples


def test_targets_are_the_mean_of_the_teachers(stance_checkpoint: Path, tmp_path: Path) -> None:
    classifier = StanceClassifier.load(stance_checkpoint)
    rows, examples = stance_rows(classifier)
    taught = taught_rows([classifier.checkpoint] * 2, labelled=[], unlabelled=rows, share=0.0, folder=tmp_path)

    logits = classifier.logits([example.pair for example in examples])
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    assert np.concatenate([row["targets"] for row in taught]) == pytest.approx(expected, abs=2e-3)


def test_a_label_is_softened_by_its_share(stance_checkpoint: Path, tmp_path: Path) -> None:
    classifier = StanceClassifier.load(stance_checkpoint)
    rows, _ = stance_rows(classifier)
    teachers = [classifier.checkpoint]
    half = taught_rows(teachers, labelled=rows, unlabelled=rows, share=0.5, folder=tmp_path / "half")
    assert len(half) == 2 * len(rows)
    for labelled, unlabelled, row in zip(half[: len(rows)], half[len(rows) :], rows, strict=True):
        mean = (one_hot(row).astype(np.float32) + unlabelled["targets"]) / 2
        assert labelled["targets"] == pytest.approx(mean, abs=2e-3)
    none = taught_rows(teachers, labelled=rows, unlabelled=[], share=0.0, folder=tmp_path / "none")
    assert none == rows


def test_what_is_said_is_kept_for_a_stage_that_resumes(stance_checkpoint: Path, tmp_path: Path) -> None:
    classifier = StanceClassifier.load(stance_checkpoint)
    rows, _ = stance_rows(classifier)
    first = taught_rows([classifier.checkpoint], labelled=[], unlabelled=rows, share=0.0, folder=tmp_path)
    again = taught_rows([], labelled=[], unlabelled=rows, share=0.0, folder=tmp_path)
    assert [row["targets"].tolist() for row in first] == [row["targets"].tolist() for row in again]


def test_a_taggers_targets_are_nothing_where_nothing_is_learned(attribution_checkpoint: Path, tmp_path: Path) -> None:
    checkpoint = read_checkpoint(attribution_checkpoint, task="attribution", labels=TAGS)
    article = AnnotatedArticle("a", "Ruiz said the wall fell.\n\nShe left.", ())
    rows = article_rows([article], checkpoint.tokenizer, max_tokens=16)
    taught = taught_rows([checkpoint], labelled=[], unlabelled=rows, share=0.0, folder=tmp_path)
    batch = batch_rows(taught)
    learned = batch["targets"].sum(dim=-1)
    assert learned[batch["labels"] == IGNORED].tolist() == [0.0] * int((batch["labels"] == IGNORED).sum())
    assert learned[batch["labels"] != IGNORED].numpy() == pytest.approx(1, abs=5e-3)


def test_a_batch_without_teachers_targets_its_labels(attribution_checkpoint: Path) -> None:
    tokenizer = read_checkpoint(attribution_checkpoint, task="attribution", labels=TAGS).tokenizer
    article = AnnotatedArticle("a", "Ruiz said no.", ())
    batch = batch_rows(article_rows([article], tokenizer, max_tokens=16))
    known = batch["labels"] != IGNORED
    assert batch["targets"][known].argmax(dim=-1).tolist() == batch["labels"][known].tolist()
    assert batch["targets"].sum() == known.sum()
    assert Span(0, 4).of(article.text) == "Ruiz"


@pytest.fixture
def recipes(tmp_path: Path, stance_checkpoint: Path) -> Path:
    for split, count in (("train", 64), ("dev", 16), ("pool", 80)):
        rows = [
            {"claim": f"the wall fell on {split[0]}{number}", "statement": f"{word} {word}", "stance": label}
            for number in range(count // 4)
            for label, word in WORDS.items()
        ]
        if split == "pool":
            rows = [row | {"stance": "hedge"} for row in rows]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    news = "The mayor of Norfield said that the ferry terminal had been safe all along."
    (tmp_path / "news.jsonl").write_text("\n".join([json.dumps({"text": news})] * 2))
    for seed, name in enumerate(("one", "two")):
        (tmp_path / f"{name}.toml").write_text(TEACHER.format(name=name, seed=seed, base=stance_checkpoint))
    (tmp_path / "student.toml").write_text(STUDENT.format(base=stance_checkpoint))
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # transformers and accelerate warn of their own affairs while training
def test_a_student_learns_what_its_teachers_say_and_not_what_the_label_says(recipes: Path) -> None:
    recipe = read_recipe(recipes / "student.toml")
    made = train(recipe, data=recipes, out=recipes / "out", runs=recipes / "runs")
    assert made.facts.metrics["macro_f1"] > 0.9
    assert [teacher["name"] for teacher in made.facts.recipe["teachers"]] == ["one", "two"]
    assert set(made.facts.data) == {"train.jsonl", "dev.jsonl", "pool.jsonl", "news.jsonl"}

    again = train(recipe, data=recipes, out=recipes / "again", runs=recipes / "runs")
    assert again.facts.metrics == made.facts.metrics


def test_a_teacher_has_no_teachers_and_the_same_task(recipes: Path) -> None:
    text = (recipes / "one.toml").read_text()
    (recipes / "one.toml").write_text(text.replace('"stance"', '"attribution"'))
    with pytest.raises(BadRecipe, match="teachers: expected recipes of the same task that have no teachers"):
        read_recipe(recipes / "student.toml")
