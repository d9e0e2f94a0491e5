"""Memory over time under a mixed load, and its plot."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import slope
from benchmarks.jobs import Job, Result, driving, result_of
from benchmarks.processes import Server
from benchmarks.systems import OURS

__all__ = ["Sample", "Soak", "plot", "soak"]

CLIENTS = 8
SAMPLE_SECONDS = 5
SETTLED = 0.2
"""The share of a soak after which memory is taken to have settled: pools and caches have filled by then."""

WIDTH, HEIGHT, MARGIN = 640, 240, 40


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment: seconds since the start, resident MB of all processes, bytes of /metrics."""

    seconds: float
    resident: float
    descriptors: int
    metrics: int


@dataclass(frozen=True, slots=True)
class Soak:
    """All samples and what the clients saw."""

    samples: list[Sample]
    result: Result

    @property
    def settled(self) -> list[Sample]:
        """The samples without the first SETTLED of the time."""
        return [sample for sample in self.samples if sample.seconds >= SETTLED * self.samples[-1].seconds]

    @property
    def slope(self) -> float:
        """MB an hour, once settled."""
        return slope([(sample.seconds / 3600, sample.resident) for sample in self.settled])


def soak(server: Server, minutes: float) -> Soak:
    """Put a mixed load on our server for `minutes` and watch it."""
    job = Job(system=OURS.name, port=server.port, seconds=60 * minutes, clients=CLIENTS, mixed=True)
    samples: list[Sample] = []
    started = time.monotonic()
    with driving(job) as generator:
        while generator.poll() is None and time.monotonic() - started < job.seconds:
            metrics = len(server.ask("GET", "/metrics"))
            resident = server.memory()[1]
            samples.append(Sample(time.monotonic() - started, resident, server.descriptors(), metrics))
            time.sleep(SAMPLE_SECONDS)
        return Soak(samples, result_of(generator))


def plot(found: Soak) -> str:
    """Resident memory over time as an SVG, from zero, so that what looks flat is flat."""
    samples = found.samples
    top = 1.25 * max(sample.resident for sample in samples)
    end = samples[-1].seconds or 1.0
    points = [_place(sample.seconds / end, sample.resident / top) for sample in _thinned(samples)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    title = f"resident memory under mixed load, {end / 60:.0f} minutes: {found.slope:+.1f} MB an hour"
    grid = "".join(_level(top * share / 4, share / 4) for share in range(5))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
        f'<text x="{MARGIN}" y="20" font-size="13">{title}</text>\n{grid}'
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>\n'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 12}" text-anchor="end">{end / 60:.0f} min</text>\n</svg>\n'
    )


def _place(across: float, up: float) -> tuple[float, float]:
    return MARGIN + across * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)


def _level(value: float, up: float) -> str:
    left, y = _place(0, up)
    right, _ = _place(1, up)
    return (
        f'<line x1="{left:.0f}" y1="{y:.1f}" x2="{right:.0f}" y2="{y:.1f}" stroke="#ddd"/>\n'
        f'<text x="{left - 4:.0f}" y="{y + 4:.1f}" text-anchor="end">{value:.0f}</text>\n'
    )


def _thinned(samples: Sequence[Sample]) -> Sequence[Sample]:
    """At most some 200 points: the file stays small."""
    return samples[:: max(1, len(samples) // 200)]
