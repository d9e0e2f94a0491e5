"""Whose turn it is: plain calls in a plain order, no clock and no thread."""

from collections.abc import Sequence
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.encoding import Encoded
from model.runtime import padded_width
from serving.schedule import ROW_TOKENS, Outcome, Schedule, Ticket, Work

BUDGET = 256


def tagger(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
    return [np.array([row.token_ids[0]], np.float32) for row in rows]


def classifier(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
    return [np.array([-row.token_ids[0]], np.float32) for row in rows]


def row(number: int, length: int = 60) -> Encoded:
    return Encoded([number] * length, [0] * length, truncated=False)


class Client:
    """A request and what it was told."""

    def __init__(self, schedule: Schedule, *, tokens: int = 0, deadline: float = inf) -> None:
        self.ticket = Ticket(tokens, deadline)
        self.told: list[list[Outcome]] = []
        self.schedule = schedule
        schedule.enter(self.ticket)

    def ask(self, rows: Sequence[Encoded], compute=tagger) -> "Client":
        self.schedule.add(self.ticket, compute, rows, self.told.append)
        return self


def compute(schedule: Schedule, batch: Sequence[Work]) -> None:
    outcomes = batch[0].compute([work.row for work in batch])
    for order in schedule.finish(batch, list(outcomes)):
        order.done(order.outcomes)


def drain(schedule: Schedule) -> list[list[Work]]:
    batches = []
    while batch := schedule.take(0.0):
        compute(schedule, batch)
        batches.append(batch)
    return batches


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(batch_tokens=BUDGET)


def test_one_row_never_waits_for_all_of_a_huge_request(schedule):
    huge = Client(schedule).ask([row(number) for number in range(1000)])
    compute(schedule, schedule.take(0.0))
    small = [Client(schedule).ask([row(5000 + number)]) for number in range(3)]
    compute(schedule, schedule.take(0.0))

    assert [client.told[0][0] for client in small] == [5000, 5001, 5002]
    assert not huge.told


def test_a_huge_request_is_not_starved_by_small_ones_that_keep_coming(schedule):
    for number in range(20):
        Client(schedule).ask([row(100 + number)])
    huge = Client(schedule).ask([row(number) for number in range(5)])
    computed = 0
    while not huge.told:
        batch = schedule.take(0.0)
        compute(schedule, batch)
        for _ in batch:
            computed += 1
            Client(schedule).ask([row(1000 + computed)])

    assert computed <= 5 * 21 + 4  # a row of its own in each round of all that wait


def test_a_short_row_among_long_ones_comes_in_the_second_batch_at_the_latest(schedule):
    Client(schedule).ask([row(number, length=10 + number % 120) for number in range(1000)])
    small = Client(schedule).ask([row(7000, length=200)])
    for _ in range(2):
        compute(schedule, schedule.take(0.0))

    assert small.told == [[7000]]


def test_two_models_take_turns(schedule):
    Client(schedule).ask([row(number) for number in range(100)], tagger)
    Client(schedule).ask([row(number) for number in range(100)], classifier)
    batches = drain(schedule)

    assert [batch[0].compute for batch in batches[:4]] == [tagger, classifier, tagger, classifier]
    assert sum(map(len, batches)) == 200


def test_equal_rows_are_computed_once_for_all(schedule):
    first = Client(schedule).ask([row(1), row(2), row(1)])
    second = Client(schedule).ask([row(2)])
    batch = schedule.take(0.0)
    third = Client(schedule).ask([row(1)])

    assert len(batch) == 2
    assert schedule.take(0.0) == []  # the third waits for what is under way
    compute(schedule, batch)
    assert (first.told, second.told, third.told) == ([[1, 2, 1]], [[2]], [[1]])
    assert len(drain(Schedule(batch_tokens=BUDGET))) == 0
    assert Client(schedule).ask([row(1)]).told == []
    assert len(schedule.take(0.0)) == 1  # what is done is done again: nothing is kept


def test_equal_token_ids_with_other_type_ids_are_another_row(schedule):
    Client(schedule).ask([row(1), Encoded([1] * 60, [1] * 60, truncated=False)])

    assert len(schedule.take(0.0)) == 2


def test_what_has_expired_is_not_computed(schedule):
    late = Client(schedule, deadline=5.0).ask([row(1), row(2)])
    both = Client(schedule).ask([row(2)])
    batch = schedule.take(5.0)

    assert [work.row for work in batch] == [row(2)]
    compute(schedule, batch)
    assert (late.told, both.told) == ([], [[2]])
    assert schedule.take(5.0) == []


def test_who_leaves_takes_his_rows_along_but_not_those_that_others_share(schedule):
    leaves = Client(schedule).ask([row(1), row(2)])
    stays = Client(schedule).ask([row(2)])
    schedule.leave(leaves.ticket)
    [batch] = drain(schedule)

    assert [work.row for work in batch] == [row(2)]
    assert stays.told == [[2]]
    schedule.leave(stays.ticket)
    assert (len(schedule), schedule.tokens) == (0, 0)


def test_who_leaves_while_computed_is_no_trouble(schedule):
    leaves = Client(schedule).ask([row(1), row(2, length=100)])
    batch = schedule.take(0.0)
    schedule.leave(leaves.ticket)
    compute(schedule, batch)

    assert leaves.told == []
    assert schedule.take(0.0) == []
    assert schedule.tokens == 0


def test_what_stands_before_a_request_counts_only_up_to_its_own_size(schedule):
    for tokens in (10_000, 60, 60):
        Client(schedule, tokens=tokens)

    assert schedule.ahead_of(1_000) == 1_120
    assert schedule.ahead_of(1_000_000) == schedule.tokens == 10_120


@pytest.mark.parametrize("tokens", [0, 1, 60, ROW_TOKENS])
def test_before_the_smallest_request_stands_a_row_of_each_other(schedule, tokens):
    clients = [Client(schedule, tokens=others) for others in (10_000, 60)]
    assert schedule.ahead_of(tokens) == ROW_TOKENS + 60

    clients[1].ask([row(1, length=50), row(2, length=50)])
    assert schedule.ahead_of(tokens) == ROW_TOKENS + 100
    drain(schedule)
    assert schedule.ahead_of(tokens) == ROW_TOKENS
    for client in clients:
        schedule.leave(client.ticket)
    assert schedule.ahead_of(tokens) == schedule.tokens == 0


def test_tokens_are_an_estimate_until_the_rows_are_there(schedule):
    client = Client(schedule, tokens=100).ask([row(number) for number in range(4)])

    assert schedule.tokens == 240
    compute(schedule, schedule.take(0.0))
    assert schedule.tokens == 0
    client.ask([row(1)])
    assert schedule.tokens == 60


def test_a_row_longer_than_the_budget_is_a_batch_of_its_own(schedule):
    Client(schedule).ask([row(number, length=BUDGET + 50) for number in range(3)])

    assert [len(batch) for batch in drain(schedule)] == [1, 1, 1]


rows = st.builds(row, st.integers(0, 9), st.integers(1, 300))
actions = st.lists(
    st.tuples(st.sampled_from([tagger, classifier]), st.lists(rows, min_size=1, max_size=12), st.booleans()),
    max_size=12,
)


@given(actions=actions, pauses=st.lists(st.booleans(), min_size=12, max_size=12))
def test_everybody_who_stays_is_told_his_own_and_batches_are_of_one_kind(actions, pauses):
    schedule = Schedule(batch_tokens=BUDGET)
    clients, batches = [], []
    for (model, asked, leaves), pause in zip(actions, pauses, strict=False):
        client = Client(schedule).ask(asked, model)
        clients.append((client, model, asked, leaves))
        if pause:
            batches.append(schedule.take(0.0))
            if leaves:
                schedule.leave(client.ticket)
            if batches[-1]:
                compute(schedule, batches[-1])
        elif leaves:
            schedule.leave(client.ticket)
    batches += drain(schedule)

    for batch in filter(None, batches):
        lengths = [len(work.row.token_ids) for work in batch]
        assert len({work.compute for work in batch}) == 1
        assert len({work.key for work in batch}) == len(batch)
        assert len(batch) == 1 or max(lengths) * len(batch) <= BUDGET
        assert len(set(map(padded_width, lengths))) == 1
    for client, model, asked, leaves in clients:
        if not leaves:
            assert client.told == [model(asked)]
            assert client.ticket.tokens == 0
    assert schedule.tokens == 0
