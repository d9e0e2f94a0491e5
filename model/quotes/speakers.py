"""Speakers: what kind of source each is, and the fullest name that the article has given for it before.

A wrong name is worse than none: where the text does not decide whom a pronoun, a surname or a role means, there is no
name, or only the part of it that stands there.
"""

import re
from collections.abc import Sequence

from data.records import Span, Speaker, SpeakerType
from model.quotes.names import DETERMINED, LINKING, WORD, head_name
from model.quotes.readings import Reader, Reading

__all__ = ["speakers_of"]

LONGEST = 1000  # characters: what a source says of itself stands near its beginning
AND = re.compile(r",?\s(?:and|&)\s")
LISTED = re.compile(r",\s")
JOINT_END = re.compile(r"\b(?:who|which|that)\b|[:;“\"]")
NOMINAL = re.compile(r"(?:an?|the|his|her|their|its|our|my|he|she|many|some|several|other)\b|\w+s\b")


def speakers_of(
    article: str, sentences: Sequence[Span], quoted: Sequence[Span], sources: Sequence[Span | None]
) -> list[Speaker | None]:
    """The speaker at each of the `sources`, in order; None where there is no source.

    `quoted` are the stretches in quotation marks, whose names no pronoun outside them means. A name is made of the
    article's own words with single spaces between them: `" ".join(antecedent.of(article).split()) == name`, and without
    an antecedent those words stand in the source itself. People who speak together have their names joined by commas
    and "and", and no antecedent. Takes time linear in the article.
    """
    spans = {span for span in sources if span}
    if not spans or not sentences:
        return [span and Speaker(span.of(article), span) for span in sources]
    reader = Reader(article, sentences, quoted, [_beginning(span) for span in spans])
    speakers = {span: _speaker(article, span, reader) for span in spans}
    return [span and speakers[span] for span in sources]


def _speaker(article: str, span: Span, reader: Reader) -> Speaker:
    text = span.of(article)
    together = _together(article, _beginning(span), reader)
    if together:
        names = [reading.name.text(article) for reading in together if reading.name]
        joined = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) == len(together) else None
        types = {reading.type for reading in together}
        return Speaker(text, span, types.pop() if len(types) == 1 else SpeakerType.GROUP, joined)
    reading = reader.read(_beginning(span))
    name = reading.name
    if name is None:
        return Speaker(text, span, reading.type)
    inside = span.start <= name.span.start and name.span.end <= span.end
    return Speaker(text, span, reading.type, name.text(article), None if inside else name.span)


def _together(article: str, span: Span, reader: Reader) -> list[Reading]:
    """The sources of a compound, in order; none for a single one, as for "the head of research and planning"."""
    end = JOINT_END.search(article, *span)
    joint = AND.search(article, span.start, end.start() if end else span.end)
    if joint is None:
        return []
    left, right = Span(span.start, joint.start()), Span(joint.end(), span.end)
    first = WORD.match(article, right.start, right.end)
    if first is None or not (first[0][0].isupper() or NOMINAL.match(article, *right)):
        return []
    parts = [left]
    if "," in left.of(article):
        closed = joint[0].startswith(",") and left.of(article).count(",") == 1  # Ann Ruiz, a lawyer, and Tom Voss
        parts = _listed(article, left) or parts[: int(closed)]
    if not parts:
        return []
    readings = [reader.read(part) for part in [*parts, right]]
    people = all(reading.type is SpeakerType.PERSON and reading.name for reading in readings)
    linked = any(word[0] in LINKING for word in WORD.finditer(article, *left))  # officials in Norfield and Port Ellery
    return readings if people or not linked else []


def _listed(article: str, span: Span) -> list[Span]:
    """The names of a list with commas; none where anything else stands between two commas."""
    commas = list(LISTED.finditer(article, *span))
    starts = [span.start, *(comma.end() for comma in commas)]
    ends = [*(comma.start() for comma in commas), span.end]
    parts = [Span(start, end) for start, end in zip(starts, ends, strict=True)]
    named = all(head_name(article, part) and not DETERMINED.match(part.of(article)) for part in parts)
    return parts if named else []


def _beginning(span: Span) -> Span:
    return Span(span.start, min(span.end, span.start + LONGEST))
