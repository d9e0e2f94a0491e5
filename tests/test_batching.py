"""The batcher with a real thread and a real event loop; what a model computes is a function that can be held up."""

import asyncio
import logging
import math
import random
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.encoding import Encoded
from model.steps import Compute
from serving.batching import PROMPT_TOKENS, Batcher, Full
from serving.log import Lines
from serving.metrics import Metrics
from serving.schedule import ROW_TOKENS

PLENTY = 1_000_000
POISON = 666


def row(number: int, length: int = 20) -> Encoded:
    return Encoded([number] * length, [0] * length, truncated=False)


def double(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
    return [np.array([2 * row.token_ids[0], len(row.token_ids)], np.float32) for row in rows]


def doubled(rows: Sequence[Encoded]) -> list[list[float]]:
    return [[2 * row.token_ids[0], len(row.token_ids)] for row in rows]


class Gate:
    """A model that computes nothing until it is opened, and remembers what it was given."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.batches: list[list[int]] = []

    def __call__(self, rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        self.batches.append([row.token_ids[0] for row in rows])
        self.reached.set()
        assert self.opened.wait(60)
        return double(rows)


async def ask(batcher: Batcher, compute: Compute, rows: Sequence[Encoded], deadline: float = math.inf) -> list[Any]:
    with batcher.admit(sum(len(row.token_ids) for row in rows), deadline=deadline) as ticket:
        outcomes = await batcher.submit(ticket, compute, rows)
        return [outcome if isinstance(outcome, Exception) else outcome.tolist() for outcome in outcomes]


def play(scenario: Callable[[Batcher], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario(Batcher(waiting_tokens=PLENTY)))


def test_logits_come_back_in_the_order_of_the_rows() -> None:
    async def scenario(batcher: Batcher) -> None:
        rows = [row(number, length=1 + number * 7 % 90) for number in range(100)]
        assert await ask(batcher, double, rows) == doubled(rows)
        assert await ask(batcher, double, []) == []

    play(scenario)


def test_a_poison_row_hurts_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    calls = 0

    def fragile(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        nonlocal calls
        calls += 1
        if any(row.token_ids[0] == POISON for row in rows):
            raise ValueError(str(rows))
        return double(rows)

    async def scenario(batcher: Batcher) -> None:
        groups = [[row(10 * group + number) for number in range(10)] for group in range(5)]
        groups[3].insert(4, row(POISON))
        answers = await asyncio.gather(*(ask(batcher, fragile, group) for group in groups))
        poisoned = answers[3].pop(4)
        assert isinstance(poisoned, ValueError)
        groups[3].pop(4)
        assert answers == [doubled(group) for group in groups]
        assert await ask(batcher, fragile, groups[0]) == doubled(groups[0])

    with caplog.at_level(logging.ERROR, logger="stance"):
        play(scenario)
    assert calls < 20  # found by halves
    [record] = caplog.records
    assert '"tokens": 20, "error": "ValueError", "at": ["serving/batching.py' in Lines().format(record)
    assert "Encoded" not in Lines().format(record)


@pytest.mark.parametrize("found", [0, 1, 3])
def test_a_model_that_loses_count_mixes_nothing_up(found: int) -> None:
    def miscounting(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        return [np.zeros(1, np.float32)] * found

    async def scenario(batcher: Batcher) -> None:
        outcomes = await ask(batcher, miscounting, [row(1), row(2)])
        if found == 1:  # each alone is as it should be
            assert outcomes == [[0.0], [0.0]]
        else:
            assert [str(outcome) for outcome in outcomes] == [f"expected logits for 1 rows, found {found}"] * 2

    play(scenario)


def test_one_pair_passes_a_huge_request_while_the_loop_is_free() -> None:
    async def scenario(batcher: Batcher) -> None:
        gate = Gate()
        huge = asyncio.create_task(ask(batcher, gate, [row(number) for number in range(2000)]))
        await asyncio.to_thread(gate.reached.wait)
        small = asyncio.create_task(ask(batcher, gate, [row(5000)]))
        await asyncio.sleep(0)  # reached although the model computes
        gate.opened.set()
        assert await small == doubled([row(5000)])
        assert 5000 in gate.batches[1]
        assert await huge == doubled([row(number) for number in range(2000)])

    play(scenario)


def test_what_a_cancelled_request_asked_for_is_not_computed() -> None:
    async def scenario(batcher: Batcher) -> None:
        gate = Gate()
        first = asyncio.create_task(ask(batcher, gate, [row(1)]))
        await asyncio.to_thread(gate.reached.wait)
        gone = asyncio.create_task(ask(batcher, gate, [row(2), row(3)]))
        stays = asyncio.create_task(ask(batcher, gate, [row(3)]))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        gate.opened.set()
        assert await asyncio.gather(first, stays) == [doubled([row(1)]), doubled([row(3)])]
        assert gate.batches == [[1], [3]]

    play(scenario)


def test_what_is_past_its_deadline_is_not_computed() -> None:
    async def scenario(batcher: Batcher) -> None:
        gate = Gate()
        first = asyncio.create_task(ask(batcher, gate, [row(1)]))
        await asyncio.to_thread(gate.reached.wait)
        with pytest.raises(TimeoutError):
            await ask(batcher, gate, [row(2)], deadline=time.monotonic() + 0.01)
        gate.opened.set()
        await first
        with pytest.raises(TimeoutError):
            await ask(batcher, gate, [row(3)], deadline=time.monotonic() - 1)
        assert await ask(batcher, gate, [row(4)]) == doubled([row(4)])
        assert gate.batches == [[1], [4]]

    play(scenario)


def test_equal_rows_in_flight_are_computed_once() -> None:
    async def scenario(batcher: Batcher) -> None:
        gate = Gate()
        first = asyncio.create_task(ask(batcher, gate, [row(1)]))
        await asyncio.to_thread(gate.reached.wait)
        others = [asyncio.create_task(ask(batcher, gate, [row(2), row(1)])) for _ in range(10)]
        await asyncio.sleep(0)
        gate.opened.set()
        assert await asyncio.gather(first, *others) == [doubled([row(1)]), *[doubled([row(2), row(1)])] * 10]
        assert gate.batches == [[1], [2]]

    play(scenario)


def test_a_small_request_waits_for_little_and_a_large_one_for_more() -> None:
    batcher = Batcher(waiting_tokens=PLENTY)
    with ExitStack() as stack:
        for _ in range(PROMPT_TOKENS // 100 + 1):
            batcher.require_room()
            stack.enter_context(batcher.admit(100))
        for tokens in (0, 1):
            with pytest.raises(Full):
                stack.enter_context(batcher.admit(tokens))
        with pytest.raises(Full):
            batcher.require_room()
        stack.enter_context(batcher.admit(100))
        stack.enter_context(batcher.admit(10_000))
    batcher.require_room()


def test_a_request_behind_too_much_is_told_when_to_come_back() -> None:
    async def scenario() -> None:
        batcher, gate = Batcher(waiting_tokens=ROW_TOKENS + 4 * 20), Gate()
        rows = [row(number) for number in range(1000)]
        huge = asyncio.create_task(ask(batcher, gate, rows))  # alone, so however large
        await asyncio.to_thread(gate.reached.wait)
        small = [asyncio.create_task(ask(batcher, gate, [row(5000 + number)])) for number in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Full) as refused:
            await ask(batcher, gate, [row(6000)])
        assert refused.value.seconds == 1
        with pytest.raises(Full) as refused:
            await ask(batcher, gate, rows)
        assert refused.value.seconds == math.ceil((20_000 + 5 * 20) / 5000)  # nothing was measured yet
        gate.opened.set()
        await asyncio.gather(huge, *small)
        assert await ask(batcher, gate, [row(6000)]) == doubled([row(6000)])

    asyncio.run(scenario())


def test_a_loop_may_end_while_something_is_computed_for_it() -> None:
    batcher, gate = Batcher(waiting_tokens=PLENTY), Gate()

    async def leave_early() -> None:
        task = asyncio.create_task(ask(batcher, gate, [row(1)]))
        await asyncio.to_thread(gate.reached.wait)
        task.cancel()

    asyncio.run(leave_early())
    gate.opened.set()
    assert asyncio.run(ask(batcher, gate, [row(2)])) == doubled([row(2)])


def test_what_is_computed_is_counted() -> None:
    metrics = Metrics()
    batcher = Batcher(waiting_tokens=PLENTY, metrics=metrics)

    async def scenario() -> None:
        with batcher.admit(1000):
            assert {"stance_queue_requests 1.0", "stance_queue_tokens 1000.0"} <= _figures(metrics)
            await ask(batcher, double, [row(number) for number in range(100)])

    asyncio.run(scenario())
    assert _figures(metrics) >= {
        "stance_queue_requests 0.0",
        "stance_queue_tokens 0.0",
        "stance_computed_tokens_total 2000.0",
        "stance_batch_rows_sum 100.0",
    }


clients = st.lists(
    st.tuples(
        st.lists(st.builds(row, st.sampled_from([*range(8), POISON]), st.integers(1, 40)), min_size=1, max_size=20),
        st.none() | st.integers(0, 5),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(clients=clients, seed=st.integers(0, 1000))
def test_no_answer_reaches_the_wrong_request(clients: list[tuple[list[Encoded], int | None]], seed: int) -> None:
    """Many at once, of two models, some poisoned, some cancelled after as many turns of the loop as drawn."""
    chance = random.Random(seed)  # noqa: S311

    def halve(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        if any(row.token_ids[0] == POISON for row in rows):
            raise ValueError
        return [np.array([row.token_ids[0] / 2], np.float32) for row in rows]

    async def client(batcher: Batcher, rows: list[Encoded], turns: int | None) -> None:
        model = chance.choice([double, halve])
        task = asyncio.create_task(ask(batcher, model, rows))
        if turns is not None:
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            return
        expected = [row.token_ids[0] / 2 for row in rows]
        if model is double:
            assert await task == doubled(rows)
            return
        for outcome, asked, value in zip(await task, rows, expected, strict=True):
            assert isinstance(outcome, ValueError) if asked.token_ids[0] == POISON else outcome == [value]

    async def scenario(batcher: Batcher) -> None:
        await asyncio.gather(*(client(batcher, rows, turns) for rows, turns in clients))

    play(scenario)


def _figures(metrics: Metrics) -> set[str]:
    return set(bytes(metrics.response().body).decode().splitlines())
