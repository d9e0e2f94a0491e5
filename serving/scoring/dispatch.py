"""Shards to whoever is free, parts back in the order of the shards: how every pool of workers divides a run."""

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from typing import Protocol, Self, TypeVar

from serving.scoring.job import Part
from serving.scoring.shards import Shard

__all__ = ["AHEAD", "Pool", "in_order"]

Slot = TypeVar("Slot", bound=Hashable)

AHEAD = 4
"""Shards for each worker between the oldest that is not done and the newest that is read: it bounds the memory."""


class Pool(Protocol):
    """Workers that have loaded the models of a job: processes of this machine, or of a cluster."""

    engine: str
    """What computes in each of them."""
    count: int

    def __enter__(self) -> Self:
        """The pool."""
        ...

    def __exit__(self, *_: object) -> None:
        """End all of them."""
        ...

    def map(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Part]]:
        """The part of each shard, in order; raises what scoring raises, and BadInput where workers are lost."""
        ...


def in_order(
    shards: Iterator[Shard],
    slots: Sequence[Slot],
    *,
    send: Callable[[Slot, Shard], None],
    receive: Callable[[Collection[Slot]], Iterable[tuple[Slot, Part]]],
    ahead: int,
) -> Iterator[tuple[Shard, Part]]:
    """Each shard with its part, in order; at most `ahead` are read before the oldest of them is done.

    `send` gives a slot its work; `receive` waits for one at least of the busy slots and gives what those have come to
    that are done.
    """
    idle = deque(slots)
    busy: dict[Slot, Shard] = {}
    done: dict[int, Part] = {}
    order: deque[Shard] = deque()
    following = next(shards, None)
    while following or busy:
        while following and idle and len(order) < ahead:
            slot = idle.popleft()
            send(slot, following)
            busy[slot] = following
            order.append(following)
            following = next(shards, None)  # read while they compute
        for slot, part in receive(busy.keys()):
            done[busy.pop(slot).number] = part
            idle.append(slot)
        while order and order[0].number in done:
            shard = order.popleft()
            yield shard, done.pop(shard.number)
