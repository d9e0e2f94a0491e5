"""Counts and latencies for Prometheus, by route template: no client can make them grow."""

import os
from collections import Counter as Tally
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response

from data.records import Judgement
from serving.errors import TYPES

__all__ = ["Metrics"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Bucket bounds, from a probe to the deadline."""

ROWS = (1, 2, 4, 8, 16, 32, 64, 128)
"""Bucket bounds of a batch, whose shortest rows have some 8 tokens."""


class Metrics:
    """The figures of one application. `shared` is the folder in which several worker processes add theirs up."""

    def __init__(self, *, shared: str | None = None) -> None:
        self._shared = shared
        own = self._registry = CollectorRegistry()
        self._requests = Counter("stance_requests", "Requests answered.", ("route", "status"), registry=own)
        self._latency = Histogram(
            "stance_request_seconds", "From request to answer.", ("route",), registry=own, buckets=SECONDS
        )
        self._rejects = Counter(
            "stance_rejects", "Requests and single pairs that got an error.", ("what", "reason"), registry=own
        )
        self._queued, self._waiting = (
            Gauge(name, text, registry=own, multiprocess_mode="livesum")
            for name, text in (
                ("stance_queue_requests", "Requests let in and not yet done."),
                ("stance_queue_tokens", "Tokens that they still cost, as far as known."),
            )
        )
        self._rows = Histogram("stance_batch_rows", "Rows computed together.", registry=own, buckets=ROWS)
        self._tokens = Counter("stance_computed_tokens", "Tokens computed, without padding.", registry=own)
        self._seconds = Counter("stance_compute_seconds", "Time spent computing.", registry=own)
        self._judgements = Counter("stance_judgements", "Judgements given.", ("stance",), registry=own)
        self._truncated = Counter("stance_truncated", "Judgements of pairs that were cut for length.", registry=own)

    def record(self, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is a template such as `/v1/analyze`, never what the client wrote."""
        self._requests.labels(route, str(status)).inc()
        self._latency.labels(route).observe(seconds)
        if status >= 400:
            self.count_reject("request", status)

    def count_reject(self, what: Literal["request", "pair"], status: int) -> None:
        """Count a request or one of its pairs that got an error, by the error's type."""
        self._rejects.labels(what, TYPES.get(status, "client_gone")).inc()

    def count_judgements(self, judgements: Iterable[Judgement]) -> None:
        """Count what clients are told."""
        tally = Tally((judgement.stance, judgement.truncated) for judgement in judgements)
        for (stance, truncated), number in tally.items():
            self._judgements.labels(str(stance)).inc(number)
            self._truncated.inc(number if truncated else 0)

    def record_batch(self, *, rows: int, tokens: int, seconds: float) -> None:
        """Count what was computed at once."""
        self._rows.observe(rows)
        self._tokens.inc(tokens)
        self._seconds.inc(seconds)

    def show_queue(self, *, requests: int, tokens: int) -> None:
        """Show how long the queue is now."""
        self._queued.set(requests)
        self._waiting.set(tokens)

    def response(self) -> Response:
        """The figures in Prometheus's text format."""
        registry = self._registry
        if self._shared is not None:
            _forget_the_dead(Path(self._shared))
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=self._shared)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _forget_the_dead(folder: Path) -> None:
    """Take away what workers that were killed show of a queue that is no more; their counts stay."""
    for file in folder.glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
