"""Workers on a Ray cluster, or on a Ray of this machine alone: shards go out to them and parts come back.

They need the same Python, the same packages and nothing else: rows and models come through Ray's object store.
"""

import os
import secrets
import signal
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple, Self

from data.errors import BadInput, MissingExtra, StanceError
from data.tables import Reject, Row
from serving.scoring.dispatch import AHEAD, in_order
from serving.scoring.job import Job, Part, Task, versions
from serving.scoring.parcel import pack, unpacked
from serving.scoring.shards import Shard
from serving.scoring.workers import cores

__all__ = ["ClusterWorkers"]

QUEUED = 2
"""Shards that each worker has at a time: one that it scores, and the next, on its way while it does."""

RETRIES = 3
"""How often a shard is given out again when its worker is lost, before it is taken to be the reason."""

STORE_BYTES = 256 * 2**20
"""Of the object store of a Ray that is started here: two models, and shards of a megabyte."""


class _Slot(NamedTuple):
    worker: int
    place: int


class ClusterWorkers:
    """`count` Ray actors, each with a core, `gpus` of a GPU and an engine that has loaded the models of a job.

    The cluster is the one that RAY_ADDRESS names; without it, a Ray of this machine that listens on loopback and ends
    with the pool. Without `count`, as many as there is room for. A worker that is lost comes again, and so does its
    work. Raises MissingExtra, what loading raises, and BadInput where there is no cluster or no room.
    """

    def __init__(self, job: Job, count: int | None = None, *, gpus: float = 0) -> None:
        address = os.environ.get("RAY_ADDRESS")
        self._ray = _import_ray(address)
        self._held = ExitStack()
        self._asked: dict[_Slot, Any] = {}
        try:
            self._start(address)
            self.count = self._room(count, gpus)
            kind = self._ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=-1, max_task_retries=RETRIES)(_Worker)
            self._models = {"model": self._ray.put(pack(job.model))}
            if job.task is Task.ARTICLES:
                self._models["attribution"] = self._ray.put(pack(job.attribution))
            environment = {name: os.environ[name] for name in ("STANCE_ENGINE",) if name in os.environ}
            self._workers = [kind.remote(job, environment) for _ in range(self.count)]
            loading = [worker.facts.remote(self._models) for worker in self._workers]
            self.engine = self._agreed([self._result(reference) for reference in loading])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all of them, and leave the cluster."""
        self._held.close()

    def map(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Part]]:
        """The part of each shard, in order. Raises what scoring raises, and BadInput where workers are lost."""
        slots = [_Slot(worker, place) for place in range(QUEUED) for worker in range(self.count)]
        return in_order(shards, slots, send=self._send, receive=self._receive, ahead=AHEAD * self.count)

    def _start(self, address: str | None) -> None:
        own = {"num_cpus": len(cores()), "object_store_memory": STORE_BYTES, "include_dashboard": False}
        terminate = signal.getsignal(signal.SIGTERM)
        try:
            self._ray.init(
                **({"address": address} if address else {"address": "local", **own}),
                log_to_driver=False,
                logging_level="ERROR",
            )
        except (OSError, RuntimeError, ValueError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise BadInput(
                f"expected a Ray cluster at {address or 'this machine'}, found none ({reason}): check RAY_ADDRESS"
            ) from None
        finally:
            signal.signal(signal.SIGTERM, terminate)  # Ray puts a handler of its own there
        self._held.callback(self._ray.shutdown)

    def _room(self, count: int | None, gpus: float) -> int:
        """How many workers there are to be. Raises BadInput."""
        found = self._ray.cluster_resources()
        room = int(found.get("CPU", 0))
        if gpus:
            room = min(room, int(found.get("GPU", 0) / gpus))
        if room < (count or 1):
            each = f"a core and {gpus:g} of a GPU" if gpus else "a core"
            raise BadInput(
                f"expected room for {count or 1} workers of {each}, found {found.get('CPU', 0):g} cores and "
                f"{found.get('GPU', 0):g} GPUs in the cluster: start more nodes or ask for less"
            )
        return count or room

    def _agreed(self, facts: Sequence[Mapping[str, str]]) -> str:
        """The engine of all. Raises BadInput where another engine, or other versions than here, would compute."""
        wanted = {"engine": facts[0]["engine"], **versions()}
        for each in facts:
            self._check(each, wanted)
        self._facts = wanted
        return wanted["engine"]

    def _check(self, facts: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        for name in {**wanted, **facts}:
            if facts.get(name) != wanted.get(name):
                raise BadInput(
                    f"expected {name} {wanted.get(name)} in every worker, found {facts.get(name)}: install the same "
                    "everywhere; STANCE_ENGINE=openvino-f32 computes alike on all processors"
                )

    def _send(self, slot: _Slot, shard: Shard) -> None:
        self._asked[slot] = self._workers[slot.worker].part.remote(shard.rows, self._models)

    def _receive(self, busy: Collection[_Slot]) -> Iterator[tuple[_Slot, Part]]:
        asked = {self._asked[slot]: slot for slot in busy}
        self._ray.wait(list(asked), num_returns=1)
        ready, _ = self._ray.wait(list(asked), num_returns=len(asked), timeout=0)
        for reference in ready:
            part, facts = self._result(reference)
            self._check(facts, self._facts)  # one that came again may stand on another node
            del self._asked[asked[reference]]
            yield asked[reference], part

    def _result(self, reference: Any) -> Any:
        errors = import_module("ray.exceptions")
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            if isinstance(error.cause, StanceError):
                raise error.cause from None
            raise
        except errors.RayError as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise BadInput(
                f"a worker of the cluster was lost {RETRIES + 1} times with a shard ({reason}): run the same command "
                "again; finished shards are kept"
            ) from None


class _Worker:
    """What runs in the cluster: a worker that was lost comes again by itself, and is given the models with its work.

    They are loaded with the first of it, so that an error comes back as one.
    """

    def __init__(self, job: Job, environment: Mapping[str, str]) -> None:
        os.environ.update(environment, OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
        self._job = job
        self._scorer: Any = None

    def facts(self, models: Mapping[str, Any]) -> dict[str, str]:
        """What computes here; `models` are references to parcels, by the fields of a job."""
        if not self._scorer:
            get = import_module("ray").get
            with ExitStack() as folders:
                paths: dict[str, Any] = {
                    name: folders.enter_context(unpacked(get(reference))) for name, reference in models.items()
                }
                self._scorer = replace(self._job, **paths).scorer()
        return {"engine": self._scorer.classifier.engine, **versions()}

    def part(self, rows: Sequence[Row | Reject], models: Mapping[str, Any]) -> tuple[Part, dict[str, str]]:
        """What the rows come to, and what computed it."""
        facts = self.facts(models)
        return self._job.part(self._scorer, rows), facts


def _import_ray(address: str | None) -> Any:
    """Ray, which nothing else needs, sending no usage reports. Raises MissingExtra."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if not address:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # on any system: it then listens on loopback alone
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else it leaves one in the home folder
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise MissingExtra("scoring on a cluster needs the extra: pip install 'stance-service[ray]'") from None
