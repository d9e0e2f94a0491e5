"""From new labels to a better model or a reasoned refusal: train, recalibrate, measure beside the champion, decide.

What is under way stands in the store's folder `work`, named after all that it comes from: the same retraining, run
again after an interruption, goes on where it was.
"""

import fcntl
import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput, BadRecipe
from data.records import LABELS, Example, Stance
from model.checkpoint import MANIFEST, Checkpoint, read_checkpoint, seal
from model.classifier import StanceClassifier
from model.store import ModelStore
from training.card import write_model_card
from training.evidence import judge
from training.gate import Decision, Evidence, Limits, decide
from training.ingredients import Ingredients
from training.recipe import Recipe, Stage
from training.retrain_data import Labels, RetrainData

__all__ = ["Outcome", "Retraining", "gate_document", "matched_threshold"]

log = logging.getLogger(__name__)

EPOCHS = 3.0
LEARNING_RATE = 1e-4
BATCH = 32
SEED = 13

UNRELATED = LABELS.index(Stance.UNRELATED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a retraining: the candidate in the store, the gate's decision, and whether it serves now."""

    candidate: Checkpoint
    decision: Decision
    promoted: bool
    document: dict[str, Any]


class Retraining:
    """One retraining of a store's current model on some labels, or by a recipe from the base; nothing is done yet."""

    def __init__(
        self, labels: Labels, found: RetrainData, *, store: ModelStore, data: Path, recipe: Recipe | None = None
    ) -> None:
        if recipe and recipe.task != "stance":
            raise BadRecipe(f"{recipe.name}: expected a recipe for task stance, found one for {recipe.task}")
        if recipe and recipe.teachers:
            raise BadRecipe(
                f"{recipe.name}: its teachers would teach against labels that they have not seen; name a recipe "
                f"without any, such as {recipe.teachers[0].name}.toml"
            )
        self._labels = labels
        self.found = replace(found, replay=()) if recipe else found  # a recipe has its own
        self._store, self._data, self._given = store, data, recipe
        self.champion = store.read("current")
        origin = recipe.model_dump_json() if recipe else f"{EPOCHS} {LEARNING_RATE} {BATCH} {SEED}"
        name = hashlib.sha256(f"{self.champion.version} {labels.fingerprint} {origin}".encode()).hexdigest()[:12]
        self.work = store.root / "work" / name

    def plan(self) -> dict[str, Any]:
        """What would be done, as `--dry-run` shows it."""
        stage = self._recipe({}).stages[-1] if self._given else _stage(("labels.jsonl", "replay.jsonl"))
        rows = len(self.found.splits.train) + len(self.found.replay)
        return {
            "champion": self.champion.identity,
            "labels": {"sha256": self._labels.fingerprint, **self.found.counts()},
            "set_aside": len(self._labels.set_aside),
            "stages": [each.name for each in self._given.stages] if self._given else [stage.name],
            "steps": None if self._given else ceil(rows * (stage.stop_after or stage.epochs) / stage.batch_size),
            "resumes": self.work.is_dir(),
        }

    def run(self, limits: Limits, *, promote: bool = True, why: str = "") -> Outcome:
        """Train, judge and keep; raises BadInput where the same retraining is under way already."""
        with self.working():
            files = self.found.write(self.work)
            candidate = self.candidate(files)
            champion, found = self.judged(candidate, files)
            decision = decide(champion, found, limits)
            why = why or f"retrained on {len(self.found.splits.train)} new labels"
            kept = self._store.add(
                candidate.folder,
                gate=gate_document(champion, found, decision),
                reasons=tuple(map(str, decision.reasons)),
                why=why,
            )
            if promoted := decision.passed and promote:
                self._store.promote(kept.version, why=why, judged_against=self.champion.version)
        shutil.rmtree(self.work)
        return Outcome(kept, decision, promoted, gate_document(champion, found, decision))

    def candidate(self, files: Mapping[str, Path]) -> Checkpoint:
        """The trained and recalibrated checkpoint in the work folder, made now unless an earlier run has made it."""
        from training.train import train

        place = self.work / "candidate"
        if not place.is_dir():
            recipe = self._recipe(files)
            trained = self.work / "trained"
            if not (trained / MANIFEST).is_file():
                train(recipe, data=self._data, out=trained, runs=self.work / "runs")
            read = read_checkpoint(trained, task="stance", labels=LABELS)
            pending = self.work / "candidate.pending"
            shutil.rmtree(pending, ignore_errors=True)
            shutil.copytree(trained, pending)
            self._recalibrate(read, Ingredients(recipe, self._data).dev_examples(), pending)
            pending.rename(place)
        return read_checkpoint(place, task="stance", labels=LABELS)

    def judged(self, candidate: Checkpoint, files: Mapping[str, Path]) -> tuple[Evidence, Evidence]:
        """The evidence of the champion and of the candidate, which was made from `files`."""
        log.info("measuring %s beside %s", candidate.version, self.champion.version)
        return judge(self.champion, candidate, self.found.evaluation, files)

    def _recalibrate(self, trained: Checkpoint, calibration: Sequence[Example], folder: Path) -> None:
        """Seal the candidate in `folder`, with a threshold that shows as much as before; the rest is fitted already."""
        told = [
            StanceClassifier(model).predict([example.pair for example in calibration])
            for model in (self.champion, trained)
        ]
        relevant = np.array([example.stance is not Stance.UNRELATED for example in calibration])
        threshold = matched_threshold(
            *(1.0 - each[relevant, UNRELATED] for each in told), threshold=self.champion.facts.relevance_threshold
        )
        facts = trained.facts
        update = {
            "name": self.champion.facts.name,
            "base_model": self._given.base_model if self._given else " ".join(self.champion.identity.values()),
            "relevance_threshold": threshold,
            "recipe": _without(self.work, {**facts.recipe, "retrained_from": self.champion.version}),
            "data": _without(self.work, {**facts.data, "labels given": self._labels.fingerprint}),
        }
        if not self._given:
            update["recipe"]["base_model"] = update["base_model"]  # not where it lay on this machine
        write_model_card(seal(folder, facts.model_copy(update=update)))

    def _recipe(self, files: Mapping[str, Path]) -> Recipe:
        """From the champion with what is new and what is repeated; or as given, the new labels in its last stage."""
        calibration = tuple(str(path) for name, path in files.items() if name == "calibration.jsonl")
        if self._given:
            last = self._given.stages[-1]
            new = tuple(str(path) for name, path in files.items() if name == "labels.jsonl")
            stages = (*self._given.stages[:-1], last.model_copy(update={"files": (*last.files, *new)}))
            return self._given.model_copy(update={"stages": stages, "dev": (*self._given.dev, *calibration)})
        return Recipe(
            name="retrain",
            task="stance",
            base_model=str(self.champion.folder),
            max_tokens=min(self.champion.facts.max_tokens, 512),
            seed=SEED,
            dev=("corpus/dev.jsonl", *calibration),
            stages=(_stage(tuple(str(path) for name, path in files.items() if name != "calibration.jsonl")),),
        )

    @contextmanager
    def working(self) -> Iterator[None]:
        """The work folder, for this process alone; raises BadInput where another one has it."""
        self.work.mkdir(parents=True, exist_ok=True)
        with (self.work / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadInput(
                    f"{self.work}: the same retraining is under way in another process: wait for it"
                ) from None
            yield


def matched_threshold(
    before: NDArray[np.floating[Any]], after: NDArray[np.floating[Any]], *, threshold: float
) -> float:
    """The threshold that shows as many of the relevant rows as `threshold` showed before.

    `before` and `after` (n,) are two models' relevance of rows that are relevant. The threshold with the best F1 would
    depend on how many unrelated rows there happen to be among the labels; this does not.
    """
    shown = int((before >= threshold).sum())
    if shown == 0 or shown == len(after):
        return threshold if shown == 0 else min(threshold, float(after.min()))
    ranked = np.sort(after)[::-1]
    return float((ranked[shown - 1] + ranked[shown]) / 2)


def gate_document(champion: Evidence, candidate: Evidence, decision: Decision) -> dict[str, Any]:
    """What is kept beside a version: both evidences, the reasons, the decision."""
    document: dict[str, Any] = json.loads(json.dumps({"champion": asdict(champion), "candidate": asdict(candidate)}))
    return {"passed": decision.passed, "reasons": [str(reason) for reason in decision.reasons], **document}


def _stage(files: tuple[str, ...]) -> Stage:
    return Stage(
        name="retrain",
        files=files,
        epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
        batch_size=BATCH,
        dropout=0.0,
        choose="last",
    )


def _without(folder: Path, value: Any) -> Any:
    """The same document with files in `folder` by their names alone."""
    if isinstance(value, dict):
        return {_without(folder, name): _without(folder, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(folder, item) for item in value]
    return value.removeprefix(f"{folder}/") if isinstance(value, str) else value
