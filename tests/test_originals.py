"""Texts in the layouts that their owners publish, taken to the last code point."""

import csv
import json
from pathlib import Path

import pytest

from data.errors import BadInput
from data.originals import Original, read_originals
from data.tables import Reject

TEXT = 'Quay closed.\r\n\r\n “Not\xa0us,”  said 😀 "Ana", the mayor. \n'
EVERY = ("fnc-train-7", "desk/7", "desk_7-")


def write_text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def write_bodies(path: Path, bodies: dict[int, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("Body ID", "articleBody"), *bodies.items()])
    return path


def test_a_repository_of_text_files_is_read_by_name(tmp_path: Path) -> None:
    write_text(tmp_path / "data" / "train" / "text" / "desk_7-.txt", TEXT)
    write_text(tmp_path / "data" / "dev" / "text" / "another.txt", "Not asked for.")
    write_text(tmp_path / "data" / "train" / "attributions" / "desk_7-.ann", "T1 Content 0 4")
    assert list(read_originals(tmp_path, EVERY)) == [Original("desk_7-", TEXT)]


def test_bodies_of_the_challenge_are_read_by_number(tmp_path: Path) -> None:
    path = write_bodies(tmp_path / "train_bodies.csv", {7: TEXT, 8: "Not asked for."})
    assert list(read_originals(path, EVERY)) == [Original("fnc-train-7", TEXT)]


@pytest.mark.parametrize("more", [{}, {"attributions": [], "date": "2031-05-04"}])
def test_articles_are_read_from_json_lines(tmp_path: Path, more: dict[str, object]) -> None:
    row = {"id": "desk/7", "text": TEXT} | more
    path = write_text(tmp_path / "news.jsonl", json.dumps(row) + '\n{"id": "desk/8", "text": ""}\n')
    assert list(read_originals(path, EVERY)) == [Original("desk/7", TEXT)]


def test_a_file_in_another_encoding_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "desk_7-.txt"
    path.write_bytes("“Nous”".encode("cp1252"))
    (tmp_path / "another.txt").write_bytes(b"\xff")  # nobody asks for it
    reason = "expected UTF-8, found something else at byte 1: get the file again"
    assert list(read_originals(tmp_path, EVERY)) == [Reject(str(path), reason)]


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    write_bodies(tmp_path / "train_bodies.csv", {7: TEXT})
    with pytest.raises(BadInput, match=r"expected a folder with articles in \.txt files, found none: name the files"):
        list(read_originals(tmp_path, EVERY))


@pytest.mark.parametrize(
    ("row", "column"), [({"text": "Rain."}, "id"), ({"id": "desk/7"}, "text"), ({"articleBody": "Rain."}, "Body ID")]
)
def test_a_row_of_another_shape_is_set_aside(tmp_path: Path, row: dict[str, str], column: str) -> None:
    path = write_text(tmp_path / "news.jsonl", json.dumps(row))
    (reject,) = read_originals(path, EVERY)
    assert str(reject).startswith(f"{path}:1: expected a column {column!r}, found ")
