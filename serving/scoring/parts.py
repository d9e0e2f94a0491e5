"""The bytes of a part: rows as JSON Lines, CSV or Parquet, with the same columns whatever the rows hold."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["Format", "count_rows", "dump"]

Rows = Sequence[Mapping[str, Any]]


class Format(StrEnum):
    """How judgements are written; the value is the ending of the files."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def dump(rows: Rows, form: Format, columns: Mapping[str, str], carried: Mapping[str, Any]) -> bytes:
    """The rows in `form`. `columns` are always there, with Arrow's names of their types; the rows' own follow.

    In CSV whatever is not text is JSON, and null is empty. In Parquet a row's own columns have the Arrow types that
    `carried` names, and are text where it names none: a column would else change its type from part to part.
    """
    match form:
        case Format.JSONL:
            return "".join(f"{_json(row)}\n" for row in rows).encode()
        case Format.CSV:
            return _csv(rows, list(_names(rows, {**columns, **carried})))
        case Format.PARQUET:
            return _parquet(rows, columns, carried)


def count_rows(path: Path, form: Format) -> int:
    """How many rows a file that `dump` made holds. Raises OSError, or ValueError where it is no such file."""
    if form is Format.PARQUET:
        from pyarrow.parquet import read_metadata

        return int(read_metadata(path).num_rows)
    if form is Format.CSV:
        with path.open(encoding="utf-8", newline="") as lines:
            return sum(1 for _ in csv.reader(lines)) - 1
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(partial(file.read, 1 << 20), b""))


def _csv(rows: Rows, names: Sequence[str]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text)  # ends lines with CR LF, so that it quotes a text with either
    out.writerow(names)
    out.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def _parquet(rows: Rows, columns: Mapping[str, str], carried: Mapping[str, Any]) -> bytes:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    types = {name: _arrow_type(kind) for name, kind in columns.items()} | dict(carried)
    arrays = {
        name: pa.array([row.get(name) for row in rows], types[name])
        if name in types
        else pa.array([None if row.get(name) is None else _cell(row[name]) for row in rows], pa.string())
        for name in _names(rows, types)
    }
    sink = io.BytesIO()
    write_table(pa.table(arrays), sink, compression="zstd")
    return sink.getvalue()


def _names(rows: Rows, columns: Mapping[str, str]) -> dict[str, None]:
    """Every column once, those that are always there first."""
    return dict.fromkeys(columns) | {name: None for row in rows for name in row}


def _arrow_type(kind: str) -> Any:
    import pyarrow as pa

    return pa.list_(pa.list_(pa.int64())) if kind == "spans" else pa.type_for_alias(kind)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
