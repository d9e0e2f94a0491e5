"""Who stands where on which claim, over all articles: a row for each speaker, a column for each claim."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from data.errors import BadInput
from data.records import STANCES
from data.tables import Reject, read_rows

__all__ = ["Holder", "Matrix", "matrix_files", "speaker_matrix"]


class Holder(NamedTuple):
    """Whose row it is. `article` is where a "he" without a name stands, and empty for a name: one person everywhere."""

    speaker: str
    article: str


Matrix: TypeAlias = Mapping[Holder, Mapping[str, Mapping[str, int]]]
"""How many statements of each stance a holder made on each claim, in the order of their first appearance."""


def matrix_files(parts: Iterable[Path]) -> dict[str, bytes]:
    """The matrix of some files of judgements as `matrix.csv` ("denial 3, support 1") and `matrix.parquet` (numbers).

    Raises BadInput where a file cannot be read.
    """
    matrix = speaker_matrix(parts)
    claims = list(dict.fromkeys(claim for row in matrix.values() for claim in row))
    return {"matrix.csv": _csv(matrix, claims), "matrix.parquet": _parquet(matrix, claims)}


def speaker_matrix(parts: Iterable[Path]) -> Matrix:
    """Counts over the relevant judgements that have a speaker. Raises BadInput."""
    matrix: dict[Holder, dict[str, Counter[str]]] = {}
    for path in parts:
        for row in read_rows(path):
            if isinstance(row, Reject):
                raise BadInput(str(row))
            values = row.values
            if not values.get("speaker") or values.get("relevant") in {False, "false"}:
                continue
            name = values.get("speaker_name")
            holder = Holder(name, "") if name else Holder(values["speaker"], values["id"])
            matrix.setdefault(holder, {}).setdefault(values["claim"], Counter())[values["stance"]] += 1
    return matrix


def _csv(matrix: Matrix, claims: list[str]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([*Holder._fields, *claims])
    for holder, row in matrix.items():
        out.writerow([*holder, *(_cell(row.get(claim, {})) for claim in claims)])
    return text.getvalue().encode()


def _cell(counts: Mapping[str, int]) -> str:
    """The stances, the most frequent first."""
    return ", ".join(f"{stance} {counts[stance]}" for stance in sorted(counts, key=lambda stance: -counts[stance]))


def _parquet(matrix: Matrix, claims: list[str]) -> bytes:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    counts = pa.struct([(str(stance), pa.int64()) for stance in STANCES])
    columns: dict[str, Any] = {
        "speaker": pa.array([holder.speaker for holder in matrix], pa.string()),
        "article": pa.array([holder.article for holder in matrix], pa.string()),
    }
    for claim in claims:
        cells = [
            {stance: row[claim].get(stance, 0) for stance in STANCES} if claim in row else None
            for row in matrix.values()
        ]
        columns[f"claim: {claim}" if claim in Holder._fields else claim] = pa.array(cells, counts)
    sink = io.BytesIO()
    write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()
