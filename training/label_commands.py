"""The subcommands of `stance labels`: join, count, and those of two neighbours. Heavy imports stand inside."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from data.errors import BadInput
from training.label_files import EXPORT_EXAMPLE, IMPORT_EXAMPLE, export_labels, import_labels
from training.label_review import CHECK_EXAMPLE, QUEUE_EXAMPLE, check_labels, queue_pairs

if TYPE_CHECKING:
    from data.records import Example
    from data.standoff import Annotation
    from data.tables import Reject

__all__ = ["count", "join", "register"]

Item = TypeVar("Item")

JOIN_EXAMPLE = """Example:

\b
  stance labels join PolNeAR fnc-1/train_bodies.csv news.jsonl.gz --out train.jsonl.gz
  stance labels join PolNeAR --labels data/annotations/dev.jsonl.gz --out dev.jsonl.gz --partial"""

COUNT_EXAMPLE = """Example:

\b
  stance labels count
  stance labels count data/annotations/dev.jsonl.gz"""

SHOWN_REJECTS = 5


def register(app: typer.Typer) -> None:
    """Mount the group on `app`."""
    labels = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The labels that train the classifier.")
    labels.command("import", epilog=IMPORT_EXAMPLE)(import_labels)
    labels.command("export", epilog=EXPORT_EXAMPLE)(export_labels)
    labels.command("check", epilog=CHECK_EXAMPLE)(check_labels)
    labels.command("queue", epilog=QUEUE_EXAMPLE)(queue_pairs)
    labels.command(epilog=JOIN_EXAMPLE)(join)
    labels.command(epilog=COUNT_EXAMPLE)(count)
    app.add_typer(labels, name="labels")


def join(
    texts: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="TEXTS",
            help="Where the articles are: PolNeAR's folder, FNC-1's train_bodies.csv, files of articles (id, text).",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The labelled pairs; its ending names the format.")],
    labels: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Stand-off labels.", show_default="data/annotations/train.jsonl.gz"),
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Write the rows whose text is there.")] = False,
) -> None:
    """Put the labels and the articles that you have together; without articles, say where to get them."""
    from data.originals import read_originals
    from data.standoff import SHIPPED, read_annotations
    from data.standoff import join as join_texts
    from data.tables import Reject, write_rows

    rows = list(chain.from_iterable(map(read_annotations, labels or [SHIPPED / "train.jsonl.gz"])))
    wanted = {row.article for row in rows if not isinstance(row, Reject)}
    joined = join_texts(rows, _usable(chain.from_iterable(read_originals(path, wanted) for path in texts or [])))
    _tell_rejects(joined.rejects)
    _tell_missing(joined.missing)
    account = (
        f"{len(joined.examples):,} of {len(rows):,} rows joined, "
        f"{len(joined.missing):,} without their article, {len(joined.rejects):,} set aside"
    )
    if not joined.examples or (len(joined.examples) < len(rows) and not partial):
        remedy = "add the texts, or write what there is with --partial" if joined.examples else "add the texts"
        raise BadInput(f"{out}: expected every row's text, found {account}; not written: {remedy}")
    write_rows(out, map(_pair_row, joined.examples))
    _tell(f"{out}: {account}")


def count(
    labels: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Stand-off labels.", show_default="those that ship"),
    ] = None,
) -> None:
    """Count labels by file, source and stance, as a Markdown table."""
    from data.records import LABELS
    from data.standoff import SHIPPED, read_annotations

    columns = ["file", "source", "articles", "claims", "rows", *LABELS, "implied"]
    _write_cells(columns)
    _write_cells(["---", "---", *["--:"] * (len(columns) - 2)])
    for path in labels or [SHIPPED / f"{name}.jsonl.gz" for name in ("train", "train-2", "dev")]:
        sources: defaultdict[str, list[Annotation]] = defaultdict(list)
        for label in _usable(read_annotations(path)):
            sources[label.source].append(label)
        for source, found in sources.items():
            _write_cells([path.name, source, *(f"{number:,}" for number in _tally(found))])


def _tally(found: "list[Annotation]") -> list[int]:
    """Articles, claims (an article's own), rows, rows by stance in the order of LABELS, and implied rows."""
    from data.records import LABELS

    stances = Counter(label.stance for label in found)
    return [
        len({label.article for label in found}),
        len({(label.article, label.claim) for label in found}),
        len(found),
        *(stances[stance] for stance in LABELS),
        sum(label.implied for label in found),
    ]


def _pair_row(example: "Example") -> dict[str, str]:
    pair = example.pair
    return {
        "id": example.id,
        "claim": pair.claim,
        "statement": pair.statement,
        "speaker": pair.speaker,
        "cue": pair.cue,
        "context": pair.context,
        "stance": example.stance,
        "group": example.group,
        "origin": example.origin,
    }


def _usable(items: "Iterable[Item | Reject]") -> Iterator[Item]:
    """What can be used; what cannot is told when all is read."""
    from data.tables import Reject

    rejects: list[Reject] = []
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            yield item
    _tell_rejects(rejects)


def _tell_rejects(rejects: "Iterable[Reject]") -> None:
    found = list(rejects)
    for reject in found[:SHOWN_REJECTS]:
        _tell(f"set aside: {reject}")
    if len(found) > SHOWN_REJECTS:
        _tell(f"set aside: {len(found) - SHOWN_REJECTS:,} rows more")


def _tell_missing(missing: "Iterable[Annotation]") -> None:
    from data.standoff import ORIGINS

    rows: defaultdict[str, list[str]] = defaultdict(list)
    for label in missing:
        rows[label.source].append(label.article)
    for source, articles in rows.items():
        origin = ORIGINS[source]
        _tell(f"missing: {origin.name} (articles: {len(set(articles)):,}, rows: {len(articles):,}): get {origin.texts}")


def _tell(message: str) -> None:
    typer.echo(message, err=True)


def _write_cells(cells: Iterable[str]) -> None:
    typer.echo(f"| {' | '.join(cells)} |")
