"""The stance benchmarks as they are printed: a table for each set, and what each phenomenon of a set comes to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.table import Table

from benchmarks.stance_scores import Figures
from benchmarks.stance_sets import Benchmark

__all__ = ["Result", "document", "note_table", "set_table"]


class Result(NamedTuple):
    """What the systems reach on one part of a set: figures by system, and by note the share of right labels of each."""

    benchmark: Benchmark
    part: str
    rows: int
    systems: Mapping[str, Figures]
    notes: Mapping[str, Mapping[str, float]]
    note_rows: Mapping[str, int]


def set_table(results: Sequence[Result]) -> Table:
    """All parts of one set, the systems of each, and what was published."""
    benchmark = results[0].benchmark
    names = list(next(iter(results[0].systems.values())))
    caption = "\n".join(filter(None, [benchmark.legend, benchmark.remark]))
    table = Table("system", "on", title=benchmark.name, caption=caption, title_justify="left", caption_justify="left")
    for name in names:
        table.add_column(name, justify="right")
    for result in results:
        for system, figures in result.systems.items():
            table.add_row(system, f"{result.part}, {result.rows}", *_cells(figures, names))
        table.add_section()
    for published in benchmark.published:
        kind = "published" if published.checked else "published, unchecked"
        table.add_row(f"{kind}: {published.system}", "test", *_cells(published.figures, names), style="dim")
    return table


def note_table(result: Result) -> Table:
    """The share of rows whose label, of four, each system finds, by phenomenon, the most frequent one first."""
    title = f"{result.benchmark.name}, {result.part}: right labels by phenomenon"
    table = Table("phenomenon", "rows", *result.systems, title=title, title_justify="left")
    for note, count in sorted(result.note_rows.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(note, str(count), *_cells(result.notes[note], list(result.systems)))
    return table


def document(results: Sequence[Result], model: Mapping[str, str]) -> dict[str, Any]:
    """The same as one JSON document."""
    return {"model": dict(model), "sets": [*_sets(results)]}


def _sets(results: Sequence[Result]) -> Iterator[dict[str, Any]]:
    for result in results:
        published = [each._asdict() for each in result.benchmark.published]
        yield {
            "name": result.benchmark.name,
            "part": result.part,
            "rows": result.rows,
            "labels": result.benchmark.legend,
            "systems": {name: dict(figures) for name, figures in result.systems.items()},
            "published_on_test": published,
            **({"right_by_note": {note: dict(found) for note, found in result.notes.items()}} if result.notes else {}),
        }


def _cells(figures: Mapping[str, float | None], names: Sequence[str]) -> list[str]:
    return ["" if (value := figures.get(name)) is None else f"{value:.3f}" for name in names]
