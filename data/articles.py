"""Annotated articles: texts with the statements that an annotator found in them, by offsets."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.lines import parse_nested
from data.records import AnnotatedArticle, Attribution, Span
from data.tables import Reject, Row, parse_rows

__all__ = ["read_articles"]

_PARTS = ("source", "cue", "content")


def read_articles(path: Path) -> Iterator[AnnotatedArticle | Reject]:
    """The articles of a file in order; one with a wrong offset comes as a Reject.

    Raises BadInput, possibly after some articles, where the file as a whole cannot be read.
    """
    return parse_rows(path, _parse_article)


def _parse_article(row: Row) -> AnnotatedArticle:
    text = row.require_text("text")
    attributions = parse_nested(row.require("attributions"))
    if not isinstance(attributions, list):
        raise BadInput(f"expected a list in 'attributions', found {_found(attributions)}: write [] where there is none")
    return AnnotatedArticle(
        id=row.identifier("id") or row.short_place,
        text=text,
        attributions=tuple(
            _parse_attribution(value, f"attributions[{index}]", len(text)) for index, value in enumerate(attributions)
        ),
    )


def _parse_attribution(value: Any, place: str, length: int) -> Attribution:
    if not isinstance(value, Mapping):
        raise BadInput(f"expected {place} to be an object with {', '.join(_PARTS)}, found {_found(value)}")
    parts = {part: _parse_fragments(value.get(part), f"{place}.{part}", length) for part in _PARTS}
    if not any(parts.values()):
        raise BadInput(f"expected offsets in {place}, found none under {', '.join(_PARTS)}: name its parts so")
    return Attribution(**parts)


def _parse_fragments(value: Any, place: str, length: int) -> tuple[Span, ...]:
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


def _parse_span(value: Any, place: str, length: int) -> Span:
    match value:
        case [start, end] if type(start) is type(end) is int and 0 <= start < end <= length:
            return Span(start, end)
    raise BadInput(
        f"expected {place} to be code points [start, end] with 0 <= start < end <= {length}, found {_found(value)}"
    )


def _found(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
