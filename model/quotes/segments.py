"""Paragraphs and sentences of an article, as spans into its unmodified text.

Both functions read the text once from left to right, take any Unicode and lose nothing but white space and invisible
characters at the edges: every other character stands in exactly one paragraph, and in exactly one sentence of it.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from data.records import Span

__all__ = ["STARTER", "paragraphs", "sentences"]

INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Soft hyphen, zero-width space, marks of direction, byte order mark: they count as white space at an edge."""

BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + INVISIBLE
BLANKS = frozenset(BLANK)
CLOSERS = rf"[\"'”’»)\]{INVISIBLE}]*+"

LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
WRAPPED_COLUMNS = 100  # e-mail and terminals wrap at 65 to 80 columns; a paragraph of news in one line is longer
WRAPPED_LEAST = 30  # and a line of fewer characters is not full: it belongs to a list
BULLET = re.compile(r"[-–—•·▪◦‣●*>]|\(?\w{1,3}[.)]\s")
CONTINUATION = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u00ad'’-])*+(?=[\s,;]|(?<=[^\W\d_]{4})[.!?…](?!\w)|$)")
"""The first word of a line, where it is no letter of a list, address of a page or name of a product."""

# Possessive quantifiers: the pattern never fails after it has begun, so a million full stops are read once.
STOP = re.compile(rf"([.!?…]++)({CLOSERS})([\s{INVISIBLE}]*+)|[。！？]++[」』”’»）]*+")
GLUED_STOP = re.compile(rf"[.!?]{CLOSERS}(?=[“‘«(]?[^\W\d_a-z])")
OPENING = re.compile(rf"[\"'“‘«(\[`—–•{INVISIBLE}-]*+\s?")
WORD = re.compile(r"[^\W\d_]+")
NO_PROSE = re.compile(r"[./@#:_\\]")  # in a word: a page, a file, a ticker, an abbreviation
LONGEST = 12  # characters: no abbreviation here is longer

TITLE = re.compile(
    "Adm|Ald|Amb|Asst|Atty|Brig|Capt|Cdr|Cmdr|Col|Cpl|Dr|Fr|Gen|Gov|Hon|Insp|Lt|Maj|Messrs|Mlle|Mme|Mr|Mrs|Ms|Pfc|Pres|"
    "Prof|Pvt|Rep|Reps|Rev|Secy|Sen|Sens|Sgt|Spc|St|Supt|vs"
)
"""Abbreviations before a name: the sentence goes on."""

NUMBERED = re.compile("[Aa]rt|[Ff]igs?|[Nn]os?|pp?|[Ss]ec|[Vv]ols?")
"""Abbreviations before a number, and else words."""

ABBREVIATION = re.compile(
    "Al|Apr|Assn|Aug|Ave|Bldg|Blvd|Bros|Cal|Calif|Cie|Co|Colo|Conn|Corp|Dec|Del|Dept|Dist|Feb|Fed|Fla|Ft|Ga|Govt|Ill|"
    "Inc|Jan|Jr|Jul|Jun|Ltd|Mar|Mass|Md|Mich|Minn|Miss|Mo|Mt|Nat|Natl|Nov|Oct|Okla|Ont|Ore|Pa|Plc|Que|Sep|Sept|Sq|Sr|"
    "Tenn|Tex|Univ|Va|Vt|Wash|Wis|al|approx|ca|cf|dept|ed|etc|est|lbs?|oz|pct|plc|viz"
)
"""Abbreviations that can also end a sentence: the next word decides."""

ITEM = re.compile(r"[(\[]?(?:\d{1,3}|[^\W\d_])")
"""The number or letter of an item of a list."""

STARTER = re.compile(
    "a|after|all|although|an|and|another|any|as|asked|at|because|before|both|but|by|despite|during|each|even|every|few|"
    "for|former|from|had|has|he|her|here|his|how|however|i|if|in|instead|is|it|its|last|later|many|meanwhile|more|most|mr|mrs|"
    "ms|my|neither|next|no|nobody|none|nor|not|nothing|now|of|on|once|one|or|other|others|our|people|perhaps|several|she|since|"
    "so|some|still|such|that|the|their|then|there|these|they|this|those|though|three|to|today|two|under|until|we|what|"
    "when|where|whether|which|while|who|why|with|yesterday|yet|you|your"
)
"""Words that begin sentences and are no names, so that a capital after an abbreviation means a new sentence."""

