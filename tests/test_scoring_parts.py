"""Parts hold the same rows in every format, in columns that no row can change."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tables import Row, read_rows
from serving.scoring.parts import Format, count_rows, dump

COLUMNS = {"id": "string", "support": "double", "truncated": "bool", "start": "int64", "content": "spans"}
ROW: dict[str, Any] = {"id": "a", "support": 0.25, "truncated": False, "start": None, "content": [[0, 3], [5, 9]]}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
@pytest.mark.parametrize("form", list(Format))
def test_rows_are_counted_and_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, form: Format, notes: list[str]
) -> None:
    path = tmp_path_factory.mktemp("parts") / f"part.{form}"
    path.write_bytes(dump([{"id": "a", "note": note} for note in notes], form, {"id": "string"}, {}))
    assert count_rows(path, form) == len(notes)
    assert [row.values["note"] for row in read_rows(path) if isinstance(row, Row)] == notes


@pytest.mark.parametrize("rows", [[], [ROW], [ROW, ROW | {"note": 7}], [ROW | {"note": {"a": [1]}}]])
def test_the_columns_of_judgements_have_one_type_and_those_of_rows_are_text(rows: list[dict[str, Any]]) -> None:
    table = pq.read_table(io.BytesIO(dump(rows, Format.PARQUET, COLUMNS, {})))
    types = {field.name: str(field.type) for field in table.schema}
    assert list(types)[:5] == list(COLUMNS)
    assert types["support"] == "double"
    assert types["content"].startswith("list<element: list<element: int64>")
    assert types.get("note", "string") == "string"
    assert [{name: row[name] for name in COLUMNS} for row in table.to_pylist()] == [
        {name: row[name] for name in COLUMNS} for row in rows
    ]


def test_columns_with_a_type_keep_it_even_where_no_row_has_a_value() -> None:
    types = {"year": pa.int32(), "at": pa.timestamp("us", "UTC"), "sum": pa.decimal128(9, 2)}
    row = ROW | {"year": 2020, "at": datetime(2026, 1, 2, tzinfo=UTC), "sum": Decimal("1.50")}
    for rows in ([row], [ROW], []):
        table = pq.read_table(io.BytesIO(dump(rows, Format.PARQUET, COLUMNS, types)))
        assert {name: table.schema.field(name).type for name in types} == types
        assert [one["sum"] for one in table.to_pylist()] == [one.get("sum") for one in rows]


def test_a_part_without_rows_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "part.csv"
    path.write_bytes(dump([], Format.CSV, COLUMNS, {"year": pa.int32()}))
    assert path.read_text(encoding="utf-8").split() == [",".join([*COLUMNS, "year"])]
    assert count_rows(path, Format.CSV) == 0
