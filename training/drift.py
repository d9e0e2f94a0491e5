"""Whether new pairs are still like those before: five views of them, each with how far apart and how likely by chance.

Of every view the distance between the two sets is compared with that between random halves of both together (a
permutation test: Good 2005), and it must be large as well as unlikely: with enough rows any difference is unlikely.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.labelled import parse_pair
from data.records import LABELS, Pair
from data.tables import Reject, parse_rows
from model.calibration import probabilities
from model.checkpoint import Checkpoint
from model.embedding import embed
from model.encoding import encode_pairs
from model.runtime import Runtime
from training.metrics import rounded

__all__ = ["Measure", "Observation", "compare", "observe", "read_pairs"]

Floats = NDArray[np.floating[Any]]
Distance = Callable[[NDArray[np.bool_]], Floats]
"""Membership in the new set (draws, rows) to the distance between new and old rows (draws,)."""

MOST_ROWS = 1000
"""Drawn from each side: the embeddings' kernel is a square of both, 32 MB."""

DRAWS = 999
LEVEL = 0.05
"""Of one false alarm in twenty runs, shared among the views (Bonferroni)."""

LIMITS = {"label mix": 0.1, "confidence": 0.1, "length": 0.15, "unknown tokens": 0.01, "embeddings": 0.02}
"""What is worth a look: a tenth of the labels moved, a tenth of the rows beyond a confidence, a hundredth of the tokens
unknown. Two quarters of the corpus, by claim, are at .02, .03, .07, .000 and .001; the corpus and real news are at .69,
.21, .74, .000 and .53."""

SEED = 13


@dataclass(frozen=True, slots=True)
class Observation:
    """What a model sees in some pairs.

    `probabilities` are (rows, 4), `tokens` counts (rows,), `unknown` the share of unknown ones (rows,), and `points`
    (rows, hidden) are the pairs in the encoder's space.
    """

    probabilities: Floats
    tokens: Floats
    unknown: Floats
    points: NDArray[np.float32]

    @property
    def rows(self) -> int:
        """How many pairs were looked at."""
        return len(self.tokens)

    def label_mix(self) -> dict[str, float]:
        """The share of each label, by the most probable one."""
        shares = np.bincount(self.probabilities.argmax(axis=1), minlength=len(LABELS)) / self.rows
        mix: dict[str, float] = rounded(dict(zip(map(str, LABELS), shares.tolist(), strict=True)))
        return mix


@dataclass(frozen=True, slots=True)
class Measure:
    """One view: the distance, from which on it matters, and the share of random halves that are as far apart."""

    name: str
    distance: float
    limit: float
    p: float
    drifted: bool

    def document(self) -> dict[str, Any]:
        """It without its name, as JSON shows it."""
        return {name: value for name, value in asdict(self).items() if name != "name"}


def read_pairs(files: Sequence[Path]) -> list[Pair]:
    """The pairs of some files, or MOST_ROWS of them, spread evenly; raises BadInput at a row that is none."""
    pairs: list[Pair] = []
    for item in chain.from_iterable(parse_rows(file, parse_pair) for file in files):
        if isinstance(item, Reject):
            raise BadInput(str(item))
        pairs.append(item)
    if not pairs:
        raise BadInput(f"{', '.join(map(str, files))}: expected pairs, found no row: add some")
    if len(pairs) <= MOST_ROWS:
        return pairs
    return [pairs[place] for place in np.linspace(0, len(pairs) - 1, MOST_ROWS).round().astype(int)]


def observe(checkpoint: Checkpoint, pairs: Sequence[Pair]) -> Observation:
    """What the model sees in the pairs; raises BadCheckpoint for an encoder that is no BERT."""
    tokenizer = checkpoint.tokenizer
    rows = encode_pairs(tokenizer, pairs, max_tokens=checkpoint.facts.max_tokens)
    known = (tokenizer.token_to_id(name) for name in ("[UNK]", "<unk>"))
    unknown = next((number for number in known if number is not None), -1)
    return Observation(
        probabilities=probabilities(np.array(Runtime(checkpoint).logits(rows)), checkpoint.facts.temperature),
        tokens=np.array([len(row.token_ids) for row in rows], dtype=np.float64),
        unknown=np.array([row.token_ids.count(unknown) / len(row.token_ids) for row in rows]),
        points=embed(checkpoint, pairs),
    )


def compare(before: Observation, after: Observation) -> list[Measure]:
    """Every view of the two sets, in the order of LIMITS."""
    labels = np.concatenate([each.probabilities.argmax(axis=1) for each in (before, after)])
    views: dict[str, Distance] = {
        "label mix": _mean_gap(np.eye(len(LABELS))[labels]),
        "confidence": _largest_gap(np.concatenate([each.probabilities.max(axis=1) for each in (before, after)])),
        "length": _largest_gap(np.concatenate([before.tokens, after.tokens])),
        "unknown tokens": _mean_gap(np.concatenate([before.unknown, after.unknown])[:, None]),
        "embeddings": _discrepancy(np.concatenate([before.points, after.points])),
    }
    return [_measure(name, views[name], before.rows, after.rows) for name in LIMITS]


def _measure(name: str, distance: Distance, before: int, after: int) -> Measure:
    new = np.zeros((1, before + after), dtype=np.bool_)
    new[:, before:] = True
    found = float(distance(new)[0])
    drawn = np.random.default_rng(SEED).permuted(np.repeat(new, DRAWS, axis=0), axis=1)
    p = (1 + int((distance(drawn) >= found - 1e-12).sum())) / (1 + DRAWS)
    return Measure(
        name=name,
        distance=round(found, 5),
        limit=LIMITS[name],
        p=p,
        drifted=found >= LIMITS[name] and p <= LEVEL / len(LIMITS),
    )


def _mean_gap(values: Floats) -> Distance:
    """Half the sum of what the means of `values` (rows, columns) are apart: of one-hot labels their total variation."""

    def distance(new: NDArray[np.bool_]) -> Floats:
        gaps: Floats = np.abs(_means(new, values) - _means(~new, values)).sum(axis=1)
        return gaps / (2 if values.shape[1] > 1 else 1)

    return distance


def _largest_gap(values: Floats) -> Distance:
    """How far two cumulative distributions of `values` (rows,) are apart at most (Kolmogorov and Smirnov)."""
    order = np.argsort(values, kind="stable")
    ends = np.append(np.diff(values[order]) > 0, True)

    def distance(new: NDArray[np.bool_]) -> Floats:
        ranked = new[:, order]
        shares = [np.cumsum(side, axis=1) / side.sum(axis=1, keepdims=True) for side in (ranked, ~ranked)]
        gaps: Floats = np.abs(shares[0] - shares[1])[:, ends].max(axis=1)
        return gaps

    return distance


def _discrepancy(points: NDArray[np.float32]) -> Distance:
    """The maximum mean discrepancy, squared, with a Gaussian kernel of the median distance (Gretton et al. 2012)."""
    squares = np.maximum(2 - 2 * points @ points.T, 0)  # of points of length 1
    kernel = np.exp(-squares / max(float(np.median(squares)), 1e-9))

    def distance(new: NDArray[np.bool_]) -> Floats:
        weights = np.where(new, 1 / new.sum(axis=1, keepdims=True), -1 / (~new).sum(axis=1, keepdims=True))
        found: Floats = ((weights.astype(np.float32) @ kernel) * weights).sum(axis=1)
        return found

    return distance


def _means(members: NDArray[np.bool_], values: Floats) -> Floats:
    means: Floats = (members @ values) / members.sum(axis=1, keepdims=True)
    return means
