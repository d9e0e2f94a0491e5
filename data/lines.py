"""Rows of text: JSON Lines and CSV from a stream of bytes, each with the number of its first line.

A row that cannot be parsed comes as the reason, and reading goes on behind it. Reasons name no place: the caller knows
the file.
"""

import codecs
import csv
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from data.errors import BadInput

__all__ = ["LINE_LIMIT", "parse_nested", "read_csv", "read_json"]

LINE_LIMIT = 16 * 2**20
"""The longest row, in bytes: three times the largest article that the service takes."""

_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The objects of JSON Lines, each with its line number from 1; a string is the reason why a line is none."""
    lines = _Lines(stream)
    return _numbered(lines, lambda: _parse_object(next(lines)))


def read_csv(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The rows of CSV by column, each with the number of its first line; a string is the reason why a row is none.

    Raises BadInput where the header cannot be read.
    """
    lines = _Lines(stream)
    cells = _Cells(lines)
    header = _header(cells)
    return _numbered(lines, lambda: _parse_cells(header, next(cells)))


def parse_nested(value: Any) -> Any:
    """A list or object as it is, or from the JSON text that CSV holds in its place. Raises BadInput."""
    return _load(value) if isinstance(value, str) else value


class _Lines(Iterator[str]):
    """The lines of a stream with their endings, bounded in length row by row.

    A byte that is not UTF-8 comes as a lone surrogate, which no UTF-8 text holds, so that a CSV row with such a byte is
    still read to its end. A row longer than LINE_LIMIT is a BadInput; the next call goes on after that line.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._number = 0
        self._row_size = 0

    def begin_row(self) -> int:
        """The number of the line that comes next, from 1."""
        self._row_size = 0
        return self._number + 1

    def __next__(self) -> str:
        line = self._stream.readline(LINE_LIMIT + 1)
        if not line:
            raise StopIteration
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        self._row_size += len(line)
        if self._row_size > LINE_LIMIT:
            while line and not line.endswith(b"\n"):
                line = self._stream.readline(LINE_LIMIT)
            raise BadInput(f"expected a row of at most {LINE_LIMIT} bytes, found a longer one: shorten its text")
        return line.decode("utf-8", "surrogateescape")


class _Cells(Iterator[list[str]]):
    """The rows of CSV as cells. A row with broken quoting is a BadInput; the next call goes on after it."""

    def __init__(self, lines: _Lines) -> None:
        csv.field_size_limit(LINE_LIMIT)  # 128 Ki by default, less than a long article; _Lines holds the bound
        self._rows = csv.reader(lines, strict=True)

    def __next__(self) -> list[str]:
        try:
            return next(self._rows)
        except csv.Error as error:
            raise BadInput(
                "expected a text with a comma, quotation mark or line break to stand in double quotes, with each mark "
                f"inside it doubled, found otherwise ({error}): save the file as CSV in UTF-8 once more"
            ) from None


def _numbered(lines: _Lines, parse: Callable[[], dict[str, Any] | None]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """What `parse` makes of the lines that it takes; None is a blank row, which is left out."""
    while True:
        number = lines.begin_row()
        try:
            values = parse()
        except StopIteration:
            return
        except BadInput as error:
            yield number, str(error)
        else:
            if values is not None:
                yield number, values


def _parse_object(line: str) -> dict[str, Any] | None:
    if not line.strip():
        return None
    _require_text(line)
    values = _load(line)
    if not isinstance(values, dict):
        raise BadInput("expected one JSON object a line, found another JSON value: write each row as {...}")
    if _HALF_PAIR.search(line):
        _require_text(json.dumps(values, ensure_ascii=False))
    return values


def _parse_cells(header: list[str], cells: list[str]) -> dict[str, Any] | None:
    if len(cells) <= 1 and not "".join(cells).strip():
        return None
    if len(cells) != len(header):
        raise BadInput(
            f"expected {len(header)} cells as in the header, found {len(cells)}: "
            "put a text that holds a comma or a line break in double quotes"
        )
    _require_text("".join(cells))
    # a column without a name is a data frame's row index or a stray comma at the end of every line
    return {name: cell for name, cell in zip(header, cells, strict=True) if name}


def _header(rows: Iterator[list[str]]) -> list[str]:
    try:
        header = next((cells for cells in rows if "".join(cells).strip()), [])
        _require_text("".join(header))
    except BadInput as error:
        raise BadInput(f"expected column names in the first line, found what cannot be read: {error}") from error
    named = [name for name in header if name]
    if not named:
        raise BadInput("expected column names in the first line, found none: add a header")
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise BadInput(f"expected columns parted by commas, found {header[0]!r}: save the file with commas")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise BadInput(f"expected each column once, found {', '.join(twice)} more than once: rename one")
    return header


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except json.JSONDecodeError as error:
        found = f"{error.msg} at character {error.pos + 1}"
        raise BadInput(f"expected JSON, whole on one line, found something else ({found}): mend the line") from None
    except (ValueError, RecursionError) as error:  # thousands of digits, thousands of brackets
        raise BadInput(f"expected JSON of ordinary size, found otherwise ({error}): mend the line") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadInput(f"expected a finite number, found {text}: write null where there is none")
    return value


def _require_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"expected UTF-8, found something else at character {error.start + 1}: save the file as UTF-8"
        ) from None
