"""What a stage learns from, from real files: shares drawn by the seed, and nothing that is measured with."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from data.errors import BadInput, BadRecipe
from data.records import LABELS, Example, Pair, Stance
from data.sources import sources
from training.ingredients import Ingredients
from training.recipe import Recipe

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the public data sets in {SHARED}")

MEASURED = "The committee never saw the letter that the minister says he sent to it in the spring."


def recipe(*, seed: int = 13, **stage) -> Recipe:
    settings = {"name": "one", "epochs": 1, "learning_rate": 1e-3, "batch_size": 4}
    return Recipe.model_validate(
        {
            "name": "small",
            "task": "stance",
            "base_model": "base",
            "max_tokens": 64,
            "seed": seed,
            "dev": ["dev.jsonl"],
            "stages": [settings | stage],
        }
    )


@pytest.fixture
def tokenizer(stance_checkpoint) -> Tokenizer:
    return Tokenizer.from_file(str(stance_checkpoint / "tokenizer.json"))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Four rows to train on, of which the first repeats a row of dev and the second is of a rumour held out."""
    rumour = sources()["emergent"].held_out_groups[0]
    statements = [
        (MEASURED.upper(), "a"),
        ("She said the wall fell.", rumour),
        ("He denied it.", "b"),
        ("Nobody knew.", "c"),
    ]
    rows = [
        {"claim": "The minister wrote.", "statement": statement, "stance": stance, "group": group}
        for (statement, group), stance in zip(statements, LABELS, strict=True)
    ]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    dev = {"claim": "The minister wrote.", "statement": MEASURED, "stance": "denial"}
    (tmp_path / "dev.jsonl").write_text(json.dumps(dev))
    return tmp_path


def test_rows_that_repeat_what_is_held_out_are_dropped_and_told(folder, tokenizer, caplog):
    ingredients = Ingredients(recipe(files=["train.jsonl"]), folder)

    with caplog.at_level("INFO"):
        rows = ingredients.stage_rows(ingredients.recipe.stages[0], tokenizer)

    assert [row["labels"] for row in rows] == [[2], [3]]
    assert "train.jsonl: 2 pairs dropped, which repeat what is held out" in caplog.messages


NEWS = (
    "The mayor of Norfield said that the ferry terminal had been safe all along.\n\n"
    "The harbour master denied it. “Nobody told us the truth,” said Ana Ruiz, who runs the ferry."
)


def test_teachers_label_what_statements_say_of_each_other(folder, tokenizer):
    (folder / "news.jsonl").write_text(json.dumps({"id": "a", "text": NEWS}))
    stage = recipe(files=["train.jsonl"]).stages[0].model_copy(update={"unlabelled": ("news.jsonl",)})
    rows = Ingredients(recipe(files=["train.jsonl"]), folder).unlabelled_rows(stage, tokenizer)

    assert len(rows) >= 2  # the mayor's claim toward his own words and those after them
    claim = tokenizer.encode("The ferry terminal had been safe all along.", add_special_tokens=False).ids
    assert all(row["input_ids"][1 : 1 + len(claim)] == claim for row in rows)


def test_what_teachers_are_to_label_repeats_nothing_either(folder, tokenizer, caplog):
    said = "The ferry terminal had been safe all along."
    (folder / "dev.jsonl").write_text(json.dumps({"claim": said, "statement": f"That {said}", "stance": "support"}))
    (folder / "news.jsonl").write_text(json.dumps({"id": "a", "text": NEWS}))
    stage = recipe(files=["train.jsonl"]).stages[0].model_copy(update={"unlabelled": ("news.jsonl",)})
    with caplog.at_level("INFO"):
        Ingredients(recipe(files=["train.jsonl"]), folder).unlabelled_rows(stage, tokenizer)

    assert "news.jsonl: 1 pairs dropped, which repeat what is held out" in caplog.messages


def test_fingerprint_follows_what_is_held_out(folder):
    before = Ingredients(recipe(files=["train.jsonl"]), folder).fingerprint(1)
    measured = folder / sources()["climate_fever"].held_out[0]
    measured.parent.mkdir(parents=True)
    measured.write_bytes(b"")

    assert Ingredients(recipe(files=["train.jsonl"]), folder).fingerprint(1) != before


