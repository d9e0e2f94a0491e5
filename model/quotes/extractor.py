"""Article text to statements: the whole way, with the tagger behind one function."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from data.records import Cue, Kind, Span, Speaker, Statement
from model.checkpoint import Checkpoint
from model.encoding import Encoded
from model.quotes.decoding import decode
from model.quotes.linking import Link, link
from model.quotes.marks import marked_stretches
from model.quotes.quotations import quoted_content
from model.quotes.segments import paragraphs, sentences
from model.quotes.speakers import Names
from model.quotes.windows import MAX_TOKENS, windows
from model.runtime import Runtime

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["QuoteExtractor", "Score"]

CONTEXT_REACH = 2000
"""Characters of context on each side: four times what the classifier can read, where text has no sentences."""

Score = Callable[[Sequence[Sequence[int]]], Sequence[NDArray[np.float32]]]
"""The tagger: token ids of windows to one array of logits each, (tokens, 7) in the order of TAGS."""


class QuoteExtractor:
    """Finds who is reported to say what.

    `tokenizer` neither truncates nor pads; `score` is asked once per article, with all of its windows.
    """

    def __init__(self, *, tokenizer: "Tokenizer", score: Score, max_tokens: int = MAX_TOKENS) -> None:
        self._tokenizer = tokenizer
        self._score = score
        self._max_tokens = max_tokens

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """The extractor with the tagger of an attribution checkpoint; raises BadCheckpoint."""
        runtime = Runtime(checkpoint)

        def score(token_ids: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
            return runtime.logits([Encoded(list(row), [0] * len(row), truncated=False) for row in token_ids])

        return cls(tokenizer=checkpoint.tokenizer, score=score, max_tokens=checkpoint.facts.max_tokens)

    def extract(self, article: str) -> list[Statement]:
        """The statements of an article in the order of their first words; none for text that reports none.

        Any string will do. Spans are code points into it exactly as given.
        """
        inputs = windows(article, self._tokenizer, self._max_tokens)
        if not inputs:
            return []
        scores = self._score([window.token_ids for window in inputs])
        blocks = paragraphs(article)
        stretches = marked_stretches(article, blocks)
        fragments = quoted_content(article, stretches, decode(article, blocks, inputs, scores))
        links = sorted(link(article, blocks, fragments), key=lambda one: one.content[0])
        if not links:
            return []
        parts = [sentence for block in blocks for sentence in sentences(article, block)]
        names = Names(article, parts)
        return [_statement(article, one, stretches, parts, names) for one in links]


def _statement(
    article: str, parts: Link, stretches: Sequence[Span], sentences: Sequence[Span], names: Names
) -> Statement:
    held = [*parts.content, *(span for span in (parts.cue, parts.source) if span)]
    return Statement(
        kind=_kind(article, parts.content, stretches),
        text=" ... ".join(span.of(article) for span in parts.content),
        content=tuple(parts.content),
        context=_context(Span(min(held).start, max(span.end for span in held)), sentences),
        speaker=Speaker(parts.source.of(article), parts.source, names.of(parts.source)) if parts.source else None,
        cue=Cue(parts.cue.of(article), parts.cue) if parts.cue else None,
    )


def _context(whole: Span, sentences: Sequence[Span]) -> Span:
    """The sentences that a statement touches, and the one before them, no further than CONTEXT_REACH."""
    first = bisect_right(sentences, whole.start, key=lambda sentence: sentence.end)
    last = bisect_left(sentences, whole.end, key=lambda sentence: sentence.start) - 1
    return Span(sentences[max(0, first - 1)].start, sentences[last].end)


def _kind(article: str, content: Sequence[Span], stretches: Sequence[Span]) -> Kind:
    """Direct where no word of the content stands outside quotation marks, indirect where none stands inside."""
    inside = outside = False
    for span in content:
        place = span.start
        first = bisect_right(stretches, span.start, key=lambda stretch: stretch.end)
        last = bisect_left(stretches, span.end, key=lambda stretch: stretch.start)
        for stretch in stretches[first:last]:
            inside = True
            outside = outside or _has_word(article[place : stretch.start])
            place = stretch.end
        outside = outside or _has_word(article[place : span.end])
    if not inside:
        return Kind.INDIRECT
    return Kind.MIXED if outside else Kind.DIRECT


def _has_word(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
