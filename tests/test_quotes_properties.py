"""What holds of the statements of any string whatsoever: true offsets, order, and what cannot change them."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.records import Kind, Span, Statement
from model.checkpoint import Checkpoint, read_checkpoint
from model.encoding import Encoded
from model.quotes.extractor import QuoteExtractor
from model.quotes.segments import paragraphs
from model.quotes.tags import TAGS
from model.quotes.windows import windows

LETTERS = "aB. “”‘’«»\"'`„()[]\n\r\t\u2028\x00\ud800\udc00é\u0301中😀\u200b\u200f\ufeff\u00a0—,?!:-"
PIECES = [
    *[
        "“We will not sign this today,”",
        '"No," ',
        "“We go.",
        "said Ann Ruiz",
        "Mayor Ruiz",
        "She denied that",
        "he said",
    ],
    *["the bridge is shut", "according to police", ", ", ". ", ".", " ", "\n", "\n\n", "Q: ", "- ", "’s", "Mr. Holt"],
]
TEXTS = st.text() | st.text(st.characters()) | st.text(LETTERS, max_size=300)
ARTICLES = TEXTS | st.lists(st.sampled_from(PIECES), max_size=60).map("".join)

Parts = tuple[Kind, tuple[Span, ...], tuple[Span, ...], Span, Span | None, Span | None]


@pytest.fixture(scope="module")
def checkpoint(attribution_checkpoint: Path) -> Checkpoint:
    return read_checkpoint(attribution_checkpoint, task="attribution", labels=TAGS)


@pytest.fixture(scope="module")
def extractor(checkpoint: Checkpoint) -> QuoteExtractor:
    """The real way with a real, if random, tagger."""
    return QuoteExtractor.of(checkpoint)


@pytest.fixture(scope="module")
def narrow(checkpoint: Checkpoint) -> QuoteExtractor:
    """An extractor whose tagger judges each token by itself, whatever stands about it."""
    table = np.random.default_rng(0).normal(size=(checkpoint.tokenizer.get_vocab_size(), len(TAGS)))

    def score(rows: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        return [table[row.token_ids].astype(np.float32) for row in rows]

    return QuoteExtractor(tokenizer=checkpoint.tokenizer, score=score, max_tokens=32)


def check(article: str, statements: Sequence[Statement]) -> None:
    for one in statements:
        assert one.text == " ... ".join(span.of(article) for span in one.content)
        for spans in (one.content, one.verbatim):
            assert all(before.end <= after.start for before, after in pairwise(spans))
            assert all(0 <= span.start < span.end <= len(article) for span in spans)
        assert all(any(a <= start and end <= b for a, b in one.content) for start, end in one.verbatim)
        assert (one.kind is Kind.INDIRECT) == (not one.verbatim)
        assert one.context.start <= one.content[0].start <= one.content[-1].end <= one.context.end
        for part in [part for part in (one.speaker, one.cue) if part]:
            assert part.text == part.span.of(article) == part.text.strip() != ""
            assert one.context.start <= part.span.start <= part.span.end <= one.context.end
        if one.speaker and one.speaker.antecedent:
            assert one.speaker.antecedent.of(article).strip()
    starts = [one.content[0].start for one in statements]
    assert starts == sorted(set(starts))


def parts(one: Statement) -> Parts:
    """Where the parts of a statement are."""
    cue = one.cue.span if one.cue else None
    speaker = one.speaker.span if one.speaker else None
    return one.kind, one.content, one.verbatim, one.context, cue, speaker


def last(one: Statement) -> int:
    """Where a statement's last part ends."""
    spans = [*one.content, *(part.span for part in (one.cue, one.speaker) if part)]
    return max(span.end for span in spans)


@settings(max_examples=100)
@given(article=ARTICLES)
def test_offsets_are_true_and_statements_in_order(
    extractor: QuoteExtractor, narrow: QuoteExtractor, article: str
) -> None:
    check(article, extractor.extract(article))
    check(article, narrow.extract(article))


@pytest.mark.parametrize(
    "unit", ["“", '"', "‘a", "a “", "\ud800", "\x00", "\n", "a\n", "said ", "\u0301", "“a” he said. "]
)
def test_any_one_thing_without_end_is_read(narrow: QuoteExtractor, unit: str) -> None:
    article = unit * (20_000 // len(unit))
    check(article, narrow.extract(article))


def test_many_open_brackets_are_read(narrow: QuoteExtractor) -> None:
    article = "(" * 100_000
    check(article, narrow.extract(article))


@settings(max_examples=100)
@given(article=ARTICLES)
def test_the_same_article_has_the_same_statements(extractor: QuoteExtractor, article: str) -> None:
    assert extractor.extract(article) == extractor.extract(article)


@settings(max_examples=100)
@given(before=ARTICLES, after=ARTICLES)
def test_text_after_a_paragraph_changes_nothing_before_it(narrow: QuoteExtractor, before: str, after: str) -> None:
    """The last paragraph alone can change: a quotation left open there may go on in the next.

    Without colons, for whether `Q:` opens an interview is seen by what answers it.
    """
    after = after.replace(":", ";")
    article = f"{before}\n\nIt rained.\n\n"
    end = paragraphs(article)[-1].start
    early = [parts(one) for one in narrow.extract(article) if last(one) <= end]
    longer = narrow.extract(article + after)
    assert [parts(one) for one in longer if last(one) <= end] == early


@settings(max_examples=60)
@given(before=ARTICLES, after=ARTICLES)
def test_text_after_the_last_window_changes_nothing_before_it(
    extractor: QuoteExtractor, checkpoint: Checkpoint, before: str, after: str
) -> None:
    """A window that is full stays what it was, and so do its statements but for the last paragraph's."""
    article = "“The bridge is shut,” she said, denying it.\n\n" * 6 + f"{before}\n\nIt rained.\n\n"
    window = windows(article, checkpoint.tokenizer, checkpoint.facts.max_tokens)[-1]
    first = window.offsets[window.first].start
    starts = [paragraph.start for paragraph in paragraphs(article) if paragraph.start <= first]
    end = starts[-2]  # its last sentence may be the source of what the next paragraph holds
    early = [parts(one) for one in extractor.extract(article) if last(one) <= end]
    longer = extractor.extract(article + after)
    assert [parts(one) for one in longer if last(one) <= end] == early


@settings(max_examples=100)
@given(article=ARTICLES.filter(lambda text: "\r" not in text))
def test_line_ends_of_windows_shift_offsets_and_change_nothing_else(extractor: QuoteExtractor, article: str) -> None:
    places = np.cumsum([0, *(2 if letter == "\n" else 1 for letter in article)]).tolist()

    def shifted(span: Span | None) -> Span | None:
        return span and Span(places[span.start], places[span.end])

    def moved(one: Statement) -> tuple[object, ...]:
        kind, content, verbatim, context, cue, speaker = parts(one)
        return (
            *(kind, tuple(map(shifted, content)), tuple(map(shifted, verbatim))),
            *(shifted(context), shifted(cue), shifted(speaker), one.act, one.speaker and one.speaker.name),
        )

    found = extractor.extract(article.replace("\n", "\r\n"))
    names = [(*parts(one), one.act, one.speaker and one.speaker.name) for one in found]
    assert names == [moved(one) for one in extractor.extract(article)]
