"""Where fragments end: a source without the comma after it, a cue without the day on which it was said."""

import re
from collections.abc import Iterable, Iterator

from data.records import Span
from model.quotes.decoding import Fragment
from model.quotes.tags import Role

__all__ = ["trimmed"]

DAY = re.compile(
    r",?\s(?:(?:on|late|early|last|this)\s)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"(?:\s(?:morning|afternoon|evening|night))?\Z"
)
REACH = 32  # characters that a day takes at most


def trimmed(text: str, fragments: Iterable[Fragment]) -> Iterator[Fragment]:
    """The fragments, each without what its role does not take at the end.

    The like rules for content and sources (days, places, "which" clauses) lose on PolNeAR dev: the tagger knows better.
    """
    for fragment in fragments:
        (start, end), role = fragment
        if role is Role.SOURCE:
            end = start + len(text[start:end].rstrip(", \t\n\xa0"))
        if role is Role.CUE and (day := DAY.search(text[max(start, end - REACH) : end])):
            end -= len(day[0])
        yield Fragment(Span(start, end), role) if start < end else fragment
