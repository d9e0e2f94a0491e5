"""Rows of text: broken input of every kind is one row's reject, and the rows behind it are still read."""

import csv
import gzip
import io
import json
import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.lines import LINE_LIMIT, parse_nested, read_csv, read_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def json_rows(*lines: bytes) -> list[tuple[int, Any]]:
    return list(read_json(io.BytesIO(b"".join(lines))))


def csv_rows(*lines: bytes) -> list[tuple[int, Any]]:
    return list(read_csv(io.BytesIO(b"".join(lines))))


@pytest.mark.parametrize("text", [b'{"a": 1}\n\n  \n{"a": 2}\n', b'\xef\xbb\xbf{"a": 1}\r\n\r\n \t\r\n{"a": 2}'])
def test_json_lines_with_blank_lines_bom_crlf_and_no_last_newline(text: bytes) -> None:
    assert json_rows(text) == [(1, {"a": 1}), (4, {"a": 2})]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": 1', r"expected JSON, whole on one line, found something else \(.* at character \d+\): mend the line"),
        (b"claim: rain", r"expected JSON, whole on one line"),
        (b'{"a": 1} {"a": 2}', r"Extra data at character 10"),
        (b'[{"a": 1}]', r"expected one JSON object a line, found another JSON value: write each row as \{\.\.\.\}"),
        (b'"a"', r"expected one JSON object a line"),
        (b"null", r"expected one JSON object a line"),
        (b'{"a": NaN}', r"expected a finite number, found NaN: write null"),
        (b'{"a": -Infinity}', r"expected a finite number, found -Infinity"),
        (b'{"a": 1e999}', r"expected a finite number, found 1e999"),
        (b'{"a": "caf\xe9"}', r"expected UTF-8, found something else at character 11: save the file as UTF-8"),
        (b'{"a": "\\ud83d"}', r"expected UTF-8"),
        (b'\xff\xfe{\x00"\x00a\x00"\x00', r"expected UTF-8"),
        (b"[" * 100_000, r"expected JSON of ordinary size"),
        (b'{"a": ' + b"9" * 5000 + b"}", r"expected JSON of ordinary size"),
    ],
)
def test_a_broken_json_line_is_rejected_and_reading_goes_on(line: bytes, reason: str) -> None:
    (first, rejected, last) = json_rows(b'{"a": 0}\n', line, b"\n", b'{"a": 2}\n')
    assert (first, last) == ((1, {"a": 0}), (3, {"a": 2}))
    assert rejected[0] == 2
    assert re.search(reason, rejected[1])


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    assert json_rows(b'{"a": "\\ud83d\\ude00"}') == [(1, {"a": "\U0001f600"})]


def test_csv_numbers_a_row_by_its_first_line() -> None:
    rows = csv_rows(b'\xef\xbb\xbfa,b\r\n"one\r\ntwo\n",2\r\n\r\n3,"say ""no"""\r\n5,6')
    assert rows == [(2, {"a": "one\r\ntwo\n", "b": "2"}), (6, {"a": "3", "b": 'say "no"'}), (7, {"a": "5", "b": "6"})]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2,3\n", "expected 2 cells as in the header, found 3: put a text that holds a comma"),
        (b"1\n", "expected 2 cells as in the header, found 1"),
        (b'"one" two,2\n', "expected a text with a comma, quotation mark or line break to stand in double quotes"),
        (b"caf\xe9,2\n", "expected UTF-8"),
        (b'"one\ncaf\xe9\ntwo",2\n', "expected UTF-8"),
        (b"1,2\r3,4\n", "to stand in double quotes"),
    ],
)
def test_a_broken_csv_row_is_rejected_and_reading_goes_on(line: bytes, reason: str) -> None:
    first, rejected, last = csv_rows(b"a,b\n0,0\n", line, b"5,6\n")
    assert first == (2, {"a": "0", "b": "0"})
    assert last == (3 + line.count(b"\n"), {"a": "5", "b": "6"})
    assert rejected[0] == 3
    assert re.search(reason, rejected[1])


