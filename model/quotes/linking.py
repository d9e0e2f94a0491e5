"""Which content belongs to which cue, and which cue to which source: fragments in, the parts of statements out.

A cue is what makes a statement: it has one source, or none, and one content or several. Near means: with as few ends
of sentences between as can be, and then as few characters.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.marks import CLOSERS, CLOSING, SINGLE
from model.quotes.quotations import is_spoken
from model.quotes.segments import sentences
from model.quotes.tags import Role

__all__ = ["BULLET", "Link", "bare", "link"]

NEAREST = 6  # cues looked at on either side of a fragment: more are never near, and the bound keeps this linear
OPENING = tuple(CLOSERS)
STOPS = (".", "!", "?", "…", ",", ":", ";", "—", "–", "-")

BULLET = re.compile(r"\s*(?:[-–—•·▪◦‣●*>]+|\(?\d{1,2}[.)])\s+")
"""What stands before an item of a list."""


class Pair(NamedTuple):
    """A cue and a span of another role, by their places, and how far they are apart."""

    distance: tuple[int, int]
    cue: int
    span: int


@dataclass(slots=True)
class Link:
    """The parts of one statement: its content in order, its cue and its source where there are any."""

    cue: Span | None = None
    source: Span | None = None
    content: list[Span] = field(default_factory=list)

    def add(self, text: str, span: Span) -> None:
        """Take the paragraph's next stretch of content; what only white space parts is one fragment."""
        if self.content and not text[self.content[-1].end : span.start].strip():
            span = Span(self.content.pop().start, span.end)
        self.content.append(span)


def link(
    text: str, paragraphs: Sequence[Span], fragments: Sequence[Fragment], *, settled: Collection[Span] = ()
) -> list[Link]:
    """The statements that the fragments make up, each with content, by paragraph and then by cue.

    `fragments` are in order and disjoint, and so is each statement's content. A cue without content says nothing and
    is left out; so is content with neither a cue nor marks, which is most often the tagger's slip. Marked content
    without a cue is a statement of its own where it reads as speech; a whole paragraph of it has the source of the
    paragraph before, if that reports one speaker's words only. The items of a list are what the cue that announces
    them with a colon introduces, whatever the tagger sees in them; none of the paragraphs in `settled` is.
    """
    links: list[Link] = []
    before: list[Link] = []
    announcer: Link | None = None
    place = 0
    for whole in paragraphs:
        paragraph = bare(text, whole)
        start = place
        while place < len(fragments) and fragments[place].span.start < paragraph.end:
            place += 1
        here = _within(text, paragraph, fragments[start:place])
        listed = paragraph != whole and whole not in settled and not any(one.cue for one in here)
        if announcer and listed:
            announcer.content.append(paragraph)
            before = [announcer]
            continue
        if paragraph == whole:
            announcer = _announcer(text, whole, here)
        if _goes_on(text, paragraph, before, here):
            before[-1].content += here[0].content
            before = before[-1:]
            continue
        if _floats(text, paragraph, here):
            here[0].source = _only_source(before)
        _take_opened(text, before, here)
        links += here
        before = here
    return [one for one in links if one.content and (one.cue or _stands_alone(text, one.content))]


def _announcer(text: str, paragraph: Span, here: Sequence[Link]) -> Link | None:
    """Whose words a list after the paragraph has: "The council said:" has none of its own."""
    last = here[-1] if here and text.endswith(":", *paragraph) else None
    return last if last and last.cue and not last.content else None


def bare(text: str, paragraph: Span) -> Span:
    """The paragraph without the bullet that begins it."""
    bullet = BULLET.match(text, *paragraph)
    return Span(bullet.end(), paragraph.end) if bullet else paragraph


def _within(text: str, paragraph: Span, fragments: Sequence[Fragment]) -> list[Link]:
    """The statements of one paragraph, those still without content included; all content is one where no cue is."""
    cues, sources, contents = (
        [span for span, role in fragments if role is wanted] for wanted in (Role.CUE, Role.SOURCE, Role.CONTENT)
    )
    if not cues:
        whole = Link(source=sources[0] if sources else None)
        for span in contents:
            whole.add(text, span)
        return [whole] if contents and not _is_headline(text, paragraph, contents) else []
    ends = [sentence.end for sentence in sentences(text, paragraph)]
    links = [Link(cue) for cue in cues]
    _give_sources(links, sources, _pairs(sources, cues, ends))
    _give_content(text, links, contents, _pairs(contents, cues, ends))
    return links


def _give_sources(links: Sequence[Link], sources: Sequence[Span], pairs: Sequence[Pair]) -> None:
    """To each cue a source of its own where one is left, else one that it shares with a cue of the same sentence."""
    own = _matched(pairs)
    shared = {pair.cue: pair.span for pair in reversed(pairs) if pair.distance[0] == 0}
    for place, one in enumerate(links):
        source = own.get(place, shared.get(place))
        one.source = None if source is None else sources[source]


