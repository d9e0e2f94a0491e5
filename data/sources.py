"""The public data sets of the first training stage, read through what `sources.toml` says of each."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from data.errors import BadInput
from data.records import Example, Pair, Stance
from data.tables import Reject, read_rows

__all__ = ["Source", "read_source", "sources"]


class Source(BaseModel):
    """One data set: where its files are, what its labels mean here, where it is from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[Path, ...]
    labels: dict[str, Stance]
    label_column: str = "label"
    origin: str
    licence: str


def sources() -> dict[str, Source]:
    """Every source by name, in the order of `sources.toml`."""
    text = (Path(__file__).parent / "sources.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Source]).validate_python(tomllib.loads(text))


def read_source(source: Source, folder: Path) -> Iterator[Example]:
    """Its labelled pairs, from files below `folder`; raises BadInput for a file that is not there or a broken row.

    Rows without a claim or a statement, and rows whose label is not mapped, are left out: the sets have some of both.
    """
    for file in source.files:
        for row in read_rows(folder / file):
            if isinstance(row, Reject):
                raise BadInput(str(row))
            example = _example(row.values, source)
            if example is not None:
                yield example


def _example(values: dict[str, Any], source: Source) -> Example | None:
    stance = source.labels.get(values[source.label_column])
    pair = Pair(
        claim=values.get("claim") or "", statement=values.get("statement") or "", context=values.get("context") or ""
    )
    if stance is None or not pair.claim.strip() or not pair.statement.strip():
        return None
    return Example(pair=pair, stance=stance, id=values.get("id", ""), group=values.get("source_group", ""))
