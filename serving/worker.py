"""The one thread that computes, so that the event loop stays free to answer probes and refusals."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

__all__ = ["Full", "Worker"]

T = TypeVar("T")


class Full(Exception):
    """As much is waiting as may wait."""


class Worker:
    """Computes one thing at a time in the order of asking; at most `waiting` stand in line.

    A thread of its own rather than a limited share of the loop's pool: a cancelled request gives up its place in
    line, but a computation under way goes on and still counts, so that there are never two; and the math library
    keeps one pool of threads for one caller.
    """

    def __init__(self, *, waiting: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compute")
        self._places = BoundedSemaphore(1 + waiting)

    async def run(self, compute: Callable[[], T]) -> T:
        """What `compute` returns or raises; raises Full at once when the line is full."""
        if not self._places.acquire(blocking=False):
            raise Full
        future = self._thread.submit(compute)
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)
