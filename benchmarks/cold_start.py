"""How long a person waits: whole processes from a cold start, everything included.

    python benchmarks/cold_start.py [ARTICLE] [--runs N]

The article is cut or repeated to 800 words; the peer in the last column is the interpreter that imports PyTorch and
does nothing, below which nothing that uses PyTorch can get.
"""

import argparse
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


def seconds(command: list[str], runs: int) -> list[float]:
    """Wall seconds of each run of `command`, after one to warm the file cache."""
    found = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found.append(time.perf_counter() - start)
    return found[1:]


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
        measured = {name: seconds(command, options.runs) for name, command in commands.items()}
    floor = statistics.median(measured["import torch"])
    table = Table("command", "median s", "min s", "max s", "of import torch")
    for name, values in measured.items():
        median = statistics.median(values)
        table.add_row(name, f"{median:.2f}", f"{min(values):.2f}", f"{max(values):.2f}", f"{median / floor:.2f} x")
    Console().print(table)


if __name__ == "__main__":
    main()
