"""Figures as a table that a person reads."""

from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["figures_table", "print_table"]


def figures_table(figures: dict[str, Any]) -> Table:
    """Each figure of a `stance evaluate` document on a line of its own; nested ones by their path."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in _flat(figures, ""):
        table.add_row(name, value)
    return table


def print_table(table: Table) -> None:
    """Write a table to standard output."""
    Console(highlight=False).print(table)


def _flat(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [line for name, item in value.items() for line in _flat(item, f"{path} {name}".strip())]
    if isinstance(value, list):
        return [(path if row == 0 else "", " ".join(f"{cell:>6}" for cell in item)) for row, item in enumerate(value)]
    return [(path, "–" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value))]
