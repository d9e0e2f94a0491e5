"""An analysis as one self-contained HTML page: the article with its statements marked, and who stands where.

The page has no script and asks for nothing outside itself; its content security policy forbids both.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from data.records import LABELS, Stance, Statement
from model.analyser import Analysis, ArticleJudgement
from serving.table import SIGNS, STANCE_IS_NOT_TRUTH, counts, percent, speaker_of

__all__ = ["report"]

TEMPLATE = Path(__file__).with_name("report.html")
STYLE = Path(__file__).with_name("report.css")


@dataclass(frozen=True)
class Verdict:
    """One relevant judgement, in words."""

    statement: int
    claim: int
    stance: Stance
    sign: str
    share: str
    truncated: bool


@dataclass(frozen=True)
class Segment:
    """A stretch of the article that no statement's edge divides, and the statements that cover, open and close here."""

    text: str
    statements: tuple[int, ...]
    opening: tuple[int, ...]
    closing: tuple[int, ...]


def report(analysis: Analysis, *, made: datetime) -> str:
    """The page, every piece of it from outside escaped; `made` is the time that it states."""
    verdicts = [_verdict(judgement) for judgement in analysis.judgements if judgement.relevant]
    of_statement: dict[int, list[Verdict]] = {index: [] for index in range(len(analysis.statements))}
    for verdict in verdicts:
        of_statement[verdict.statement].append(verdict)
    style = STYLE.read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        claims=analysis.claims,
        segments=_segments(analysis.article, analysis.statements),
        mark=lambda covering: _mark(verdict for index in covering for verdict in of_statement[index]),
        titles=_titles(analysis),
        verdicts=of_statement,
        rows=_rows(analysis, verdicts),
        counts=counts(analysis),
        truncated=any(verdict.truncated for verdict in verdicts),
        signs=[(stance, SIGNS[stance]) for stance in LABELS[:3]],
        facts=analysis.checkpoint.facts,
        version=analysis.checkpoint.version,
        article_sha256=hashlib.sha256(analysis.article.encode("utf-8", "surrogatepass")).hexdigest(),
        made=made.isoformat(sep=" ", timespec="minutes"),
        stance_is_not_truth=STANCE_IS_NOT_TRUTH,
        style=Markup(style),  # noqa: S704 - our own file, and its hash below must fit its bytes
        style_sha256=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _segments(article: str, statements: Iterable[Statement]) -> Iterator[Segment]:
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
    covering: set[int] = set()
    edges = sorted({0, len(article), *opens, *closes})
    for start, end in pairwise(edges):
        covering = (covering - set(closes.get(start, ()))) | set(opens.get(start, ()))
        yield Segment(
            text=article[start:end],
            statements=tuple(sorted(covering)),
            opening=tuple(index for index in opens.get(start, ()) if first[index] == start),
            closing=tuple(index for index in closes.get(end, ()) if last[index] == end),
        )


def _verdict(judged: ArticleJudgement) -> Verdict:
    judgement = judged.judgement
    return Verdict(
        statement=judged.statement,
        claim=judged.claim,
        stance=judgement.stance,
        sign=SIGNS[judgement.stance],
        share=percent(judgement.probabilities[LABELS.index(judgement.stance)]),
        truncated=judgement.truncated,
    )


def _mark(verdicts: Iterable[Verdict]) -> str:
    """The class that colours a stretch: its one stance, "several" where it has more, "none" where it has none."""
    stances = {verdict.stance for verdict in verdicts}
    return stances.pop() if len(stances) == 1 else "several" if stances else "none"


def _titles(analysis: Analysis) -> list[str]:
    """For each statement, its speaker and every probability that was worked out for it."""
    titles = [speaker_of(statement) for statement in analysis.statements]
    for judged in analysis.judgements:
        shares = zip(LABELS, judged.judgement.probabilities, strict=True)
        titles[judged.statement] += f"\nclaim {judged.claim + 1}: "
        titles[judged.statement] += ", ".join(f"{label} {percent(share)}" for label, share in shares)
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
