"""How far a run is: a bar on a terminal, JSON lines for a program, nothing in a pipe."""

import json
import sys
import time
from enum import StrEnum
from typing import Any, Protocol, Self

from serving.scoring.shards import Tally

__all__ = ["Mode", "Progress", "open_progress"]

EVERY = 1.0
"""Seconds between JSON lines, at least."""


class Mode(StrEnum):
    """How progress is told, on standard error."""

    AUTO = "auto"
    """A bar on a terminal, nothing elsewhere."""
    JSON = "json"
    NONE = "none"


class Progress(Protocol):
    """Somebody who is told how far a run is."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, *_: object) -> None:
        """End."""
        ...

    def show(self, total: Tally, position: int, *, resumed: Tally) -> None:
        """What is done, up to which byte of the input; `resumed` of it was done before."""
        ...


def open_progress(mode: Mode, size: int) -> Progress:
    """What tells of an input of `size` bytes; 0 where nobody knows."""
    if mode is Mode.JSON:
        return _Lines(size)
    return _Bar(size) if mode is Mode.AUTO and sys.stderr.isatty() else _Silence()


class _Pace:
    """Judgements a second, and seconds left, from where this run begins to judge."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._started = (0.0, 0)

    def __call__(self, total: Tally, position: int, resumed: Tally) -> tuple[float, float | None]:
        now = time.perf_counter()
        fresh = total.judgements - resumed.judgements
        if not fresh:
            self._started = now, position
            return 0.0, None
        seconds, covered = now - self._started[0], position - self._started[1]
        left = seconds * (self._size - position) / covered if self._size and covered > 0 else None
        return fresh / seconds, left


class _Silence:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, total: Tally, position: int, *, resumed: Tally) -> None:
        pass


class _Lines(_Silence):
    def __init__(self, size: int) -> None:
        self._size = size
        self._pace = _Pace(size)
        self._told = 0.0
        self._untold: dict[str, Any] | None = None

    def __exit__(self, *_: object) -> None:
        self._tell()

    def show(self, total: Tally, position: int, *, resumed: Tally) -> None:
        rate, left = self._pace(total, position, resumed)
        self._untold = {
            "rows": total.rows,
            "judgements": total.judgements,
            "rejected": total.rejected,
            "share": round(position / self._size, 4) if self._size else None,
            "judgements_per_second": round(rate, 1),
            "seconds_left": None if left is None else round(left, 1),
        }
        if time.perf_counter() - self._told >= EVERY:
            self._tell()

    def _tell(self) -> None:
        if self._untold is not None:
            print(json.dumps(self._untold), file=sys.stderr, flush=True)  # noqa: T201 - what was asked for
            self._told, self._untold = time.perf_counter(), None


class _Bar:
    def __init__(self, size: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._pace = _Pace(size)
        self._bar = Bar(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("loading the model", total=size or None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, total: Tally, position: int, *, resumed: Tally) -> None:
        rate, left = self._pace(total, position, resumed)
        remaining = "" if left is None else f", {_clock(left)} left"
        said = f"{total.rows:,} rows, {rate:,.0f} judgements/s{remaining}"
        self._bar.update(self._task, completed=position, description=said)


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
