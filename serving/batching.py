"""Batches from everything that is asked for at once, computed by one thread beside the event loop."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

from model.encoding import Encoded
from model.steps import Compute
from serving.log import place
from serving.metrics import Metrics
from serving.schedule import Outcome, Schedule, Ticket, Work

__all__ = ["PROMPT_TOKENS", "Batcher", "Full"]

BATCH_TOKENS = 1024
"""On two cores 16 rows of 64 tokens reach the speed of any larger batch, and take some 40 ms."""

FIRST_RATE = 5000.0
"""Tokens per second before anything was measured: a slow machine's."""

PROMPT_TOKENS = 32_768
"""Of others' work, that a request may have to wait for however small it is: 2 s of two cores."""

STRETCH = 8
"""How many times what it costs itself a request may wait for beyond that."""

RATE_MEMORY = 0.9
"""How much of the measured rate a new batch leaves as it was."""

logger = logging.getLogger("stance.batching")


class Full(Exception):
    """Too much is waiting. `seconds` from now it is likely to be done, a whole number and at least 1."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s of work are waiting")
        self.seconds = seconds


class Batcher:
    """Computes rows for many requests that take turns.

    Before a request may stand PROMPT_TOKENS of others' and STRETCH times its own, and never more than `waiting_tokens`:
    a pair is answered soon or refused at once, while an article may wait for a dozen others.

    One thread, as the engine puts all cores on each batch: two would share them, and a single row would take twice as
    long. The thread lives while there is something to compute, so that there is nothing to close.
    """

    def __init__(
        self, *, waiting_tokens: int, batch_tokens: int = BATCH_TOKENS, metrics: Metrics | None = None
    ) -> None:
        self._schedule = Schedule(batch_tokens=batch_tokens)
        self._waiting_tokens = waiting_tokens
        self._metrics = metrics or Metrics()
        self._rate = FIRST_RATE
        self._lock = Lock()
        self._computing = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compute")

    @contextmanager
    def admit(self, tokens: int, *, deadline: float = math.inf) -> Iterator[Ticket]:
        """A place in the queue for a request that will cost about `tokens`; raises Full.

        On leaving, and from `deadline` on, in time.monotonic's seconds, whatever of it was not computed never will be.
        """
        ticket = Ticket(tokens, deadline)
        with self._lock:
            self._require_room(tokens)
            self._schedule.enter(ticket)
            self._show()
        try:
            yield ticket
        finally:
            with self._lock:
                self._schedule.leave(ticket)
                self._show()

    def require_room(self) -> None:
        """Raise Full where not even the smallest request would be let in."""
        with self._lock:
            self._require_room(0)

    async def submit(self, ticket: Ticket, compute: Compute, rows: Sequence[Encoded]) -> list[Outcome]:
        """The logits of each row, or the exception that it raised alone; raises TimeoutError past the deadline."""
        if not rows:
            return []
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Outcome]] = loop.create_future()

        def done(outcomes: list[Outcome]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and the request with it
                loop.call_soon_threadsafe(_settle, future, outcomes)

        with self._lock:
            self._schedule.add(ticket, compute, rows, done)
            idle, self._computing = not self._computing, True
        if idle:
            self._thread.submit(self._drain)
        async with asyncio.timeout(ticket.deadline - time.monotonic()):
            return await future

    def _require_room(self, tokens: int) -> None:
        ahead = self._schedule.ahead_of(tokens)
        if ahead > min(self._waiting_tokens, PROMPT_TOKENS + STRETCH * tokens):
            raise Full(max(1, math.ceil(ahead / self._rate)))

    def _drain(self) -> None:
        """Compute, on the thread, until nothing waits."""
        while batch := self._take():
            started = time.perf_counter()
            outcomes = _outcomes(batch)
            seconds = time.perf_counter() - started
            tokens = sum(len(work.row.token_ids) for work in batch)
            with self._lock:
                complete = self._schedule.finish(batch, outcomes)
                self._rate = RATE_MEMORY * self._rate + (1 - RATE_MEMORY) * tokens / max(seconds, 1e-6)
                self._show()
            self._metrics.record_batch(rows=len(batch), tokens=tokens, seconds=seconds)
            for order in complete:
                order.done(order.outcomes)

    def _take(self) -> list[Work]:
        with self._lock:
            batch = self._schedule.take(time.monotonic())
            self._computing = bool(batch)
            return batch

    def _show(self) -> None:
        self._metrics.show_queue(requests=len(self._schedule), tokens=self._schedule.tokens)


def _outcomes(batch: Sequence[Work]) -> list[Outcome]:
    """What each row of a batch comes to; one that cannot be computed is found by halves, and fails alone."""
    try:
        logits = list(batch[0].compute([work.row for work in batch]))
        if len(logits) != len(batch):
            raise RuntimeError(f"expected logits for {len(batch)} rows, found {len(logits)}")  # noqa: TRY301
    except Exception as error:  # noqa: BLE001 - whatever it is, only this row's request is to hear of it
        if len(batch) == 1:
            fields = {"tokens": len(batch[0].row.token_ids), **place(error)}
            logger.error("a row was not computed", extra={"fields": fields})  # noqa: TRY400 - a traceback has its text
            return [error]
        middle = len(batch) // 2
        return _outcomes(batch[:middle]) + _outcomes(batch[middle:])
    return [*logits]


def _settle(future: asyncio.Future[list[Outcome]], outcomes: list[Outcome]) -> None:
    if not future.done():  # a request that has gone waits no more
        future.set_result(outcomes)