NAMED_CUE = re.compile(
    r"(?!(?:After|And|Another|As|But|He|It|Later|She|So|That|Then|They|This|We|What|When|While|Who|You)\s)"
    r"(?:[^\W\d_a-z][\w.'’-]*+\s){1,4}"
    r"(?:added|asked|cried|demanded|joked|replied|said|says|shouted|tweeted|wondered|wrote)\b"
    r"(?!:|\s(?:he|it|she|that|there|they)\b)"
)
"""Who asked, after a question in quotation marks: it belongs to the sentence of the question."""


def paragraphs(text: str) -> list[Span]:
    """The paragraphs of a text: its lines, without the breaks that wrapping put in, and with those that were lost.

    A line goes on after a break, or after blank lines, where nothing ends there and a small letter follows. Where lines
    of at most WRAPPED_COLUMNS do so, the breaks that the width of their block explains are undone too. A break was
    lost where a sentence follows a full stop without a space, as in pages whose tags were dropped.
    """
    lines = [span for match in LINE.finditer(text) if (span := _trimmed(text, *match.span()))]
    joined = lines[:1]
    for line, goes_on in zip(lines[1:], _wrapped(text, lines), strict=True):
        if goes_on:
            joined[-1] = Span(joined[-1].start, line.end)
        else:
            joined.append(line)
    return _unglued(text, joined)


def sentences(text: str, paragraph: Span) -> list[Span]:
    """The sentences of one paragraph; a closing quotation mark or bracket belongs to the sentence that it closes."""
    found: list[Span] = []
    start = paragraph.start
    for stop in STOP.finditer(text, paragraph.start, paragraph.end):
        if _ends_sentence(text, stop, start, paragraph.end) and (span := _trimmed(text, start, stop.end())):
            found.append(span)
            start = stop.end()
    if rest := _trimmed(text, start, paragraph.end):
        found.append(rest)
    return found


def _wrapped(text: str, lines: Sequence[Span]) -> list[bool]:
    """For each break between two lines whether the paragraph goes on after it.

    Decided by what stands before and the line after: text appended after blank lines changes nothing.
    """
    blank = [_is_blank(text[before.end : after.start]) for before, after in pairwise(lines)]
    wrapped = [_continues(text, *pair) for pair in pairwise(lines)]
    by_hand = False
    start = 0
    for end in [*(place for place, is_blank in enumerate(blank) if is_blank), len(blank)]:
        if start < end:
            by_hand = _undo_breaks(text, lines[start : end + 1], wrapped, start, by_hand=by_hand)
        start = end + 1
    for place in range(1, len(blank)):  # double-spaced: the lines of a paragraph that begin with a capital
        if wrapped[place - 1] and blank[place - 1] and blank[place] and not wrapped[place]:
            bullet = BULLET.match(text, lines[place + 1].start)
            wrapped[place] = not bullet and _is_unfinished(text, lines[place], lines[place + 1])
    return wrapped


def _undo_breaks(text: str, block: Sequence[Span], wrapped: list[bool], start: int, *, by_hand: bool) -> bool:
    """Note the breaks that width explains in a block of lines; whether lines are wrapped by hand, here or before.

    `start` is the place of the block's first break.
    """
    width = max(line.end - line.start for line in block)
    if width > WRAPPED_COLUMNS:
        return by_hand
    by_hand = by_hand or any(wrapped[start : start + len(block) - 1])
    if by_hand:
        for place, (line, after) in enumerate(pairwise(block), start):
            wrapped[place] = wrapped[place] or _is_full(text, line, after, width)
    return by_hand


def _is_blank(gap: str) -> bool:
    return "\u2029" in gap or (len(gap) > 1 and len(LINE_BREAK.findall(gap)) > 1)


def _continues(text: str, line: Span, after: Span) -> bool:
    """Whether nothing ends with a line, and the next begins with a small letter."""
    if line.end - line.start < WRAPPED_LEAST:
        return False
    word = CONTINUATION.match(text, *after)
    return word is not None and word[0].islower() and _is_unfinished(text, line, after)


