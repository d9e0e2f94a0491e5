"""Ten times what our server can do, and what its clients see."""

import json
from dataclasses import dataclass

from benchmarks.figures import percentile
from benchmarks.jobs import Job, Result, drive
from benchmarks.processes import Server
from benchmarks.systems import OURS

__all__ = ["Overload", "overload"]

TIMES = 10

CONNECTIONS = 8192
"""More than ever wait: a request that is due finds a connection, so that the load does not yield to a slow server."""

NORMAL_MS = 100.0
"""A single request counts as prompt again within this; idle it takes a tenth."""


@dataclass(frozen=True, slots=True)
class Overload:
    """What was asked for and what came of it; the deadline is the server's own."""

    rate: float
    seconds: float
    deadline_seconds: float
    result: Result

    @property
    def accepted(self) -> int:
        """Answered with 200."""
        return self.result.statuses.get(200, 0)

    @property
    def failed(self) -> int:
        """5xx, and connections that ended without an answer."""
        return sum(count for status, count in self.result.statuses.items() if status == 0 or status >= 500)

    @property
    def slowest_seconds(self) -> float:
        """The longest that an accepted request took."""
        return percentile(self.result.milliseconds, 1.0) / 1000


def overload(server: Server, *, rate: float, seconds: float) -> Overload:
    """Ask for TIMES `rate` single pairs a second for `seconds`."""
    deadline = float(json.loads(server.ask("GET", "/v1/info"))["limits"]["deadline_seconds"])
    job = Job(
        system=OURS.name,
        port=server.port,
        seconds=seconds,
        clients=CONNECTIONS,
        rate=TIMES * rate,
        normal_ms=NORMAL_MS,
        patience=deadline + 10,
    )
    return Overload(job.rate, seconds, deadline, drive(job))
