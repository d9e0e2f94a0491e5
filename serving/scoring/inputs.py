"""What is scored: files found and fingerprinted, standard input, and their rows in order."""

import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Self

from data.errors import BadInput
from data.tables import Reject, Row, find_tables, read_stream

__all__ = ["STDIN", "Reading", "Source", "find_sources"]

STDIN = "-"
PEEKED = 1000


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `name` stands for it in places and identifiers; `rows` is known of Parquet alone.

    `state` is its size and time of change when `sha256` was taken.
    """

    name: str
    path: Path
    sha256: str = ""
    state: tuple[int, int] = (0, 0)
    rows: int | None = None

    @classmethod
    def of(cls, name: str, path: Path) -> Self:
        """The file as it is now, every byte read once. Raises BadInput where it cannot be read."""
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                return cls(name, path, sha256, _state(os.fstat(file.fileno())), _parquet_rows(path))
        except OSError as error:
            raise BadInput(f"{path}: expected a file that can be read, found otherwise ({error.strerror})") from error

    @property
    def size(self) -> int:
        """In bytes; 0 for standard input."""
        return self.state[0]

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """The file, or standard input. Raises OSError."""
        return self.path.open("rb") if self.sha256 else nullcontext(sys.stdin.buffer)


class Reading(Iterator[Row | Reject]):
    """The rows of all sources in order, and how far reading has come.

    Raises BadInput where a file is gone, cut short, or is not what it was when it was fingerprinted.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        self._rows = self._read(sources)
        self._peeked: deque[Row | Reject] = deque()
        self._before = 0
        self._source = Source("", Path())
        self._file: IO[bytes] | None = None
        self._read_of_file = 0

    def __next__(self) -> Row | Reject:
        if self._peeked:
            return self._peeked.popleft()
        row = next(self._rows)
        self._read_of_file += 1
        return row

    def peek(self) -> Row | None:
        """The first row that can be parsed, which stays to be read; None where it is none of the first thousand."""
        for row in islice(self._rows, PEEKED):
            self._peeked.append(row)
            self._read_of_file += 1
            if isinstance(row, Row):
                return row
        return None

    @property
    def position(self) -> int:
        """Bytes of the sources that the rows so far stand in."""
        source = self._source
        if source.rows is not None:  # Parquet is not read from front to back
            return self._before + source.size * self._read_of_file // max(1, source.rows)
        inside = self._file.tell() if self._file and source.sha256 else 0
        return self._before + inside

    def _read(self, sources: Sequence[Source]) -> Iterator[Row | Reject]:
        for source in sources:
            self._source, self._read_of_file = source, 0
            try:
                with source.open() as self._file:
                    yield from read_stream(self._file, source.path, name=source.name)
                if source.sha256 and _state(source.path.stat()) != source.state:
                    raise _changed(source, "was written to")
            except OSError as error:
                raise _changed(source, error.strerror or "cannot be read") from error
            self._file = None
            self._before += source.size


def find_sources(places: Sequence[str]) -> list[Source]:
    """Every file of the places, fingerprinted: a file, a folder, a pattern, or "-" for JSON Lines on standard input.

    Raises BadInput where a place names nothing, or standard input stands beside others.
    """
    if STDIN in places:
        if len(places) > 1:
            raise BadInput("expected standard input alone or files alone, found both: score them one after another")
        return [Source("stdin", Path("stdin.jsonl"))]
    found = [
        Source.of(name if len(places) == 1 else path.as_posix(), path)
        for place in places
        for name, path in find_tables(place)
    ]
    names = [source.name for source in found]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice:
        raise BadInput(f"{twice}: expected each input once, found it twice: name it once")
    return found


def _changed(source: Source, found: str) -> BadInput:
    return BadInput(
        f"{source.path}: expected the file as it was when the run began, but it {found[0].lower()}{found[1:]}: "
        "put it back and run the same command again; finished shards are kept"
    )


def _state(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _parquet_rows(path: Path) -> int | None:
    if path.suffix.lower() != ".parquet":
        return None
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    try:
        return int(read_metadata(path).num_rows)
    except (OSError, ArrowException):
        return None  # reading says what is wrong with it
