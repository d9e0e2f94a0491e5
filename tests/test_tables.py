"""Files of rows: every format and compression gives the same rows, and a broken file says what to do."""

import gzip
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.tables import Reject, Row, find_tables, parse_rows, read_rows, read_stream, write_rows

TEXT_ENDINGS = [f"{text}{packed}" for text in (".jsonl", ".ndjson", ".json", ".csv") for packed in ("", ".gz", ".zst")]
ENDINGS = [*TEXT_ENDINGS, ".parquet"]
ROWS = [
    {"claim": "The dam held.", "statement": "“It held,” she said.\r\nTwice.", "cue": "said"},
    {"claim": "The dam held.", "statement": 'He wrote, "no",\nand left.', "cue": ""},
    {"claim": "Ça coûte 10 €, 😀", "statement": " leading and trailing ", "cue": "\u2028"},
]
PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstandard.compress}


def values_of(path: Path) -> list[dict[str, Any]]:
    rows = list(read_rows(path))
    assert not [row for row in rows if isinstance(row, Reject)]
    return [row.values for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_are_read_as_they_were_written(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    write_rows(path, iter(ROWS))
    assert values_of(path) == ROWS
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
@settings(deadline=None, max_examples=25)  # for each of thirteen endings
@given(data=st.data())
def test_any_text_survives_every_format(
    tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject
) -> None:
    text = st.text(st.characters(exclude_categories=["Cs"]))
    rows = data.draw(st.lists(st.fixed_dictionaries({"claim": text, "statement": text}), min_size=1, max_size=4))
    path = tmp_path_factory.mktemp("rows") / f"rows{ending}"
    write_rows(path, rows)
    assert values_of(path) == rows


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".csv", ".csv.gz", ".csv.zst", ".parquet"])
def test_each_row_says_where_it_stands(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    write_rows(path, ROWS)
    lines = {"j": [1, 2, 3], "c": [2, 4, 6], "p": [1, 2, 3]}[ending[1]]
    assert [row.where for row in read_rows(path)] == [f"{path}:{line}" for line in lines]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_file_of_several_compressed_parts_is_read_to_its_end(tmp_path: Path, packed: str) -> None:
    path = tmp_path / f"rows.JSONL{packed}"
    path.write_bytes(PACKERS[packed](b'{"a": 1}\n{"a"') + PACKERS[packed](b': 2}\n{"a": 3}'))
    assert values_of(path) == [{"a": 1}, {"a": 2}, {"a": 3}]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
@pytest.mark.parametrize("cut", [1, 5, 200])
def test_a_compressed_file_that_was_cut_short_is_refused(tmp_path: Path, packed: str, cut: int) -> None:
    path = tmp_path / f"rows.jsonl{packed}"
    path.write_bytes(PACKERS[packed](b"".join(b'{"number": %d}\n' % (i * 7919 % 997) for i in range(5000)))[:-cut])
    with pytest.raises(BadInput, match=rf"rows.jsonl{packed}: expected a whole .* \(Truncated .*\): get it again"):
        list(read_rows(path))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("rows.jsonl.gz", b'{"a": 1}\n', "expected a whole and readable file, found otherwise"),
        ("rows.csv.zst", b"a,b\n1,2\n", "expected a whole and readable file, found otherwise"),
        ("rows.parquet", b"a,b\n1,2\n", "expected a whole and readable file, found otherwise"),
        ("rows.parquet", b"", "expected a whole and readable file, found otherwise"),
        ("rows.csv", b"", "expected column names in the first line, found none: add a header"),
        ("rows.xlsx", b"", "expected a name that ends in .jsonl, .*, found .xlsx: rename or convert the file"),
        ("rows.parquet.gz", b"", "expected a name that ends in .*, found .parquet.gz: rename or convert"),
        ("rows.gz", b"", "expected a name that ends in .*, found .gz: rename or convert"),
        ("rows", b"", "expected a name that ends in .*, found no ending"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=f"{tmp_path / name}: {reason}"):
        list(read_rows(tmp_path / name))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    with pytest.raises(BadInput, match="expected a file, found nothing there: check the path"):
        list(read_rows(path))
    path.mkdir()
    with pytest.raises(BadInput, match="expected a file, found a folder: name the files in it"):
        list(read_rows(path))


def test_reading_may_stop_after_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.zst"
    write_rows(path, ROWS)
    rows = read_rows(path)
    assert next(rows) == Row(f"{path}:1", ROWS[0])
    del rows
    path.unlink()


def test_parquet_is_read_batch_by_batch_with_what_it_leaves_out_as_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": list(range(1000)), "b": [math.nan, 1.5, None, 2.0] * 250}), path, row_group_size=300)
    rows = list(read_rows(path))
    assert [row.where for row in rows] == [f"{path}:{number}" for number in range(1, 1001)]
    assert rows[:3] == [Row(f"{path}:{i + 1}", {"a": i, "b": b}) for i, b in enumerate([None, 1.5, None])]


def test_csv_holds_nested_values_as_json_and_the_others_hold_them_as_they_are(tmp_path: Path) -> None:
    row = {"id": 7, "claims": ["one, two", "three"], "note": None, "parts": {"a": [[0, 3]]}}
    for ending in (".jsonl", ".parquet", ".csv"):
        write_rows(tmp_path / f"rows{ending}", [row])
    assert values_of(tmp_path / "rows.jsonl") == values_of(tmp_path / "rows.parquet") == [row]
    as_text = {"id": "7", "claims": '["one, two", "three"]', "note": "", "parts": '{"a": [[0, 3]]}'}
    assert values_of(tmp_path / "rows.csv") == [as_text]


@pytest.mark.parametrize("ending", [".csv", ".csv.zst", ".parquet"])
def test_a_row_outside_the_first_rows_columns_is_refused_and_the_old_file_stays(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    write_rows(path, [{"a": "old", "b": "old"}, {"a": "no b"}])
    with pytest.raises(BadInput, match=r"expected only the first row's columns \(a\), found b too: .* or write .jsonl"):
        write_rows(path, [{"a": "new"}, {"a": "new", "b": "new"}])
    assert [row["a"] for row in values_of(path)] == ["old", "no b"]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "rows", "reason"),
    [
        ("rows.jsonl", [{"a": math.nan}], "expected values that JSON can hold, found otherwise"),
        ("rows.csv", [{"a": [math.inf]}], "expected values that JSON can hold"),
        ("rows.parquet", [{"a": 1}, {"a": "one"}], "expected rows of one shape and a folder to write in"),
        ("nowhere/rows.jsonl", [{"a": 1}], "expected rows of one shape and a folder to write in"),
        ("rows.txt", [{"a": 1}], "expected a name that ends in .*, found .txt: rename or convert the file"),
    ],
)
def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, name: str, rows: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(BadInput, match=f"{tmp_path / name}: {reason}"):
        write_rows(tmp_path / name, rows)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_the_rows_themselves_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_rows(tmp_path / "rows.csv.gz", ({"a": 1 // n} for n in (1, 0)))
    assert list(tmp_path.iterdir()) == []


def test_who_reads_the_old_file_never_sees_half_of_the_new(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [{"a": "old"}])
    with path.open("rb") as reader:
        write_rows(path, ({"a": values_of(path)[0]["a"]} for _ in range(2)))
        assert reader.read() == b'{"a": "old"}\n'
    assert values_of(path) == [{"a": "old"}] * 2


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    for ending in ENDINGS:
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir(exist_ok=True)
            write_rows(tmp_path / folder / f"rows{ending}", ROWS)
        assert (tmp_path / "one" / f"rows{ending}").read_bytes() == (tmp_path / "two" / f"rows{ending}").read_bytes()


def test_a_row_gives_what_its_columns_hold_or_says_what_is_wrong() -> None:
    row = Row("in/rows.csv:3", {"claim": " The dam held. ", "cue": None, "statement": " \n", "speaker": 7})
    assert row.require_text("claim") == " The dam held. "
    assert row.text("cue") == row.text("context") == ""
    assert row.require("cue") is None
    assert row.short_place == "rows.csv:3"
    with pytest.raises(BadInput, match="expected a column 'stance', found claim, cue, statement, speaker: add it"):
        row.require("stance")
    with pytest.raises(BadInput, match="expected text in 'statement', found none: fill it in or drop the row"):
        row.require_text("statement")
    with pytest.raises(BadInput, match="expected text in 'speaker', found int: write it as a string"):
        row.text("speaker")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a7", "a7"),
        (7, "7"),
        (0, "0"),
        (7.0, "7"),
        (7.5, "7.5"),
        (None, ""),
        (" ", ""),
        (date(2031, 5, 4), "2031-05-04"),
        (datetime(2031, 5, 4, 3, tzinfo=UTC), "2031-05-04T03:00:00+00:00"),
    ],
)
def test_an_identifier_may_be_a_number_or_a_date(value: Any, text: str) -> None:
    assert Row("rows.csv:3", {"id": value}).identifier("id") == text


@pytest.mark.parametrize("value", [True, [1], {"a": 1}])
def test_an_identifier_is_one_value(value: Any) -> None:
    with pytest.raises(BadInput, match=f"expected text in 'id', found {type(value).__name__}"):
        Row("rows.csv:3", {"id": value}).identifier("id")


def test_a_row_that_does_not_parse_is_a_reject_among_the_others(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": "one"}\n{"b": "two"}\n{\n{"a": "four"}\n', encoding="utf-8")
    first, missing, broken, last = parse_rows(path, lambda row: row.require_text("a"))
    assert (first, last) == ("one", "four")
    assert str(missing) == f"{path}:2: expected a column 'a', found b: add it or rename one"
    assert str(broken).startswith(f"{path}:3: expected JSON")


def test_an_open_file_is_read_under_the_name_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    write_rows(path, ROWS)
    with path.open("rb") as file:
        rows = [row for row in read_stream(file, Path("any.csv.gz"), name="crawl/rows") if isinstance(row, Row)]
    assert [row.values for row in rows] == ROWS
    assert [row.where for row in rows] == ["crawl/rows:2", "crawl/rows:4", "crawl/rows:6"]


def test_a_folder_and_a_pattern_stand_for_their_files_in_order_of_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a/2.jsonl.zst", "a/10.parquet", "a/note.txt", "a/_part.jsonl", ".hid/x.csv", "A.JSON"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [name for name, _ in find_tables(str(tmp_path))] == ["A.JSON", "a/10.parquet", "a/2.jsonl.zst", "b.csv"]
    assert find_tables(f"{tmp_path}/*/*.jsonl*") == [
        ("a/2.jsonl.zst", tmp_path / "a/2.jsonl.zst"),
        ("a/_part.jsonl", tmp_path / "a/_part.jsonl"),
    ]
    assert find_tables(f"{tmp_path}/a/**/10.*") == [("10.parquet", tmp_path / "a/10.parquet")]
    assert find_tables(str(tmp_path / "b.csv")) == [("b.csv", tmp_path / "b.csv")]


def test_a_name_with_a_patterns_marks_is_a_file_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "rows[1].csv"
    path.touch()
    assert find_tables(str(path)) == [("rows[1].csv", path)]


@pytest.mark.parametrize("place", ["", "*.csv"])
def test_a_folder_or_pattern_without_tables_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(BadInput, match=r"expected files that end in .jsonl, .*, found none: check the path"):
        find_tables(str(tmp_path / place))
