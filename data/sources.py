"""The public data sets of the first training stage, read through what `sources.toml` says of each."""

import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from data.errors import BadInput, MissingExtra
from data.records import Example, Pair, Stance

__all__ = ["Source", "read_held_out", "read_source", "sources"]

BATCH = 1_000  # rows turned from columns into values at once


class Source(BaseModel):
    """One data set: where it is, what its columns and labels mean here, how much of it trains, where it is from.

    Its rows are those of `files` or those of `hub`; one with neither is there to be measured with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[Path, ...] = ()
    """JSON Lines below the data folder that are trained on."""
    hub: str = ""
    """Or a data set of the Hugging Face hub; a folder of that name below the data folder stands in for it."""
    subset: str | None = None
    split: str = "train"
    revision: str | None = None
    """The hub's commit, so that the same recipe reads the same rows."""
    held_out: tuple[Path, ...] = ()
    """Files that a benchmark reports on: what repeats one of their rows is never trained on."""
    held_out_groups: tuple[str, ...] = ()
    """Groups of labelled files that share their rumour with the benchmark's test part: never trained on either."""
    columns: dict[str, str] = {}
    """Where `claim`, `statement`, `context` or `label` stands, if not in the column of that name."""
    labels: dict[str, Stance]
    weight: float = Field(default=1.0, gt=0, le=1)
    """The share of its rows that a stage draws."""
    origin: str
    licence: str

    @model_validator(mode="after")
    def _is_somewhere(self) -> "Source":
        if bool(self.files) + bool(self.hub) > 1 or not (self.trains or self.held_out or self.held_out_groups):
            raise ValueError("expected files or a hub name to train on, or files or groups to hold out")
        if unknown := self.columns.keys() - {"claim", "statement", "context", "label"}:
            raise ValueError(f"columns: no such thing as {', '.join(sorted(unknown))} in a pair")
        return self

    @property
    def trains(self) -> bool:
        """Whether it has rows to train on."""
        return bool(self.files or self.hub)


def sources() -> dict[str, Source]:
    """Every source by name, in the order of `sources.toml`."""
    text = (Path(__file__).parent / "sources.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Source]).validate_python(tomllib.loads(text))


def read_source(source: Source, folder: Path) -> Iterator[Example]:
    """The labelled pairs that it trains with, from below `folder` or from the hub.

    Rows without a claim or a statement, and rows whose label is not mapped, are left out: the sets have some of both.
    Raises BadInput where a file or set is not there or cannot be read, MissingExtra where `datasets` is not installed.
    """
    label, *texts = (source.columns.get(part, part) for part in ("label", "claim", "statement"))
    for values in _train_rows(source, folder):
        if missing := [column for column in (label, *texts) if column not in values]:
            place = source.hub or ", ".join(map(str, source.files))
            raise BadInput(f"{place}: expected a column {missing[0]!r}, found {', '.join(values)}: name it in columns")
        stance = source.labels.get(str(values[label]))
        pair = _pair(source, values)
        if stance is not None and pair is not None:
            yield Example(pair=pair, stance=stance, id=_text(values, "id"), group=_text(values, "source_group"))


def read_held_out(source: Source, folder: Path) -> Iterator[Pair]:
    """The pairs of its files that are held out, whatever their label; raises as `read_source` does."""
    for file in source.held_out:
        for values in _rows(folder / file):
            pair = _pair(source, values)
            if pair is not None:
                yield pair


def _train_rows(source: Source, folder: Path) -> Iterator[dict[str, Any]]:
    for file in source.files:
        yield from _rows(folder / file)
    if source.hub:
        local = folder / source.hub
        place = str(local) if local.is_dir() else source.hub
        yield from _loaded(place, name=source.subset, split=source.split, revision=source.revision)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    if not file.is_file():
        raise BadInput(f"{file}: expected a file, found nothing there: check the path")
    with tempfile.TemporaryDirectory() as cache:  # a local file needs no second copy that outlives the reading
        yield from _loaded("json", data_files=str(file), split="train", cache_dir=cache)


def _loaded(place: str, /, **where: Any) -> Iterator[dict[str, Any]]:
    """The rows that `datasets.load_dataset` finds, a label as its name."""
    datasets = _datasets()
    with _told(where.get("data_files", place)):
        found = datasets.load_dataset(place, **where)
    names = {column: kind.names for column, kind in found.features.items() if hasattr(kind, "names")}
    # as Arrow tables and from there to values: five times as fast as row by row
    for table in found.with_format("arrow").iter(batch_size=BATCH):
        for values in table.to_pylist():
            for column, labels in names.items():
                number = values[column]
                values[column] = labels[number] if number is not None and number >= 0 else None  # -1 is "no label"
            yield values


def _datasets() -> Any:
    try:
        import datasets
        from huggingface_hub.utils import logging as hub_logging
    except ModuleNotFoundError:
        raise MissingExtra("datasets not installed; training needs: pip install '.[train]'") from None
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # else reading a file of one's own counts itself on the hub
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # what goes wrong is raised
    hub_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    return datasets


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Whatever keeps a data set from being read as BadInput, in one line."""
    from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

    try:
        yield
    except (ConnectionError, FileNotFoundError, DatasetNotFoundError):
        raise BadInput(
            f"{place}: expected a data set of the Hugging Face hub, found neither that nor a folder of this name below "
            "the data folder: connect to the network, or put a copy of the set's repository there"
        ) from None
    except (DatasetGenerationError, OSError, ValueError) as error:
        reason = next(iter(str(error.__cause__ or error).splitlines()), type(error).__name__)
        raise BadInput(
            f"{place}: expected whole and readable rows, found otherwise ({reason}): get it again"
        ) from error


def _pair(source: Source, values: dict[str, Any]) -> Pair | None:
    claim, statement, context = (
        _text(values, source.columns.get(part, part)) for part in ("claim", "statement", "context")
    )
    return Pair(claim=claim, statement=statement, context=context) if claim.strip() and statement.strip() else None


def _text(values: dict[str, Any], column: str) -> str:
    return str(values.get(column) or "")
