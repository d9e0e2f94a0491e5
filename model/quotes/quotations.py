"""The mark rule: what stands in quotation marks is content, whole and with its marks; titles and nicknames are none."""

import re
from collections import deque
from collections.abc import Iterable, Sequence

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.tags import Role

__all__ = ["MARKED_WORDS", "is_spoken", "quoted_content"]

MARKED_WORDS = 5
"""A marked stretch of so many words is content even where the tagger saw none (95 to 99 % are, on PolNeAR train);
of the shorter ones, titles and scare quotes, 28 % are not, and the tagger decides."""

WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
STOPS = (".", "!", "?", "…")
SMALL = 3  # letters of the longest word that a title may write small: of, and, for
NAME_BEFORE = re.compile(r"[^\W\d_a-z][\w.’'-]*\s$")
NAME_AFTER = re.compile(r"\s[^\W\d_a-z][^\W_]")
MARKS = "\"'“”‘’`"
REACH = 32  # characters of a first name


def quoted_content(text: str, stretches: Sequence[Span], fragments: Iterable[Fragment]) -> list[Fragment]:
    """The fragments with marked stretches made content: the long ones, and those that content half covers already.

    Content that overlaps such a stretch grows to its marks; the parts of a source or cue inside it are dropped, for
    a quotation within a quotation is the outer speaker's. A title is content only where the tagger says so, and a
    nickname never. Fragments and stretches are in order and disjoint, and so is the result.
    """
    kept: list[Fragment] = []
    ahead = deque(fragments)
    for stretch in stretches:
        while ahead and ahead[0].span.end <= stretch.start:
            kept.append(ahead.popleft())
        touching: list[Fragment] = []
        while ahead and ahead[0].span.start < stretch.end:
            touching.append(ahead.popleft())
        if _is_nickname(text, stretch):
            touching = [one for one in touching if one.role is not Role.CONTENT or not _holds(stretch, one.span)]
        elif _is_quotation(text, stretch, touching):
            touching = _with_content(text, stretch, touching)
        if touching and touching[-1].span.end > stretch.end:  # it may reach into the next stretch
            ahead.appendleft(touching.pop())
        kept += touching
    return [*kept, *ahead]


def is_spoken(text: str, stretch: Span) -> bool:
    """Whether a stretch reads as a quotation where nobody is said to speak: it has a stop, or the length, of speech."""
    words = stretch.of(text).strip(MARKS)
    return (words.endswith(STOPS) or len(words.split()) >= MARKED_WORDS) and not _is_title(text, stretch)


def _is_title(text: str, stretch: Span) -> bool:
    """Whether a stretch is written like the title of a work: a capital on every word but the small ones."""
    words = [match[0] for match in WORD.finditer(text, *stretch)]
    longer = [word for word in words if len(word) > SMALL]
    return (
        len(words) > 1 and bool(longer) and not words[0][0].islower() and not any(word[0].islower() for word in longer)
    )


def _is_quotation(text: str, stretch: Span, touching: Sequence[Fragment]) -> bool:
    if len(stretch.of(text).split()) >= MARKED_WORDS and not _is_title(text, stretch):
        return True
    covered = sum(
        min(span.end, stretch.end) - max(span.start, stretch.start) for span, role in touching if role is Role.CONTENT
    )
    return 2 * covered >= stretch.end - stretch.start


def _is_nickname(text: str, stretch: Span) -> bool:
    """Whether a stretch stands within a name, as in Jack “Lefty” Monroe."""
    words = stretch.of(text).strip(MARKS).split() if stretch.end - stretch.start <= REACH else []
    if not 1 <= len(words) < SMALL or not all(WORD.fullmatch(word) and word[0].isupper() for word in words):
        return False
    before = NAME_BEFORE.search(text, max(0, stretch.start - REACH), stretch.start)
    return before is not None and NAME_AFTER.match(text, stretch.end) is not None


def _holds(stretch: Span, span: Span) -> bool:
    return stretch.start <= span.start and span.end <= stretch.end


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
