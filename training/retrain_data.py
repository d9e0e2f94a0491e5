"""What a retraining learns from and is measured with: new labels on their sides, replay, and the frozen set."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.labelled import fingerprint, read_labelled
from data.records import Example, Pair
from data.splits import Splits, apart, split
from data.tables import write_rows
from training.evidence import frozen_examples
from training.gate import FROZEN

__all__ = ["REPLAY", "Labels", "RetrainData", "gather", "read_labels", "replay_rows"]

CORPUS = Path(__file__).parent.parent / "data"

REPLAY = ("corpus/train.jsonl", "stance/train.jsonl.gz")
"""What the model must not forget: the corpus, which ships, and what `stance labels join` makes, where it is there."""

REPLAY_RATIO = 2
LEAST_REPLAY = 512
MOST_REPLAY = 2048
"""However many labels are new, training stays a matter of minutes."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labelled pairs, one stance each, and a line for each row that was set aside."""

    examples: tuple[Example, ...]
    set_aside: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Of the pairs and stances, in any order."""
        return fingerprint(self.examples)


@dataclass(frozen=True, slots=True)
class RetrainData:
    """Everything that one retraining reads: its `splits` of the new labels, what it repeats, what it is measured with.

    `evaluation` has the sets by name, the frozen one first.
    """

    splits: Splits
    replay: tuple[Example, ...]
    evaluation: Mapping[str, tuple[Example, ...]]

    def counts(self) -> dict[str, Any]:
        """How many rows are for what."""
        return {
            "train": len(self.splits.train),
            "calibration": len(self.splits.calibration),
            "test": len(self.splits.test),
            "left_out": len(self.splits.left_out),
            "replay": len(self.replay),
            "evaluation": {name: len(examples) for name, examples in self.evaluation.items()},
        }

    def write(self, folder: Path) -> dict[str, Path]:
        """The rows as files in `folder`, by name; one of no rows is left out."""
        files = {}
        parts = {"labels": self.splits.train, "replay": self.replay, "calibration": self.splits.calibration}
        for name, examples in parts.items():
            if examples:
                files[f"{name}.jsonl"] = folder / f"{name}.jsonl"
                write_rows(folder / f"{name}.jsonl", map(_row, examples))
        return files


def read_labels(files: Sequence[Path], *, store: Path) -> Labels:
    """The labels in `files` or, without a file, the ones in force in the store's label base; raises BadInput."""
    if not files:
        return _in_force(store)
    found = read_labelled(files)
    return Labels(found.examples, (*map(str, found.rejects), *map(str, found.conflicts)))


def gather(labels: Labels, *, data: Path, evaluation: Sequence[Path] = ()) -> RetrainData:
    """The labels on their sides, replay from below `data`, and what is measured with; raises BadInput.

    What stands in an evaluation set is measured with and not learned from.
    """
    given = read_labelled(evaluation).examples if evaluation else ()
    splits = split(labels.examples, measured=(*frozen_examples(), *given))
    if not splits.train:
        raise BadInput(
            f"expected labels to learn from, found {len(labels.examples)} rows that are all measured with: "
            "label statements on more claims"
        )
    sets = {
        FROZEN: frozen_examples(),
        "new": splits.test,
        "given": given,
    }
    return RetrainData(
        splits=splits,
        replay=_replay(data, len(splits.train), measured=(*splits.test, *given)),
        evaluation={name: examples for name, examples in sets.items() if examples},
    )


def replay_rows(new: int) -> int:
    """How many rows are repeated beside so many new ones."""
    return min(max(REPLAY_RATIO * new, LEAST_REPLAY), MOST_REPLAY)


def _in_force(store: Path) -> Labels:
    """What people have said last of each pair, where they agree."""
    from data.adjudication import adjudicate
    from data.label_store import LabelStore, labels_place

    place = labels_place(store, os.environ.get("STANCE_LABELS_URL"))
    if isinstance(place, Path) and not place.is_file():
        raise BadInput(f"{place}: expected labels there, found none: name a file, or import some with `stance labels`")
    with LabelStore.open(place) as labels:
        found = adjudicate(labels.labels())
    if not found.examples:
        raise BadInput("expected labels, found none in force that settle a pair: label some, or name a file")
    told = ("; ".join(f"{one.label.annotator or one.id}: {one.label.stance}" for one in given) for given in found.open)
    return Labels(found.examples, tuple(f"expected one stance with the most votes, found {votes}" for votes in told))


def _replay(data: Path, new: int, *, measured: Sequence[Example]) -> tuple[Example, ...]:
    """Rows of what was learned before, some for each new one: those whose digest comes first, the same every time."""
    places = (next((root / name for root in (data, CORPUS) if (root / name).is_file()), None) for name in REPLAY)
    examples, _ = apart(read_labelled([place for place in places if place is not None]).examples, measured)
    return tuple(sorted(examples, key=lambda example: _digest(example.pair))[: replay_rows(new)])


def _digest(pair: Pair) -> bytes:
    return hashlib.sha256(f"{pair.claim}\n{pair.statement}".encode(errors="surrogatepass")).digest()


def _row(example: Example) -> dict[str, str]:
    return {**asdict(example.pair), "stance": example.stance, "group": example.group, "origin": example.origin}
