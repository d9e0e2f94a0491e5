"""Judgements on standard output, as soon as it is their turn; rows that are left out on standard error."""

import sys
from collections.abc import Mapping
from typing import Any, Self

from serving.scoring.job import Part
from serving.scoring.shards import JUDGEMENTS, Shard, Tally

__all__ = ["Stream"]


class Stream:
    """Standard output in the place of a folder: nothing is kept, so nothing was finished before."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Nothing is told: the model stands in every row."""

    def finished(self, shard: Shard) -> Tally | None:  # noqa: ARG002 - as of a folder
        """None."""
        return None

    def publish(self, shard: Shard, part: Part) -> None:  # noqa: ARG002 - as of a folder
        """Write a shard's judgements. Raises OSError."""
        for reject in part.rejects:
            print(reject, file=sys.stderr)  # noqa: T201 - as compilers do
        sys.stdout.buffer.write(part.files[JUDGEMENTS])
        sys.stdout.buffer.flush()

    def finish(self, total: Tally, *, shards: int, summary: Mapping[str, Any]) -> None:
        """Nothing is left to do."""
