"""Signed quotations: what stands before a dash and a name, as under a reader's opinion or an embedded tweet."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from data.records import Span
from model.quotes.linking import Link, bare
from model.quotes.marks import CLOSING

__all__ = ["signed"]

# Possessive quantifiers: no part gives back what it took, so a signature is read once.
DATE = (
    r"(?:(?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r"(?:on )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d|\d)"
)
LATER = rf"(?:{DATE}|\w{{1,20}}ing\b)"  # tweeting after the vote
WORD = rf"(?!{DATE})[^\W\d_a-z][\w.’'-]{{0,30}}+"
NAME = rf"{WORD}(?:[ \xa0](?:(?:de|der|di|la|le|of|the|van|von)[ \xa0]){{0,2}}{WORD}){{0,5}}+"
ROLE = rf",\s(?!{LATER})(?:(?![.!?]\s|,\s{LATER}|\b(?:said|says|told|who)\b)[^“”\"]){{1,80}}+"
DASH = r"(—|–|―|--|-)"
SIGNATURE = re.compile(
    rf"\s*+{DASH}\s*+((?:@\w{{1,40}}|{NAME}(?:\s\(@\w{{1,40}}\))?+)(?:{ROLE})?+)(?:,?\s{LATER}[^“”\"]{{0,60}})?"
)
TWEET = re.compile(rf"{DASH}\s*+([^\s()—–―][^()—–―]{{0,60}}\s\(@\w{{1,40}}\))(?:\s{DATE}[^“”\"]{{0,40}})?\.?")
LINK = re.compile(r"https?://|pic\.twitter\.com/")
REACH = 240  # characters that a signature takes at most


def signed(text: str, paragraphs: Sequence[Span], stretches: Sequence[Span]) -> list[Link]:
    """The signed quotations of an article, in order and disjoint: the dash is the cue, name and role the source.

    What is signed is a quotation that begins its paragraph, or a tweet, whose name has a handle after it. The
    signature ends that paragraph, or is the whole of the next one. Dates, and the links at the end of a tweet, stay
    outside. `stretches` are those in quotation marks. Takes time linear in the text.
    """
    found: list[Link] = []
    free = 0
    for place, paragraph in enumerate(paragraphs):
        link = _signed_quotation(text, paragraphs, place, stretches)
        link = link or _signed_tweet(text, paragraph, paragraphs[place - 1] if place else None)
        if link and link.source and link.content[0].start >= free:
            found.append(link)
            free = link.source.end
    return found


def _signed_quotation(text: str, paragraphs: Sequence[Span], place: int, stretches: Sequence[Span]) -> Link | None:
    """The last quotation before the end of a paragraph, with the signature after it."""
    paragraph = paragraphs[place]
    last = bisect_right(stretches, paragraph.end, key=lambda stretch: stretch.end) - 1
    if last < 0 or paragraph.end - stretches[last].end > REACH:
        return None
    stretch = stretches[last]
    end = paragraph.end - text.endswith(".", *paragraph)
    signature = SIGNATURE.fullmatch(text, stretch.end, end) if text.endswith(tuple(CLOSING), *stretch) else None
    if stretch.start < paragraph.start:
        place -= 1
    begins = place >= 0 and stretch.start == bare(text, paragraphs[place]).start
    if not signature or not begins:
        return None
    content = [stretch]
    while last and place and _is_reopened(text, bare(text, paragraphs[place - 1]), stretches[last - 1]):
        last, place = last - 1, place - 1
        content.insert(0, stretches[last])
    return Link(Span(*signature.span(1)), Span(*signature.span(2)), content)


def _is_reopened(text: str, before: Span, stretch: Span) -> bool:
    """Whether a paragraph is a quotation that no mark closes."""
    return stretch == before and not text.endswith(tuple(CLOSING), *stretch)


def _signed_tweet(text: str, paragraph: Span, before: Span | None) -> Link | None:
    """The tweet that a paragraph holds, or that the one before it holds, with the signature at the paragraph's end."""
    handle = text.rfind("(@", max(paragraph.start, paragraph.end - REACH), paragraph.end)
    if handle < 0:
        return None
    dash = max(text.rfind(mark, max(paragraph.start, handle - 70), handle) for mark in ("—", "–", "―", " --", " -"))
    dash = paragraph.start if dash < 0 else dash + (text[dash] == " ")
    signature = TWEET.fullmatch(text, dash, paragraph.end)
    tweet = Span(paragraph.start, dash) if dash > paragraph.start else before
    content = tweet and _without_links(text, bare(text, tweet))
    return Link(Span(*signature.span(1)), Span(*signature.span(2)), [content]) if signature and content else None


def _without_links(text: str, tweet: Span) -> Span | None:
    """The tweet without the links that end it; None where it is nothing else."""
    start = max(tweet.start, tweet.end - REACH)
    rest = text[start : tweet.end].rstrip()
    words = rest.split()
    while words and (link := LINK.search(words[-1])):
        rest = rest[: len(rest) - len(words.pop()) + link.start()].rstrip()
    return Span(tweet.start, start + len(rest)) if rest else None
