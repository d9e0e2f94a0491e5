"""Texts of articles as their owners publish them: PolNeAR's text files, FNC-1's bodies, articles of JSON Lines."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

from data.errors import BadInput
from data.tables import Reject, Row, parse_rows

__all__ = ["Original", "read_originals"]


class Original(NamedTuple):
    """An article's identifier and its text exactly as it stands: offsets and hashes are of this text."""

    id: str
    text: str


def read_originals(path: Path, wanted: Container[str]) -> Iterator[Original | Reject]:
    """The wanted articles of a folder or file; what cannot be read comes as a Reject.

    A folder holds one article in each `.txt` file below it, named by its id (PolNeAR's repository). A table has the
    columns `Body ID` and `articleBody` (FNC-1's train_bodies.csv) or `id` and `text`, in any format of data.tables.

    Raises BadInput where a file cannot be read at all or a folder holds no text file.
    """
    if path.is_dir():
        yield from _read_folder(path, wanted)
        return
    for item in parse_rows(path, _parse_original):
        if isinstance(item, Reject) or item.id in wanted:
            yield item


def _read_folder(folder: Path, wanted: Container[str]) -> Iterator[Original | Reject]:
    files = sorted(folder.rglob("*.txt"))
    if not files:
        raise BadInput(f"{folder}: expected a folder with articles in .txt files, found none: name the files in it")
    for file in files:
        if file.stem not in wanted:
            continue
        try:
            # bytes, as reading in text mode would turn \r\n into \n and move every offset behind it
            yield Original(file.stem, file.read_bytes().decode())
        except UnicodeDecodeError as error:
            yield Reject(
                str(file), f"expected UTF-8, found something else at byte {error.start + 1}: get the file again"
            )


def _parse_original(row: Row) -> Original:
    if "articleBody" in row.values:
        row.require("Body ID")
        return Original(f"fnc-train-{row.identifier('Body ID')}", row.text("articleBody"))
    row.require("id")
    row.require("text")
    return Original(row.identifier("id"), row.text("text"))
