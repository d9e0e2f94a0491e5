"""The load generator, a process of its own so that it takes nothing from a server's event loop.

Reads a Job as JSON from standard input and writes a Result to standard output. It asks only this machine, holds at most
`clients` connections, and ends by itself: `seconds` of load, then at most `patience` for what is still under way.
"""

import asyncio
import json
import random
import resource
import sys
from collections import deque
from dataclasses import asdict

from benchmarks.jobs import Job, Result
from benchmarks.soak_mix import mixed_requests
from benchmarks.systems import SYSTEMS
from benchmarks.wire import Connection

__all__ = ["Load"]

PROBES_IN_A_ROW = 10
"""So many prompt answers, one after another, and the server is back to normal."""


class Load:
    """A Job under way."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.result = Result()
        self._requests = mixed_requests() if job.mixed else SYSTEMS[job.system].requests(pairs=job.pairs, seed=job.seed)
        self._sent = 0
        self._under_way = 0
        self._connections: set[Connection] = set()
        self._renewals: set[asyncio.Task[None]] = set()
        self._idle: deque[Connection] = deque()
        self._loop = asyncio.get_running_loop()
        self._cycles: list[float] = []

    async def run(self) -> Result:
        """All of it."""
        self._start = self._loop.time() + self._job.warm_up
        self._end = self._start + self._job.seconds
        self._idle.extend(
            [await self._connect() for _ in range(min(64, self._job.clients) if self._job.rate else self._job.clients)]
        )
        await (self._open() if self._job.rate else self._closed())
        if self._job.normal_ms:
            self.result.recovery = await self._recovered()
        last = self._loop.time() + self._job.patience
        while self._under_way and self._loop.time() < last:
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)
        self.result.answered = (
            len(self.result.milliseconds) / self._job.seconds if self._job.rate else self._closed_rate()
        )
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.result.processor_seconds = usage.ru_utime + usage.ru_stime
        return self.result

    async def _closed(self) -> None:
        while self._idle:
            self._send(self._idle.popleft(), self._loop.time())
        await asyncio.sleep(self._end - self._loop.time())

    async def _open(self) -> None:
        draw = random.Random(self._job.seed)  # noqa: S311 - times, not secrets
        due = self._loop.time()
        while (due := due + draw.expovariate(self._job.rate)) < self._end:
            if (early := due - self._loop.time()) > 0:
                await asyncio.sleep(early)
            elif self._sent % 32 == 0:
                await asyncio.sleep(0)  # behind: answers must be read all the same
            connection = await self._take()
            if connection:
                self._send(connection, due)
            else:
                self.result.unsent += 1

    async def _take(self) -> Connection | None:
        """An idle connection, a new one, or None where the job allows no more."""
        while self._idle:
            connection = self._idle.popleft()
            if connection.open:
                return connection
            self._connections.remove(connection)
        return await self._connect() if len(self._connections) < self._job.clients else None

    async def _connect(self) -> Connection:
        _, connection = await self._loop.create_connection(
            lambda: Connection(self._answered), "127.0.0.1", self._job.port
        )
        self._connections.add(connection)
        return connection

    def _send(self, connection: Connection, due: float) -> None:
        self._under_way += 1
        self._sent += 1
        connection.send(self._requests[self._sent % len(self._requests)], due=due)

    def _answered(self, connection: Connection, status: int, _: bytes) -> None:
        now, fine = self._loop.time(), status // 100 == 2
        self._under_way -= 1
        self.result.statuses[status] = self.result.statuses.get(status, 0) + 1
        if connection.due >= self._start:
            self._cycles.append(now - connection.due + self._job.pause)
            if fine:
                self.result.milliseconds.append(1000 * (now - connection.due))
        if connection.open:
            self._idle.append(connection)
        else:
            self._connections.remove(connection)
        if self._job.pause:
            self._loop.call_later(self._job.pause, self._next)
        elif not self._job.rate:
            self._next()

    def _next(self) -> None:
        """A client's next request, on a new connection where the server closed its last one."""
        now = self._loop.time()
        if now >= self._end and self._cycles:  # a server slower than the job is asked until it has a figure
            return
        if self._idle and self._idle[0].open:
            self._send(self._idle.popleft(), now)
        else:
            task = self._loop.create_task(self._renew())
            self._renewals.add(task)
            task.add_done_callback(self._renewals.discard)

    async def _renew(self) -> None:
        connection = await self._take()
        if connection:
            self._send(connection, self._loop.time())

    def _closed_rate(self) -> float:
        """Answers a second, by Little's law: a count would depend on how many batches fell into the time."""
        if not self._cycles:
            return 0.0
        return self._job.clients * len(self.result.milliseconds) / sum(self._cycles)

    async def _recovered(self) -> float:
        """Seconds from the end of the load until answers are prompt again, at most the job's patience."""
        began, prompt, since = self._loop.time(), 0, 0.0
        while prompt < PROBES_IN_A_ROW:
            if await self._probe() <= self._job.normal_ms:
                prompt += 1
            else:
                prompt, since = 0, self._loop.time() - began
            if self._loop.time() - began > self._job.patience:
                return self._job.patience
            await asyncio.sleep(0.02)
        return since

    async def _probe(self) -> float:
        """Milliseconds of one request on a connection of its own; infinite where it was refused."""
        answer: asyncio.Future[int] = self._loop.create_future()
        started = self._loop.time()
        _, probe = await self._loop.create_connection(
            lambda: Connection(lambda _, status, __: answer.set_result(status)), "127.0.0.1", self._job.port
        )
        probe.send(self._requests[0], due=started)
        await asyncio.wait([answer], timeout=self._job.patience)
        prompt = answer.done() and answer.result() == 200
        probe.close()
        return 1000 * (self._loop.time() - started) if prompt else float("inf")


async def _main() -> None:
    result = await Load(Job(**json.load(sys.stdin))).run()
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    asyncio.run(_main())
