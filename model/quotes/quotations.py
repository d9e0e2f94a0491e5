"""The mark rule: what stands in quotation marks is content, whole and with its marks."""

from collections import deque
from collections.abc import Sequence

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.tags import Role

__all__ = ["MARKED_WORDS", "quoted_content"]

MARKED_WORDS = 5
"""A marked stretch of so many words is content even where the tagger saw none (95 to 99 % are, on PolNeAR train);
of the shorter ones, titles and scare quotes, 28 % are not, and the tagger decides."""


def quoted_content(text: str, stretches: Sequence[Span], fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments with marked stretches made content: the long ones, and those that content half covers already.

    Content that overlaps such a stretch grows to its marks; the parts of a source or cue inside it are dropped, for
    a quotation within a quotation is the outer speaker's. Fragments and stretches are in order and disjoint, and so
    is the result.
    """
    kept: list[Fragment] = []
    ahead = deque(fragments)
    for stretch in stretches:
        while ahead and ahead[0].span.end <= stretch.start:
            kept.append(ahead.popleft())
        touching: list[Fragment] = []
        while ahead and ahead[0].span.start < stretch.end:
            touching.append(ahead.popleft())
        if _is_quotation(text, stretch, touching):
            touching = _with_content(text, stretch, touching)
        if touching and touching[-1].span.end > stretch.end:  # it may reach into the next stretch
            ahead.appendleft(touching.pop())
        kept += touching
    return [*kept, *ahead]


def _is_quotation(text: str, stretch: Span, touching: Sequence[Fragment]) -> bool:
    if len(stretch.of(text).split()) >= MARKED_WORDS:
        return True
    covered = sum(
        min(span.end, stretch.end) - max(span.start, stretch.start) for span, role in touching if role is Role.CONTENT
    )
    return 2 * covered >= stretch.end - stretch.start


def _with_content(text: str, stretch: Span, touching: Sequence[Fragment]) -> list[Fragment]:
    contents = [span for span, role in touching if role is Role.CONTENT]
    start = min([stretch, *contents]).start
    end = max(span.end for span in [stretch, *contents])
    before, after = [], []
    for span, role in touching:
        if role is not Role.CONTENT and span.start < start:
            before.append(Fragment(Span(span.start, span.start + len(text[span.start : start].rstrip())), role))
        elif role is not Role.CONTENT and span.end > end:
            after.append(Fragment(Span(span.end - len(text[end : span.end].lstrip()), span.end), role))
    return [*before, Fragment(Span(start, end), Role.CONTENT), *after]
