"""Rows of tabular files, read and written one at a time: JSON Lines, CSV and Parquet; gzip and zstd by the ending."""

import codecs
import csv
import glob
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeVar

from data.errors import BadInput
from data.lines import read_csv, read_json

__all__ = ["Reject", "Row", "find_tables", "parse_rows", "read_rows", "read_stream", "write_rows"]

Parsed = TypeVar("Parsed")

_PARQUET_BATCH = 128  # rows in memory at once: 128 articles of 5 MB still fit
_CODECS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row and its place, `path:line` (in Parquet `path:row`, from 1). What its methods raise names no place."""

    where: str
    values: dict[str, Any]

    def require(self, column: str) -> Any:
        """What the column holds; BadInput where the row has no such column."""
        if column not in self.values:
            found = ", ".join(self.values) or "no column"
            raise BadInput(f"expected a column {column!r}, found {found}: add it or rename one")
        return self.values[column]

    def require_text(self, column: str) -> str:
        """The column's text exactly as it stands; BadInput where there is no column, no string or only white space."""
        self.require(column)
        text = self.text(column)
        if not text.strip():
            raise BadInput(f"expected text in {column!r}, found none: fill it in or drop the row")
        return text

    def text(self, column: str) -> str:
        """The column's text exactly as it stands, empty where it is null or absent; BadInput where it is no string."""
        value = self.values.get(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadInput(f"expected text in {column!r}, found {type(value).__name__}: write it as a string")
        return value

    def identifier(self, column: str) -> str:
        """As `text`, for names and times, which typed formats may hold as numbers and dates; white space is empty."""
        value = self.values.get(column)
        if isinstance(value, float) and value.is_integer():  # a data frame's integers beside missing ones
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, date):
            return value.isoformat()
        text = self.text(column)
        return text if text.strip() else ""

    @property
    def short_place(self) -> str:
        """`file:line`, which identifies a row that has no identifier of its own."""
        return Path(self.where).name


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be used: its place, and what was expected, what was found and what to do."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def read_rows(path: Path) -> Iterator[Row | Reject]:
    """The rows of a file in order, in constant memory; a row that cannot be parsed comes as a Reject.

    Raises BadInput, possibly after some rows, where the file as a whole cannot be read: missing, a folder, of another
    format, cut short.
    """
    _format_of(path)
    try:
        with path.open("rb") as file:
            yield from read_stream(file, path)
    except OSError as error:
        raise BadInput(f"{path}: {_remedy(error)}") from error


def read_stream(file: IO[bytes], path: Path, *, name: str = "") -> Iterator[Row | Reject]:
    """As `read_rows`, of an open file, which it may close: `path` says its format, `name` stands for it in places."""
    ending, codec = _format_of(path)
    name = name or str(path)
    from pyarrow import ArrowException, CompressedInputStream

    try:
        # Arrow reports a stream that was cut short; zstandard's reader ends as if all were well
        stream: Any = BufferedReader(CompressedInputStream(file, codec)) if codec else file
        for number, values in _READERS[ending](stream):
            where = f"{name}:{number}"
            yield Reject(where, values) if isinstance(values, str) else Row(where, values)
    except (OSError, ArrowException) as error:
        raise BadInput(f"{name}: {_remedy(error)}") from error
    except (BadInput, ValueError) as error:
        raise BadInput(f"{name}: {error}") from error


def find_tables(place: str) -> list[tuple[str, Path]]:
    """The files that a path, a folder or a glob pattern stands for, each behind its name below that place, by name.

    A folder gives every file in it, at any depth, that has a table's ending and no part that starts with "." or "_".
    Raises BadInput where there is none.
    """
    path = Path(place)
    if path.is_dir():
        files = [file for file in path.rglob("*") if _is_table(file.relative_to(path)) and file.is_file()]
    elif glob.has_magic(place) and not path.exists():
        files = [file for found in glob.glob(place, recursive=True) if (file := Path(found)).is_file()]  # noqa: PTH207 - takes absolute patterns
        while glob.has_magic(str(path)):
            path = path.parent
    else:
        files, path = [path], path.parent
    if not files:
        raise BadInput(f"{place}: expected files that end in {', '.join(_READERS)}, found none: check the path")
    return sorted((file.relative_to(path).as_posix(), file) for file in files)


