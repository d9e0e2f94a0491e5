"""What is computed next, and whose turn it is: the queue of the server, without a clock, a thread or an event loop.

Requests take turns row by row, so that one row never waits for all of a request with thousands. A batch has rows of one
model and of like length, which leaves little padding; equal rows are one piece of work, whoever asked for them.
"""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from model.encoding import Encoded
from model.runtime import padded_width
from model.steps import Compute

__all__ = ["ROW_TOKENS", "Order", "Outcome", "Schedule", "Ticket", "Work"]

ROW_TOKENS = 192
"""Of the longest pairs. Turns are taken by rows, which are computed whole."""

Outcome: TypeAlias = NDArray[np.float32] | Exception
"""A row's logits, or why there are none."""

Kind: TypeAlias = tuple[Compute, int]
"""What the rows of a batch have in common: the model, and the width that they fit in."""


@dataclass(eq=False, slots=True)
class Ticket:
    """A request's place in the queue. `tokens` is what it still costs, at first as estimated.

    Nothing of it is computed from `deadline` on, in the clock of whoever calls.
    """

    tokens: int
    deadline: float
    lanes: "dict[Kind, deque[Work]]" = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Order:
    """Rows that a request asked for at once; `done` is told their outcomes, in order, when it has the last."""

    ticket: Ticket
    done: Callable[[list[Outcome]], None]
    outcomes: list[Outcome]
    missing: int


@dataclass(eq=False, slots=True, weakref_slot=True)
class Work:
    """One row to compute, for all places of all orders that hold it."""

    compute: Compute
    row: Encoded
    key: Hashable
    places: list[tuple[Order, int]] = field(default_factory=list)
    taken: bool = False


class Schedule:
    """The requests that were let in, in the order of their turns. Not for two threads at once.

    `batch_tokens` bounds a batch, padding included, beyond its first row; `tokens` is what all requests still cost.
    """

    def __init__(self, *, batch_tokens: int) -> None:
        self._batch_tokens = batch_tokens
        self._tickets: dict[Ticket, None] = {}  # who has waited longest for a turn stands first
        # what waits is held by lanes and what is computed by its batch: work that nobody wants is gone by itself
        self._works: WeakValueDictionary[Hashable, Work] = WeakValueDictionary()
        self.tokens = 0
        self._turns = 0  # of a row of each request

    def __len__(self) -> int:
        """How many requests there are."""
        return len(self._tickets)

    def ahead_of(self, tokens: int) -> int:
        """How many tokens would be computed before a new request of `tokens` is done, its own left out."""
        if tokens <= ROW_TOKENS:
            return self._turns
        return sum(min(ticket.tokens, tokens) for ticket in self._tickets)

    def enter(self, ticket: Ticket) -> None:
        """Let a request in: last in line."""
        self._tickets[ticket] = None
        self._count(ticket.tokens, was=0)

    def leave(self, ticket: Ticket) -> None:
        """Let a request go, with all of its rows that are not yet taken."""
        del self._tickets[ticket]
        self._charge(ticket, 0)
        ticket.lanes.clear()

    def add(
        self, ticket: Ticket, compute: Compute, rows: Sequence[Encoded], done: Callable[[list[Outcome]], None]
    ) -> None:
        """Put one or more rows in line for a request that is in."""
        order = Order(ticket, done, outcomes=[_UNKNOWN] * len(rows), missing=len(rows))
        self._charge(ticket, max(ticket.tokens, sum(len(row.token_ids) for row in rows)))
        for place in sorted(range(len(rows)), key=lambda place: -len(rows[place].token_ids)):
            work = self._work(compute, rows[place])
            work.places.append((order, place))
            if not work.taken:
                ticket.lanes.setdefault((compute, padded_width(len(work.row.token_ids))), deque()).append(work)

    def take(self, now: float) -> list[Work]:
        """What to compute next, as one batch of `compute`; nothing where nothing waits."""
        for ticket in self._tickets:
            if ticket.deadline <= now:
                ticket.lanes.clear()
        while first := next((ticket for ticket in self._tickets if ticket.lanes), None):
            if batch := self._batch(next(iter(first.lanes))):
                return batch
        return []

    def finish(self, batch: Sequence[Work], outcomes: Sequence[Outcome]) -> list[Order]:
        """The orders that are complete with the outcomes of a batch that was taken."""
        complete = []
        for work, outcome in zip(batch, outcomes, strict=True):
            del self._works[work.key]
            for order, place in work.places:
                order.outcomes[place] = outcome
                order.missing -= 1
                self._charge(order.ticket, max(order.ticket.tokens - len(work.row.token_ids), 0))
                if not order.missing:
                    complete.append(order)
        return complete

    def _charge(self, ticket: Ticket, tokens: int) -> None:
        self._count(tokens, was=ticket.tokens)
        ticket.tokens = tokens

    def _count(self, tokens: int, *, was: int) -> None:
        self.tokens += tokens - was
        self._turns += min(tokens, ROW_TOKENS) - min(was, ROW_TOKENS)

    def _work(self, compute: Compute, row: Encoded) -> Work:
        key = (compute, tuple(row.token_ids), tuple(row.type_ids))
        work = self._works.get(key)
        if work is None:
            work = self._works[key] = Work(compute, row, key)
        return work

    def _batch(self, kind: Kind) -> list[Work]:
        """Rows of one kind, one from each request in turn, round after round; empty where others took them all."""
        most = max(1, self._batch_tokens // kind[1])
        turns = deque(ticket for ticket in self._tickets if kind in ticket.lanes)
        batch: list[Work] = []
        while turns and len(batch) < most:
            ticket = turns.popleft()
            lane = ticket.lanes[kind]
            work = lane.popleft()
            if not work.taken:
                work.taken = True
                batch.append(work)
                self._tickets[ticket] = self._tickets.pop(ticket)  # to the end of the line
            if lane:
                turns.append(ticket)
            else:
                del ticket.lanes[kind]
        return batch


_UNKNOWN = RuntimeError("not computed yet")
