"""One stage of a recipe: an encoder, rows to learn and rows to choose by, with transformers' Trainer.

Resumes from its own last save after an interruption. Mixed precision (bfloat16 under float32 weights) where the device
has it: on a two-core CPU with AMX it halved the time of a step.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import (
    PreTrainedModel,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_callback import PrinterCallback
from transformers.trainer_utils import EvalPrediction, get_last_checkpoint

from training.attributions import IGNORED
from training.recipe import Stage
from training.rows import Row, batch_rows

__all__ = ["Metrics", "StageData", "is_done", "run_stage"]

log = logging.getLogger(__name__)

Metrics = Callable[[NDArray[np.floating[Any]], NDArray[np.integer[Any]]], dict[str, float]]
"""Logits and label ids, IGNORED ones left out, to named figures; the one named `score` chooses the epoch."""

SAVES_PER_EPOCH = 2
DONE = "done"


@dataclass(frozen=True, slots=True)
class StageData:
    """What a stage learns from and what it is chosen by."""

    train: list[Row]
    dev: list[Row]
    metrics: Metrics


def is_done(folder: Path) -> bool:
    """Whether a stage has ended in this folder."""
    return (folder / DONE).is_dir()


def run_stage(stage: Stage, model: PreTrainedModel, data: StageData, *, folder: Path, seed: int) -> PreTrainedModel:
    """Train `model` in place and return it; a stage that already ended in `folder` is loaded, not run again.

    Of several seeds the weights are averaged: runs from one start end near each other, and their mean is better than
    each (Wortsman et al. 2022, "Model soups").
    """
    if not is_done(folder):
        start = {name: weights.clone() for name, weights in model.state_dict().items()}
        ends = []
        for number in stage.seeds:
            model.load_state_dict(start)
            ends.append(_run_seed(stage, model, data, folder=folder / f"seed-{number}", seed=seed + number))
        model.load_state_dict(_mean([load_file(end / "model.safetensors") for end in ends]))
        _save(model, folder)
    log.info("stage %s: done", stage.name)
    ended: PreTrainedModel = type(model).from_pretrained(folder / DONE, attn_implementation="eager")
    return ended


def _run_seed(stage: Stage, model: PreTrainedModel, data: StageData, *, folder: Path, seed: int) -> Path:
    """Where the weights that one seed ends with are kept."""
    if not is_done(folder):
        set_seed(seed)
        trainer = _trainer(stage, model, data, folder=folder, seed=seed)
        last = get_last_checkpoint(str(folder)) if folder.is_dir() else None  # type: ignore[no-untyped-call]
        begin = f"resuming {last}" if last else "from the start"
        log.info("stage %s, seed %d: %d rows, %s", stage.name, seed, len(data.train), begin)
        trainer.train(resume_from_checkpoint=last)
        _save(model, folder)
    return folder / DONE


def _save(model: PreTrainedModel, folder: Path) -> None:
    pending = folder / f"{DONE}.pending"
    model.save_pretrained(pending)
    pending.rename(folder / DONE)


def _mean(ends: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {name: torch.stack([end[name] for end in ends]).mean(dim=0) for name in ends[0]}


def _trainer(stage: Stage, model: PreTrainedModel, data: StageData, *, folder: Path, seed: int) -> "_MaskedTrainer":
    steps = max(len(data.train) // stage.batch_size // SAVES_PER_EPOCH, 1)
    best = stage.choose == "best"
    arguments = TrainingArguments(
        output_dir=str(folder),
        seed=seed,
        num_train_epochs=stage.epochs,
        learning_rate=stage.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=stage.warmup,
        weight_decay=stage.weight_decay,
        optim="adamw_torch_fused",
        per_device_train_batch_size=stage.batch_size,
        per_device_eval_batch_size=64,
        train_sampling_strategy="group_by_length",
        use_cpu=not torch.cuda.is_available(),
        bf16=True,
        eval_strategy="steps",
        eval_steps=steps,
        save_strategy="steps",
        save_steps=steps,
        save_total_limit=2,
        load_best_model_at_end=best,
        metric_for_best_model="score" if best else None,
        greater_is_better=True if best else None,
        logging_steps=50,
        report_to=["tensorboard"],
        disable_tqdm=not sys.stderr.isatty(),
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=False,
    )

    def compute_metrics(prediction: EvalPrediction) -> dict[str, float]:
        logits, labels = np.asarray(prediction.predictions), np.asarray(prediction.label_ids)
        logits = logits[:, None] if logits.ndim == 2 else logits
        known = labels != IGNORED
        return data.metrics(logits[known], labels[known])

    trainer = _MaskedTrainer(
        model=model,
        args=arguments,
        data_collator=batch_rows,
        train_dataset=data.train,
        eval_dataset=data.dev,
        compute_metrics=compute_metrics,
        callbacks=[_Report(), _Stop(stage.stop_after or stage.epochs)],
    )
    trainer.remove_callback(PrinterCallback)  # it prints to stdout, which is for results
    return trainer


class _MaskedTrainer(Trainer):
    """Cross entropy with the targets, which are one label or a teacher's probabilities, among the labels allowed."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,  # noqa: ARG002  # Trainer passes it by name
    ) -> Any:
        labels, allowed, targets = inputs.pop("labels"), inputs.pop("allowed"), inputs.pop("targets")
        outputs = model(**inputs)
        logits = outputs.logits.float()
        logits = logits[:, None] if logits.dim() == 2 else logits
        barred = ~allowed[:, None]
        scores = logits.masked_fill(barred, float("-inf")).log_softmax(dim=-1).masked_fill(barred, 0.0)
        loss = -(targets * scores).sum() / (labels != IGNORED).sum()
        return (loss, outputs) if return_outputs else loss


class _Stop(TrainerCallback):
    """Ends training after so many epochs, with a last measurement and a save."""

    def __init__(self, epochs: float) -> None:
        self._epochs = epochs

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Called by the Trainer."""
        if (state.epoch or 0.0) >= self._epochs:
            control.should_training_stop = control.should_evaluate = control.should_save = True


class _Report(TrainerCallback):
    """Each logged line as a message, for those who watch a log instead of a progress bar."""

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: dict[str, float] | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Called by the Trainer."""
        figures = " ".join(f"{name} {value:.4g}" for name, value in (logs or {}).items() if isinstance(value, float))
        log.info("step %d of %d: %s", state.global_step, state.max_steps, figures)
