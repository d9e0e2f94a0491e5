"""Workers: parts in the order of shards, and a death that is noticed, not waited for."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.texts import invented_pairs
from data.errors import BadCheckpoint, BadInput
from data.tables import Row
from serving.scoring.job import Job, Part, Task
from serving.scoring.shards import Shard
from serving.scoring.workers import Workers, cores


@pytest.fixture
def job(stance_checkpoint: Path, attribution_checkpoint: Path) -> Job:
    return Job(task=Task.PAIRS, model=stance_checkpoint, attribution=attribution_checkpoint)


def shards(count: int) -> Iterator[Shard]:
    """The first is the longest by far: others are done before it."""
    texts = invented_pairs(2000, seed=0)
    for number in range(count):
        some = texts if number == 0 else texts[number : number + 1]
        yield Shard(number, [Row(f"r:{place}", text._asdict()) for place, text in enumerate(some)], number)


def test_parts_come_in_the_order_of_shards_and_are_those_of_this_process(job: Job) -> None:
    scorer = job.scorer()
    with Workers(job, 2) as workers:
        found = list(workers.map(shards(30)))
        assert list(workers.map(iter([]))) == []
    assert [shard.number for shard, _ in found] == list(range(30))
    assert [part for _, part in found] == [job.part(scorer, shard.rows) for shard, _ in found]


def test_no_more_is_read_than_is_worked_on(job: Job) -> None:
    read: list[int] = []

    def watched() -> Iterator[Shard]:
        for shard in shards(60):
            read.append(shard.number)
            yield shard

    ahead = 0
    with Workers(job, 1) as workers:
        done: list[Part] = []
        for _, part in workers.map(watched()):
            ahead = max(ahead, len(read) - len(done))
            done.append(part)
    assert len(done) == 60
    assert ahead <= 5


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not say where a process runs")
def test_each_worker_has_a_core_of_its_own(job: Job) -> None:
    with Workers(job, min(2, len(cores()))) as workers:
        affinities = [os.sched_getaffinity(process.pid) for process in workers.processes]
    assert [len(affinity) for affinity in affinities] == [1] * len(affinities)
    assert len(set.union(*affinities)) == len(affinities)


def test_a_worker_that_is_killed_ends_the_run_with_what_to_do(job: Job) -> None:
    with Workers(job, 1) as workers:
        parts = workers.map(shards(30))
        next(parts)
        [process] = workers.processes
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(BadInput, match=r"a worker process ended \(signal 9\), .* with fewer --workers"):
            list(parts)


def test_a_model_that_does_not_load_is_raised_here(job: Job, tmp_path: Path) -> None:
    broken = Job(task=Task.PAIRS, model=tmp_path, attribution=job.attribution)
    with pytest.raises(BadCheckpoint, match="not a checkpoint"):
        Workers(broken, 2)
