"""What the engine itself can do with the same texts: no server, no tokenizer, batches made of a thousand pairs at once.

    python -m benchmarks.bare_engine MODEL SECONDS

Prints a JSON object: pairs a second, `efficiency` in pairs a processor second, `encoding`, the pairs that a processor
second would tokenize, tokens of the mean pair, the engine, and the most probable label of CHECKED pairs, which every
server must repeat.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.texts import invented_pairs
from data.records import LABELS, Pair
from model.classifier import StanceClassifier

__all__ = ["CHECKED", "CHECK_SEED"]

CHECKED = 64
CHECK_SEED = 1
ROWS = 1024
"""Enough rows to sort by length that hardly any padding is computed."""


def main() -> None:
    """Print the figures."""
    classifier = StanceClassifier.load(Path(sys.argv[1]))
    labels = [LABELS[index] for index in classifier.predict(_pairs(CHECKED, seed=CHECK_SEED)).argmax(axis=1)]
    pairs = _pairs(ROWS, seed=0)
    classifier.encode(pairs)
    used = time.process_time()
    rows = classifier.encode(pairs)
    encoding = ROWS / (time.process_time() - used)
    classifier.compute(rows)
    count, started, used = 0, time.perf_counter(), time.process_time()
    while (seconds := time.perf_counter() - started) < float(sys.argv[2]):
        classifier.compute(rows)
        count += ROWS
    tokens = float(np.mean([len(row.token_ids) for row in rows]))
    efficiency = count / (time.process_time() - used)
    found = {"rate": count / seconds, "efficiency": efficiency, "encoding": encoding, "tokens": tokens}
    json.dump({**found, "engine": classifier.engine, "labels": labels}, sys.stdout)


def _pairs(count: int, *, seed: int) -> list[Pair]:
    return [Pair(texts.claim, texts.statement) for texts in invented_pairs(count, seed=seed)]


if __name__ == "__main__":
    main()
