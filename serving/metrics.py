"""Counts and latencies for Prometheus, by route template: no client can make them grow."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response

__all__ = ["Metrics"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Bucket bounds, from a probe to the deadline."""


class Metrics:
    """The figures of one application. `shared` is the folder in which several worker processes add theirs up."""

    def __init__(self, *, shared: str | None = None) -> None:
        self._shared = shared
        self._registry = CollectorRegistry()
        self._requests = Counter("stance_requests", "Requests answered.", ("route", "status"), registry=self._registry)
        self._latency = Histogram(
            "stance_request_seconds", "From request to answer.", ("route",), registry=self._registry, buckets=SECONDS
        )

    def record(self, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is a template such as `/v1/analyze`, never what the client wrote."""
        self._requests.labels(route, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def response(self) -> Response:
        """The figures in Prometheus's text format."""
        registry = self._registry
        if self._shared is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=self._shared)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
