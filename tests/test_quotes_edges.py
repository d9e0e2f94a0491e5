"""Edges of fragments: what a source and a cue do not take at their end."""

import pytest

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.edges import trimmed
from model.quotes.tags import Role


@pytest.mark.parametrize(
    ("text", "role", "expected"),
    [
        ("the mayor,", Role.SOURCE, "the mayor"),
        ("the mayor, Ann Ruiz", Role.SOURCE, "the mayor, Ann Ruiz"),
        (",", Role.SOURCE, ","),
        ("said on Monday", Role.CUE, "said"),
        ("said late Tuesday night", Role.CUE, "said"),
        ("said, Monday", Role.CUE, "said"),
        ("told the Monday Club", Role.CUE, "told the Monday Club"),
        (" on Monday", Role.CUE, " on Monday"),
        ("it would rain on Monday,", Role.CONTENT, "it would rain on Monday,"),
    ],
)
def test_ends(text: str, role: Role, expected: str) -> None:
    assert [(span.of(text), kept) for span, kept in trimmed(text, [Fragment(Span(0, len(text)), role)])] == [
        (expected, role)
    ]
