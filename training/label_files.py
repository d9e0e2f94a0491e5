"""`stance labels import` and `export`: labels between the store and the files of labelling tools."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import BadInput

if TYPE_CHECKING:
    from data.formats.shape import Task
    from data.label_store import LabelStore
    from data.records import LabelRecord
    from data.tables import Reject

__all__ = [
    "EXPORT_EXAMPLE",
    "IMPORT_EXAMPLE",
    "FormatOption",
    "LabelsUrl",
    "StoreFolder",
    "export_labels",
    "import_labels",
    "open_store",
    "read_files",
    "tell_rejects",
]

IMPORT_EXAMPLE = """Example:

\b
  stance labels import project-3.json --guideline guidelines.md
  stance labels import ana.jsonl --format doccano --annotator ana --store /srv/stance"""

EXPORT_EXAMPLE = """Example:

\b
  stance labels export queue.jsonl --format label-studio --out tasks.json
  stance labels export --out labels.jsonl.gz"""

SHOWN_REJECTS = 5
VERSION_DIGITS = 12

StoreFolder = Annotated[
    Path, typer.Option("--store", metavar="DIR", envvar="STANCE_STORE", help="The folder that holds labels.sqlite.")
]
LabelsUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="STANCE_LABELS_URL",
        help="A PostgreSQL database for the labels instead: postgresql://user@host/name.",
        show_default=False,
    ),
]


class FormatOption(StrEnum):
    """The formats by their names on the command line."""

    AUTO = "auto"
    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"
    PRODIGY = "prodigy"
    DOCCANO = "doccano"
    PLAIN = "plain"


def import_labels(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="What a labelling tool exported.")],
    *,
    form: Annotated[
        FormatOption, typer.Option("--format", help="Whose export it is; a row's columns tell by themselves.")
    ] = FormatOption.AUTO,
    annotator: Annotated[str, typer.Option(metavar="NAME", help="Who labelled, where a file does not say it.")] = "",
    guideline: Annotated[
        str, typer.Option(metavar="FILE", help="What was labelled by: the file, or the name of its version.")
    ] = "",
    source: Annotated[str, typer.Option(metavar="TEXT", help="Where the texts are from, such as a URL.")] = "",
    licence: Annotated[str, typer.Option(metavar="TEXT", help="What the texts may be used for.")] = "",
    store: StoreFolder = Path("stance-store"),
    labels_url: LabelsUrl = None,
) -> None:
    """Keep the labels of some files in the store; those that it has already are passed over."""
    from data.label_store import LabelStore, StoredLabel, labels_place

    given = {"annotator": annotator, "guideline": _version(guideline), "source": source, "licence": licence}
    found, rejects = read_files(files, form)
    labels = [_filled(label, given) for _, task in found for label in task.labels]
    tell_rejects(rejects)
    if rejects and not found:
        raise BadInput(f"{_names(files)}: expected labels, found no usable row: mend the rows, or name the --format")
    with LabelStore.open(labels_place(store, labels_url)) as opened:
        known = {entry.label for entry in opened.history() if isinstance(entry, StoredLabel)}
        new = [label for label in dict.fromkeys(labels) if label not in known]
        opened.add(new)
    waiting = sum(not task.labels for _, task in found)
    _tell(
        f"{len(new):,} labels added, {len(labels) - len(new):,} known already, {waiting:,} pairs not labelled yet, "
        f"{len(rejects):,} set aside"
    )
    if nameless := sum(not label.annotator for label in new):
        _tell(f"{nameless:,} of them without an annotator: of one pair only the last counts; --annotator names one")


def export_labels(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="A queue, or other labels.", show_default="the labels in the store"),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="What to write; for plain its ending names the kind.")],
    form: Annotated[FormatOption, typer.Option("--format", help="Who is to read it.")] = FormatOption.PLAIN,
    store: StoreFolder = Path("stance-store"),
    labels_url: LabelsUrl = None,
) -> None:
    """Write a queue, or the labels in force, for a labelling tool or for training."""
    from data.formats.files import FormatName, write_tasks
    from data.formats.shape import tasks

    if form is FormatOption.AUTO:
        raise typer.BadParameter("--format auto: name the format to write")
    found: list[Task]
    if files:
        read, rejects = read_files(files)
        tell_rejects(rejects)
        found = [task for _, task in read]
    else:
        with open_store(store, labels_url) as opened:
            found = tasks(stored.label for stored in opened.labels())
    if not found:
        raise BadInput(f"{_names(files or [store])}: expected something to write, found no pair; {out} not written")
    write_tasks(out, FormatName(form.value), found)
    _tell(f"{out}: {len(found):,} pairs, {sum(len(task.labels) for task in found):,} labels")


def read_files(
    files: Iterable[Path], form: FormatOption = FormatOption.AUTO
) -> "tuple[list[tuple[str, Task]], list[Reject]]":
    """Every task of some files with its place, and what cannot be used."""
    from data.formats.files import FormatName, read_tasks
    from data.tables import Reject

    found: list[tuple[str, Task]] = []
    rejects: list[Reject] = []
    for file in files:
        for item in read_tasks(file, None if form is FormatOption.AUTO else FormatName(form.value)):
            if isinstance(item, Reject):
                rejects.append(item)
            else:
                found.append(item)
    return found, rejects


def open_store(store: Path, url: str | None) -> "LabelStore":
    """The store, which must be there already. Raises BadInput."""
    from data.label_store import LabelStore, labels_place

    place = labels_place(store, url)
    if isinstance(place, Path) and not place.is_file():
        raise BadInput(f"{place}: expected labels, found nothing there: import some first, or name the --store")
    return LabelStore.open(place)


def tell_rejects(rejects: "list[Reject]") -> None:
    """Say on standard error what was set aside: the first, and how many more."""
    for reject in rejects[:SHOWN_REJECTS]:
        _tell(f"set aside: {reject}")
    if len(rejects) > SHOWN_REJECTS:
        _tell(f"set aside: {len(rejects) - SHOWN_REJECTS:,} rows more")


def _filled(label: "LabelRecord", given: dict[str, str]) -> "LabelRecord":
    missing = {name: text for name, text in given.items() if text and not getattr(label, name)}
    return replace(label, **missing) if missing else label  # type: ignore[arg-type]


def _version(guideline: str) -> str:
    """The first digits of the guideline's SHA-256; what names no file is taken as a version."""
    if guideline and Path(guideline).is_file():
        return hashlib.sha256(Path(guideline).read_bytes()).hexdigest()[:VERSION_DIGITS]
    return guideline


def _names(files: Iterable[Path]) -> str:
    return ", ".join(map(str, files))


def _tell(message: str) -> None:
    typer.echo(message, err=True)
