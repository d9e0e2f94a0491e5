"""From a recipe to a checkpoint: every stage in turn, calibration on dev, figures, the folder that explains itself."""

import logging
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, set_seed
from transformers.utils import logging as transformers_logging

from data.errors import BadRecipe
from data.records import LABELS, Stance
from model.calibration import fit_temperature, fit_threshold, log_softmax, probabilities
from model.checkpoint import Checkpoint, Facts, load_tokenizer, read_checkpoint, seal, write_weights
from model.classifier import StanceClassifier
from model.quotes.tags import TAGS, Role
from training.card import write_model_card
from training.evaluate import label_ids, measure_quotes
from training.ingredients import Ingredients
from training.metrics import stance_metrics
from training.recipe import Recipe
from training.stage import StageData, is_done, run_stage
from training.teachers import taught_rows

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["train"]

log = logging.getLogger(__name__)

UNRELATED = LABELS.index(Stance.UNRELATED)


def train(recipe: Recipe, *, data: Path, out: Path, runs: Path) -> Checkpoint:
    """Make the checkpoint of `recipe` in the new folder `out`, from the files below `data`.

    Work in progress is kept below `runs`, each stage in a folder named after all that decides its weights: run again,
    it goes on where it was; a changed recipe starts anew at the first stage that changed. Raises BadRecipe.
    """
    if out.exists() and any(out.iterdir()):
        raise BadRecipe(f"{out}: not empty, and a checkpoint is never written over another; name a new one with --out")
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    ingredients = Ingredients(recipe, data)
    tokenizer_file = Path(recipe.base_folder) / "tokenizer.json"
    if not tokenizer_file.is_file():
        raise BadRecipe(
            f"{tokenizer_file}: expected the base model's fast tokenizer there; give base_model a package or folder"
        )
    tokenizer = load_tokenizer(tokenizer_file)
    dev = ingredients.dev_rows(tokenizer)
    model = _base_model(recipe)
    for number, stage in enumerate(recipe.stages, start=1):
        folder = runs / f"{recipe.name}-{number}-{stage.name}-{ingredients.fingerprint(number)}"
        _set_dropout(model, stage.dropout)
        rows = ingredients.stage_rows(stage, tokenizer)
        if stage.taught and not is_done(folder):
            rows = taught_rows(
                [_teacher(teacher, data=data, runs=runs) for teacher in recipe.teachers],
                labelled=rows,
                unlabelled=ingredients.unlabelled_rows(stage, tokenizer),
                share=stage.teacher_share,
                folder=folder,
            )
        metrics = _stance_score if recipe.task == "stance" else _tag_score
        stage_data = StageData(train=rows, dev=dev, metrics=metrics)
        model = run_stage(stage, model, stage_data, folder=folder, seed=recipe.seed)
    pending = out.with_name(f".{out.name}.pending")  # what stands at `out` is always whole
    shutil.rmtree(pending, ignore_errors=True)
    write_weights(pending, model=model, tokenizer=tokenizer_file)
    facts = Facts(
        name=recipe.name,
        task=recipe.task,
        labels=LABELS if recipe.task == "stance" else TAGS,
        max_tokens=recipe.max_tokens,
        base_model=recipe.base_model,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=recipe.model_dump(mode="json"),
        data=ingredients.sha256,
        metrics={},
    )
    sealed = seal(pending, _measured(facts, pending, ingredients))
    write_model_card(sealed)
    if out.exists():
        out.rmdir()
    return replace(sealed, folder=pending.rename(out))


def _teacher(recipe: Recipe, *, data: Path, runs: Path) -> Checkpoint:
    """The checkpoint of a teacher's recipe, made now unless an earlier run has made it."""
    ingredients = Ingredients(recipe, data)
    out = runs / f"{recipe.name}-{ingredients.fingerprint(len(recipe.stages))}"
    if not out.is_dir():
        return train(recipe, data=data, out=out, runs=runs)
    labels = LABELS if recipe.task == "stance" else TAGS
    return read_checkpoint(out, task=recipe.task, labels=tuple(map(str, labels)))


def _measured(facts: Facts, folder: Path, ingredients: Ingredients) -> Facts:
    """The facts with calibration and figures, on the weights as written: half precision included."""

    checkpoint = Checkpoint(folder=folder, version="", facts=facts)
    if facts.task == "attribution":
        figures = measure_quotes(checkpoint, ingredients.dev_articles())
        return facts.model_copy(update={"metrics": figures})
    examples = ingredients.dev_examples()
    labels = label_ids(examples)
    logits = StanceClassifier(checkpoint).logits([example.pair for example in examples])
    temperature = fit_temperature(logits, labels)
    calibrated = probabilities(logits, temperature)
    fitted = {
        "temperature": temperature,
        "relevance_threshold": fit_threshold(1.0 - calibrated[:, UNRELATED], labels != UNRELATED),
        "metrics": stance_metrics(calibrated, labels),
    }
    return facts.model_copy(update=fitted)


def _base_model(recipe: Recipe) -> "PreTrainedModel":
    set_seed(recipe.seed)  # the head starts from random weights
    head: Any = AutoModelForSequenceClassification if recipe.task == "stance" else AutoModelForTokenClassification
    labels = [str(label) for label in (LABELS if recipe.task == "stance" else TAGS)]
    model: PreTrainedModel = head.from_pretrained(
        recipe.base_folder,
        dtype=torch.float32,  # a checkpoint of ours, taken as base, is in half precision
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        attn_implementation="eager",  # in training on a CPU 1.5 times as fast as SDPA
    )
    return model


def _set_dropout(model: "PreTrainedModel", rate: float) -> None:
    """Dropout of `rate` after every layer, none on attention weights, where drawing it costs a CPU most."""
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0 if ".self." in name else rate


def _stance_score(logits: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> dict[str, float]:
    figures = stance_metrics(np.exp(log_softmax(logits)), labels)
    chosen = {name: figures[name] or 0.0 for name in ("macro_f1", "macro_f1_4", "relevance_auc")}
    return {**chosen, "score": chosen["macro_f1"] + chosen["macro_f1_4"]}


def _tag_score(logits: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> dict[str, float]:
    """Token F1 of each role, whether it begins or goes on; `score` is their mean."""
    roles = np.array([-1, *(list(Role).index(Role(tag[2:])) for tag in TAGS[1:])])
    found, gold = roles[logits.argmax(axis=-1)], roles[labels]
    figures = {}
    for index, role in enumerate(Role):
        hits = int(((found == index) & (gold == index)).sum())
        figures[f"{role}_f1"] = 2 * hits / max(int((found == index).sum() + (gold == index).sum()), 1)
    return {**figures, "score": sum(figures.values()) / len(figures)}
