"""The report of `stance evaluate`, task quotes: figures by kind, and what was missed or made up, in context."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from data.records import AnnotatedArticle, Attribution, Kind, Span
from model.checkpoint import Checkpoint
from model.quotes.marks import marked_stretches
from model.quotes.segments import paragraphs
from training.pages import render
from training.quote_scores import Match, matches

__all__ = ["quote_report"]

WORST_ARTICLES = 10

ERRORS_PER_ARTICLE = 12

AROUND = 90
"""Characters of the article shown before and after what is told of it."""


@dataclass(slots=True)
class KindCount:
    """Annotated statements of one kind: how many, and how many were found, whole, and with the right speaker."""

    gold: int = 0
    found: int = 0
    exact: int = 0
    right_speaker: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an article, and whether what is told of it is there: "missed", "spurious" or nothing."""

    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Error:
    """A missed or spurious statement, or one with another speaker, in its context; `said` names who spoke."""

    what: str
    said: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ArticleErrors:
    """An article's counts and its errors in the order of its text, the first ERRORS_PER_ARTICLE of them."""

    id: str
    gold: int
    found: int
    right: int
    errors: tuple[Error, ...]
    unshown: int

    @property
    def f1(self) -> float:
        """Of quotation and speaker together."""
        return 2 * self.right / max(self.gold + self.found, 1)


def quote_report(
    articles: Sequence[AnnotatedArticle],
    predicted: Sequence[Sequence[Attribution]],
    *,
    figures: dict[str, Any],
    checkpoint: Checkpoint,
    made: datetime,
) -> str:
    """The page for annotated articles and the attributions found in each; `figures` is the document of the command."""
    kinds = {kind: KindCount() for kind in Kind}
    spurious: Counter[Kind] = Counter()
    reports = []
    for article, guesses in zip(articles, predicted, strict=True):
        found = matches(article.text, article.attributions, guesses)
        _count_kinds(article, guesses, found, kinds, spurious)
        reports.append(_article_errors(article, guesses, found))
    worst = sorted((one for one in reports if one.errors), key=lambda one: (one.f1, -len(one.errors) - one.unshown))
    return render(
        "quote_report.html",
        made=made,
        figures=figures,
        facts=checkpoint.facts,
        articles=len(articles),
        kinds=kinds,
        spurious=spurious,
        worst=worst[:WORST_ARTICLES],
    )


def _count_kinds(
    article: AnnotatedArticle,
    guesses: Sequence[Attribution],
    found: Iterable[Match],
    kinds: dict[Kind, KindCount],
    spurious: Counter[Kind],
) -> None:
    stretches = marked_stretches(article.text, paragraphs(article.text))
    match_of = {match.gold: match for match in found}
    matched = {match.found for match in match_of.values()}
    for index, one in enumerate(article.attributions):
        if one.content:
            count, match = kinds[_kind(article.text, one.content, stretches)], match_of.get(index)
            count.gold += 1
            count.found += match is not None
            count.exact += match is not None and match.exact
            count.right_speaker += match is not None and match.same_source
    unmatched = (one for index, one in enumerate(guesses) if index not in matched and one.content)
    spurious.update(_kind(article.text, one.content, stretches) for one in unmatched)


def _kind(text: str, content: Iterable[Span], stretches: Sequence[Span]) -> Kind:
    """How a statement is rendered, by how much of its letters and digits stand in quotation marks."""
    places = {place for start, end in content for place in range(start, end) if text[place].isalnum()}
    quoted = {place for start, end in stretches for place in range(start, end)} & places
    if not quoted:
        return Kind.INDIRECT
    return Kind.DIRECT if quoted == places else Kind.MIXED


def _article_errors(article: AnnotatedArticle, guesses: Sequence[Attribution], found: Sequence[Match]) -> ArticleErrors:
    text, gold = article.text, article.attributions
    missed = set(range(len(gold))) - {match.gold for match in found}
    spurious = set(range(len(guesses))) - {match.found for match in found}
    errors = [(gold[index], "missed", _words(text, gold[index].source)) for index in missed]
    errors += [(guesses[index], "spurious", _words(text, guesses[index].source)) for index in spurious]
    errors += [
        (gold[match.gold], "speaker", f"{_words(text, gold[match.gold].source)}, not {_words(text, other.source)}")
        for match, other in ((match, guesses[match.found]) for match in found)
        if not match.same_source
    ]
    told = sorted((error for error in errors if error[0].content), key=lambda error: (error[0].content, error[1]))
    return ArticleErrors(
        id=article.id,
        gold=sum(bool(one.content) for one in gold),
        found=sum(bool(one.content) for one in guesses),
        right=sum(match.same_source for match in found),
        errors=tuple(
            Error(what, said, tuple(_in_context(text, one.content, what)))
            for one, what, said in told[:ERRORS_PER_ARTICLE]
        ),
        unshown=max(len(told) - ERRORS_PER_ARTICLE, 0),
    )


def _words(text: str, spans: Iterable[Span]) -> str:
    return " ... ".join(span.of(text) for span in spans) or "nobody"


def _in_context(text: str, content: Sequence[Span], what: str) -> list[Piece]:
    """The stretch of the text that holds `content` and AROUND characters before and after, cut at its edges."""
    mark = "spurious" if what == "spurious" else "missed"
    first, last = max(content[0].start - AROUND, 0), min(content[-1].end + AROUND, len(text))
    inside = {span.start for span in content}
    edges = sorted({first, last, *(edge for span in content for edge in span)})
    return [Piece(text[start:end], mark if start in inside else "") for start, end in pairwise(edges)]
