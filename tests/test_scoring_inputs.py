"""What is scored: every row once, in order, from files that are what they were when the run began."""

import os
from pathlib import Path

import pytest

from data.errors import BadInput
from data.tables import Reject, Row, write_rows
from serving.scoring.inputs import Reading, Source, find_sources
from serving.scoring.shards import cut

ENDINGS = [".jsonl", ".csv", ".jsonl.gz", ".csv.zst", ".parquet"]


def write(folder: Path, name: str, count: int, *, start: int = 0) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    write_rows(path, ({"id": str(number), "text": f"Text {number}. " * 9} for number in range(start, start + count)))
    return path


def ids(rows: list[Row | Reject]) -> list[str]:
    return [row.values["id"] for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_shards_hold_every_row_once_in_order(tmp_path: Path, ending: str, size: int) -> None:
    for number in range(3):
        write(tmp_path, f"{number}{ending}", 50, start=50 * number)
    shards = list(cut(Reading(find_sources([str(tmp_path)])), size))
    assert [row_id for shard in shards for row_id in ids(list(shard.rows))] == [str(number) for number in range(150)]
    assert [shard.number for shard in shards] == list(range(len(shards)))
    assert {len(shard.rows) for shard in shards[:-1]} <= {size}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_position_grows_to_the_size_of_all_files(tmp_path: Path, ending: str) -> None:
    for number in range(3):
        write(tmp_path, f"{number}{ending}", 200)
    sources = find_sources([str(tmp_path)])
    positions = [shard.position for shard in cut(Reading(sources), 60)]
    assert positions == sorted(positions)
    assert 0 < positions[0] <= positions[-1] == sum(source.size for source in sources)


def test_places_are_below_the_folder_that_was_named(tmp_path: Path) -> None:
    write(tmp_path, "a/rows.jsonl", 1)
    write(tmp_path, "b/rows.jsonl", 1)
    rows = [row.where for row in Reading(find_sources([str(tmp_path)]))]
    assert rows == ["a/rows.jsonl:1", "b/rows.jsonl:1"]
    both = find_sources([str(tmp_path / "a"), str(tmp_path / "b/rows.jsonl")])
    assert len({source.name for source in both}) == 2


def test_the_fingerprint_is_of_the_bytes(tmp_path: Path) -> None:
    one, two = write(tmp_path, "one.jsonl", 3), write(tmp_path, "two.jsonl", 3)
    assert Source.of("x", one).sha256 == Source.of("x", two).sha256
    two.write_bytes(two.read_bytes().replace(b"2", b"3"))
    assert Source.of("x", one).sha256 != Source.of("x", two).sha256


def test_a_look_at_the_first_row_takes_nothing_away(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.jsonl", 3)
    path.write_bytes(b"{\n" + path.read_bytes())
    reading = Reading(find_sources([str(path)]))
    first = reading.peek()
    assert first
    assert first.values["id"] == "0"
    rows = list(reading)
    assert [type(row) for row in rows] == [Reject, Row, Row, Row]
    assert ids(rows) == ["0", "1", "2"]


def test_a_file_of_broken_rows_has_no_first_row_and_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{\n" * 1500, encoding="utf-8")
    reading = Reading(find_sources([str(path)]))
    assert reading.peek() is None
    assert sum(isinstance(row, Reject) for row in reading) == 1500


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.jsonl", 3)
    reading = Reading(find_sources([str(path)]))
    path.unlink()
    with pytest.raises(BadInput, match=f"{path}: expected the file as it was .* no such file .* put it back"):
        next(reading)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.jsonl", 30)
    reading = Reading(find_sources([str(path)]))
    next(reading)
    with path.open("ab") as file:
        file.write(b'{"id": "more", "text": "More."}\n')
    with pytest.raises(BadInput, match="expected the file as it was when the run began, but it was written to"):
        list(reading)


@pytest.mark.parametrize("twice", ["./rows.jsonl", "rows.jsonl"])
def test_an_input_that_is_named_twice_is_refused(tmp_path: Path, twice: str) -> None:
    write(tmp_path, "rows.jsonl", 1)
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(BadInput, match="expected each input once, found it twice: name it once"):
            find_sources(["rows.jsonl", twice])
    finally:
        os.chdir(before)


def test_standard_input_stands_alone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected standard input alone or files alone, found both"):
        find_sources(["-", str(write(tmp_path, "rows.jsonl", 1))])
    [source] = find_sources(["-"])
    assert (source.name, source.size, source.sha256) == ("stdin", 0, "")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"rows.jsonl: expected a file that can be read, found otherwise \(No such file"):
        find_sources([str(tmp_path / "rows.jsonl")])
