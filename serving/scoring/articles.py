"""Rows of articles to rows of judgements and of statements, several articles' work computed together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from data.errors import BadInput
from data.lines import parse_nested
from data.records import Span, Statement
from data.tables import Reject, Row
from model.analyser import Analyser, Analysis, ArticleJudgement
from model.steps import Ask, Compute, Steps
from serving.scoring.pairs import PAIR_COLUMNS, carried, identifier, judgement_columns
from serving.scoring.shards import JUDGEMENTS, STATEMENTS, Scored, parsed, tally

__all__ = ["ARTICLE_COLUMNS", "STATEMENT_COLUMNS", "ArticleScorer"]

_SPEECH = {
    "statement": "int64",
    "text": "string",
    "kind": "string",
    "act": "string",
    "start": "int64",
    "end": "int64",
    "speaker": "string",
    "speaker_name": "string",
    "speaker_type": "string",
    "speaker_start": "int64",
    "speaker_end": "int64",
    "cue": "string",
    "cue_start": "int64",
    "cue_end": "int64",
}

ARTICLE_COLUMNS = {**PAIR_COLUMNS, "relevant": "bool", "claim": "string", **_SPEECH}
"""The columns of an article's judgement; `id` is the article's, `statement` a number within it."""

STATEMENT_COLUMNS = {
    "id": "string",
    **_SPEECH,
    "content": "spans",
    "verbatim": "spans",
    "context_start": "int64",
    "context_end": "int64",
}
"""The columns of a statement; `content` and `verbatim` are lists of `[start, end)`."""

ARTICLES_AT_ONCE = 16
"""Their windows and pairs fill the engine's batches; more only hold more in memory."""


class _Asked(NamedTuple):
    article: str
    claims: tuple[str, ...]


class ArticleScorer:
    """Judges the statements of articles. `claims` are for the rows that bring none of their own.

    `every` also gives judgements that are not relevant; without `beliefs`, what a source is only reported to think,
    hope or plan is left out.
    """

    columns: ClassVar = {JUDGEMENTS: ARTICLE_COLUMNS, STATEMENTS: STATEMENT_COLUMNS}
    consumed = ("id", "article", "claims")
    """Columns of a row that its judgements do not repeat."""

    def __init__(
        self, analyser: Analyser, claims: Sequence[str] = (), *, every: bool = False, beliefs: bool = True
    ) -> None:
        self.classifier = analyser.classifier
        self._analyser = analyser
        self._claims = tuple(claims)
        self._every = every
        self._beliefs = beliefs

    def __call__(self, rows: Sequence[Row | Reject]) -> Scored:
        """The judgements in ARTICLE_COLUMNS and then the row's own, the statements in STATEMENT_COLUMNS, in order."""
        fine, rejects = parsed(rows, lambda row: (identifier(row), self._parse(row)))
        analyses = self._analyse([asked for _, (_, asked) in fine])
        found = [(row.values, name, analyses[asked]) for row, (name, asked) in fine]
        judgements = [
            {**_judgement_row(name, analysis, item), **carried(values, ARTICLE_COLUMNS, without=self.consumed)}
            for values, name, analysis in found
            for item in analysis.judgements
        ]
        statements = [
            _statement_row(name, analysis, number)
            for _, name, analysis in found
            for number in range(len(analysis.statements))
        ]
        counts = tally(
            [item.judgement for _, _, analysis in found for item in analysis.judgements],
            rows=len(rows),
            rejected=len(rejects),
            distinct=sum(len(one.statements) * len(one.claims) for one in analyses.values()),
            threshold=self.classifier.checkpoint.facts.relevance_threshold,
        )
        counts = replace(counts, statements=len(statements))
        return Scored({JUDGEMENTS: judgements, STATEMENTS: statements}, rejects, counts)

    def _parse(self, row: Row) -> _Asked:
        claims = parse_nested(row.values.get("claims") or list(self._claims))
        if not isinstance(claims, list) or not all(isinstance(claim, str) and claim.strip() for claim in claims):
            raise BadInput("expected a list of texts in 'claims', found otherwise: write each claim as one sentence")
        if not claims:
            raise BadInput("expected claims, found none: fill in the column 'claims' or give --claims FILE")
        return _Asked(row.require_text("article"), tuple(claims))

    def _analyse(self, asked: Sequence[_Asked]) -> dict[_Asked, Analysis]:
        found: dict[_Asked, Analysis] = {}
        waiting = iter(dict.fromkeys(asked))
        while some := list(islice(waiting, ARTICLES_AT_ONCE)):
            steps = [
                self._analyser.steps(one.article, one.claims, every=self._every, beliefs=self._beliefs) for one in some
            ]
            found |= zip(some, _run_together(steps), strict=True)
        return found


def _run_together(works: Sequence[Steps[Analysis]]) -> list[Analysis]:
    """What each comes to, with everything that they ask one model for at a time computed at once."""
    found: dict[int, Analysis] = {}
    asks: dict[int, Ask] = {}

    def go_on(place: int, logits: Any) -> None:
        try:
            asks[place] = works[place].send(logits)
        except StopIteration as end:
            found[place] = end.value

    for place in range(len(works)):
        go_on(place, None)
    while asks:
        waiting, asks = asks, {}
        for compute, places in _by_model(waiting).items():
            rows = [row for place in places for row in waiting[place][1]]
            logits = iter(compute(rows))
            for place in places:
                go_on(place, list(islice(logits, len(waiting[place][1]))))
    return [found[place] for place in range(len(works))]


def _by_model(asks: Mapping[int, Ask]) -> dict[Compute, list[int]]:
    places: dict[Compute, list[int]] = {}
    for place, (compute, _) in asks.items():
        places.setdefault(compute, []).append(place)
    return places


def _judgement_row(name: str, analysis: Analysis, item: ArticleJudgement) -> dict[str, Any]:
    return {
        "id": name,
        **judgement_columns(item.judgement, analysis.checkpoint),
        "relevant": item.relevant,
        "claim": analysis.claims[item.claim],
        **_speech(analysis, item.statement),
    }


def _statement_row(name: str, analysis: Analysis, number: int) -> dict[str, Any]:
    statement = analysis.statements[number]
    return {
        "id": name,
        **_speech(analysis, number),
        "content": [list(span) for span in statement.content],
        "verbatim": [list(span) for span in statement.verbatim],
        "context_start": statement.context.start,
        "context_end": statement.context.end,
    }


def _speech(analysis: Analysis, number: int) -> dict[str, Any]:
    statement: Statement = analysis.statements[number]
    whole = Span(statement.content[0].start, statement.content[-1].end)
    speaker, cue = statement.speaker, statement.cue
    return {
        "statement": number,
        "text": whole.of(analysis.article),
        "kind": str(statement.kind),
        "act": str(statement.act),
        "start": whole.start,
        "end": whole.end,
        "speaker": speaker.text if speaker else None,
        "speaker_name": speaker.name if speaker else None,
        "speaker_type": str(speaker.type) if speaker else None,
        "speaker_start": speaker.span.start if speaker else None,
        "speaker_end": speaker.span.end if speaker else None,
        "cue": cue.text if cue else None,
        "cue_start": cue.span.start if cue else None,
        "cue_end": cue.span.end if cue else None,
    }
