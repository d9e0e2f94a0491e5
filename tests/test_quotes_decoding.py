"""Decoding: the best lawful tags, whole words, paragraphs put together again where windows cut them."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from data.records import Span
from model.quotes.decoding import CONTENT_ENDS, SOURCE_BEGINS, Fragment, decode
from model.quotes.segments import paragraphs
from model.quotes.tags import TAGS, Role, Tag
from model.quotes.windows import Window

NOWHERE = Span(0, 0)


def window(*spans: tuple[int, int], first: int = 1) -> Window:
    """A window of these tokens between two specials; the ids play no part in decoding."""
    return Window([0] * (len(spans) + 2), [NOWHERE, *(Span(*span) for span in spans), NOWHERE], first)


def scores(*tags: Tag | dict[Tag, float]) -> NDArray[np.float32]:
    """A row per token, specials added: what is beyond doubt for its tag, or the scores given."""
    rows = np.zeros((len(tags) + 2, len(TAGS)), dtype=np.float32)
    for row, tag in zip(rows[1:-1], tags, strict=True):
        for name, value in ({tag: 9.0} if isinstance(tag, Tag) else tag).items():
            row[TAGS.index(name)] = value
    return rows


def decoded(text: str, spans: list[tuple[int, int]], *tags: Tag | dict[Tag, float]) -> list[tuple[str, Role]]:
    fragments = decode(text, paragraphs(text), [window(*spans)], [scores(*tags)])
    return [(span.of(text), role) for span, role in fragments]


def test_fragments_of_each_role() -> None:
    spans = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
    tags = [Tag.BEGIN_CONTENT, Tag.INSIDE_CONTENT, Tag.BEGIN_SOURCE, Tag.BEGIN_CUE, Tag.OUTSIDE]
    assert decoded("a b c d e", spans, *tags) == [("a b", Role.CONTENT), ("c", Role.SOURCE), ("d", Role.CUE)]


def test_two_fragments_side_by_side_stay_two() -> None:
    assert decoded("a b", [(0, 1), (2, 3)], Tag.BEGIN_CUE, Tag.BEGIN_CUE) == [("a", Role.CUE), ("b", Role.CUE)]


def test_an_inside_tag_without_a_beginning_is_unlawful() -> None:
    first = {Tag.INSIDE_CUE: 3.0, Tag.BEGIN_CUE: 1.0, Tag.OUTSIDE: 0.5}
    assert decoded("a b", [(0, 1), (2, 3)], first, Tag.OUTSIDE) == [("a", Role.CUE)]
    second = {Tag.INSIDE_CUE: 2.0, Tag.OUTSIDE: 1.5}
    assert decoded("a b", [(0, 1), (2, 3)], {Tag.OUTSIDE: 2.0}, second) == []


def test_a_word_keeps_one_role_for_all_its_pieces() -> None:
    spans = [(0, 2), (2, 4), (5, 6)]
    pieces = {Tag.BEGIN_SOURCE: 1.0}, {Tag.OUTSIDE: 0.4}, {Tag.OUTSIDE: 1.0}
    assert decoded("Ruiz a", spans, *pieces) == [("Ruiz", Role.SOURCE)]
    assert decoded("Ruiz a", spans, {Tag.BEGIN_SOURCE: 1.0}, {Tag.OUTSIDE: 1.4}, pieces[2]) == []


def test_punctuation_is_no_part_of_a_word() -> None:
    assert decoded("Ruiz's", [(0, 4), (4, 5), (5, 6)], Tag.BEGIN_SOURCE, Tag.OUTSIDE, Tag.OUTSIDE) == [
        ("Ruiz", Role.SOURCE)
    ]


def test_an_accent_that_the_tokenizer_drops_stays_with_its_letter() -> None:
    text = "Jose\u0301 a"
    assert decoded(text, [(0, 4), (6, 7)], Tag.BEGIN_SOURCE, Tag.OUTSIDE) == [("Jose\u0301", Role.SOURCE)]


def test_a_paragraph_begins_anew() -> None:
    text = "a\n\nb"
    assert decoded(text, [(0, 1), (3, 4)], Tag.BEGIN_CUE, Tag.INSIDE_CUE) == [("a", Role.CUE)]


def test_a_paragraph_cut_by_windows_is_one() -> None:
    text = "a b c"
    parts = [window((0, 1), (2, 3)), window((2, 3), (4, 5), first=2)]
    rows = [scores(Tag.BEGIN_CUE, Tag.INSIDE_CUE), scores(Tag.OUTSIDE, Tag.INSIDE_CUE)]
    assert decode(text, paragraphs(text), parts, rows) == [Fragment(Span(0, 5), Role.CUE)]


def lawful(tags: tuple[Tag, ...]) -> bool:
    return all(
        not after.startswith("I-") or before[2:] == after[2:] for before, after in pairwise((Tag.OUTSIDE, *tags))
    )


def costs(tags: tuple[Tag, ...]) -> float:
    ends = sum(one.endswith("content") and after is not Tag.INSIDE_CONTENT for one, after in pairwise(tags))
    return ends * CONTENT_ENDS + tags[1:].count(Tag.BEGIN_SOURCE) * SOURCE_BEGINS


@pytest.mark.parametrize("seed", range(30))
def test_the_best_of_all_lawful_sequences_is_found(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(6, len(TAGS))).astype(np.float32)
    best = max(
        filter(lawful, product(TAGS, repeat=4)),
        key=lambda tags: sum(rows[place, TAGS.index(tag)] for place, tag in enumerate(tags, start=1)) + costs(tags),
    )
    spans = [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert decode("a b c d", [Span(0, 7)], [window(*spans)], [rows]) == decode(
        "a b c d", [Span(0, 7)], [window(*spans)], [scores(*best)]
    )


@given(
    text=st.text(st.sampled_from("ab .\n"), min_size=1, max_size=30),
    rows=arrays.arrays(np.float32, (32, len(TAGS)), elements=st.floats(-9, 9, width=32)),
)
def test_fragments_are_in_order_disjoint_and_made_of_whole_words(text: str, rows: NDArray[np.float32]) -> None:
    places = [place for place, letter in enumerate(text) if not letter.isspace()]
    one = window(*((place, place + 1) for place in places))
    fragments = decode(text, paragraphs(text), [one] if places else [], [rows[: len(places) + 2]] if places else [])
    assert all(before.span.end <= after.span.start for before, after in pairwise(fragments))
    for span, _ in fragments:
        assert span.of(text).strip() == span.of(text) != ""
        assert not (text[: span.start][-1:].isalnum() and text[span.start].isalnum())
        assert not (text[span.end :][:1].isalnum() and text[span.end - 1].isalnum())
