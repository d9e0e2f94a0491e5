"""Stretches of an article as a row holds them: lists of `[start, end]` in code points."""

from itertools import pairwise
from typing import Any

from data.errors import BadInput
from data.records import Span

__all__ = ["parse_fragments"]


def parse_fragments(value: Any, place: str, *, length: int | None = None) -> tuple[Span, ...]:
    """The fragments in order and disjoint, none for null; `place` names the value, `length` is the article's, if known.

    Raises BadInput where they are anything else, or reach beyond the article.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadInput(f"expected {place} to be a list of [start, end], found {_found(value)}")
    spans = tuple(_parse_span(item, f"{place}[{index}]", length) for index, item in enumerate(value))
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise BadInput(
                f"expected {place} in order and without overlap, found {[*before]} before {[*after]}: sort or join them"
            )
    return spans


def _parse_span(value: Any, place: str, length: int | None) -> Span:
    match value:
        case [start, end] if type(start) is type(end) is int and 0 <= start < end and (length is None or end <= length):
            return Span(start, end)
    bound = "" if length is None else f" <= {length}"
    raise BadInput(
        f"expected {place} to be code points [start, end] with 0 <= start < end{bound}, found {_found(value)}"
    )


def _found(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
