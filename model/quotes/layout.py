"""What the layout of an article says of who speaks, with no need of a tagger: transcripts, posts, signed quotations."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.linking import Link
from model.quotes.signatures import signed
from model.quotes.transcripts import turns

__all__ = ["laid_out", "outside", "touched"]


def laid_out(text: str, paragraphs: Sequence[Span], stretches: Sequence[Span]) -> list[Link]:
    """The statements that labels and signatures make, in order and apart from each other."""
    spoken = turns(text, paragraphs)
    signatures = signed(text, paragraphs, stretches)
    apart = _apart([_extent(one) for one in signatures], spoken)
    return sorted([*spoken, *compress(signatures, apart)], key=_extent)


def outside(fragments: Sequence[Fragment], links: Sequence[Link]) -> list[Fragment]:
    """The fragments that touch none of the links: what is said within a statement is its speaker's. Both in order."""
    return list(compress(fragments, _apart([span for span, _ in fragments], links)))


def touched(spans: Sequence[Span], links: Sequence[Link]) -> frozenset[Span]:
    """The spans that touch one of the links. Both are in order and disjoint."""
    return frozenset(spans) - frozenset(compress(spans, _apart(spans, links)))


def _apart(spans: Iterable[Span], links: Iterable[Link]) -> Iterator[bool]:
    """For each span whether it touches none of the links. Both are in order and disjoint."""
    extents = deque(_extent(one) for one in links)
    for span in spans:
        while extents and extents[0].end <= span.start:
            extents.popleft()
        yield not extents or span.end <= extents[0].start


def _extent(link: Link) -> Span:
    """From the first character of a statement's parts to the last."""
    parts = [*link.content, *(span for span in (link.cue, link.source) if span)]
    return Span(min(parts).start, max(span.end for span in parts))
