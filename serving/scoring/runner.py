"""The runner: from files to parts, by a pool of workers, going on where a run before it stopped."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol, Self

from data.errors import BadInput
from data.tables import Reject
from serving.scoring.dispatch import Pool
from serving.scoring.inputs import Reading
from serving.scoring.job import Job, Part
from serving.scoring.progress import Progress
from serving.scoring.shards import Shard, Tally, cut
from serving.scoring.summary import Summary

__all__ = ["Output", "score"]


class Output(Protocol):
    """Where parts go: a Folder or a Stream."""

    def __enter__(self) -> Self:
        """Take hold of it."""
        ...

    def __exit__(self, *_: object) -> None:
        """Leave it as the next run needs it."""
        ...

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Say what the parts are made from; raises BadInput where others are there."""
        ...

    def finished(self, shard: Shard) -> Tally | None:
        """What a shard came to before, None where it must be scored."""
        ...

    def publish(self, shard: Shard, part: Part) -> None:
        """Take a part, in the order of shards."""
        ...

    def finish(self, total: Tally, *, shards: int, summary: Mapping[str, Any]) -> None:
        """Check that all is there and say so."""
        ...


def score(
    job: Job,
    reading: Reading,
    output: Output,
    *,
    open_pool: Callable[[], Pool],
    shard_rows: int,
    max_rejects: int,
    progress: Progress,
) -> Summary:
    """Score every row of the input that is not in the output yet.

    Raises BadInput, BadCheckpoint, and on SIGTERM SystemExit(143); what is finished by then is kept.
    """
    total, resumed, shards = Tally(), Tally(), 0
    with _stoppable(), output, progress, open_pool() as pool:
        output.begin(job.manifest(reading.sources, shard_rows=shard_rows, engine=pool.engine))
        started = time.perf_counter()
        progress.show(total, 0, resumed=resumed)

        def unfinished() -> Iterator[Shard]:
            nonlocal total, resumed, shards
            for shard in cut(reading, shard_rows):
                shards += 1
                tally = output.finished(shard)
                if tally is None:
                    yield shard
                else:
                    resumed += tally
                    total += tally
                    progress.show(total, shard.position, resumed=resumed)

        for shard, part in pool.map(unfinished()):
            output.publish(shard, part)
            total += part.tally
            progress.show(total, shard.position, resumed=resumed)
            _check_rejects(total, part.rejects, max_rejects)
        _check_rejects(total, [], max_rejects)
        summary = Summary(total, resumed=resumed, seconds=time.perf_counter() - started, workers=pool.count)
        output.finish(total, shards=shards, summary=summary.document())
    return summary


def _check_rejects(total: Tally, rejects: Sequence[Reject], most: int) -> None:
    if total.rejected > most:
        last = f", the last at {rejects[-1]}" if rejects else ""
        raise BadInput(
            f"expected at most {most:,} rows that cannot be judged, found {total.rejected:,}{last}: mend the input or "
            "raise --max-rejects"
        )


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end the run as an interruption does, through every `finally`, with code 143; say how to go on."""

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        print("stance: stopped; run the same command again to go on: finished shards are kept", file=sys.stderr)  # noqa: T201
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
