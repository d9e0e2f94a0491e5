"""Annotated articles: texts with the statements that an annotator found in them, by offsets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.lines import parse_nested
from data.records import AnnotatedArticle, Attribution
from data.spans import parse_fragments
from data.tables import Reject, Row, parse_rows

__all__ = ["read_articles", "read_texts"]

_PARTS = ("source", "cue", "content")


def read_articles(path: Path) -> Iterator[AnnotatedArticle | Reject]:
    """The articles of a file in order; one with a wrong offset comes as a Reject.

    Raises BadInput, possibly after some articles, where the file as a whole cannot be read.
    """
    return parse_rows(path, _parse_article)


def read_texts(path: Path) -> Iterator[AnnotatedArticle | Reject]:
    """The articles of a file of plain texts (`text`, and optionally `id`), as such in which nothing is found yet."""
    return parse_rows(
        path, lambda row: AnnotatedArticle(row.identifier("id") or row.short_place, row.require_text("text"), ())
    )


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
    parts = {part: parse_fragments(value.get(part), f"{place}.{part}", length=length) for part in _PARTS}
    if not any(parts.values()):
        raise BadInput(f"expected offsets in {place}, found none under {', '.join(_PARTS)}: name its parts so")
    return Attribution(**parts)


def _found(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
