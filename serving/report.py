"""An analysis as one self-contained HTML page: the article with its statements marked, and who stands where.

The page has no script and asks for nothing outside itself; its content security policy forbids both.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from data.records import LABELS, STANCES, Span, Statement
from model.analyser import Analysis, ArticleJudgement, model_document
from model.explanation import article_span
from serving.table import OPEN, SIGNS, STANCE_IS_NOT_TRUTH, counts, percent, plain, speaker_of

__all__ = ["report"]

TEMPLATE = Path(__file__).with_name("report.html")
STYLE = Path(__file__).with_name("report.css")


@dataclass(frozen=True)
class Verdict:
    """One relevant judgement, in words: a stance with its share, or `open` without one."""

    statement: int
    claim: int
    stance: str
    sign: str
    share: str
    truncated: bool


@dataclass(frozen=True)
class Segment:
    """A stretch of the article that no edge divides, and the statements that cover, open and close here.

    `carries` where its words carried a stance.
    """

    text: str
    carries: bool
    statements: tuple[int, ...]
    opening: tuple[int, ...]
    closing: tuple[int, ...]


def report(analysis: Analysis, *, made: datetime) -> str:
    """The page, every piece of it from outside escaped; `made` is the time that it states."""
    verdicts = [_verdict(item, analysis.min_confidence or 0.0) for item in analysis.judgements if item.relevant]
    evidence = {place: _evidence(analysis, item) for place, item in enumerate(analysis.judgements)}
    of_statement: dict[int, list[Verdict]] = {index: [] for index in range(len(analysis.statements))}
    for verdict in verdicts:
        of_statement[verdict.statement].append(verdict)
    style = STYLE.read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        claims=analysis.claims,
        segments=_segments(analysis.article, analysis.statements, chain.from_iterable(evidence.values())),
        mark=lambda covering: _mark(verdict for index in covering for verdict in of_statement[index]),
        titles=_titles(analysis, evidence),
        verdicts=of_statement,
        rows=_rows(analysis, verdicts),
        counts=counts(analysis),
        truncated=any(verdict.truncated for verdict in verdicts),
        signs=[(stance, SIGNS[stance]) for stance in STANCES],
        open_below=None if analysis.min_confidence is None else percent(analysis.min_confidence),
        open_sign=OPEN,
        explained=any(item.explanation for item in analysis.judgements),
        facts=analysis.checkpoint.facts,
        model=model_document(analysis.checkpoint),
        article_sha256=hashlib.sha256(analysis.article.encode("utf-8", "surrogatepass")).hexdigest(),
        made=made.isoformat(sep=" ", timespec="minutes"),
        stance_is_not_truth=STANCE_IS_NOT_TRUTH,
        style=Markup(style),  # noqa: S704 - our own file, and its hash below must fit its bytes
        style_sha256=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _segments(article: str, statements: Iterable[Statement], evidence: Iterable[Span]) -> Iterator[Segment]:
    """The article cut at every edge of every fragment: statements may overlap or lie in one another, marks may not."""
    opens: dict[int, list[int]] = {}
    closes: dict[int, list[int]] = {}
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for index, statement in enumerate(statements):
        for start, end in statement.content:
            opens.setdefault(start, []).append(index)
            closes.setdefault(end, []).append(index)
        first[index], last[index] = statement.content[0].start, statement.content[-1].end
    depths: Counter[int] = Counter()
    for start, end in evidence:
        depths[start] += 1
        depths[end] -= 1
    covering: set[int] = set()
    depth = 0
    edges = sorted({0, len(article), *opens, *closes, *depths})
    for start, end in pairwise(edges):
        covering = (covering - set(closes.get(start, ()))) | set(opens.get(start, ()))
        depth += depths[start]
        yield Segment(
            text=article[start:end],
            carries=depth > 0,
            statements=tuple(sorted(covering)),
            opening=tuple(index for index in opens.get(start, ()) if first[index] == start),
            closing=tuple(index for index in closes.get(end, ()) if last[index] == end),
        )


def _verdict(judged: ArticleJudgement, min_confidence: float) -> Verdict:
    judgement = judged.judgement
    is_open = judgement.confidence < min_confidence
    return Verdict(
        statement=judged.statement,
        claim=judged.claim,
        stance="open" if is_open else judgement.stance,
        sign=OPEN if is_open else SIGNS[judgement.stance],
        share="" if is_open else percent(judgement.confidence),
        truncated=judgement.truncated,
    )


def _mark(verdicts: Iterable[Verdict]) -> str:
    """The class that colours a stretch: its one stance, "several" where it has more, "none" where it has none."""
    stances = {verdict.stance for verdict in verdicts}
    return stances.pop() if len(stances) == 1 else "several" if stances else "none"


def _evidence(analysis: Analysis, judged: ArticleJudgement) -> list[Span]:
    """Where the words stand that carried a judgement, the strongest first; nothing carries one that is left open."""
    told = judged.explanation and judged.judgement.confidence >= (analysis.min_confidence or 0.0)
    found = judged.explanation.evidence if judged.explanation and told else ()
    return [article_span(item.place, analysis.statements[judged.statement]) for item in found]


def _titles(analysis: Analysis, evidence: Mapping[int, Sequence[Span]]) -> list[str]:
    """For each statement, its speaker, every probability that was worked out for it and the words that carry it."""
    titles = [speaker_of(statement) for statement in analysis.statements]
    for place, judged in enumerate(analysis.judgements):
        shares = zip(LABELS, judged.judgement.probabilities, strict=True)
        titles[judged.statement] += f"\nclaim {judged.claim + 1}: "
        titles[judged.statement] += ", ".join(f"{label} {percent(share)}" for label, share in shares)
        if words := ", ".join(f"“{plain(span.of(analysis.article))}”" for span in evidence[place]):
            titles[judged.statement] += f"; {judged.judgement.stance} by {words}"
    return titles


def _rows(analysis: Analysis, verdicts: Iterable[Verdict]) -> list[tuple[str, list[list[Verdict]]]]:
    """The matrix, in the order of the article: a speaker, and for each claim the verdicts on it.

    Only statements with the same full name share a row: two that are both by "he" may be by two men.
    """
    rows: dict[str | int, tuple[str, list[list[Verdict]]]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: (verdict.statement, verdict.claim)):
        statement = analysis.statements[verdict.statement]
        key = (statement.speaker and statement.speaker.name) or verdict.statement
        _, cells = rows.setdefault(key, (speaker_of(statement), [[] for _ in analysis.claims]))
        cells[verdict.claim].append(verdict)
    return list(rows.values())
