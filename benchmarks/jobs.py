"""A load to be put on a server, and what came of it: what the generator's process is told and tells."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from benchmarks.systems import ROOT

__all__ = ["Job", "Result", "drive", "driving", "result_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to ask of `system` on `port`.

    With a `rate`, requests are due at random times, so many a second on average, whether or not earlier ones were
    answered; without, each client sends its next request `pause` seconds after an answer. With `normal_ms`, the load
    is followed by single requests until they are answered within that time again.
    """

    system: str
    port: int
    seconds: float
    warm_up: float = 0.5
    clients: int = 64
    pairs: int = 1
    rate: float = 0.0
    pause: float = 0.0
    mixed: bool = False
    seed: int = 0
    patience: float = 60.0
    normal_ms: float = 0.0


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a Job: `answered` per second after the warm-up, and each one's milliseconds, among 2xx alone.

    `unsent` were due while every connection was taken; `recovery` is the seconds from the end of the load to the first
    of the prompt answers.
    """

    answered: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    unsent: int = 0
    recovery: float = 0.0
    processor_seconds: float = 0.0


def drive(job: Job) -> Result:
    """Put the load on and wait for its end."""
    with driving(job) as generator:
        return result_of(generator)


@contextmanager
def driving(job: Job) -> Iterator[subprocess.Popen[str]]:
    """The generator at work; ended on leaving."""
    command = [sys.executable, "-m", "benchmarks.load"]
    generator = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert generator.stdin  # noqa: S101 - asked for above
        json.dump(asdict(job), generator.stdin)
        generator.stdin.close()
        generator.stdin = None
        yield generator
    finally:
        generator.kill()
        generator.wait()


def result_of(generator: subprocess.Popen[str]) -> Result:
    """What the generator found, once it has ended; raises RuntimeError where it failed."""
    output, _ = generator.communicate()
    if generator.returncode:
        raise RuntimeError(f"the load generator ended with exit code {generator.returncode}")
    found = json.loads(output)
    found["statuses"] = {int(status): count for status, count in found["statuses"].items()}
    return Result(**found)
