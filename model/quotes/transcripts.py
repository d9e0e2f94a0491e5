"""Transcripts: the turns of an interview or a hearing, each under the label of who speaks, and posts under a handle.

A label alone is a stray colon: "Storm: harbour shut", "Ruiz: 45 percent". It takes two lines that look like speech.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from data.records import Span
from model.quotes.linking import BULLET, Link

__all__ = ["turns"]

LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
LABEL = re.compile(
    r"(?:\*\*|__)?(@\w{1,40}|[^\W\d_][^\s:]{0,24}(?:[ \xa0][^\s:]{1,24}){0,3})(?:\*\*|__)?(:)(?:\*\*|__)?\s"
)
LETTER = re.compile(r"(?:\*\*|__)?([QA])(\.)(?:\*\*|__)?\s")
"""As some newspapers print an interview; an A. alone is an initial."""

NAME = re.compile(r"[^\W\d_](?:[^\W_]|[’'.-])*")
PARTICLE = re.compile("al|bin|da|de|del|der|di|dos|du|el|ibn|la|le|ten|ter|van|von")
SPEECH = re.compile(r"\bI\b|\?|\b(?:we|you|my|our|your|me|us)\b(?!:)")
DIRECTION = re.compile(r"\([^()]*\)\.?|\[[^\[\]]*\]\.?")

NO_NAME = re.compile(
    "advertisement|age|analysis|answers|breaking|caption|city|claim|correction|credit|date|"
    "day|email|exclusive|fact|file|follow|gallery|graphic|here|how|image|ingredients|job|"
    "latest|listen|live|map|method|more|myth|name|news|note|notes|opinion|part|phone|photo|"
    "photos|picture|pictures|poll|price|rating|read|related|review|round|see|sign|source|"
    "sources|step|story|subscribe|summary|tel|tickets|time|tip|today|topic|topics|twitter|"
    "update|updated|verdict|video|videos|watch|website|what|when|where|who|why",
    re.IGNORECASE,
)
"""Words of labels that stand before what nobody says."""

SPARSE = 3
"""Where fewer than one in so many paragraphs is labelled, those between are the reporter's."""


class _Label(NamedTuple):
    """The label of a turn, its colon, and the rest of its line, which begins at `start`."""

    start: int
    name: Span
    colon: Span
    line: Span


def turns(text: str, paragraphs: Sequence[Span]) -> list[Link]:
    """The turns of the article's transcript, in order: the label is the source, its colon the cue.

    A turn is the rest of its line and the paragraphs without a label up to the next turn, a fragment each; stage
    directions in brackets are not in it. The last turn is its own paragraph: nothing says where the reporter begins
    again. So is a post under a handle, which needs no second one. Takes time linear in the text.
    """
    labels = list(_labels(text, paragraphs))
    handles = [label for label in labels if _is_handle(text, label)]
    names = _of_dialogue(text, paragraphs, [label for label in labels if not _is_handle(text, label)])
    kept = sorted([*handles, *names])
    within = [block for block in paragraphs if names and names[0].name.start <= block.end <= names[-1].line.end]
    dense = SPARSE * len(names) > len(within)
    found: list[Link] = []
    place = 0
    for label, following in zip_longest(kept, kept[1:]):
        while paragraphs[place].end <= label.name.start:
            place += 1
        end = following.start if following else paragraphs[place].end
        if not dense or _is_handle(text, label):
            end = min(end, paragraphs[place].end)
        content = _content(text, paragraphs, place, Span(label.line.start, end))
        if content:
            found.append(Link(label.colon, label.name, content))
    return found


def _labels(text: str, paragraphs: Sequence[Span]) -> Iterator[_Label]:
    """What could be a label at the beginning of a line."""
    for paragraph in paragraphs:
        for line in LINE.finditer(text, *paragraph):
            bullet = BULLET.match(text, *line.span())
            start = bullet.end() if bullet else line.start()
            label = LABEL.match(text, start, line.end()) or LETTER.match(text, start, line.end())
            if label and (label[1][0] == "@" or _is_name(label[1])):
                yield _Label(line.start(), Span(*label.span(1)), Span(*label.span(2)), Span(label.end(), line.end()))


def _is_handle(text: str, label: _Label) -> bool:
    return text[label.name.start] == "@"


def _is_name(label: str) -> bool:
    words = label.split()
    if not all(NAME.fullmatch(word) and (word[0].isupper() or PARTICLE.fullmatch(word)) for word in words):
        return False
    return not any(NO_NAME.fullmatch(word) for word in words)


def _of_dialogue(text: str, paragraphs: Sequence[Span], labels: Sequence[_Label]) -> list[_Label]:
    """The labels if they make a dialogue: a speaker comes again, one is asked, or half the lines say I, we or you."""
    letters = {label.name.of(text) for label in labels if label.colon.of(text) == "."}
    spoken = [
        label
        for label in labels
        if not label.line.of(text).lstrip()[:1].isdigit() and (label.colon.of(text) == ":" or len(letters) == 2)
    ]
    if len(spoken) > 1 and spoken[0].line.end <= paragraphs[0].end and not spoken[0].name.of(text).isupper():
        spoken = spoken[spoken[1].name.start > paragraphs[1].end :]  # Ruiz: We knew it, a headline
    speakers = [label.name.of(text).split()[-1].casefold() for label in spoken]
    speaking = sum(bool(SPEECH.search(text, *label.line)) for label in spoken)
    dialogue = len(set(speakers)) < len(speakers) or "q" in speakers or 2 * speaking >= len(spoken)
    return spoken if len(spoken) > 1 and dialogue else []


def _content(text: str, paragraphs: Sequence[Span], place: int, turn: Span) -> list[Span]:
    """The paragraphs from `place` on as far as the turn reaches, trimmed to it, without stage directions."""
    found: list[Span] = []
    while place < len(paragraphs) and paragraphs[place].start < turn.end:
        start, end = max(paragraphs[place].start, turn.start), min(paragraphs[place].end, turn.end)
        stretch = text[start:end]
        span = Span(start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip()))
        if span.start < span.end and not DIRECTION.fullmatch(text, *span):
            found.append(span)
        place += 1
    return found
