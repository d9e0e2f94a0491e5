"""Quotation marks: which stretches of an article stand in them, and what that says of the tagger's fragments.

Marks are paired per paragraph and by kind, from left to right, so that a mark missing or too many costs its own pair
and nothing else. Straight marks and apostrophes are told apart by their neighbours.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from data.records import Span

__all__ = ["CLOSERS", "CLOSING", "SINGLE", "marked_stretches"]

MARK = re.compile(r"''(?!')|``|[\"“”„‟«»‹›「」『』‘’‚'`]")
CLOSERS = {
    "“": ("”", '"', "''", "“"),
    "”": ("”",),
    '"': ('"', "''", "”"),
    "''": ("''", '"'),
    "``": ("''", '"'),
    "„": ("“", "”", '"'),
    "‟": ("”",),
    "«": ("»",),
    "»": ("«",),
    "‹": ("›",),
    "›": ("‹",),
    "「": ("」",),
    "『": ("』",),
    "‘": ("’", "'"),
    "‚": ("‘", "’"),
    "'": ("'", "’"),
    "`": ("'", "’"),
}
"""For each opening mark those that can close it: its own first, then the ones that typing mixes with it."""

CLOSING = frozenset(closer for closers in CLOSERS.values() for closer in closers)
STRAIGHT = frozenset(['"', "''", "'"])
SINGLE = frozenset("‘’'`")
"""Single marks, which are apostrophes too."""
DEPTH = 8  # quotations nest three deep at most; the bound keeps hostile text linear
FEW = 64
CROWDED = 5  # characters to a mark: prose has fifty, so a long paragraph with fewer is ornament or hostile
ELISION = re.compile(r"\d|(?:em|tis|twas|til|cause|bout|n)\b", re.IGNORECASE)  # '90s, 'em, rock 'n' roll
POSSESSIVE = re.compile(r"\s[^\W\d_A-Z]")  # after s and an apostrophe: the senators' plan


@dataclass(slots=True)
class _Mark:
    """One mark of a paragraph, with what its neighbours let it be."""

    text: str
    start: int
    opens: bool
    closes: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def marked_stretches(text: str, paragraphs: Sequence[Span]) -> list[Span]:
    """The outermost stretches in quotation marks, marks included, in order and disjoint, each within one paragraph.

    A mark that nothing closes opens no stretch, unless the next paragraph opens with the same mark: then the
    quotation goes on there, and the stretch reaches to the end of its paragraph.
    """
    stretches: list[Span] = []
    for place, paragraph in enumerate(paragraphs):
        pairs, waiting = _pairs(_marks(text, paragraph))
        after = paragraphs[place + 1].start if place + 1 < len(paragraphs) else len(text)
        for mark in waiting:
            closed_later = any(opening.text == mark.text and opening.start > mark.start for opening, _ in pairs)
            if text.startswith(mark.text, after) and not closed_later:
                pairs.append((mark, paragraph.end))
                break
        for opening, end in sorted(pairs, key=lambda pair: pair[0].start):
            if not stretches or opening.start >= stretches[-1].end:
                stretches.append(Span(opening.start, end))
    return stretches


def _pairs(marks: Iterable[_Mark]) -> tuple[list[tuple[_Mark, int]], list[_Mark]]:
    """Opening marks with the ends of their partners, and the opening marks left waiting."""
    pairs: list[tuple[_Mark, int]] = []
    waiting: list[_Mark] = []
    for mark in marks:
        partner = _partner(waiting, mark) if mark.closes else None
        if partner is not None:
            pairs.append((waiting[partner], mark.end))
            del waiting[partner:]
        elif mark.opens:
            waiting.append(mark)
            del waiting[:-DEPTH]
    return pairs, waiting


def _partner(waiting: Sequence[_Mark], mark: _Mark) -> int | None:
    """The place of the opening mark that this one closes: the last of its own kind, else the last that it can close."""
    fitting = [place for place, opening in enumerate(waiting) if mark.text in CLOSERS[opening.text]]
    own = [place for place in fitting if CLOSERS[waiting[place].text][0] == mark.text]
    return max(own or fitting, default=None)


def _marks(text: str, paragraph: Span) -> list[_Mark]:
    """The marks of a paragraph in order; none where they crowd it."""
    marks: list[_Mark] = []
    most = max(FEW, (paragraph.end - paragraph.start) // CROWDED)
    found = list(islice(MARK.finditer(text, *paragraph), most + 1))
    if len(found) > most:
        return []
    for match in found:
        before = text[match.start() - 1] if match.start() > paragraph.start else " "
        after = text[match.end()] if match.end() < paragraph.end else " "
        opens, closes = (_single_sides if match[0] in SINGLE else _double_sides)(match[0], before, after)
        if match[0] in SINGLE and ELISION.match(text, match.end()):
            opens = False
        marks.append(_Mark(match[0], match.start(), opens, closes))
    _drop_possessives(text, marks)
    return marks


def _single_sides(mark: str, before: str, after: str) -> tuple[bool, bool]:
    """Whether a single mark between two characters can open, and whether it can close; an apostrophe does neither."""
    if before.isalnum() and after.isalnum():
        return False, False
    opens = mark in CLOSERS and not before.isalnum() and not after.isspace()
    return opens, mark in CLOSING and not before.isspace() and not after.isalnum()


def _double_sides(mark: str, before: str, after: str) -> tuple[bool, bool]:
    """Whether any other mark between two characters can open, and whether it can close."""
    leans_open = (before.isspace() or before in "([{") and not after.isspace()
    leans_closed = not before.isspace() and (after.isspace() or after in ")]},.;:!?")
    if mark == "“":  # closes in German, and where an editor has turned it the wrong way
        return not leans_closed, leans_closed
    if mark == "”":  # opens in Swedish, and where an editor has turned it the wrong way
        return leans_open, not leans_open
    if mark not in STRAIGHT:
        return mark in CLOSERS, mark in CLOSING
    if leans_open or leans_closed:
        return leans_open, leans_closed
    return not before.isalnum(), True  # between dashes, other marks or spaces: whichever fits what is open


def _drop_possessives(text: str, marks: Sequence[_Mark]) -> None:
    """An apostrophe after a plural closes nothing where a better closing mark follows: ‘the voters’ choice is made’."""
    closed_later = False
    for mark in reversed(marks):
        if mark.text not in SINGLE:
            continue
        plural = text[mark.start - 1 : mark.start] in ("s", "S") and POSSESSIVE.match(text, mark.end)
        if mark.closes and plural and closed_later:
            mark.closes = False
        closed_later = mark.closes or (closed_later and not mark.opens)
