"""Runs of `stance score` as a user starts them: timed, weighed, and counted afterwards."""

import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.texts import invented_pairs

__all__ = ["Run", "run", "score_command", "write_pairs"]

ROOT = Path(__file__).parents[1]
AT_ONCE = 10_000
"""Pairs that are invented together; no two of them are alike."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took. `rate` is in judgements a second without the start; `peak` in MB, over all of its processes."""

    seconds: float
    processor_seconds: float
    rate: float
    peak: float


def write_pairs(path: Path, count: int, *, short: bool = False) -> Path:
    """A file of `count` invented pairs of about 60 tokens, or of about 35 where they are to be `short`."""
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, count, AT_ONCE):
            texts = invented_pairs(min(AT_ONCE, count - start), seed=start)
            for number, (claim, statement) in enumerate(texts, start=start):
                said = statement.partition(",")[0] if short else statement
                file.write(json.dumps({"id": str(number), "claim": claim, "statement": said}) + "\n")
    return path


def score_command(source: Path, out: Path, *options: object) -> list[str]:
    """The command that scores `source` into `out`."""
    return [sys.executable, str(ROOT / "stance.py"), "score", str(source), "--out", str(out), *map(str, options)]


def run(command: list[str]) -> Run:
    """The command's run, to its end. Raises CalledProcessError where it fails."""
    used, started = _processor_seconds(), time.perf_counter()
    peaks: dict[int, float] = {}
    with tempfile.TemporaryFile() as err:  # a pipe would be full after some minutes of progress
        process = subprocess.Popen([*command, "--progress", "json"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=err)
        while process.poll() is None:
            peaks |= _peaks(process.pid)
            time.sleep(0.1)
        err.seek(0)
        said = err.read().splitlines()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=said[-1] if said else b"")
    return Run(
        seconds=time.perf_counter() - started,
        processor_seconds=_processor_seconds() - used,
        rate=float(json.loads(said[-1])["judgements_per_second"]),
        peak=sum(peaks.values()),
    )


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peaks(pid: int) -> dict[int, float]:
    """The largest resident size so far of a process and of those below it, in MB."""
    found: dict[int, float] = {}
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found[pid] = int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1e3
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found |= _peaks(int(child))
    return found
