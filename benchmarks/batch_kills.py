"""`kill -9` at random moments: the run is started again until it ends, and its rows are counted."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.batch_runs import ROOT, score_command
from data.tables import Row, read_rows

__all__ = ["Kills", "kill_at_random"]


@dataclass(slots=True)
class Kills:
    """Runs that were killed, outputs that were finished all the same, and the rows missing or too many in those."""

    killed: int = 0
    finished: int = 0
    lost: int = 0
    doubled: int = 0
    differing: int = 0
    """Outputs whose parts are not those of a run that nobody killed, byte for byte."""


def kill_at_random(
    source: Path, folder: Path, *, times: int, workers: int, engine: str = "local", seed: int = 0
) -> Kills:
    """Kill `times` runs over `source`, each somewhere in the time that a whole run takes."""
    draw = random.Random(seed)  # noqa: S311 - moments, not secrets
    options = ("--engine", engine, "--workers", workers, "--shard-rows", 20)
    started = time.perf_counter()
    subprocess.run(score_command(source, folder / "whole", *options), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - started
    expected = _parts(folder / "whole")
    found = Kills()
    while found.killed < times or not (folder / str(found.finished)).is_dir():
        out = folder / str(found.finished)
        command = score_command(source, out, *options)
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(draw.uniform(0, seconds) if found.killed < times else None)
        except subprocess.TimeoutExpired:
            # half of the time its workers too, as the kernel does when memory ends
            (os.killpg if draw.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            found.killed += 1
        else:
            _count(source, out, expected, found)
    return found


def _count(source: Path, out: Path, expected: dict[str, bytes], found: Kills) -> None:
    rows = Counter(_ids(*out.glob("part-*")))
    wanted = set(_ids(source))
    found.finished += 1
    found.lost += len(wanted - rows.keys())
    found.doubled += rows.total() - len(rows)
    found.differing += _parts(out) != expected


def _ids(*paths: Path) -> list[str]:
    return [row.values["id"] for path in paths for row in read_rows(path) if isinstance(row, Row)]


def _parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("part-*")}
