"""`stance score` beside the bare engine and beside what a user would write instead; its memory; what kill -9 costs.

    python -m benchmarks.batch [--rows N] [--large N] [--kills N] [--rounds N] [--only NAME ...]

The runner and the bare engine take turns, and a ratio is the median over rounds of a round's own. Rates leave out the
start, and stand beside rates in a processor second, which other work on the machine moves less. Files and outputs are
in a temporary folder. The last goal of memory asks for --large 1000000: an hour for every million rows on two cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.batch_kills import kill_at_random
from benchmarks.batch_runs import ROOT, Run, run, score_command, write_pairs
from benchmarks.figures import median_ratio
from model.checkpoint import STANCE_CHECKPOINT

TABLE_CELLS = 120
MANY = 200_000
"""Rows from which on Ray is to keep up."""
SMALL = 10_000
"""Rows that memory is compared with."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    name: str
    found: str
    goal: str = ""
    reached: bool | None = None


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8_000, help="scored in each round of throughput")
    parser.add_argument("--peer-rows", type=int, default=500, help="that the pipeline classifies")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of the bare engine in each round")
    parser.add_argument("--large", type=int, default=40_000, help=f"rows whose memory is compared with {SMALL:,}")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--kill-rows", type=int, default=600)
    parser.add_argument("--kill-engine", default="local", choices=["local", "ray"])
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--model", type=Path, default=STANCE_CHECKPOINT)
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES), metavar="NAME")
    return parser.parse_args()


def throughput(asked: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """The local runner beside the bare engine and a pipeline, on the same texts."""
    source = write_pairs(folder / "rows.jsonl", asked.rows)
    few = write_pairs(folder / "few.jsonl", 2 * asked.workers)
    sample = write_pairs(folder / "sample.jsonl", asked.peer_rows)
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    encoding: list[float] = []
    peers: list[float] = []
    for number in range(asked.rounds):
        start = _score(asked, few, folder / f"few{number}")
        whole = _score(asked, source, folder / f"rows{number}")
        ours.append((whole.rate, asked.rows / (whole.processor_seconds - start.processor_seconds)))
        found = _module("benchmarks.bare_engine", asked.model, asked.seconds, threads=asked.workers)
        bare.append((found["rate"], found["efficiency"]))
        encoding.append(found["encoding"])
        found = _module("benchmarks.peers.datasets_pipeline", asked.model, sample, threads=asked.workers)
        peers.append(found["rows"] / found["seconds"])
    rates, efficiency = ([each[kind] for each in ours] for kind in (0, 1))
    wall = median_ratio(rates, [each[0] for each in bare])
    used = median_ratio(efficiency, [each[1] for each in bare])
    peer = median_ratio(rates, peers)
    yield Line("judgements a second", f"{sorted(rates)[len(rates) // 2]:.0f}")
    yield Line("  of the bare engine", f"{wall:.0%}", "at least 90 %", wall >= 0.9)
    yield Line("  of the bare engine, in a processor second", f"{used:.0%}", "at least 90 %", used >= 0.9)
    share = median_ratio(efficiency, encoding)
    yield Line("  of their processor time, tokenizing", f"{share:.0%}")
    yield Line("  beside a pipeline over datasets", f"{peer:.1f} x", "at least 6 x", peer >= 6)


def ray(asked: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """Ray on this machine beside the local runner, on the same rows; starts are told apart from rates."""
    source = write_pairs(folder / "ray.jsonl", asked.rows)
    found: dict[str, list[Run]] = {"local": [], "ray": []}
    for number in range(asked.rounds):
        for engine, runs in found.items():
            runs.append(_score(asked, source, folder / f"{engine}{number}", "--engine", engine))
    rates = {engine: [one.rate for one in runs] for engine, runs in found.items()}
    many = {
        engine: [MANY / (_start(one, asked.rows) + MANY / one.rate) for one in runs] for engine, runs in found.items()
    }
    yield Line("Ray on this machine, judgements a second", f"{sorted(rates['ray'])[asked.rounds // 2]:.0f}")
    yield Line("  of the local runner, without starts", f"{median_ratio(rates['ray'], rates['local']):.0%}")
    share = median_ratio(many["ray"], many["local"])
    yield Line(f"  with them, at {MANY:,} rows of that rate", f"{share:.0%}", "at least 80 %", share >= 0.8)


def memory(asked: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """The peak of few rows and of many, which are short: it is their number that is asked about."""
    peaks = []
    for count in (SMALL, asked.large):
        source = write_pairs(folder / f"memory{count}.jsonl", count, short=True)
        peaks.append(_score(asked, source, folder / f"memory{count}").peak)
        yield Line(f"peak of all processes, {count:,} rows, MB", f"{peaks[-1]:.0f}")
    more = peaks[1] / peaks[0] - 1
    yield Line("  more", f"{more:+.1%}", "within 10 %", abs(more) <= 0.1)


def kills(asked: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """Rows lost and doubled."""
    source = write_pairs(folder / "killed.jsonl", asked.kill_rows)
    (folder / "kills").mkdir()
    found = kill_at_random(source, folder / "kills", times=asked.kills, workers=asked.workers, engine=asked.kill_engine)
    yield Line(f"kill -9 at random moments, {asked.kill_engine}", f"{found.killed}, {found.finished} outputs finished")
    yield Line("  rows lost", str(found.lost), "0", found.lost == 0)
    yield Line("  rows doubled", str(found.doubled), "0", found.doubled == 0)
    yield Line("  outputs that differ in a byte", str(found.differing), "0", found.differing == 0)


MEASURES = {"throughput": throughput, "ray": ray, "memory": memory, "kills": kills}


def main() -> None:
    """Print the table."""
    asked = options()
    os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    table = Table("local runner", "found", "goal", "", title=f"pairs of about 60 tokens, {asked.workers} workers")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_DATASETS_CACHE"] = f"{folder}/datasets"
        for name in asked.only:
            for line in MEASURES[name](asked, Path(folder)):
                verdict = "" if line.reached is None else "reached" if line.reached else "missed"
                table.add_row(line.name, line.found, line.goal, verdict)
    Console(width=None if sys.stdout.isatty() else TABLE_CELLS).print(table)


def _score(asked: argparse.Namespace, source: Path, out: Path, *options: object) -> Run:
    return run(score_command(source, out, "--workers", asked.workers, "--model", asked.model.absolute(), *options))


def _start(one: Run, rows: int) -> float:
    """Seconds of a run that are not judging."""
    return one.seconds - rows / one.rate


def _module(name: str, *arguments: object, threads: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", name, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
