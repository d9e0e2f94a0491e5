"""How well statements were found: predicted attributions against annotated articles.

Everything is counted in words: a span stands for the words that it touches, so that punctuation at its edges is free.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from data.records import AnnotatedArticle, Attribution, Span, Statement

__all__ = ["Match", "Prf", "QuoteScores", "RoleScores", "attribution", "matches", "score"]

WORD = re.compile(r"\w+")
MATCHED = 0.3  # Jaccard of words from which two contents are the same quotation

Words = frozenset[int]


class Match(NamedTuple):
    """An annotated and a predicted attribution of one article, by their places, whose contents are one quotation.

    `exact` where the contents touch the same words; `same_source` where the sources share a word or neither has any.
    """

    gold: int
    found: int
    exact: bool
    same_source: bool


@dataclass(frozen=True, slots=True)
class Prf:
    """Precision, recall and their harmonic mean, each 0 where it has nothing to count."""

    p: float
    r: float
    f1: float


@dataclass(frozen=True, slots=True)
class RoleScores:
    """`token`: words of the role; `exact`: whole spans of the role, a split one with all its fragments."""

    token: Prf
    exact: Prf


@dataclass(frozen=True, slots=True)
class QuoteScores:
    """The document of ``evaluate --task quotes``, by `dataclasses.asdict`."""

    content: RoleScores
    source: RoleScores
    cue: RoleScores
    quote_and_speaker: Prf


@dataclass(slots=True)
class _Count:
    """Right ones among the predicted, over all articles."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    def add(self, right: int, predicted: int, gold: int) -> None:
        self.right += right
        self.predicted += predicted
        self.gold += gold

    def prf(self) -> Prf:
        return Prf(
            p=self.right / self.predicted if self.predicted else 0.0,
            r=self.right / self.gold if self.gold else 0.0,
            f1=2 * self.right / (self.predicted + self.gold) if self.predicted + self.gold else 0.0,
        )


def attribution(statement: Statement) -> Attribution:
    """The spans of a statement, in the shape of an annotation."""
    return Attribution(
        source=(statement.speaker.span,) if statement.speaker else (),
        cue=(statement.cue.span,) if statement.cue else (),
        content=statement.content,
    )


def score(gold: Sequence[AnnotatedArticle], predicted: Sequence[Sequence[Attribution]]) -> QuoteScores:
    """Compare the attributions predicted for each article with its annotations; counts are summed over articles.

    *token*: a word counts once for a role, however many spans hold it. *exact*: the span of one attribution, all its
    fragments together, must touch the same words; a span that several attributions share (one speaker of two
    statements) counts once, since finding it was one act, and who belongs to what is what quote_and_speaker measures.
    *quote_and_speaker*: contents are paired one to one from the highest Jaccard down to 0.3, and a pair is right when
    its source spans share a word or neither has any. Spans without a word count nowhere.
    """
    tokens = {role: _Count() for role in ("content", "source", "cue")}
    exact = {role: _Count() for role in tokens}
    speakers = _Count()
    for article, guesses in zip(gold, predicted, strict=True):
        words_of = _word_finder(article.text)
        for role, count in tokens.items():
            true_spans = {words for one in article.attributions if (words := words_of(getattr(one, role)))}
            found_spans = {words for one in guesses if (words := words_of(getattr(one, role)))}
            true_words, found_words = frozenset().union(*true_spans), frozenset().union(*found_spans)
            count.add(len(true_words & found_words), len(found_words), len(true_words))
            exact[role].add(len(true_spans & found_spans), len(found_spans), len(true_spans))
        right = sum(match.same_source for match in matches(article.text, article.attributions, guesses))
        speakers.add(right, _quotations(words_of, guesses), _quotations(words_of, article.attributions))
    roles = {role: RoleScores(tokens[role].prf(), exact[role].prf()) for role in tokens}
    return QuoteScores(**roles, quote_and_speaker=speakers.prf())


def matches(text: str, gold: Sequence[Attribution], predicted: Sequence[Attribution]) -> list[Match]:
    """Which predicted attributions of a text are which annotated ones, paired as `score` does, the best pair first."""
    words_of = _word_finder(text)
    true = [(i, words, words_of(one.source)) for i, one in enumerate(gold) if (words := words_of(one.content))]
    found = [(j, words, words_of(one.source)) for j, one in enumerate(predicted) if (words := words_of(one.content))]
    pairs = []
    for i, true_words, true_source in true:
        for j, found_words, found_source in found:
            jaccard = len(true_words & found_words) / len(true_words | found_words)
            if jaccard >= MATCHED:
                agree = bool(true_source & found_source) or not (true_source or found_source)
                pairs.append((-jaccard, not agree, i, j))  # of equally good pairs, one with the right speaker
    result: list[Match] = []
    free_true, free_found = {i for i, *_ in true}, {j for j, *_ in found}
    for negative_jaccard, wrong, i, j in sorted(pairs):
        if i in free_true and j in free_found:
            free_true.remove(i)
            free_found.remove(j)
            result.append(Match(i, j, exact=negative_jaccard == -1.0, same_source=not wrong))
    return result


def _word_finder(text: str) -> Callable[[Iterable[Span]], Words]:
    """A function from spans to the words that they touch, as places in the text's sequence of words."""
    bounds = [match.span() for match in WORD.finditer(text)]
    starts, ends = [start for start, _ in bounds], [end for _, end in bounds]

    def words_of(spans: Iterable[Span]) -> Words:
        return frozenset(
            place for span in spans for place in range(bisect_right(ends, span.start), bisect_left(starts, span.end))
        )

    return words_of


def _quotations(words_of: Callable[[Iterable[Span]], Words], attributions: Iterable[Attribution]) -> int:
    return sum(bool(words_of(one.content)) for one in attributions)
