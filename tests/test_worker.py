import asyncio
import threading

import pytest

from data.errors import BadInput
from serving.worker import Full, Worker


def test_results_and_errors_come_back() -> None:
    async def scenario() -> None:
        worker = Worker(waiting=0)
        assert await worker.run(lambda: 7) == 7
        with pytest.raises(BadInput, match="empty"):
            await worker.run(_fail)
        assert await worker.run(lambda: 8) == 8

    asyncio.run(scenario())


def test_one_computes_some_wait_the_next_is_refused() -> None:
    async def scenario() -> None:
        worker, gate = Worker(waiting=2), threading.Event()
        accepted = [asyncio.create_task(worker.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Full):
            await worker.run(lambda: None)
        gate.set()
        assert await asyncio.gather(*accepted) == [True] * 3
        assert await worker.run(lambda: "again") == "again"

    asyncio.run(scenario())


def test_a_cancelled_computation_goes_on_alone() -> None:
    """Cancelling the request frees no second thread: what comes next waits for the first to end."""

    async def scenario() -> list[str]:
        worker, started, gate = Worker(waiting=2), threading.Event(), threading.Event()
        order: list[str] = []

        def first() -> None:
            started.set()
            gate.wait()
            order.append("first")

        running = asyncio.create_task(worker.run(first))
        await asyncio.to_thread(started.wait)
        skipped = asyncio.create_task(worker.run(lambda: order.append("skipped")))
        await asyncio.sleep(0)
        running.cancel()
        skipped.cancel()
        after = asyncio.create_task(worker.run(lambda: order.append("after")))
        await asyncio.sleep(0)
        gate.set()
        await after
        return order

    assert asyncio.run(scenario()) == ["first", "after"]


def _fail() -> None:
    raise BadInput("the article is empty")
