"""What new labels are worth, and what bad ones do: a domain that the model has never seen, and labels turned at random.

    python benchmarks/retraining.py --data ../shared/data [--runs runs] [--domain "world affairs"] [--quick]

The base is the recipe stance-few-labels without the rows of one domain of the corpus, its last stage BASE_EPOCHS long
(of its first stage what `--runs` has is taken). Labels on that domain are then chosen at random, three times, or by the
queue, and learned as `stance retrain` does; macro F1 is on claims of the domain that are never learned, and on the rest
of dev. For the second part some of the labels are turned to another stance; then the gate decides, and `labels check`
is asked which ones are wrong. Every result is kept as it comes in `--out`: run again, it goes on. Plots go to docs/.
"""

import argparse
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retraining_plots import curve_svg, poison_svg
from data.held_out import OWN
from data.labelled import read_labelled
from data.records import LABELS, Example, LabelRecord
from data.splits import Splits, claim_key
from data.tables import read_rows, write_rows
from model.checkpoint import STANCE_CHECKPOINT, Checkpoint, read_checkpoint
from model.classifier import StanceClassifier
from model.embedding import embed
from model.store import ModelStore
from training.evaluate import label_ids
from training.evidence import current_limits, frozen_examples
from training.gate import FROZEN, decide
from training.label_check import Placed, suspects
from training.label_queue import choose
from training.metrics import stance_metrics
from training.recipe import Recipe, read_recipe
from training.resampling import noise, tally
from training.retrain import Retraining
from training.retrain_data import Labels, RetrainData, gather, replay_rows
from training.train import train

RECIPE = Path("training/recipes/stance-few-labels.toml")
COUNTS = (0, 50, 100, 200, 400)
TURNED = (0.0, 0.2, 0.4)
SEEDS = (1, 2, 3)
BASE_EPOCHS = 1.5
"""Half of the recipe's: something to learn from, not a model to ship."""
TEST_EVERY = 5
"""Of the domain's claims one in so many is measured with."""

Kept = dict[str, dict[str, Any]]


