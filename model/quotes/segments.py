"""Paragraphs and sentences of an article, as spans into its unmodified text.

Both functions read the text once from left to right, take any Unicode and lose nothing but white space at the edges:
every other character stands in exactly one paragraph, and in exactly one sentence of it.
"""

import re
from itertools import pairwise

from data.records import Span

__all__ = ["STARTER", "paragraphs", "sentences"]

LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
WRAPPED_COLUMNS = 100  # e-mail and terminals wrap at 65 to 80 columns; a paragraph of news in one line is longer

# Possessive quantifiers: the pattern never fails after it has begun, so a million full stops are read once.
STOP = re.compile(r"([.!?…]++)([\"'”’»)\]]*+)(\s*+)|[。！？]++[」』”’»）]*+")
OPENING = re.compile(r"[\"'“‘«(\[`—–-]*+\s?")
WORD = re.compile(r"[^\W\d_]+")

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
    "Tenn|Tex|Univ|Va|Vt|Wash|Wis|al|approx|ca|cf|dept|ed|etc|est|pct|plc|viz"
)
"""Abbreviations that can also end a sentence: the next word decides."""

STARTER = re.compile(
    "a|after|all|although|an|and|another|any|as|asked|at|because|before|both|but|by|despite|during|each|even|every|few|"
    "for|former|from|had|has|he|her|here|his|how|however|i|if|in|instead|is|it|its|last|later|many|meanwhile|more|most|mr|mrs|"
    "ms|my|neither|next|no|nobody|none|nor|not|nothing|now|of|on|once|one|or|other|others|our|people|perhaps|several|she|since|"
    "so|some|still|such|that|the|their|then|there|these|they|this|those|though|three|to|today|two|under|until|we|what|"
    "when|where|whether|which|while|who|why|with|yesterday|yet|you|your"
)
"""Words that begin sentences and are no names, so that a capital after an abbreviation means a new sentence."""


def paragraphs(text: str) -> list[Span]:
    """The paragraphs of a text: its lines, or its blocks between blank lines where the lines are wrapped by hand.

    Text counts as wrapped when it has blank lines and no line longer than WRAPPED_COLUMNS.
    """
    lines = [span for match in LINE.finditer(text) if (span := _trimmed(text, *match.span()))]
    if not lines or max(line.end - line.start for line in lines) > WRAPPED_COLUMNS:
        return lines
    joined = [lines[0]]
    breaks = [len(LINE_BREAK.findall(text, before.end, after.start)) for before, after in pairwise(lines)]
    if not any(count > 1 for count in breaks):
        return lines
    for line, count in zip(lines[1:], breaks, strict=True):
        if count > 1:
            joined.append(line)
        else:
            joined[-1] = Span(joined[-1].start, line.end)
    return joined


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
    return stop[1] != "." or not _abbreviates(text, stop.start(), start, following, end)


def _abbreviates(text: str, stop: int, start: int, following: int, end: int) -> bool:
    """Whether the full stop at `stop` belongs to its word, given that what follows could begin a sentence."""
    words = text[max(start, stop - 12) : stop].split()  # no abbreviation here is longer than 12
    word = words[-1].lstrip("\"'“‘«([`—–-") if words else ""
    form = word.capitalize() if word.isupper() else word
    if TITLE.fullmatch(form):
        return True
    if NUMBERED.fullmatch(form):
        return following < end and text[following].isdigit()
    initial = len(word) == 1 and word.isalpha() and word != "I"
    dotted = "." in word and all(len(part) <= 2 for part in word.split("."))  # U.S, a.m, Ph.D
    if not (initial or dotted or ABBREVIATION.fullmatch(form)):
        return False
    next_word = WORD.match(text, following, min(end, following + 16))
    return next_word is None or not STARTER.fullmatch(next_word[0].casefold())


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its edges; None where nothing else is in it."""
    stretch = text[start:end]
    bare = stretch.strip()
    if not bare:
        return None
    start += len(stretch) - len(stretch.lstrip())
    return Span(start, start + len(bare))
