"""Article text to statements: the whole way, with the tagger behind one function."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from data.records import Act, Kind, Span, Speaker, Statement
from model.checkpoint import Checkpoint
from model.encoding import Encoded
from model.quotes.cues import act_of, read_cue
from model.quotes.decoding import decode
from model.quotes.edges import trimmed
from model.quotes.layout import laid_out, outside, touched
from model.quotes.linking import Link, link
from model.quotes.marks import marked_stretches
from model.quotes.quotations import quoted_content
from model.quotes.segments import paragraphs, sentences
from model.quotes.speakers import speakers_of
from model.quotes.windows import MAX_TOKENS, windows
from model.runtime import Runtime
from model.steps import Compute, Steps, run

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["QuoteExtractor"]

CONTEXT_REACH = 2000
"""Characters of context on each side: four times what the classifier can read, where text has no sentences."""


class QuoteExtractor:
    """Finds who is reported to say what.

    `tokenizer` neither truncates nor pads; `score` is the tagger, with logits (tokens, 7) in the order of TAGS.
    """

    def __init__(self, *, tokenizer: "Tokenizer", score: Compute, max_tokens: int = MAX_TOKENS) -> None:
        self._tokenizer = tokenizer
        self._score = score
        self._max_tokens = max_tokens

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """The extractor with the tagger of an attribution checkpoint; raises BadCheckpoint."""
        score = Runtime(checkpoint).logits
        return cls(tokenizer=checkpoint.tokenizer, score=score, max_tokens=checkpoint.facts.max_tokens)

    def extract(self, article: str) -> list[Statement]:
        """The statements of an article in the order of their first words; none for text that reports none.

        Any string will do. Spans are code points into it exactly as given.
        """
        return run(self.steps(article))

    def steps(self, article: str) -> Steps[list[Statement]]:
        """What `extract` does, in steps: it asks the tagger once, with all of the article's windows."""
        inputs = windows(article, self._tokenizer, self._max_tokens)
        if not inputs:
            return []
        rows = [Encoded(window.token_ids, [0] * len(window.token_ids), truncated=False) for window in inputs]
        scores = yield self._score, rows
        blocks = paragraphs(article)
        stretches = marked_stretches(article, blocks)
        settled = laid_out(article, blocks, stretches)
        tagged = trimmed(article, decode(article, blocks, inputs, scores))
        fragments = outside(quoted_content(article, stretches, tagged), settled)
        linked = link(article, blocks, fragments, settled=touched(blocks, settled))
        links = sorted([*settled, *linked], key=lambda one: one.content[0])
        if not links:
            return []
        parts = [sentence for block in blocks for sentence in sentences(article, block)]
        speakers = speakers_of(article, parts, stretches, [one.source for one in links])
        return [
            _statement(article, one, stretches, parts, speaker) for one, speaker in zip(links, speakers, strict=True)
        ]


def _statement(
    article: str, parts: Link, stretches: Sequence[Span], sentences: Sequence[Span], speaker: Speaker | None
) -> Statement:
    held = [*parts.content, *(span for span in (parts.cue, parts.source) if span)]
    cue = read_cue(article, parts.cue) if parts.cue else None
    verbatim = _verbatim(parts.content, stretches)
    kind = _kind(article, parts.content, verbatim)
    return Statement(
        kind=kind,
        text=" ... ".join(span.of(article) for span in parts.content),
        content=tuple(parts.content),
        verbatim=verbatim,
        context=_context(Span(min(held).start, max(span.end for span in held)), sentences),
        act=Act.STATEMENT if kind is Kind.DIRECT else act_of(cue),  # "I will," he hoped: the words were said
        speaker=speaker,
        cue=cue,
    )


def _context(whole: Span, sentences: Sequence[Span]) -> Span:
    """The sentences that a statement touches, and the one before them, no further than CONTEXT_REACH."""
    first = bisect_right(sentences, whole.start, key=lambda sentence: sentence.end)
    last = bisect_left(sentences, whole.end, key=lambda sentence: sentence.start) - 1
    return Span(sentences[max(0, first - 1)].start, sentences[last].end)


def _verbatim(content: Sequence[Span], stretches: Sequence[Span]) -> tuple[Span, ...]:
    """What of the content stands in quotation marks, in order and disjoint, marks included."""
    found = []
    for span in content:
        first = bisect_right(stretches, span.start, key=lambda stretch: stretch.end)
        last = bisect_left(stretches, span.end, key=lambda stretch: stretch.start)
        found += [Span(max(stretch.start, span.start), min(stretch.end, span.end)) for stretch in stretches[first:last]]
    return tuple(found)


def _kind(article: str, content: Sequence[Span], verbatim: Sequence[Span]) -> Kind:
    """Direct where no word of the content stands outside quotation marks, indirect where none stands inside."""
    if not verbatim:
        return Kind.INDIRECT
    return Kind.DIRECT if _letters(article, content) == _letters(article, verbatim) else Kind.MIXED


def _letters(article: str, spans: Sequence[Span]) -> int:
    return sum(letter.isalnum() for span in spans for letter in span.of(article))