def main() -> None:
    """Measure what is not measured yet, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("runs/retraining"))
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--domain", default="world affairs")
    parser.add_argument("--quick", action="store_true", help="the shipped model as base, few labels: does it run")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.out, options.domain, options.data, read_recipe(RECIPE), options.runs, quick=options.quick)
    counts, turned, seeds = ((0, 24), (0.2,), (1,)) if options.quick else (COUNTS, TURNED, SEEDS)
    for count in counts:
        for seed in seeds:
            bench.keep(f"random {count} {seed}", partial(bench.drawn, count, seed))
        bench.keep(f"queue {count}", partial(bench.queued, count))
    for share in turned:
        for seed in seeds if share else seeds[:1]:
            bench.keep(f"turned {share} {seed}", partial(bench.poisoned, share, seed))
    print(json.dumps(bench.kept, indent=2))
    options.docs.mkdir(exist_ok=True)
    (options.docs / "learning-curve.svg").write_text(curve_svg(bench.kept, counts, options.domain), encoding="utf-8")
    (options.docs / "poisoned-labels.svg").write_text(poison_svg(bench.kept, turned), encoding="utf-8")


class Bench:
    """One base model without a domain, the domain's labels, and what was measured so far."""

    def __init__(self, out: Path, domain: str, data: Path, recipe: Recipe, runs: Path, *, quick: bool) -> None:
        self._file = out / "results.json"
        self.kept: Kept = json.loads(self._file.read_text()) if self._file.is_file() else {}
        seen, unseen = self._corpus(out, domain, "train")
        rest, dev = self._corpus(out, domain, "dev")
        claims = sorted({claim_key(each.pair.claim) for each in unseen})
        measured = set(claims[::TEST_EVERY])
        self._seen, self._rest = seen, rest
        self._test = (*dev, *(each for each in unseen if claim_key(each.pair.claim) in measured))
        self._pool = [each for each in unseen if claim_key(each.pair.claim) not in measured]
        self._data = data
        folder = STANCE_CHECKPOINT if quick else self._base(out, data, recipe, runs)
        base = read_checkpoint(folder, task="stance", labels=LABELS)
        self._store = ModelStore(out / "store")
        self._store.promote(self._store.add(base.folder, gate={}).version, why="the base of the benchmark")
        self._base_told = self._told(base, self._rest)

    def keep(self, name: str, measure: Callable[[], dict[str, Any]]) -> None:
        """What `measure` finds, unless it was found before."""
        if name not in self.kept:
            self.kept[name] = measure()
            pending = self._file.with_suffix(".pending")
            pending.write_text(json.dumps(self.kept, indent=2))
            pending.replace(self._file)

    def drawn(self, count: int, seed: int) -> dict[str, Any]:
        """What so many labels of the domain are worth, drawn at random."""
        places = np.random.default_rng(seed).permutation(len(self._pool))[:count]
        return self._worth([self._pool[place] for place in places])

    def queued(self, count: int) -> dict[str, Any]:
        """What so many labels of the domain are worth, as the queue asks for them."""
        base, pairs = self._store.read("current"), [each.pair for each in self._pool]
        picks = choose(StanceClassifier(base).predict(pairs), embed(base, pairs), count) if count else []
        return self._worth([self._pool[pick.place] for pick in picks])

    def poisoned(self, share: float, seed: int) -> dict[str, Any]:
        """Whether the gate lets labels pass of which a share is turned, and how many of those the check finds."""
        labels, turned = self.turned(share, seed)
        given = Labels(tuple(labels), ())
        found = gather(given, data=self._data)
        found = replace(found, replay=self._replay(len(found.splits.train)))  # the corpus has the right labels
        job = Retraining(given, found, store=self._store, data=self._data)
        with job.working():
            files = found.write(job.work)
            champion, candidate = job.judged(job.candidate(files), files)
        shutil.rmtree(job.work)
        limits = current_limits()
        floors = dict.fromkeys(limits.capability_floors, 0.0)  # they are the shipped model's, and the base is weaker
        reasons = decide(champion, candidate, replace(limits, capability_floors=floors)).reasons
        return {
            "refused": bool(reasons),
            "reasons": list(map(str, reasons)),
            "frozen": candidate.sets[FROZEN].scores["macro_f1"],
            **self.suspected(labels, turned),
        }

    def suspected(self, labels: Sequence[Example], turned: set[int]) -> dict[str, int]:
        """How many of the turned labels are suspects, and how many stand among as many first ones."""
        placed = [Placed(str(n), LabelRecord(pair=each.pair, stance=each.stance)) for n, each in enumerate(labels)]
        logits = StanceClassifier(self._store.read("current")).logits([each.pair for each in labels])
        places = [int(suspect.placed.where) for suspect in suspects(placed, logits)]
        return {
            "labels": len(labels),
            "turned": len(turned),
            "suspects": len(places),
            "found": len(turned.intersection(places)),
            "found_first": len(turned.intersection(places[: len(turned)])),
        }

    def turned(self, share: float, seed: int) -> tuple[list[Example], set[int]]:
        """The domain's labels with a share of them turned to another stance, and the places of those."""
        random = np.random.default_rng(seed)
        turned = set(random.permutation(len(self._pool))[: round(share * len(self._pool))].tolist())
        return [
            replace(each, stance=LABELS[(LABELS.index(each.stance) + random.integers(1, 4)) % 4])
            if place in turned
            else each
            for place, each in enumerate(self._pool)
        ], turned

    def _worth(self, labels: Sequence[Example]) -> dict[str, Any]:
        """What the base is worth after it has learned these labels, on the domain and on the rest of dev."""
        model = self._learned(labels) if labels else self._store.read("current")
        figures = stance_metrics(self._told(model, self._test), label_ids(self._test))
        told = self._told(model, self._rest)
        claims = [each.pair.claim for each in self._rest]
        counts = [tally(each, label_ids(self._rest), claims) for each in (self._base_told, told)]
        rest = stance_metrics(told, label_ids(self._rest))
        return {
            "labels": len(labels),
            "domain": figures["macro_f1"],
            "rest": rest["macro_f1"],
            "rest_noise": noise(*counts)["macro_f1"],
        }

    def _learned(self, labels: Sequence[Example]) -> Checkpoint:
        splits = Splits(train=tuple(labels), calibration=(), test=(), left_out=())
        found = RetrainData(splits, self._replay(len(labels)), {FROZEN: frozen_examples()})
        job = Retraining(Labels(tuple(labels), ()), found, store=self._store, data=self._data)
        with job.working():
            made = job.candidate(found.write(job.work))
            kept = self._store.add(made.folder, gate={})
        shutil.rmtree(job.work)
        return kept

    def _replay(self, new: int) -> tuple[Example, ...]:
        places = np.random.default_rng(0).permutation(len(self._seen))[: replay_rows(new)]
        return tuple(self._seen[place] for place in places)

    @staticmethod
    def _told(model: Checkpoint, examples: Sequence[Example]) -> Any:
        return StanceClassifier(model).predict([each.pair for each in examples])

    @staticmethod
    def _base(out: Path, data: Path, recipe: Recipe, runs: Path) -> Path:
        """The recipe with the corpus less the domain in the place of the corpus."""
        last = recipe.stages[-1]
        files = tuple(
            str((out / "train-seen.jsonl").absolute()) if name == "corpus/train.jsonl" else name for name in last.files
        )
        shorter = {"files": files, "epochs": BASE_EPOCHS, "stop_after": None}
        stages = (*recipe.stages[:-1], last.model_copy(update=shorter))
        if not (out / "base").is_dir():
            train(recipe.model_copy(update={"stages": stages}), data=data, out=out / "base", runs=runs)
        return out / "base"

    @staticmethod
    def _corpus(out: Path, domain: str, part: str) -> tuple[list[Example], list[Example]]:
        """One part of the corpus without the domain, and the domain alone."""
        rows = [row.values for row in read_rows(OWN.with_name(f"{part}.jsonl")) if hasattr(row, "values")]
        found = []
        for name, inside in (("seen", False), ("unseen", True)):
            file = (out / f"{part}-{name}.jsonl").absolute()
            write_rows(file, (row for row in rows if (row["domain"] == domain) is inside))
            found.append(list(read_labelled([file]).examples))
        return found[0], found[1]


if __name__ == "__main__":
    main()