def annotated(folder: Path, text: str, **settings) -> Ingredients:
    """Ingredients of one stand-off label on an article with this text."""
    label = {
        "source": "polnear", "article": "one", "sha256": hashlib.sha256(b"Ruiz denied it.").hexdigest()[:16],
        "claim": "The wall fell.", "stance": "denial", "statement": [[12, 14]], "speaker": [[0, 4]], "cue": [[5, 11]],
    }  # fmt: skip
    (folder / "labels.jsonl").write_text(json.dumps(label))
    (folder / "articles.jsonl").write_text(json.dumps({"id": "one", "text": text}))
    return Ingredients(recipe(annotations=["labels.jsonl"], originals=["articles.jsonl"], **settings), folder)


def test_annotations_are_joined_with_their_articles(folder):
    ingredients = annotated(folder, "Ruiz denied it.")
    [example] = ingredients.task_examples(ingredients.recipe.stages[0])

    assert example == Example(
        pair=Pair(claim="The wall fell.", statement="it", speaker="Ruiz", cue="denied"),
        stance=Stance.DENIAL, id="labels.jsonl:1", group="one", origin="polnear",
    )  # fmt: skip


def test_annotations_whose_article_has_changed_are_told(folder, caplog):
    ingredients = annotated(folder, "Ruiz denies it.")

    assert ingredients.task_examples(ingredients.recipe.stages[0]) == []
    assert "set aside: " in caplog.text
    assert "get it unchanged" in caplog.text


def test_annotations_whose_article_is_missing_stop_the_recipe(folder):
    ingredients = annotated(folder, "Ruiz denied it.")
    (folder / "articles.jsonl").write_text(json.dumps({"id": "other", "text": "Ruiz denied it."}))

    with pytest.raises(BadInput, match=r"labels.jsonl: 1 articles are not in articles.jsonl, the first is 'one'"):
        ingredients.task_examples(ingredients.recipe.stages[0])


def test_rows_come_again_with_their_claim_turned(folder):
    (folder / "opposites.jsonl").write_text(
        json.dumps({"claim": "The wall fell.", "opposite": "The wall stood."})
        + "\n"
        + json.dumps({"claim": "The minister wrote.", "opposite": "The minister did not write."})
    )
    ingredients = annotated(folder, "Ruiz denied it.", files=["train.jsonl"], opposites="opposites.jsonl")
    found = ingredients.task_examples(ingredients.recipe.stages[0])

    assert [(example.pair.claim, str(example.stance)) for example in found] == [
        ("The minister wrote.", "hedge"),
        ("The minister wrote.", "unrelated"),
        ("The wall fell.", "denial"),
        ("The minister did not write.", "hedge"),
        ("The wall stood.", "support"),
    ]


def test_fingerprint_follows_annotations_articles_and_opposites(folder):
    (folder / "opposites.jsonl").write_text(json.dumps({"claim": "The wall fell.", "opposite": "The wall stood."}))
    before = annotated(folder, "Ruiz denied it.", opposites="opposites.jsonl").fingerprint(1)
    (folder / "opposites.jsonl").write_text(json.dumps({"claim": "The wall fell.", "opposite": "The wall held."}))

    assert annotated(folder, "Ruiz denied it.", opposites="opposites.jsonl").fingerprint(1) != before
    assert annotated(folder, "Ruiz denied it").fingerprint(1) != annotated(folder, "Ruiz denied it.").fingerprint(1)


@pytest.mark.parametrize("name", ["emergent", "commitmentbank"])
def test_a_benchmark_is_no_source(folder, name):
    with pytest.raises(BadRecipe, match=f"source {name}: held out to be measured with; take it out of the recipe"):
        Ingredients(recipe(sources=[name]), folder)


def test_a_hub_source_needs_no_file(folder):
    assert Ingredients(recipe(sources=["mnli"]), folder).fingerprint(1)


@needs_shared
def test_a_source_gives_its_share_the_same_for_the_same_seed():
    def drawn(seed: int) -> list[str]:
        small = recipe(sources=["ibm_argq30k"], seed=seed).model_copy(update={"dev": ("corpus/dev.jsonl",)})
        return [example.id for example in Ingredients(small, SHARED).source_examples("ibm_argq30k")]

    first = drawn(13)

    assert len(first) == pytest.approx(0.5 * 24_182, abs=20)
    assert len(set(first)) == len(first)
    assert first == drawn(13)
    assert first != drawn(14)
