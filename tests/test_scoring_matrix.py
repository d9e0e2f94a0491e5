"""The matrix: each relevant judgement of a speaker counts once, and only names are one person in two articles."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.errors import BadInput
from data.tables import write_rows
from serving.scoring.matrix import Holder, matrix_files, speaker_matrix


def row(article: str, speaker: str | None, name: str | None, claim: str, stance: str, **more: Any) -> dict[str, Any]:
    return {
        "id": article,
        "speaker": speaker,
        "speaker_name": name,
        "claim": claim,
        "stance": stance,
        "relevant": True,
    } | more


ROWS = [
    row("a", "Ana Ruiz", "Ana Ruiz", "A.", "denial"),
    row("a", "she", "Ana Ruiz", "A.", "denial"),
    row("b", "Ruiz", "Ana Ruiz", "A.", "support"),
    row("b", "Ruiz", "Ana Ruiz", "B.", "hedge"),
    row("a", "he", None, "A.", "hedge"),
    row("b", "he", None, "A.", "hedge"),
    row("b", None, None, "A.", "support"),
    row("b", "he", None, "B.", "support", relevant=False),
]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_judgements_are_counted_by_speaker_and_claim(tmp_path: Path, ending: str) -> None:
    parts = [tmp_path / f"part-{number}.{ending}" for number in (0, 1)]
    write_rows(parts[0], ROWS[:3])
    write_rows(parts[1], ROWS[3:])
    assert speaker_matrix(parts) == {
        Holder("Ana Ruiz", ""): {"A.": {"denial": 2, "support": 1}, "B.": {"hedge": 1}},
        Holder("he", "a"): {"A.": {"hedge": 1}},
        Holder("he", "b"): {"A.": {"hedge": 1}},
    }
    files = matrix_files(parts)
    table = list(csv.reader(io.StringIO(files["matrix.csv"].decode())))
    assert table[:3] == [
        ["speaker", "article", "A.", "B."],
        ["Ana Ruiz", "", "denial 2, support 1", "hedge 1"],
        ["he", "a", "hedge 1", ""],
    ]
    typed = pq.read_table(io.BytesIO(files["matrix.parquet"])).to_pylist()
    assert typed[0]["A."] == {"support": 1, "denial": 2, "hedge": 0}
    assert typed[1]["B."] is None


def test_a_claim_may_be_called_as_a_column_is(tmp_path: Path) -> None:
    part = tmp_path / "part-0.jsonl"
    write_rows(part, [row("a", "Ruiz", "Ruiz", "article", "hedge")])
    typed = pq.read_table(io.BytesIO(matrix_files([part])["matrix.parquet"])).to_pylist()
    assert typed == [{"speaker": "Ruiz", "article": "", "claim: article": {"support": 0, "denial": 0, "hedge": 1}}]


def test_no_judgements_are_an_empty_table(tmp_path: Path) -> None:
    files = matrix_files([])
    assert files["matrix.csv"] == b"speaker,article\r\n"
    assert pq.read_table(io.BytesIO(files["matrix.parquet"])).num_rows == 0


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    part = tmp_path / "part-0.jsonl"
    part.write_bytes(b"{\n")
    with pytest.raises(BadInput, match=f"{part}:1: expected JSON"):
        matrix_files([part])
