"""The labels that readers give: written to the label store and counted there by threads beside the event loop."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, TypeVar

from data.errors import StanceError
from data.label_columns import parse_time
from data.label_store import LabelStore, labels_place
from model.checkpoint import Checkpoint
from model.store import default_store
from serving.errors import RequestError
from serving.label_schemas import LabelRequest
from serving.limits import LIMITS
from serving.security import MENDED_SECONDS, read_switch

__all__ = ["Labels", "labels_from_environment"]

T = TypeVar("T")

LABEL_THREADS = 2
"""A count need not wait for a label that waits for another program's."""

logger = logging.getLogger("stance.labels")


def labels_from_environment(environment: Mapping[str, str] = os.environ) -> str | Path | None:
    """Where labels go: STANCE_LABELS_URL, else a file in STANCE_STORE or ./stance-store; None with STANCE_NO_LABELS=1.

    Raises BadInput where STANCE_NO_LABELS is neither yes nor no.
    """
    if read_switch(environment, "STANCE_NO_LABELS"):
        return None
    return labels_place(default_store(), environment.get("STANCE_LABELS_URL"))


class Labels:
    """The store at `place`, for a server that serves `checkpoint`; made with the first label.

    It is opened for each request (2 ms, where the write itself takes 20): what is answered is on the disk that stands
    there now, whatever became of the file meanwhile. Every method raises RequestError: 429 where too many wait, 503
    where the store cannot be read or written.
    """

    def __init__(self, place: str | Path, checkpoint: Checkpoint) -> None:
        self._place = place
        self._version = checkpoint.version
        self._created = checkpoint.facts.created
        self._since = parse_time(checkpoint.facts.created)
        self._threads = ThreadPoolExecutor(LABEL_THREADS, thread_name_prefix="label")
        self._room = BoundedSemaphore(LIMITS.waiting_labels)

    async def add(self, asked: LabelRequest, *, holder: str | None) -> dict[str, Any]:
        """Keep a label, on disk when it returns; its number and the counts. `holder` is whose key it came with."""
        label = asked.record(annotator=holder, model=self._version, at=datetime.now(UTC))
        return await self._ask(lambda store: self._counted(store, store.add([label])[0]))

    async def withdraw(self, number: int, *, holder: str | None) -> dict[str, Any]:
        """Take a label back, with a key only one's own; raises RequestError 404 where there is none to take back."""

        def work(store: LabelStore) -> dict[str, Any]:
            found = store.find(number)
            if found is None or holder not in (None, found.label.annotator):
                raise RequestError(404, "expected the number of a label of yours that stands, found none")
            return self._counted(store, store.withdraw(number, holder or "", datetime.now(UTC)))

        if not self._made:
            raise RequestError(404, "expected the number of a label, found no labels at all")
        return await self._ask(work)

    async def counts(self) -> dict[str, Any]:
        """How many labels are in force, and how many of them the served model cannot know."""
        found = await self._ask(self._count) if self._made else {"total": 0, "new": 0}
        return {**found, "since": self._created}

    @property
    def _made(self) -> bool:
        """Whether there may be labels: opening a file that is not there would make it."""
        return not isinstance(self._place, Path) or self._place.exists()

    def _counted(self, store: LabelStore, number: int) -> dict[str, Any]:
        return {"id": number, **self._count(store)}

    def _count(self, store: LabelStore) -> dict[str, Any]:
        return {"total": store.count_since(None), "new": store.count_since(self._since)}

    async def _ask(self, work: Callable[[LabelStore], T]) -> T:
        if not self._room.acquire(blocking=False):
            raise RequestError(429, "too many labels are waiting; come back in 1 s", retry_after=1)
        future = self._threads.submit(self._open, work)
        future.add_done_callback(lambda _: self._room.release())  # when it ends, not when nobody waits any more
        return await asyncio.wrap_future(future)

    def _open(self, work: Callable[[LabelStore], T]) -> T:
        try:
            with LabelStore.open(self._place) as store:
                return work(store)
        except (StanceError, OSError) as error:
            logger.error("%s", error)  # noqa: TRY400 - the place and the database's reason, nothing of a client's
            message = "the label store cannot be read or written; the server's log says why"
            raise RequestError(503, message, retry_after=MENDED_SECONDS) from None
