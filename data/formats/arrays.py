"""A file that is one JSON array of objects, as Label Studio and Argilla write it: read by lines, and written."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.lines import parse_nested
from data.tables import Reject, Row

__all__ = ["is_array", "read_array", "write_array"]

SPACE = " \t\n\r"


def is_array(path: Path) -> bool:
    """Whether a `.json` file holds an array; one that cannot be opened does not."""
    try:
        with path.open("rb") as file:
            return path.suffix.lower() == ".json" and file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
    except OSError:
        return False


def read_array(path: Path) -> Iterator[Row | Reject]:
    """The array's objects in order, each with the line that it begins in; what is no object comes as a Reject.

    Raises BadInput, possibly after some rows, where the file ends or breaks before the array does.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: expected a whole file in UTF-8, found otherwise ({error}): get it again") from error
    decoder = json.JSONDecoder()
    place = _skip(text, text.index("[") + 1)
    line, counted = 1, 0
    while text[place : place + 1] not in ("]", ""):
        line, counted = line + text.count("\n", counted, place), place
        where = f"{path}:{line}"
        try:
            _, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            reason = str(error).splitlines()[0]
            raise BadInput(f"{where}: expected JSON, found otherwise ({reason}): export the file again") from None
        yield _parse(where, text[place:end])
        place = _skip(text, end)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            break
    if text[place : place + 1] != "]":
        raise BadInput(f"{path}: expected the array to end in ], found it cut short or broken: export the file again")


def write_array(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the rows, one a line, to a file that appears under its name only when it is whole. Raises BadInput."""
    pending = path.with_name(f".{path.name}.tmp")
    try:
        with pending.open("w", encoding="utf-8") as file:
            for index, row in enumerate(rows):
                file.write((",\n" if index else "[\n") + json.dumps(row, ensure_ascii=False))
            file.write("\n]\n" if file.tell() else "[]\n")
            file.flush()
            os.fsync(file.fileno())
        pending.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        raise BadInput(f"{path}: expected a file that can be written, found otherwise ({error})") from error
    finally:
        pending.unlink(missing_ok=True)


def _parse(where: str, text: str) -> Row | Reject:
    try:
        item = parse_nested(text)
    except BadInput as error:
        return Reject(where, str(error))
    return Row(where, item) if isinstance(item, dict) else Reject(where, "expected an object {...}, found none")


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in SPACE:
        place += 1
    return place
