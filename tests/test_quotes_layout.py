"""Transcripts and signed quotations, found without a tagger, and the fragments that they leave to it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.layout import laid_out, outside
from model.quotes.linking import Link
from model.quotes.marks import marked_stretches
from model.quotes.segments import paragraphs
from model.quotes.tags import Role

Found = tuple[list[str], str, str]
TEXTS = st.lists(
    st.sampled_from(
        [
            "Q:",
            "A:",
            "Q.",
            "A.",
            "RUIZ:",
            "@ann:",
            "“We go.”",
            " — ",
            "- ",
            "Ann",
            "(@ann)",
            "May 3",
            "\n",
            " ",
            "I go.",
        ]
    )
).map("".join)


def laid(text: str) -> list[Link]:
    blocks = paragraphs(text)
    return laid_out(text, blocks, marked_stretches(text, blocks))


def found(text: str) -> list[Found]:
    """(content, source, cue) of each."""
    return [
        ([span.of(text) for span in one.content], one.source.of(text), one.cue.of(text))
        for one in laid(text)
        if one.source and one.cue
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q: Why?\nA: I must.", [(["Why?"], "Q", ":"), (["I must."], "A", ":")]),
        ("**Q:** Why?\n\n**A:** I must.", [(["Why?"], "Q", ":"), (["I must."], "A", ":")]),
        ("Q. Why?\nA. I must.", [(["Why?"], "Q", "."), (["I must."], "A", ".")]),
        ("**Q.** Why?\n\n**A.** I must.", [(["Why?"], "Q", "."), (["I must."], "A", ".")]),
        ("RUIZ: It fell.\n\nRUIZ: Yes.", [(["It fell."], "RUIZ", ":"), (["Yes."], "RUIZ", ":")]),
        ("Jan de Wit: I left.\n\nAna Ruiz: Why?", [(["I left."], "Jan de Wit", ":"), (["Why?"], "Ana Ruiz", ":")]),
        ("Ruiz: We knew\n\nShe left.\n\nQ: Why?\n\nA: I must.", [(["Why?"], "Q", ":"), (["I must."], "A", ":")]),
        (
            "Q: Why?\n\nTell me.\n\n(A bell.)\n\nA: No.\n\nHe left.",
            [(["Why?", "Tell me."], "Q", ":"), (["No."], "A", ":")],
        ),
        ("@ann_r: It holds.\n\nShe left.", [(["It holds."], "@ann_r", ":")]),
        ("A. Ruiz said we must wait.\n\nA. Holt said you may go.", []),
        ("Storm: We must wait", []),
        ("Ruiz: It held.\n\nHolt: It fell.", []),
        ("Ruiz: 45 percent\n\nHolt: 41 percent\n\nRuiz: 2 percent", []),
        ("READ MORE: What we know\n\nREAD MORE: What you can do", []),
        ("she said: We go.\n\nshe said: We stay.", []),
    ],
)
def test_turns(text: str, expected: list[Found]) -> None:
    assert found(text) == expected


def test_paragraphs_between_scattered_turns_are_the_reporters() -> None:
    text = "Q: Why?\n\n" + "She left.\n\n" * 5 + "A: I must."
    assert found(text) == [(["Why?"], "Q", ":"), (["I must."], "A", ":")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We go.” — Ann Ruiz", [(["“We go.”"], "Ann Ruiz", "—")]),
        ("“We go.” — Ann Ruiz, mayor of Norfield.", [(["“We go.”"], "Ann Ruiz, mayor of Norfield", "—")]),
        ("“We go.” — Ann Ruiz, on Monday", [(["“We go.”"], "Ann Ruiz", "—")]),
        ("“We go.” -Mayor Ruiz, tweeting after the vote", [(["“We go.”"], "Mayor Ruiz", "-")]),
        ("“We go.” – @annruiz", [(["“We go.”"], "@annruiz", "–")]),
        ("1. “We go.” -- J. P. de la Cruz", [(["“We go.”"], "J. P. de la Cruz", "--")]),
        ("“We go.”\n\n— Ann Ruiz", [(["“We go.”"], "Ann Ruiz", "—")]),
        ("“We go.\n\n“We stay.” — Ann Ruiz", [(["“We go.", "“We stay.”"], "Ann Ruiz", "—")]),
        ("“We go.” — Ann Ruiz said so.", []),
        ("“We go.” — Ann Ruiz, who left", []),
        ("“We go.” — that was all", []),
        ("She said: “We go.” — Ann Ruiz", []),
        ("She said: “We go.”\n\n- Rebuild the Wall", []),
        ("The wall fell. — Ann Ruiz", []),
    ],
)
def test_signatures(text: str, expected: list[Found]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It holds. — Ann Ruiz (@ann) May 3, 2024", [(["It holds."], "Ann Ruiz (@ann)", "—")]),
        ("It holds.\n— Ann Ruiz (@ann) 3 May 2024", [(["It holds."], "Ann Ruiz (@ann)", "—")]),
        ("It holds.https://t.co/a pic.twitter.com/b — Ann 🌊 (@ann)", [(["It holds."], "Ann 🌊 (@ann)", "—")]),
        ("https://t.co/a — Ann Ruiz (@ann)", []),
        ("— Ann Ruiz (@ann)", []),
        ("It holds. Ann Ruiz (@ann)", []),
        ("It holds — as Ann (@ann) knew all along.", []),
    ],
)
def test_tweets(text: str, expected: list[Found]) -> None:
    assert found(text) == expected


def test_a_signed_quotation_within_a_turn_is_the_turns() -> None:
    assert found("Q: Why?\n\n“We go.” — Ann\n\nA: No.")[0] == (["Why?", "“We go.” — Ann"], "Q", ":")


def test_fragments_that_touch_a_statement_are_dropped() -> None:
    text = "He left. “We go.” said\n\n“We go.” — Ann\n\nHe said so."
    spans = [
        Span(0, 2),
        Span(24, 28),
        Span(text.index("Ann"), text.index("Ann") + 3),
        Span(len(text) - 8, len(text) - 4),
    ]
    fragments = [Fragment(span, Role.CUE) for span in spans]
    assert outside(fragments, laid(text)) == [fragments[0], fragments[3]]


@given(TEXTS | st.text())
def test_statements_are_in_order_apart_and_slice_true(text: str) -> None:
    links = laid(text)
    extents = []
    for one in links:
        assert one.source is not None
        assert one.cue is not None
        parts = sorted([one.source, one.cue, *one.content])
        assert all(before.end <= after.start for before, after in pairwise(parts))
        assert all(span.of(text).strip() == span.of(text) != "" for span in parts)
        extents.append((parts[0].start, parts[-1].end))
    assert all(before[1] <= after[0] for before, after in pairwise(extents))


@pytest.mark.parametrize(
    ("unit", "statements"),
    [
        ("Q: a?\nA: b\n", 20_000),
        ("@a: b\n", 20_000),
        ("“a.” — Ann\n", 20_000),
        ("x — A (@a)\n", 20_000),
        ("— A, aing", 0),
    ],
)
def test_an_article_of_nothing_else_is_read_in_one_pass(unit: str, statements: int) -> None:
    times = 20_000 // max(1, unit.count("\n"))
    assert len(laid(unit * times)) == statements