def _give_content(text: str, links: Sequence[Link], contents: Sequence[Span], pairs: Sequence[Pair]) -> None:
    """To each cue content of its own, then the rest to the nearest: "We go," said Ruiz, meaning the team. "Now." """
    nearest = {pair.span: pair for pair in reversed(pairs)}
    close = (pair for pair in pairs if pair.distance[0] == nearest[pair.span].distance[0])
    own = {span: cue for cue, span in _matched(close).items()}
    quoted: Link | None = None
    for place, span in enumerate(contents):
        owner = links[own.get(place, nearest[place].cue)]
        marked = text.startswith(OPENING, span.start)
        if marked and quoted and place not in own and nearest[place].distance[0]:
            owner = quoted  # a quotation that begins a sentence without a cue goes on with the one before it
        if marked:
            quoted = owner
        owner.add(text, span)


def _pairs(spans: Sequence[Span], cues: Sequence[Span], ends: Sequence[int]) -> list[Pair]:
    """Each span with the cues about it, the nearest pairs first."""
    starts = [cue.start for cue in cues]
    pairs: list[Pair] = []
    for place, span in enumerate(spans):
        middle = bisect_left(starts, span.start)
        about = range(max(0, middle - NEAREST), min(len(cues), middle + NEAREST))
        pairs += [Pair(_distance(span, cues[cue], ends), cue, place) for cue in about]
    return sorted(pairs)


def _distance(one: Span, other: Span, ends: Sequence[int]) -> tuple[int, int]:
    """Ends of sentences between two spans, and characters between them."""
    first, second = min(one, other), max(one, other)
    return bisect_right(ends, second.start) - bisect_left(ends, first.end), second.start - first.end


def _matched(pairs: Iterable[Pair]) -> dict[int, int]:
    """A span for each cue and a cue for each span, one to one, the nearest pairs first."""
    matched: dict[int, int] = {}
    spans: set[int] = set()
    for _, cue, span in pairs:
        if cue not in matched and span not in spans:
            matched[cue] = span
            spans.add(span)
    return matched


def _goes_on(text: str, paragraph: Span, before: Sequence[Link], here: Sequence[Link]) -> bool:
    """Whether a paragraph without a cue goes on with what the one before it ended with.

    It does after a cue that still waits for its content, after a quotation left open, and where it is one whole
    quotation. Joining more than that looks right on gold fragments, and loses with predicted ones, where cues are
    missed.
    """
    if not before or not here or here[0].cue is not None or here[0].content[0].start > paragraph.start:
        return False
    if not before[-1].content:
        return True
    if _is_open(text, before[-1]):
        return text.startswith(OPENING, paragraph.start)
    return _floats(text, paragraph, here) and _is_quoted(text, before[-1])


def _floats(text: str, paragraph: Span, here: Sequence[Link]) -> bool:
    """Whether a paragraph is one quotation and nothing says whose."""
    if len(here) != 1 or here[0].cue or here[0].source:
        return False
    content = here[0].content
    return text.startswith(OPENING, paragraph.start) and (content[0].start, content[-1].end) == paragraph


def _only_source(links: Sequence[Link]) -> Span | None:
    """The one source of a paragraph's statements; None where there are several or none."""
    sources = {one.source for one in links}
    return sources.pop() if len(sources) == 1 else None


def _is_quoted(text: str, one: Link) -> bool:
    """Whether the end of a statement has quotation marks, or announces a quotation with a colon."""
    announced = one.cue is not None and text.endswith(":", *one.cue)
    return announced or any(mark in one.content[-1].of(text) for mark in OPENING if mark != "'")


def _take_opened(text: str, before: Sequence[Link], here: Sequence[Link]) -> None:
    """Give a quotation left open at the end of its paragraph, and without a cue there, to the first one here."""
    if not before or before[-1].cue is not None or not _is_open(text, before[-1]):
        return
    first = min((one for one in here if one.content), key=lambda one: one.content[0], default=None)
    if first and text.startswith(OPENING, first.content[0].start):
        first.content[:0] = before[-1].content
        before[-1].content.clear()


def _stands_alone(text: str, content: Sequence[Span]) -> bool:
    """Whether content is a statement without a cue: it is in marks, and no scare quote or title."""
    return text.startswith(OPENING, content[0].start) and any(is_spoken(text, span) for span in content)


def _is_headline(text: str, paragraph: Span, content: Sequence[Span]) -> bool:
    """Whether content without a cue stands in single marks in a line that no stop ends, as headlines quote."""
    ending = text[max(paragraph.start, paragraph.end - 4) : paragraph.end].rstrip("".join(CLOSING))
    return text[content[0].start] in SINGLE and not ending.endswith(STOPS)


def _is_open(text: str, one: Link) -> bool:
    """Whether the last content begins with a mark and does not end with one."""
    last = one.content[-1]
    return text.startswith(OPENING, last.start) and not text.endswith(tuple(CLOSING), 0, last.end)
