"""The words that carry a stance, by occlusion: each is left out in turn, and what the stance loses by it is its score.

After Li, Monroe and Jurafsky (2016, arXiv:1612.08220). Only the statement and its cue are searched: a reader asks which
words of the speaker decide, not which words of the claim.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np

from data.records import LABELS, Pair, Span, Stance, Statement
from model.classifier import StanceClassifier
from model.steps import Steps, run

__all__ = [
    "Evidence",
    "Explanation",
    "Part",
    "Place",
    "article_span",
    "explain",
    "explanation_steps",
    "leave_out",
    "words",
]

Part = Literal["cue", "statement"]

WORD = re.compile(r"\w+(?:[’'.,-]\w+)*")
"""didn’t, well-known and 1,300 are one word each."""

GAP = " ... "
"""What `Statement.text` puts between fragments."""

MOST_UNITS = 64
"""Left out one at a time; a longer statement is searched by runs of words, which bounds the cost of one answer."""

LEAST_SHARE = 1 / 2
"""Of the strongest word's score: what scores less is noise more often than evidence."""

MOST_EVIDENCE = 8
"""Words, or runs of words, that are called evidence; neighbours among them are told as one phrase."""


class Place(NamedTuple):
    """A word or phrase of a pair: code points of its cue or of its statement."""

    part: Part
    span: Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word or phrase, and by how much the log-odds of the stance fall when it is left out."""

    place: Place
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What carries a stance, strongest first, and the probability that the stance keeps once all of it is left out."""

    evidence: tuple[Evidence, ...]
    without: float

    def document(self, pair: Pair, statement: Statement | None = None) -> dict[str, Any]:
        """The explanation as JSON; offsets are code points into the pair's cue or statement.

        With the `statement` that the pair was made of, they are code points into its article.
        """
        return {
            "evidence": [
                {
                    "part": item.place.part,
                    "text": item.place.span.of(getattr(pair, item.place.part)),
                    **(article_span(item.place, statement) if statement else item.place.span)._asdict(),
                    "score": item.score,
                }
                for item in self.evidence
            ],
            "without": self.without,
        }


def explain(classifier: StanceClassifier, pair: Pair, stance: Stance) -> Explanation:
    """What of `pair` carries `stance`: no evidence where no word, left out alone, would make the stance less likely."""
    return run(explanation_steps(classifier, pair, stance))


def explanation_steps(classifier: StanceClassifier, pair: Pair, stance: Stance) -> Steps[Explanation]:
    """What `explain` does, in steps: each word alone, then each phrase alone and all of them together."""
    units = _units(pair)
    before, *after = yield from _probabilities(classifier, [pair, *(leave_out(pair, [unit]) for unit in units)], stance)
    scores = np.array([_log_odds(before) - _log_odds(one) for one in after])
    least = max(LEAST_SHARE * scores.max(initial=0.0), np.finfo(np.float32).eps)
    strongest = np.argsort(-scores, kind="stable")[:MOST_EVIDENCE]
    phrases = _merge(pair, [units[index] for index in sorted(strongest) if scores[index] >= least])
    alone = [leave_out(pair, [phrase]) for phrase in phrases]
    before, *after, without = yield from _probabilities(classifier, [pair, *alone, leave_out(pair, phrases)], stance)
    evidence = [
        Evidence(phrase, _log_odds(before) - _log_odds(one)) for phrase, one in zip(phrases, after, strict=True)
    ]
    return Explanation(tuple(sorted(evidence, key=lambda item: -item.score)), without)


def words(pair: Pair) -> list[Place]:
    """Every word of the cue, then of the statement."""
    parts: tuple[tuple[Part, str], ...] = (("cue", pair.cue), ("statement", pair.statement))
    return [Place(part, Span(*match.span())) for part, text in parts for match in WORD.finditer(text)]


def leave_out(pair: Pair, places: Iterable[Place]) -> Pair:
    """The pair without some words, each with the white space after it.

    Where the context repeats the statement and its cue they are left out there too, or the model would read them still.
    """
    cut: dict[str, list[Span]] = {"cue": [], "statement": [], "context": []}
    copies = _copies(pair)
    for part, span in places:
        cut[part].append(span)
        for copied, shift in copies:
            if copied.part == part and copied.span.start <= span.start and span.end <= copied.span.end:
                cut["context"].append(Span(span.start + shift, span.end + shift))
    return replace(pair, **{name: _without(getattr(pair, name), spans) for name, spans in cut.items()})


def article_span(place: Place, statement: Statement) -> Span:
    """Where a place of the pair that was made of `statement` stands in its article."""
    if place.part == "cue":
        assert statement.cue  # noqa: S101 - the pair had a cue, and it was this one
        return Span(statement.cue.span.start + place.span.start, statement.cue.span.start + place.span.end)
    offset = 0
    for fragment in statement.content:
        shift = fragment.start - offset
        offset += fragment.end - fragment.start + len(GAP)
        if place.span.start < offset:
            return Span(place.span.start + shift, place.span.end + shift)
    raise ValueError(f"{place} is beyond the statement")


def _units(pair: Pair) -> list[Place]:
    """The words, or runs of so many words that there are about MOST_UNITS of them."""
    found = words(pair)
    width = -(-len(found) // MOST_UNITS) or 1
    return [
        Place(run[0].part, Span(run[0].span.start, run[-1].span.end))
        for phrase in _runs(pair, found)
        for run in (phrase[start : start + width] for start in range(0, len(phrase), width))
    ]


def _merge(pair: Pair, places: Sequence[Place]) -> list[Place]:
    return [Place(run[0].part, Span(run[0].span.start, run[-1].span.end)) for run in _runs(pair, places)]


def _runs(pair: Pair, places: Sequence[Place]) -> Iterator[list[Place]]:
    """Neighbours together: places of one part with no word and no break between fragments between them."""
    run = list(places[:1])
    for before, place in pairwise(places):
        between = getattr(pair, place.part)[before.span.end : place.span.start]
        if before.part != place.part or WORD.search(between) or GAP.strip() in between:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _copies(pair: Pair) -> list[tuple[Place, int]]:
    """Fragments of the statement, and the cue, that stand in the context too, with what leads from one to the other."""
    found: list[tuple[Place, int]] = []
    offset = position = 0
    for fragment in pair.statement.split(GAP):
        place = pair.context.find(fragment, position) if fragment else -1
        if place >= 0:
            found.append((Place("statement", Span(offset, offset + len(fragment))), place - offset))
            position = place + len(fragment)
        offset += len(fragment) + len(GAP)
    if pair.cue and found:
        inside = [Span(copy.span.start + shift, copy.span.end + shift) for copy, shift in found]
        cues = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(pair.cue)}(?!\w)", pair.context)]
        outside = [start for start in cues if not any(span.start <= start < span.end for span in inside)]
        if outside:
            nearest = min(outside, key=lambda start: min(min(abs(start - edge) for edge in span) for span in inside))
            found.append((Place("cue", Span(0, len(pair.cue))), nearest))
    return found


def _without(text: str, spans: Iterable[Span]) -> str:
    kept, position = [], 0
    for start, end in sorted(spans):
        kept.append(text[position:start])
        position = end + len(text[end:]) - len(text[end:].lstrip())
    return "".join([*kept, text[position:]])


def _probabilities(classifier: StanceClassifier, pairs: Sequence[Pair], stance: Stance) -> Steps[list[float]]:
    """The probability of `stance` for each pair."""
    judgements = yield from classifier.steps(pairs)
    return [judgement.probabilities[LABELS.index(stance)] for judgement in judgements]


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
