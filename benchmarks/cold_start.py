"""How long a person waits: whole processes from a cold start, everything included.

    python benchmarks/cold_start.py [ARTICLE] [--runs N]

The article is cut or repeated to 800 words; the peer in the last column is the interpreter that imports PyTorch and
does nothing, below which nothing that uses PyTorch can get. Processor seconds, over all threads, hardly move when
other work shares the machine; wall seconds do.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

EXAMPLE = Path(__file__).parent.parent / "examples" / "seawall.txt"
WORDS = 800
CLAIMS = (
    "The harbour authority knew before the storm that the sea wall was cracked.",
    "The ferry terminal should stay closed until the sea wall is rebuilt.",
    "The ministry had read the survey.",
)


def seconds(command: list[str]) -> tuple[float, float]:
    """Wall and processor seconds of one run of `command`."""
    used, start = children_seconds(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, children_seconds() - used


def children_seconds() -> float:
    """Processor seconds of every child process that has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("article", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    paragraphs = options.article.read_text(encoding="utf-8").split("\n\n")
    while sum(len(paragraph.split()) for paragraph in paragraphs) < WORDS:
        paragraphs += paragraphs
    kept: list[str] = []
    while sum(len(paragraph.split()) for paragraph in kept) < WORDS:
        kept.append(paragraphs[len(kept)])
    stance = [sys.executable, "-m", "stance"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as article:
        article.write("\n\n".join(kept))
        article.flush()
        claims = [part for claim in CLAIMS for part in ("--claim", claim)]
        commands = {
            "stance --help": [*stance, "--help"],
            f"stance analyze, {WORDS} words, {len(CLAIMS)} claims": [*stance, "analyze", article.name, *claims],
            "import torch": [sys.executable, "-c", "import torch"],
        }
        # interleaved, so that a busy minute falls on all alike; the first round warms the file cache
        rounds = [{name: seconds(command) for name, command in commands.items()} for _ in range(options.runs + 1)][1:]
    table = Table("command", "median s", "min s", "max s", "processor s", "of import torch")
    for name in commands:
        wall = [each[name][0] for each in rounds]
        used = statistics.median(each[name][1] for each in rounds)
        ratio = statistics.median(each[name][0] / each["import torch"][0] for each in rounds)
        cells = (statistics.median(wall), min(wall), max(wall), used)
        table.add_row(name, *(f"{cell:.2f}" for cell in cells), f"{ratio:.2f} x")
    Console().print(table)


if __name__ == "__main__":
    main()
