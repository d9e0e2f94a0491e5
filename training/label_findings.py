"""What a check of labels found and what a queue picked: as a document, and as tables that a person reads."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from data.label_columns import answer_text
from data.records import Pair
from data.tables import Reject
from training.figures import figures_table, print_table
from training.label_check import Group, Placed, Suspect, agreement, contradictions, leaks, repeats

__all__ = ["findings", "print_findings", "print_rows", "write_json"]

LISTED = 10
SHOWN = 60


def findings(
    labels: Sequence[Placed], rejects: Iterable[Reject], evaluation: Iterable[Pair], suspected: Sequence[Suspect] | None
) -> dict[str, Any]:
    """All that `stance labels check` says; `suspects` is null where nobody looked for them."""
    return {
        "labels": len(labels),
        "pairs": len({placed.label.pair for placed in labels}),
        "answers": dict(Counter(answer_text(placed.label) for placed in labels).most_common()),
        "annotators": dict(Counter(placed.label.annotator for placed in labels).most_common()),
        "set_aside": [str(reject) for reject in rejects],
        "agreement": agreement(labels),
        "repeats": [_group(group) for group in repeats(labels)],
        "contradictions": [_group(group) for group in contradictions(labels)],
        "evaluation": [_placed(placed) for placed in leaks(labels, evaluation)],
        "suspects": None if suspected is None else [_suspect(suspect) for suspect in suspected],
    }


def print_findings(document: dict[str, Any]) -> None:
    """The document as tables on standard output: all figures, and the first of everything that was found."""
    listed = ("repeats", "contradictions", "evaluation", "suspects")
    figures = {name: value for name, value in document.items() if name not in (*listed, "set_aside")}
    print_table(figures_table(figures))
    for name in ("repeats", "contradictions"):
        print_rows(f"{name}: {len(document[name])}", *_group_rows(document[name]))
    columns = ("where", "claim", "statement", "answer")
    for name, title in (("evaluation", "in an evaluation set"), ("suspects", "probably wrong")):
        found = document[name] or []
        more = ("likelier",) if name == "suspects" else ()
        rows = [tuple(item[column] for column in (*columns, *more)) for item in found]
        print_rows(f"{title}: {len(found)}", (*columns, *more), rows)


def print_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of the first rows under its title; --format json has all of them."""
    from training.figures import print_table

    typer.echo(f"\n{title}")
    if not rows:
        return
    table = Table(box=None, pad_edge=False, show_header=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows[:LISTED]:
        table.add_row(*(_short(cell) for cell in row))
    print_table(table)
    if len(rows) > LISTED:
        typer.echo(f"and {len(rows) - LISTED:,} more, which --format json lists")


def write_json(document: dict[str, Any]) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _placed(placed: Placed) -> dict[str, str]:
    label = placed.label
    return {
        "where": placed.where,
        "claim": label.pair.claim,
        "statement": label.pair.statement,
        "answer": answer_text(label),
        "annotator": label.annotator,
    }


def _group(group: Group) -> dict[str, Any]:
    return {"by_one": group.by_one, "labels": [_placed(placed) for placed in group.labels]}


def _suspect(suspect: Suspect) -> dict[str, Any]:
    return {
        **_placed(suspect.placed),
        "probability": round(suspect.probability, 4),
        "likelier": suspect.likelier.value,
        "likelier_probability": round(suspect.likelier_probability, 4),
    }


def _group_rows(groups: list[dict[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = []
    for group in groups:
        given = "; ".join(f"{item['answer']} ({item['annotator'] or '?'}, {item['where']})" for item in group["labels"])
        rows.append((group["labels"][0]["claim"], group["labels"][0]["statement"], given))
    return ("claim", "statement", "answers"), rows


def _short(text: str) -> str:
    """On one line, without what a terminal or a table would obey."""
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return escape(line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…")
