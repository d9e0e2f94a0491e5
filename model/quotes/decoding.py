"""From the tagger's scores to fragments: the best lawful sequence of tags, paragraph by paragraph, in whole words."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.records import Span
from model.quotes.tags import BEGIN, INSIDE, TAGS, Role, Tag
from model.quotes.windows import Window

__all__ = ["CONTENT_ENDS", "SOURCE_BEGINS", "Fragment", "decode"]

OUTSIDE = TAGS.index(Tag.OUTSIDE)
ROLE_OF = {label: role for role in Role for label in (BEGIN[role], INSIDE[role])}
FORBIDDEN = np.float32(-np.inf)

CONTENT_ENDS = np.float32(-2)
"""What the end of a content costs in logits, so that no doubtful word cuts it in two: on PolNeAR dev exact F1 is .667
with it and .649 without, and F1 of the words of contents the same; -1 to -3 are alike."""

SOURCE_BEGINS = np.float32(-0.5)
"""What the beginning of a source costs: exact F1 .825, without .819."""


class Fragment(NamedTuple):
    """A stretch of the article that plays one role: it begins and ends with whole words or marks, never white space."""

    span: Span
    role: Role


def _transitions(*, within_word: bool) -> NDArray[np.float32]:
    """(tag before, tag after): what it costs, minus infinity where unlawful. A word keeps its first piece's role."""
    costs = np.full((len(TAGS), len(TAGS)), FORBIDDEN, dtype=np.float32)
    costs[OUTSIDE, OUTSIDE] = 0
    for role in Role:
        costs[[BEGIN[role], INSIDE[role]], INSIDE[role]] = 0
    if not within_word:
        content, new = [BEGIN[Role.CONTENT], INSIDE[Role.CONTENT]], [OUTSIDE, *BEGIN.values()]
        costs[:, new] = 0
        costs[np.ix_(content, new)] += CONTENT_ENDS
        costs[:, BEGIN[Role.SOURCE]] += SOURCE_BEGINS
    return costs


BETWEEN_WORDS = _transitions(within_word=False)
WITHIN_WORD = _transitions(within_word=True)


def decode(
    text: str, paragraphs: Sequence[Span], windows: Sequence[Window], scores: Sequence[NDArray[np.float32]]
) -> list[Fragment]:
    """The fragments of an article, in order and disjoint, none across the end of a paragraph.

    `scores` holds one array per window, (tokens, 7) in the order of TAGS: logits or log-probabilities, which have the
    same best sequence. Takes time linear in the tokens.
    """
    fragments: list[Fragment] = []
    for offsets, rows in _by_paragraph(paragraphs, windows, scores):
        within = [False, *(_same_word(text, *pair) for pair in pairwise(offsets))]
        fragments += _fragments(text, offsets, _best_tags(rows, within))
    return fragments


def _by_paragraph(
    paragraphs: Sequence[Span], windows: Sequence[Window], scores: Sequence[NDArray[np.float32]]
) -> Iterator[tuple[list[Span], NDArray[np.float32]]]:
    """Each paragraph's tokens and their scores, put together again where windows had cut it."""
    ends = iter([paragraph.end for paragraph in paragraphs])
    end = -1
    offsets: list[Span] = []
    rows: list[NDArray[np.float32]] = []
    for window, score in zip(windows, scores, strict=True):
        for place in range(window.first, len(window.offsets)):
            span = window.offsets[place]
            if span.start == span.end:
                continue
            if span.end > end and offsets:
                yield offsets, np.stack(rows)
                offsets, rows = [], []
            while span.end > end:
                end = next(ends)
            offsets.append(span)
            rows.append(score[place])
    if offsets:
        yield offsets, np.stack(rows)


def _best_tags(scores: NDArray[np.float32], within: Sequence[bool]) -> list[int]:
    """Viterbi: the label ids with the highest sum of scores and costs among the lawful sequences."""
    best = scores[0].copy()
    best[list(INSIDE.values())] = FORBIDDEN
    came_from = np.zeros(scores.shape, dtype=np.int8)
    columns = np.arange(len(TAGS))
    for place in range(1, len(scores)):
        reached = best[:, None] + (WITHIN_WORD if within[place] else BETWEEN_WORDS)
        came_from[place] = reached.argmax(axis=0)
        best = reached[came_from[place], columns] + scores[place]
    tags = [int(best.argmax())]
    for place in range(len(scores) - 1, 0, -1):
        tags.append(int(came_from[place, tags[-1]]))
    return tags[::-1]


def _fragments(text: str, offsets: Sequence[Span], tags: Sequence[int]) -> Iterator[Fragment]:
    start = 0
    for place in range(1, len(tags) + 1):
        goes_on = place < len(tags) and tags[place] in INSIDE.values()
        if goes_on:
            continue
        if tags[start] != OUTSIDE:
            yield Fragment(_edges(text, offsets[start].start, offsets[place - 1].end), ROLE_OF[tags[start]])
        start = place


def _same_word(text: str, before: Span, after: Span) -> bool:
    """Whether two tokens are pieces of one word; the tokenizer drops marks like soft hyphens between them."""
    if after.start < before.end:
        return True
    joined = _is_letter(text[before.end - 1]) and _is_letter(text[after.start])
    return joined and not any(letter.isspace() for letter in text[before.end : after.start])


def _edges(text: str, start: int, end: int) -> Span:
    """The span with the accents that follow its last letter, which the tokenizer drops, and no white space."""
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    stretch = text[start:end]
    return Span(start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip()))


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")