def test_an_open_quote_is_rejected_at_the_line_where_it_opens() -> None:
    rows = csv_rows(b'a,b\n1,2\n"never closed,2\n3,4\n')
    assert rows[0] == (2, {"a": "1", "b": "2"})
    assert [number for number, _ in rows] == [2, 3]
    assert "unexpected end of data" in rows[1][1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "expected column names in the first line, found none: add a header"),
        (b"\n \n,,\n", "expected column names in the first line, found none"),
        (b"a;b;c\n1;2;3\n", "expected columns parted by commas, found 'a;b;c': save the file with commas"),
        (b"a\tb\n1\t2\n", "expected columns parted by commas"),
        (b"a,b,a\n1,2,3\n", "expected each column once, found a more than once: rename one"),
        ('a,b\n"1",2\n'.encode("utf-16"), "found what cannot be read: expected UTF-8"),
        (b'"a" b,c\n', "expected column names in the first line, found what cannot be read"),
    ],
)
def test_a_csv_file_without_a_usable_header_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        csv_rows(text)


def test_a_column_without_a_name_is_left_out() -> None:
    assert csv_rows(b",a,\n0,one,\n1,two,\n") == [(2, {"a": "one"}), (3, {"a": "two"})]


def test_a_cell_may_be_longer_than_the_csv_modules_own_limit() -> None:
    text = "word " * 50_000
    assert csv_rows(f"a,b\n{text},2\n".encode()) == [(2, {"a": text, "b": "2"})]


@pytest.mark.parametrize("read", [read_json, read_csv])
def test_a_row_without_end_is_rejected_in_bounded_memory(read: Any) -> None:
    good = b"a\n1\n" if read is read_csv else b'{"a": "1"}\n'
    packed = io.BytesIO(gzip.compress(good + b"x" * (8 * LINE_LIMIT) + b"\n" + good.splitlines(keepends=True)[-1]))
    tracemalloc.start()
    try:
        rows = list(read(io.BufferedReader(gzip.GzipFile(fileobj=packed))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [row[1] for row in rows[::2]] == [{"a": "1"}] * 2
    assert f"expected a row of at most {LINE_LIMIT} bytes" in rows[1][1]
    assert peak < 4 * LINE_LIMIT


def test_many_short_lines_in_one_open_quote_are_bounded_too() -> None:
    rows = csv_rows(b'a\n"', b"word\n" * (LINE_LIMIT // 5 + 10), b"end\n")
    assert f"expected a row of at most {LINE_LIMIT} bytes" in rows[0][1]
    assert rows[-1] == (LINE_LIMIT // 5 + 12, {"a": "end"})


@settings(deadline=None)
@given(st.lists(st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans() | st.none() | st.lists(TEXTS))))
def test_json_lines_are_read_as_the_json_module_writes_them(rows: list[dict[str, Any]]) -> None:
    for ascii_only in (True, False):
        text = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
        assert json_rows(text.encode()) == list(enumerate(rows, start=1))


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_csv_is_read_as_the_csv_module_writes_it(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("a", "b"), *rows])
    assert [values for _, values in csv_rows(out.getvalue().encode())] == [{"a": a, "b": b} for a, b in rows]


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_rows_or_reasons_and_nothing_foreign_escapes(noise: bytes) -> None:
    for number, values in read_json(io.BytesIO(noise)):
        assert 1 <= number <= noise.count(b"\n") + 1
        assert isinstance(values, dict | str)
    assert all(isinstance(values, dict | str) for _, values in read_csv(io.BytesIO(b"a,b\n" + noise)))


def test_nested_values_are_read_from_json_text_or_left_as_they_are() -> None:
    assert parse_nested('[{"source": [[0, 3]]}]') == [{"source": [[0, 3]]}]
    assert parse_nested([1]) == [1]
    with pytest.raises(BadInput, match="expected JSON, whole on one line"):
        parse_nested("one; two")
