"""Work that stops wherever it needs a model: whoever drives it computes at once, or in a batch with other work."""

from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.encoding import Encoded

__all__ = ["Ask", "Compute", "Steps", "run"]

T = TypeVar("T")

Compute: TypeAlias = Callable[[Sequence[Encoded]], Sequence[NDArray[np.float32]]]
"""A model: the logits of some rows, one array a row, in order. Any thread may call it at any time."""

Ask: TypeAlias = tuple[Compute, Sequence[Encoded]]
"""What work stops for: a model, and the rows whose logits it must be sent to go on."""

Steps: TypeAlias = Generator[Ask, Sequence[NDArray[np.float32]], T]
"""Work in steps, and what it comes to."""


def run(steps: Steps[T]) -> T:
    """What the work comes to, with everything that it asks for computed at once."""
    try:
        compute, rows = next(steps)
        while True:
            compute, rows = steps.send(compute(rows))
    except StopIteration as end:
        result: T = end.value
        return result
