"""Fragments of a row: what is taken, and what is refused in which words."""

from typing import Any

import pytest

from data.errors import BadInput
from data.records import Span
from data.spans import parse_fragments


@pytest.mark.parametrize(("value", "spans"), [(None, ()), ([], ()), ([[0, 3], [3, 9]], (Span(0, 3), Span(3, 9)))])
def test_fragments_in_order_are_taken(value: Any, spans: tuple[Span, ...]) -> None:
    assert parse_fragments(value, "cue") == parse_fragments(value, "cue", length=9) == spans


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0-3", r"expected cue to be a list of \[start, end\], found '0-3'"),
        ([[4, 9], [0, 3]], r"expected cue in order and without overlap, found \[4, 9\] before \[0, 3\]: sort or join"),
        ([[0, 5], [4, 9]], r"expected cue in order and without overlap"),
        ([[3, 3]], r"expected cue\[0\] to be code points \[start, end\] with 0 <= start < end, found \[3, 3\]"),
        ([[0, 3], [True, 5]], r"expected cue\[1\] to be code points"),
        ([[-1, 3]], r"expected cue\[0\] to be code points"),
        ([[0, 1, 2]], r"expected cue\[0\] to be code points"),
        ([{"start": 0, "end": 3, "more": "than fits a line"}], r"found \{'start': 0, 'end': 3, 'more': 'than \.\.\.$"),
    ],
)
def test_what_are_no_fragments_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        parse_fragments(value, "cue")


def test_a_fragment_ends_within_the_article() -> None:
    with pytest.raises(BadInput, match=r"0 <= start < end <= 8, found \[3, 9\]"):
        parse_fragments([[3, 9]], "cue", length=8)