def parse_rows(path: Path, parse: Callable[[Row], Parsed]) -> Iterator[Parsed | Reject]:
    """What `parse` makes of each row of a file, in order; a row for which it raises BadInput comes as a Reject.

    Raises BadInput as `read_rows` does.
    """
    for row in read_rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            parsed = parse(row)
        except BadInput as error:
            yield Reject(row.where, str(error))
        else:
            yield parsed


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows to a file that appears under its name only when it is whole.

    The first row's keys are the columns of CSV and Parquet; in CSV whatever is not text is written as JSON. Raises
    BadInput where a row does not fit its format or the file cannot be written.
    """
    ending, codec = _format_of(path)
    from pyarrow import ArrowException, CompressedOutputStream

    pending = path.with_name(f".{path.name}.tmp")
    try:
        with pending.open("wb") as file, CompressedOutputStream(file, codec) if codec else nullcontext(file) as stream:
            _WRITERS[ending](path, stream, rows)
        with pending.open("rb") as written:
            os.fsync(written.fileno())
        pending.replace(path)
    except (OSError, ArrowException) as error:
        raise BadInput(
            f"{path}: expected rows of one shape and a folder to write in, found otherwise ({_first_line(error)})"
        ) from error
    finally:
        with suppress(OSError):
            pending.unlink()


def _read_parquet(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    from pyarrow.parquet import ParquetFile

    batches = ParquetFile(stream).iter_batches(batch_size=_PARQUET_BATCH)
    for number, values in enumerate(chain.from_iterable(batch.to_pylist() for batch in batches), start=1):
        # data frames write a missing value as NaN
        yield number, {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}


def _write_json(path: Path, stream: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    stream.writelines(_dump(path, row).encode() + b"\n" for row in rows)


def _write_csv(path: Path, stream: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    out = csv.writer(codecs.getwriter("utf-8")(stream))  # ends lines with CR LF, so that it quotes a text with either
    for number, row in enumerate(_uniform(path, rows)):
        if number == 0:
            out.writerow(row)
        out.writerow(_cell(path, value) for value in row.values())


def _write_parquet(path: Path, stream: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    from pyarrow import Table
    from pyarrow.parquet import write_table

    # all rows in memory: the type of a column is known only after its last row
    write_table(Table.from_pylist(list(_uniform(path, rows))), stream, compression="zstd")


def _uniform(path: Path, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows in the columns of the first; a missing value is None."""
    columns: dict[str, None] | None = None
    for row in rows:
        columns = dict.fromkeys(row) if columns is None else columns
        more = sorted(row.keys() - columns.keys())
        if more:
            raise BadInput(
                f"{path}: expected only the first row's columns ({', '.join(columns)}), found {', '.join(more)} too: "
                "give every row the same columns or write .jsonl"
            )
        yield {name: row.get(name) for name in columns}


def _cell(path: Path, value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _dump(path, value)


def _dump(path: Path, value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError as error:
        raise BadInput(f"{path}: expected values that JSON can hold, found otherwise: {error}") from error


def _format_of(path: Path) -> tuple[str, str | None]:
    """The ending that names the format, and Arrow's name of the compression or None."""
    codec = _CODECS.get(path.suffix.lower())
    ending = Path(path.stem).suffix.lower() if codec else path.suffix.lower()
    if ending not in _READERS or (codec and ending == ".parquet"):
        raise BadInput(
            f"{path}: expected a name that ends in {', '.join(_READERS)}, the text ones also in .gz or .zst, "
            f"found {''.join(path.suffixes[-2:]) or 'no ending'}: rename or convert the file"
        )
    return ending, codec


def _is_table(path: Path) -> bool:
    ending = Path(path.stem).suffix if path.suffix.lower() in _CODECS else path.suffix
    return ending.lower() in _READERS and not any(part.startswith((".", "_")) for part in path.parts)


def _remedy(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "expected a file, found nothing there: check the path"
        case IsADirectoryError():
            return "expected a file, found a folder: name the files in it"
        case _:
            return f"expected a whole and readable file, found otherwise ({_first_line(error)}): get it again"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


_READERS: dict[str, Callable[[Any], Iterator[tuple[int, dict[str, Any] | str]]]] = {
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".json": read_json,
    ".csv": read_csv,
    ".parquet": _read_parquet,
}
_WRITERS: dict[str, Callable[[Path, Any, Iterable[Mapping[str, Any]]], None]] = {
    ".jsonl": _write_json,
    ".ndjson": _write_json,
    ".json": _write_json,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