def _is_unfinished(text: str, line: Span, after: Span) -> bool:
    """Whether a line ends without a stop or colon, or with the stop of an abbreviation."""
    if text[line.end - 1].isalnum():
        return True
    ending = text[max(line.start, line.end - LONGEST) : line.end].rstrip("\"'”’»)]" + INVISIBLE)
    if ending.endswith("."):
        return _abbreviates(text, line.end - 1, line.start, after.start, after.end)
    return ending != "" and ending[-1] not in "!?…:;。！？"


def _is_full(text: str, line: Span, after: Span, width: int) -> bool:
    """Whether a line broke for want of room, or in a sentence, and no indent or bullet begins a paragraph after it."""
    if BULLET.match(text, *after) or text[after.start - 1] in " \t":
        return False
    length = line.end - line.start
    word = len(text[after.start : min(after.end, after.start + width)].split(maxsplit=1)[0])
    return length + 1 + word > width or (2 * length > width and _is_unfinished(text, line, after))


def _unglued(text: str, joined: Sequence[Span]) -> list[Span]:
    """The paragraphs, each cut where a sentence ends without a space."""
    found: list[Span] = []
    ahead = deque(joined)
    for stop in GLUED_STOP.finditer(text):
        while ahead[0].end <= stop.start():
            found.append(ahead.popleft())
        if stop.end() < ahead[0].end and _lost_break(text, stop, *ahead[0]):
            start, end = ahead.popleft()
            found += [span] if (span := _trimmed(text, start, stop.end())) else []
            ahead.appendleft(Span(stop.end(), end))
    return [*found, *ahead]


def _lost_break(text: str, stop: re.Match[str], start: int, end: int) -> bool:
    """Whether a sentence ends at a stop without a space, and another begins."""
    after = WORD.search(text, stop.end(), min(end, stop.end() + 2 * LONGEST))
    if after is None or not (after[0][1:].islower() or text.startswith(("A ", "I "), after.start(), end)):
        return False
    before = text[max(start, stop.start() - 4 * LONGEST) : stop.start()].split()
    if not before or NO_PROSE.search(before[-1]) or _abbreviates(text, stop.start(), start, after.start(), end):
        return False
    if len(before[-1]) > 2 and before[-1].isalpha() and before[-1].islower():
        return True
    return min(len(before[-1]), len(after[0])) > 1 and STARTER.fullmatch(after[0].casefold()) is not None


def _ends_sentence(text: str, stop: re.Match[str], start: int, end: int) -> bool:
    if stop[1] is None:  # ideographic stops need no space after them
        return True
    if stop.end() == end:
        return True
    if not stop[3]:
        return False
    opening = OPENING.match(text, stop.end(), end)
    following = opening.end() if opening else stop.end()
    if following < end and (text[following].islower() or text[following] in ".!?…,;:"):  # also spaced ellipses
        return False
    if stop[1] != ".":
        return not stop[2] or NAMED_CUE.match(text, following, min(end, following + 80)) is None
    return not _abbreviates(text, stop.start(), start, following, end)


def _abbreviates(text: str, stop: int, start: int, following: int, end: int) -> bool:
    """Whether the full stop at `stop` belongs to its word, given that what follows could begin a sentence."""
    if ITEM.fullmatch(text, start, stop):
        return True
    words = text[max(start, stop - LONGEST) : stop].strip(BLANK).split()
    word = unicodedata.normalize("NFC", words[-1].lstrip("\"'“‘«([`—–-")) if words else ""
    form = word.capitalize() if word.isupper() else word
    if TITLE.fullmatch(form):
        return True
    if NUMBERED.fullmatch(form):
        return following < end and text[following].isdigit()
    initial = len(word) == 1 and word.isalpha() and word != "I"
    parts = word.split(".")
    dotted = len(parts) > 1 and all(len(part) <= 2 and (part.isalpha() or not part) for part in parts)  # U.S, a.m, Ph.D
    if not (initial or dotted or ABBREVIATION.fullmatch(form)):
        return False
    next_word = WORD.match(text, following, min(end, following + 16))
    return next_word is None or not STARTER.fullmatch(next_word[0].casefold())


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """The span without white space and invisible characters at its edges; None where nothing else is in it."""
    if start < end and text[start] not in BLANKS and text[end - 1] not in BLANKS:
        return Span(start, end)
    stretch = text[start:end]
    bare = stretch.strip(BLANK)
    if not bare:
        return None
    start += len(stretch) - len(stretch.lstrip(BLANK))
    return Span(start, start + len(bare))
