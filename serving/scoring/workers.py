"""Worker processes, one core each: shards go out as they come, parts come back in the order of their shards."""

import os
import signal
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import Any, Self

from data.errors import BadInput
from serving.scoring.dispatch import AHEAD, in_order
from serving.scoring.job import Job, Part
from serving.scoring.shards import Shard

__all__ = ["Workers", "cores"]


def cores() -> list[int]:
    """The cores that this process may use; on systems that do not say which, their number counts."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


class Workers:
    """`count` processes that have loaded the models of a job, each with an engine of one thread on a core of its own.

    `engine` is what computes in them. Raises what loading raises.
    """

    def __init__(self, job: Job, count: int) -> None:
        spawn = get_context("spawn")  # a forked process would share the threads of Arrow, which do not survive it
        self.count = count
        self._workers: dict[Connection, Any] = {}
        usable = cores()
        try:
            for number in range(count):
                ours, theirs = spawn.Pipe()
                process = spawn.Process(
                    target=_work, args=(theirs, job, usable[number % len(usable)]), name=f"score-{number}", daemon=True
                )
                process.start()
                theirs.close()  # its end closes with the process, which is how its death is noticed
                self._workers[ours] = process
            [self.engine] = {str(self._receive(connection)) for connection in self._workers}
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def processes(self) -> list[Any]:
        """Theirs, as multiprocessing knows them."""
        return list(self._workers.values())

    def close(self) -> None:
        """End all of them at once: they hold nothing that would be lost."""
        for process in self._workers.values():
            process.kill()
        for connection, process in self._workers.items():
            process.join()
            connection.close()
        self._workers.clear()

    def map(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Part]]:
        """The part of each shard, in order. Raises what scoring raises, and BadInput where a worker ends."""
        ahead = AHEAD * self.count
        return in_order(shards, list(self._workers), send=self._send, receive=self._answers, ahead=ahead)

    def _answers(self, busy: Collection[Connection]) -> Iterator[tuple[Connection, Part]]:
        answered = set(wait(list(busy)))
        return ((connection, self._receive(connection)) for connection in list(busy) if connection in answered)

    def _send(self, connection: Connection, shard: Shard) -> None:
        try:
            connection.send(shard.rows)
        except OSError:
            raise self._ended(connection) from None

    def _receive(self, connection: Connection) -> Any:
        try:
            result = connection.recv()
        except (EOFError, OSError):
            raise self._ended(connection) from None
        if isinstance(result, Exception):
            raise result
        return result

    def _ended(self, connection: Connection) -> BadInput:
        process = self._workers[connection]
        process.join(5)
        code = process.exitcode
        how = f"signal {-code}" if isinstance(code, int) and code < 0 else f"exit code {code}"
        return BadInput(
            f"a worker process ended ({how}), for want of memory perhaps: run the same command again with fewer "
            "--workers; finished shards are kept"
        )


def _work(connection: Connection, job: Job, core: int) -> None:
    """What a worker does: rows come, parts go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts the whole group; the parent ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    inbox: SimpleQueue[Sequence[Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, inbox), daemon=True).start()
    try:
        scorer = job.scorer()
        connection.send(scorer.classifier.engine)
        while True:
            connection.send(job.part(scorer, inbox.get()))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent raises it
        with suppress(OSError):  # the parent is gone
            connection.send(error)


def _listen(connection: Connection, inbox: "SimpleQueue[Sequence[Any]]") -> None:
    """Take what comes; end the process with the parent, whatever it computes."""
    try:
        while True:
            inbox.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)
