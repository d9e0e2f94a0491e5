"""What a forward pass costs on each engine, with the shipped checkpoints.

    python benchmarks/engine.py [--runs N]

Engines take turns within a round, so that other work on the machine falls on all alike; the ratio is the median over
rounds of a round's own ratio to PyTorch. The last line is a whole extraction: an article of 800 words to its
statements. OMP_NUM_THREADS sets the threads of every engine; the default is a thread for each core.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from data.records import LABELS
from model.checkpoint import ATTRIBUTION_CHECKPOINT, STANCE_CHECKPOINT, read_checkpoint
from model.encoding import Encoded
from model.engines import EngineName
from model.quotes.extractor import QuoteExtractor
from model.quotes.tags import TAGS
from model.runtime import Runtime

EXAMPLE = Path(__file__).parent.parent / "examples" / "seawall.txt"
WORDS = 800
SHAPES = ((1, 60), (64, 60), (32, 120), (16, 256))
ENGINES: tuple[EngineName, ...] = get_args(EngineName)


def rows(count: int, length: int) -> list[Encoded]:
    """`count` rows of random token ids."""
    ids = np.random.default_rng(0).integers(1000, 20_000, (count, length)).tolist()
    return [Encoded(row, [0] * length, truncated=False) for row in ids]


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rounds(runtimes: dict[str, Runtime], batch: list[Encoded], runs: int) -> list[dict[str, float]]:
    """Seconds of each runtime, round by round, after a round to warm up."""
    return [
        {name: seconds(partial(runtime.logits, batch)) for name, runtime in runtimes.items()} for _ in range(runs + 1)
    ][1:]


def speeds(runs: int) -> Table:
    """Tokens a second of every engine at every shape."""
    checkpoint = read_checkpoint(STANCE_CHECKPOINT, task="stance", labels=LABELS)
    runtimes = {runtime.engine: runtime for runtime in (Runtime(checkpoint, engine=name) for name in ENGINES)}
    table = Table("rows x tokens", *runtimes, title="tokens a second")
    peer = list(runtimes)[ENGINES.index("torch")]
    for count, length in SHAPES:
        times = rounds(runtimes, rows(count, length), runs)
        cells = []
        for name in runtimes:
            rate = count * length / statistics.median(each[name] for each in times)
            cells.append(f"{rate:,.0f} ({statistics.median(each[peer] / each[name] for each in times):.1f} x)")
        table.add_row(f"{count} x {length}", *cells)
    return table


def main() -> None:
    """Print the table and the time of an extraction."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    Console().print(speeds(runs))
    extractor = QuoteExtractor.of(read_checkpoint(ATTRIBUTION_CHECKPOINT, task="attribution", labels=TAGS))
    article = " ".join((EXAMPLE.read_text(encoding="utf-8") * 3).split(" ")[:WORDS])
    times = [seconds(partial(extractor.extract, article)) for _ in range(runs + 1)][1:]
    print(
        f"statements of {WORDS} words: median {statistics.median(times) * 1000:.0f} ms, best {min(times) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
